"""Recurrent layers."""

from __future__ import annotations

from dlspec.backends.python.common import whole
from dlspec.backends.python.expression import OWN, Call, Expr, In, Lit, Sequence, X, call, index, unless
from dlspec.backends.python.fragment import Fragment, Table
from dlspec.backends.torch.common import initial
from dlspec.catalog import recurrent as catalog
from dlspec.catalog.base import Layer, Types


def rnn(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`nn.RNN` with one bias."""
    assert isinstance(layer, catalog.Rnn)
    extra = {"nonlinearity": unless(layer.activation, "tanh")}
    return _fragment(layer, inputs, _module("nn.RNN", layer, inputs, extra))


def gru(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`nn.GRU`."""
    assert isinstance(layer, catalog.Gru)
    return _fragment(layer, inputs, _module("nn.GRU", layer, inputs, {}))


def lstm(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`nn.LSTM` with one bias."""
    assert isinstance(layer, catalog.Lstm)
    return _fragment(layer, inputs, _module("nn.LSTM", layer, inputs, {}))


def conv_lstm(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """A module of our own: PyTorch has none."""
    assert isinstance(layer, catalog.ConvLstm)
    sizes = (whole(inputs[0].shape[1]), whole(layer.channels), layer.window(inputs[0]).kernel)
    bias, both = unless(layer.bias, True), unless(layer.bidirectional, False)
    new = call("ConvLstm", *sizes, bias=bias, bidirectional=both)
    weights = tuple((weight.name, _in_direction(weight.name)) for weight in layer.weights(*inputs))
    run = call(OWN, X, *(_states_and_mask(layer, inputs) if len(inputs) > 1 else ()))
    after = initial(layer, inputs, dict(weights))
    return Fragment(run if layer.return_state else index(run, 0), new, after, weights)


def _in_direction(name: str) -> str:
    """`weight_ih_reverse` is that of the second direction."""
    stem, reverse, _ = name.partition("_reverse")
    return f"directions.{1 if reverse else 0}.{stem}"


def _states_and_mask(layer: catalog.Stepping, inputs: Types) -> list[Expr]:
    """What is given beside the sequence."""
    states = Sequence(tuple(In(1 + place) for place in range(layer.initial_states(inputs))))
    return [states, In(len(inputs) - 1)] if layer.has_mask(inputs) else [states]


def _module(name: str, layer: catalog.Recurrent, inputs: Types, extra: dict[str, Lit]) -> Call:
    sizes = (whole(inputs[0].shape[-1]), whole(layer.size))
    bias, both = unless(layer.bias, True), unless(layer.bidirectional, False)
    return call("recurrent", call(name, *sizes, **extra, bias=bias, batch_first=True, bidirectional=both))


def _fragment(layer: catalog.Recurrent, inputs: Types, new: Call) -> Fragment:
    """A plain call where nothing comes or goes but the sequence."""
    weights = tuple((weight.name, _path(weight.name)) for weight in layer.weights(*inputs))
    after = initial(layer, inputs, dict(weights))
    if len(inputs) == 1 and not layer.return_state:
        return Fragment(index(call(OWN, X), 0), new, after, weights)
    run = call("run_recurrent", OWN, X, *_states_and_mask(layer, inputs))
    return Fragment(run if layer.return_state else index(run, 0), new, after, weights)


def _path(name: str) -> str:
    """`weight_ih_reverse` is `weight_ih_l0_reverse`; one bias is the first of PyTorch's two."""
    stem, reverse, _ = name.partition("_reverse")
    return f"{'bias_ih' if stem == 'bias' else stem}_l0{reverse}"


LOWERINGS: Table = {
    "rnn": rnn,
    "gru": gru,
    "lstm": lstm,
    "conv_lstm": conv_lstm,
}
