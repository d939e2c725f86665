"""Recurrent layers."""

from __future__ import annotations

from dlspec.backends.keras.common import built, initial
from dlspec.backends.python.common import whole
from dlspec.backends.python.expression import OWN, Call, In, Lit, X, call, index, unless
from dlspec.backends.python.fragment import Fragment, Table
from dlspec.catalog import recurrent as catalog
from dlspec.catalog.base import Layer, Types


def rnn(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`layers.SimpleRNN`."""
    assert isinstance(layer, catalog.Rnn)
    return _fragment(layer, inputs, "SimpleRNN", {"activation": unless(layer.activation, "tanh")})


def gru(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`layers.GRU`, whose first two gates stand the other way round."""
    assert isinstance(layer, catalog.Gru)
    return _fragment(layer, inputs, "GRU", {})


def lstm(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`layers.LSTM`."""
    assert isinstance(layer, catalog.Lstm)
    return _fragment(layer, inputs, "LSTM", {"unit_forget_bias": Lit(False)})


def conv_lstm(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`layers.RNN` of a cell of our own, which makes two convolutions a step where Keras's makes eight."""
    assert isinstance(layer, catalog.ConvLstm)
    sizes = (whole(inputs[0].shape[1]), whole(layer.channels), layer.window(inputs[0]).kernel)
    cell = call("ConvLstmCell", *sizes, use_bias=unless(layer.bias, True))
    options = {"return_sequences": Lit(True), "return_state": Lit(True)}
    directions = [
        call("layers.RNN", cell, **options, go_backwards=unless(backwards, False))
        for backwards in (False, True)[: layer.directions]
    ]
    return _run(layer, inputs, call("ConvLstm", *directions))


def _fragment(layer: catalog.Recurrent, inputs: Types, name: str, extra: dict[str, Lit]) -> Fragment:
    features = whole(inputs[0].shape[-1])
    directions = [
        built(_direction(layer, name, extra, backwards), features, 1) for backwards in (False, True)[: layer.directions]
    ]
    return _run(layer, inputs, call("Recurrent", *directions))


def _run(layer: catalog.Stepping, inputs: Types, new: Call) -> Fragment:
    """A call with what there is of states and mask."""
    weights = tuple((weight.name, _variable(layer, weight.name)) for weight in layer.weights(*inputs))
    states = layer.initial_states(inputs)
    mask = {"there": In(len(inputs) - 1)} if layer.has_mask(inputs) else {}
    run = call(OWN, X, *(In(1 + place) for place in range(states)), **mask)
    after = initial(layer, inputs, weights)
    return Fragment(run if layer.return_state else index(run, 0), new, after, weights)


def _direction(layer: catalog.Recurrent, name: str, extra: dict[str, Lit], backwards: bool) -> Call:
    return call(
        f"layers.{name}",
        whole(layer.size),
        **extra,
        use_bias=unless(layer.bias, True),
        return_sequences=True,
        return_state=True,
        go_backwards=unless(backwards, False),
    )


def _variable(layer: catalog.Stepping, name: str) -> str:
    """`weight_ih_reverse` is the kernel of the cell of the second direction."""
    stem, reverse, _ = name.partition("_reverse")
    cell = f"directions.{1 if reverse else 0}.cell"
    gates = isinstance(layer, catalog.Gru)
    if stem.startswith("weight"):
        kernel = "kernel" if stem == "weight_ih" else "recurrent_kernel"
        return f"{cell}.{kernel}:{'gates' if gates else 'kernel'}"
    if gates:
        return f"{cell}.bias:{'input_bias' if stem == 'bias_ih' else 'state_bias'}"
    return f"{cell}.bias:same"


LOWERINGS: Table = {
    "rnn": rnn,
    "gru": gru,
    "lstm": lstm,
    "conv_lstm": conv_lstm,
}
