"""Pools with windows, and pools to a size."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from dlspec.backends.onnx.call import Call, Lowering
from dlspec.backends.onnx.windows import ceil_pads, flat_pads, pad_same
from dlspec.catalog import pool as catalog
from dlspec.catalog.windows import per_axis
from dlspec.tensor import Dim, Shape


def _windows(call: Call, layer: catalog.Pool) -> dict[str, Any]:
    """The attributes of a pool; `same` over sizes known only at run time is left to ONNX's own."""
    window = layer.window(call.type)
    attributes: dict[str, Any] = {"kernel_shape": window.kernel, "strides": window.stride}
    if layer.ceil and window.padding is None:
        return attributes | {"pads": ceil_pads(window)}
    pairs = window.pads(call.type.shape[1:])
    return attributes | ({"auto_pad": "SAME_UPPER"} if pairs is None else {"pads": flat_pads(pairs)})


def _max_pool(call: Call, layer: catalog.MaxPool) -> str:
    return call.op("MaxPool", call.x, **_windows(call, layer))


def _min_pool(call: Call, layer: catalog.MinPool) -> str:
    """The largest of the negative, so that padding never wins."""
    return call.op("Neg", call.op("MaxPool", call.op("Neg", call.x), **_windows(call, layer)), name="result")


def _avg_pool(call: Call, layer: catalog.AvgPool) -> str:
    return call.op("AveragePool", call.x, count_include_pad=0, **_windows(call, layer))


def _lp_pool(call: Call, layer: catalog.LpPool) -> str:
    """By the mean of the powers with padding counted, since LpPool takes no broken p."""
    attributes = _windows(call, layer)
    window = layer.window(call.type)
    x = pad_same(call, window) if attributes.pop("auto_pad", None) else call.x
    powers = call.op("Pow", call.op("Abs", x), call.number(layer.p))
    means = call.op("AveragePool", powers, count_include_pad=1, **attributes)
    sums = call.op("Mul", means, call.number(math.prod(window.kernel)))
    return call.op("Pow", sums, call.number(1 / layer.p), name="root")


def _global(op_type: str) -> Lowering:
    def lower(call: Call, _layer: Any) -> str:
        return call.op("Flatten", call.op(op_type, call.x), axis=1)

    return lower


# ---------------------------------------------------------------- pools to a size


def _targets(call: Call, layer: catalog.AdaptivePool) -> tuple[int, ...]:
    return per_axis(layer, "size", layer.size, call.type)


def _even(sizes: Shape, targets: tuple[int, ...]) -> list[int] | None:
    """The kernel with which plain pooling does it: where every size divides evenly."""
    pairs = list(zip(sizes, targets, strict=True))
    return (
        [size // target for size, target in pairs if isinstance(size, int)]
        if all(isinstance(size, int) and size % target == 0 for size, target in pairs)
        else None
    )


def _adaptive_avg_pool(call: Call, layer: catalog.AdaptiveAvgPool) -> str:
    """Bin i of o goes from floor(i n / o) to ceil((i + 1) n / o): a product with a matrix of shares per dimension."""
    sizes, targets = call.type.shape[1:], _targets(call, layer)
    if kernel := _even(sizes, targets):
        return call.op("AveragePool", call.x, kernel_shape=kernel, strides=kernel)
    value = call.x
    for place, (size, target) in enumerate(zip(sizes, targets, strict=True)):
        order = _axis_last(len(sizes), place)
        moved = call.transpose(value, order)
        value = call.transpose(call.op("MatMul", moved, _shares(call, size, target)), np.argsort(order).tolist())
    return value


def _adaptive_max_pool(call: Call, layer: catalog.AdaptiveMaxPool) -> str:
    """The members of each bin are gathered (the last of a short bin several times) and the largest is taken."""
    sizes, targets = call.type.shape[1:], _targets(call, layer)
    if kernel := _even(sizes, targets):
        return call.op("MaxPool", call.x, kernel_shape=kernel, strides=kernel)
    value = call.x
    for place, (size, target) in enumerate(zip(sizes, targets, strict=True)):
        members = call.op("Gather", value, _members(call, size, target), axis=2 + place)
        value = call.reduce("ReduceMax", members, [3 + place])
    return value


def _axis_last(spatial: int, place: int) -> list[int]:
    order = list(range(2 + spatial))
    return [*order[: 2 + place], *order[3 + place :], 2 + place]


def _bounds(size: int, target: int) -> tuple[Any, Any]:
    bins = np.arange(target)
    return bins * size // target, -(-(bins + 1) * size // target)


def _dynamic_bounds(call: Call, size: Dim, target: int) -> tuple[str, str, str]:
    """Start and end of each bin as columns, and the size."""
    n = call.sizes([size])
    o = call.ints([target])
    starts = call.op("Div", call.op("Mul", call.constant(np.arange(target).reshape(-1, 1)), n), o, name="starts")
    reach = call.op("Mul", call.constant(np.arange(1, target + 1).reshape(-1, 1)), n)
    return starts, call.op("Div", call.op("Add", reach, call.ints([target - 1])), o, name="ends"), n


def _range(call: Call, stop: str) -> str:
    return call.op("Range", call.number(0, "int"), call.squeeze(stop, 0), call.number(1, "int"))


def _shares(call: Call, size: Dim, target: int) -> str:
    """Matrix [size, target] of each place's share in each bin."""
    if isinstance(size, int):
        starts, ends = _bounds(size, target)
        places = np.arange(size)[:, None]
        inside = (places >= starts) & (places < ends)
        return call.constant((inside / inside.sum(axis=0)).astype(np.float32))
    first, last, n = _dynamic_bounds(call, size, target)
    at = _range(call, n)
    inside = call.cast(call.op("And", call.op("GreaterOrEqual", at, first), call.op("Less", at, last)), "float")
    counts = call.cast(call.op("Sub", last, first), "float")
    return call.transpose(call.op("Div", inside, counts, name="shares"), [1, 0])


def _members(call: Call, size: Dim, target: int) -> str:
    """Matrix [target, widest] of the places in each bin."""
    if isinstance(size, int):
        starts, ends = _bounds(size, target)
        widest = int((ends - starts).max())
        return call.constant(np.minimum(starts[:, None] + np.arange(widest), ends[:, None] - 1).astype(np.int64))
    first, last, _ = _dynamic_bounds(call, size, target)
    most = call.reduce("ReduceMax", call.op("Sub", last, first), [0, 1])
    steps = call.op("Range", call.number(0, "int"), most, call.number(1, "int"))
    return call.op("Min", call.op("Add", first, steps), call.op("Sub", last, call.ints([1])), name="members")


LOWERINGS: Mapping[type[Any], Lowering] = {
    catalog.MaxPool: _max_pool,
    catalog.MinPool: _min_pool,
    catalog.AvgPool: _avg_pool,
    catalog.LpPool: _lp_pool,
    catalog.AdaptiveMaxPool: _adaptive_max_pool,
    catalog.AdaptiveAvgPool: _adaptive_avg_pool,
    catalog.GlobalMaxPool: _global("GlobalMaxPool"),
    catalog.GlobalAvgPool: _global("GlobalAveragePool"),
}
