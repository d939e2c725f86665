"""The convolutional LSTM: a Scan for each direction, whose body is one step."""

from __future__ import annotations

from typing import Any

import onnx
from onnx import helper

from dlspec.backends.onnx.call import Call
from dlspec.backends.onnx.graph import ELEMENT_TYPES, full_shape
from dlspec.backends.onnx.windows import flat_pads
from dlspec.catalog.recurrent import ConvLstm
from dlspec.tensor import Dim, TensorType


def conv_lstm(call: Call, layer: ConvLstm) -> str | tuple[str, ...]:
    """The input's share of the gates for all steps at once, then the steps."""
    steps_first = [1, 0, *range(2, call.type.rank + 1)]
    x = call.transpose(call.x, steps_first)
    mask = call.transpose(call.inputs[-1], [1, 0]) if layer.has_mask(call.types) else ""
    there = [call.unsqueeze(mask, *range(2, call.type.rank + 1))] if mask else []
    states = _starts(call, layer)
    found = []
    for number, suffix in enumerate(("", "_reverse")[: layer.directions]):
        backwards: dict[str, Any] = {}
        if number:
            backwards = {"scan_input_directions": [1] * (1 + len(there)), "scan_output_directions": [1]}
        scan = call.ops(
            "Scan",
            *(each[number] for each in states),
            _input_share(call, layer, x, suffix),
            *there,
            outputs=3,
            name="scan",
            body=_step(call, layer, suffix, masked=bool(there)),
            num_scan_inputs=1 + len(there),
            **backwards,
        )
        found.append(scan)
    h, c, y = ([scan[which] for scan in found] for which in range(3))
    sequence = call.transpose(_joined(call, y, 2), steps_first)
    return (sequence, _joined(call, h, 1), _joined(call, c, 1)) if layer.return_state else sequence


def _joined(call: Call, parts: list[str], axis: int) -> str:
    return parts[0] if len(parts) == 1 else call.op("Concat", *parts, axis=axis, name="directions")


def _starts(call: Call, layer: ConvLstm) -> list[tuple[str, ...]]:
    """h and c at the start, of each direction."""
    given = call.inputs[1 : 1 + layer.initial_states(call.types)]
    if not given:
        zeros = call.op("Expand", call.number(0.0), call.sizes([None, *_state(call, layer).shape]), name="zeros")
        return [(zeros,) * layer.directions] * 2
    if not layer.bidirectional:
        return [(each,) for each in given]
    return [call.ops("Split", each, outputs=2, name="states", axis=1, num_outputs=2) for each in given]


def _state(call: Call, layer: ConvLstm) -> TensorType:
    """The type of a state of one direction."""
    return call.type.with_shape((layer.channels, *call.type.shape[2:]))


def _convolution(call: Call, layer: ConvLstm) -> dict[str, Any]:
    """The attributes of both convolutions."""
    window = layer.window(call.type)
    pads = window.pads(call.type.shape[2:])
    assert pads is not None
    return {"kernel_shape": window.kernel, "pads": flat_pads(pads)}


def _input_share(call: Call, layer: ConvLstm, x: str, suffix: str) -> str:
    """What the input gives to the gates, `[time, N, 4 channels, *places]`."""
    steps, channels, *places = call.type.shape
    flat = call.op("Reshape", x, call.sizes([-1, channels, *places]), name="steps")
    bias = [call.weight(f"bias{suffix}")] if layer.bias else []
    gates = call.op("Conv", flat, call.weight(f"weight_ih{suffix}"), *bias, **_convolution(call, layer))
    shape: list[Dim | None] = [steps, None, layer.gates * layer.channels, *places]
    return call.op("Reshape", gates, call.sizes(shape), name="gates")


def _step(call: Call, layer: ConvLstm, suffix: str, *, masked: bool) -> onnx.GraphProto:
    """From h, c, the input's share and the mask of a step to the new h and c, and what the step gives."""
    body = _Body(call)
    state = _state(call, layer)
    gates = state.with_shape((layer.gates * layer.channels, *state.shape[1:]))
    h, c, share = body.input("h", state), body.input("c", state), body.input("share", gates)
    there = body.input("there", TensorType("bool", (1,) * state.rank)) if masked else ""
    (kept,) = body.ops("Conv", h, call.weight(f"weight_hh{suffix}"), **_convolution(call, layer))
    (total,) = body.ops("Add", share, kept)
    i, f, g, o = body.ops("Split", total, outputs=4, axis=1, num_outputs=4)
    i, f, o = (body.ops("Sigmoid", gate)[0] for gate in (i, f, o))
    (remembered,) = body.ops("Mul", f, c)
    (added,) = body.ops("Mul", i, *body.ops("Tanh", g))
    (new_c,) = body.ops("Add", remembered, added)
    (new_h,) = body.ops("Mul", o, *body.ops("Tanh", new_c))
    if masked:
        (y,) = body.ops("Where", there, new_h, call.number(0.0))
        (new_h,), (new_c,) = body.ops("Where", there, new_h, h), body.ops("Where", there, new_c, c)
    else:
        (y,) = body.ops("Identity", new_h)
    return body.graph((new_h, new_c, y), state)


class _Body:
    """The graph of a step; it uses values of the graph around it, and gives no name out twice."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._inputs: list[onnx.ValueInfoProto] = []
        self._nodes: list[onnx.NodeProto] = []

    def _take(self, name: str) -> str:
        return self._call.graph.take(f"{self._call.path}/step/{name}")

    def input(self, name: str, type: TensorType) -> str:
        taken = self._take(name)
        self._inputs.append(helper.make_tensor_value_info(taken, ELEMENT_TYPES[type.element], full_shape(type)))
        return taken

    def ops(self, op_type: str, *inputs: str, outputs: int = 1, **attributes: Any) -> list[str]:
        """An operator; gives its results."""
        results = [self._take(op_type.lower()) for _ in range(outputs)]
        self._nodes.append(helper.make_node(op_type, inputs, results, name=results[0], **attributes))
        return results

    def graph(self, outputs: tuple[str, ...], type: TensorType) -> onnx.GraphProto:
        """The graph with these outputs, all of one type."""
        infos = [helper.make_tensor_value_info(name, ELEMENT_TYPES[type.element], full_shape(type)) for name in outputs]
        return helper.make_graph(self._nodes, self._take("body"), self._inputs, infos)
