"""What moves elements and changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from dlspec.backends.onnx.call import Call, Lowering
from dlspec.catalog import shape as catalog
from dlspec.tensor import Dim


def _flatten(call: Call, _layer: catalog.Flatten) -> str:
    if call.type.batched and call.type.rank:
        return call.op("Flatten", call.x, axis=1)
    return call.reshape(call.x, call.output.shape, batched=call.type.batched)


def _reshape(call: Call, _layer: catalog.Reshape) -> str:
    return call.reshape(call.x, call.output.shape, batched=call.type.batched)


def _transpose(call: Call, layer: catalog.Transpose) -> str:
    order = [axis + call.lead for axis in layer.order(call.type.rank)]
    return call.transpose(call.x, [*range(call.lead), *order])


def _squeeze(call: Call, layer: catalog.Squeeze) -> str:
    return call.squeeze(call.x, call.axis(layer.axis))


def _unsqueeze(call: Call, layer: catalog.Unsqueeze) -> str:
    return call.unsqueeze(call.x, layer.axis % (call.type.rank + 1) + call.lead)


def _expand(call: Call, _layer: catalog.Expand) -> str:
    """New dimensions stand behind the batch; Expand keeps a size where it is given 1."""
    shape: list[Dim] = list(call.output.shape)
    placed = call.unsqueeze(call.x, *(place + call.lead for place in range(len(shape) - call.type.rank)))
    return call.op("Expand", placed, call.sizes([*[1] * call.lead, *shape]))


def _last(call: Call, _layer: catalog.Last) -> str:
    return call.op("Gather", call.x, call.number(-1, "int"), axis=call.lead)


def _gather(call: Call, layer: catalog.Gather) -> str:
    """A tensor of indices chooses for each example by itself."""
    axis = call.axis(layer.axis)
    if layer.index is not None:
        return call.op("Gather", call.x, call.constant(np.array(layer.index, dtype=np.int64)), axis=axis)
    rank = call.type.rank + 1
    front = call.transpose(call.x, [0, axis, *(each for each in range(1, rank) if each != axis)])
    chosen = call.op("GatherND", front, call.unsqueeze(call.inputs[1], -1), batch_dims=1)
    count = call.types[1].rank
    rest = range(1 + count, rank - 1 + count)
    return call.transpose(chosen, [0, *rest[: axis - 1], *range(1, 1 + count), *rest[axis - 1 :]])


def _one_hot(call: Call, _layer: catalog.OneHot) -> str:
    """By comparison: ONNX's own counts negative numbers backwards."""
    size = call.output.shape[-1]
    if isinstance(size, int):
        places = call.constant(np.arange(size))
    else:
        stop = call.squeeze(call.sizes([size]), 0)
        places = call.op("Range", call.number(0, "int"), stop, call.number(1, "int"))
    return call.cast(call.op("Equal", call.unsqueeze(call.x, -1), places), "float")


def _cast(call: Call, layer: catalog.Cast) -> str:
    return call.x if call.type.element == layer.type else call.cast(call.x, layer.type)


LOWERINGS: Mapping[type[Any], Lowering] = {
    catalog.Flatten: _flatten,
    catalog.Reshape: _reshape,
    catalog.Transpose: _transpose,
    catalog.Squeeze: _squeeze,
    catalog.Unsqueeze: _unsqueeze,
    catalog.Expand: _expand,
    catalog.Last: _last,
    catalog.Gather: _gather,
    catalog.OneHot: _one_hot,
    catalog.Cast: _cast,
}
