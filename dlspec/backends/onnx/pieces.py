"""What joins, cuts and repeats along dimensions; a part of `shape`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dlspec.backends.onnx.call import FAR, Call, Lowering
from dlspec.catalog import pieces as catalog
from dlspec.catalog.axes import axis_or_only


def _concat(call: Call, layer: catalog.Concat) -> str:
    """A single number counts as a vector of one."""
    vectors = [
        value if type.rank else call.unsqueeze(value, int(type.batched))
        for value, type in zip(call.inputs, call.types, strict=True)
    ]
    axis = 0 if layer.axis is None else layer.axis % call.output.rank
    return call.op("Concat", *vectors, axis=axis + call.lead)


def _stack(call: Call, layer: catalog.Stack) -> str:
    place = layer.place(call.type.rank)
    assert place is not None
    axis = place + call.lead
    return call.op("Concat", *(call.unsqueeze(each, axis) for each in call.inputs), axis=axis)


def _split(call: Call, layer: catalog.Split) -> tuple[str, ...]:
    axis = axis_or_only(layer, layer.axis, call.type) + call.lead
    sizes = layer.sizes(call.type)
    return call.ops("Split", call.x, call.sizes(sizes), outputs=len(sizes), axis=axis)


def _repeat(call: Call, layer: catalog.Repeat) -> str:
    """A new dimension behind the axis is made `n` long and joined with it."""
    axis = axis_or_only(layer, layer.axis, call.type) + call.lead
    placed = call.unsqueeze(call.x, axis + 1)
    rank = call.type.rank + call.lead
    longer = call.op("Expand", placed, call.ints([layer.n if at == axis + 1 else 1 for at in range(rank + 1)]))
    return call.reshape(longer, call.output.shape, batched=call.type.batched)


def _roll(call: Call, layer: catalog.Roll) -> str:
    """What lies behind the cut comes to the front."""
    value = call.x
    for axis, shift in layer.moves(call.type):
        size = call.type.shape[axis]
        cut = call.sizes([size - shift % size])
        at = call.ints([axis + call.lead])
        end = call.op("Slice", value, cut, call.ints([FAR]), at)
        start = call.op("Slice", value, call.ints([0]), cut, at)
        value = call.op("Concat", end, start, axis=axis + call.lead)
    return value


def _flip(call: Call, layer: catalog.Flip) -> str:
    axes = [axis + call.lead for axis in layer.axes(call.type)]
    count = len(axes)
    return call.op(
        "Slice", call.x, call.ints([-1] * count), call.ints([-FAR] * count), call.ints(axes), call.ints([-1] * count)
    )


LOWERINGS: Mapping[type[Any], Lowering] = {
    catalog.Concat: _concat,
    catalog.Stack: _stack,
    catalog.Split: _split,
    catalog.Repeat: _repeat,
    catalog.Roll: _roll,
    catalog.Flip: _flip,
}
