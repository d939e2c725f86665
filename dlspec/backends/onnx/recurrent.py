"""Recurrent layers, by ONNX's own operators."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from onnx import TensorProto

from dlspec.backends.onnx.call import Call, Lowering
from dlspec.backends.onnx.conv_lstm import conv_lstm
from dlspec.catalog import recurrent as catalog


def _run(
    call: Call, layer: catalog.Recurrent, op_type: str, gates: Sequence[int], **attributes: Any
) -> str | tuple[str, ...]:
    """The operator on steps first; `gates` is ONNX's order of them, as places in ours."""
    mask = call.inputs[-1] if layer.has_mask(call.types) else ""
    given = call.inputs[1 : 1 + layer.initial_states(call.types)]
    present, lengths, back = _gathered(call, mask) if mask else (call.x, "", "")
    results = call.ops(
        op_type,
        *_inputs(call, layer, gates, present, lengths, given),
        outputs=1 + (len(layer.states) if layer.return_state else 0),
        hidden_size=_size(layer),
        direction="bidirectional" if layer.bidirectional else "forward",
        **attributes,
    )
    sequence = _sequence(call, layer, results[0])
    if mask:
        sequence = _scattered(call, sequence, mask, back)
    if not layer.return_state:
        return sequence
    ends = [_side_by_side(call, layer, each) for each in results[1:]]
    if mask and given:
        # Without a step ONNX Runtime gives zeros for the final state.
        none = call.unsqueeze(call.op("Equal", lengths, call.constant(np.array(0, np.int32))), 1)
        ends = [call.op("Where", none, start, end) for start, end in zip(given, ends, strict=True)]
    return (sequence, *ends)


def _inputs(
    call: Call, layer: catalog.Recurrent, gates: Sequence[int], x: str, lengths: str, states: Sequence[str]
) -> list[str]:
    """What the operator takes; empty names are what is left out."""
    found = [
        call.transpose(x, [1, 0, 2]),
        _weight(call, layer, "weight_ih", gates),
        _weight(call, layer, "weight_hh", gates),
        _biases(call, layer, gates),
        lengths,
        *(_by_direction(call, layer, state) for state in states),
    ]
    while not found[-1]:
        found.pop()
    return found


def _size(layer: catalog.Recurrent) -> int:
    assert isinstance(layer.size, int)
    return layer.size


# ---------------------------------------------------------------- weights


def _weight(call: Call, layer: catalog.Recurrent, name: str, gates: Sequence[int]) -> str:
    """The weights of each direction `[directions, rows, columns]`, the gates in ONNX's order."""
    return _stacked(call, layer, lambda suffix: _reordered(call, call.weight(f"{name}{suffix}"), gates))


def _biases(call: Call, layer: catalog.Recurrent, gates: Sequence[int]) -> str:
    """ONNX adds two biases; where the layer has one, the other is zeros."""
    if not layer.bias:
        return ""

    def both(suffix: str) -> str:
        parts = [_reordered(call, call.weight(f"{name}{suffix}"), gates) for name in layer.biases]
        if len(parts) == 1:
            parts.append(call.constant(np.zeros(len(gates) * _size(layer), np.float32)))
        return call.op("Concat", *parts, axis=0, name="biases")

    return _stacked(call, layer, both)


def _reordered(call: Call, weight: str, gates: Sequence[int]) -> str:
    if len(gates) == 1:
        return weight
    parts = call.ops("Split", weight, outputs=len(gates), axis=0, num_outputs=len(gates))
    return call.op("Concat", *(parts[gate] for gate in gates), axis=0, name="gates")


def _stacked(call: Call, layer: catalog.Recurrent, make: Callable[[str], str]) -> str:
    parts = [call.unsqueeze(make(suffix), 0) for suffix in ("", "_reverse")[: layer.directions]]
    return parts[0] if len(parts) == 1 else call.op("Concat", *parts, axis=0, name="directions")


# ---------------------------------------------------------------- states and results


def _by_direction(call: Call, layer: catalog.Recurrent, state: str) -> str:
    """`[N, directions * size]` as `[directions, N, size]`."""
    if not layer.bidirectional:
        return call.unsqueeze(state, 0)
    return call.transpose(call.op("Reshape", state, call.ints([0, 2, -1]), name="state"), [1, 0, 2])


def _side_by_side(call: Call, layer: catalog.Recurrent, state: str) -> str:
    """The reverse of `_by_direction`."""
    if not layer.bidirectional:
        return call.squeeze(state, 0)
    return call.op("Reshape", call.transpose(state, [1, 0, 2]), call.ints([0, -1]), name="state")


def _sequence(call: Call, layer: catalog.Recurrent, y: str) -> str:
    """`[time, directions, N, size]` as `[N, time, directions * size]`."""
    if not layer.bidirectional:
        return call.transpose(call.squeeze(y, 1), [1, 0, 2])
    return call.op("Reshape", call.transpose(y, [2, 0, 1, 3]), call.ints([0, 0, -1]), name="sequence")


# ---------------------------------------------------------------- masks


def _gathered(call: Call, mask: str) -> tuple[str, str, str]:
    """The steps that are there in front, how many they are, and where each step has gone."""
    time = call.op("Shape", mask, start=1, end=2)
    steps = call.op("Range", call.number(0, "int"), call.squeeze(time, 0), call.number(1, "int"))
    keys = call.op("Where", mask, steps, call.op("Add", steps, time, name="behind"))
    order = call.ops("TopK", keys, time, outputs=2, axis=1, largest=0)[1]
    present = call.cast(mask, "int")
    lengths = call.op("Cast", call.reduce("ReduceSum", present, [1]), to=TensorProto.INT32, name="lengths")
    counted = call.op("Sub", call.op("CumSum", present, call.number(1, "int")), call.number(1, "int"))
    return _taken(call, call.x, order), lengths, call.op("Max", counted, call.number(0, "int"))


def _taken(call: Call, x: str, places: str) -> str:
    """For each example the steps of these places."""
    return call.op("GatherND", x, call.unsqueeze(places, 2), batch_dims=1)


def _scattered(call: Call, sequence: str, mask: str, back: str) -> str:
    """Each step in its place again, and zeros for those that are not there."""
    return call.op("Where", call.unsqueeze(mask, 2), _taken(call, sequence, back), call.number(0.0))


# ---------------------------------------------------------------- layers


def _rnn(call: Call, layer: catalog.Rnn) -> str | tuple[str, ...]:
    return _run(call, layer, "RNN", [0], activations=[layer.activation.capitalize()] * layer.directions)


def _gru(call: Call, layer: catalog.Gru) -> str | tuple[str, ...]:
    """Ours are r, z, n; ONNX wants z, r, h."""
    return _run(call, layer, "GRU", [1, 0, 2], linear_before_reset=1)


def _lstm(call: Call, layer: catalog.Lstm) -> str | tuple[str, ...]:
    """Ours are i, f, g, o; ONNX wants i, o, f, c."""
    return _run(call, layer, "LSTM", [0, 3, 1, 2])


LOWERINGS: Mapping[type[Any], Lowering] = {
    catalog.Rnn: _rnn,
    catalog.Gru: _gru,
    catalog.Lstm: _lstm,
    catalog.ConvLstm: conv_lstm,
}
