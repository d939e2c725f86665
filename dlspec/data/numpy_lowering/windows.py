"""Layers with a sliding window and pools to a size, on whole columns."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np

from dlspec.catalog.windows import Window, per_axis
from dlspec.data.numpy_lowering.call import Call, Lowering
from dlspec.data.values import Array


def _slid(values: Array, over: Window, counts: tuple[int, ...], fill: float = 0.0) -> Array:
    """`[kernel places, rows, channels, *counts]`: for each place of the kernel its element in every window."""
    sizes = values.shape[2:]
    margins = [(0, 0), (0, 0)]
    for size, (before, _), count, s, reach in zip(
        sizes, over.pads(sizes) or (), counts, over.stride, over.reach, strict=True
    ):
        margins.append((before, max(0, (count - 1) * s + reach - size - before)))
    padded = np.pad(values, margins, constant_values=fill)
    parts = []
    for offset in product(*map(range, over.kernel)):
        cuts = [
            slice(o * d, o * d + (count - 1) * s + 1, s)
            for o, d, s, count in zip(offset, over.dilation, over.stride, counts, strict=True)
        ]
        parts.append(padded[(slice(None), slice(None), *cuts)])
    return np.stack(parts)


def _pool(call: Call, values: Array, fill: float = 0.0) -> Array:
    return _slid(values, call.layer.window(call.type()), call.shape[1:], fill)


def _avg_pool(call: Call) -> Array:
    return np.asarray(_pool(call, call.x).sum(axis=0) / _pool(call, np.ones_like(call.x[:1])).sum(axis=0))


def _lp_pool(call: Call) -> Array:
    return np.asarray((np.abs(_pool(call, call.x)) ** call.layer.p).sum(axis=0) ** (1 / call.layer.p))


def _unfold(call: Call) -> Array:
    over = call.layer.window(call.type())
    sizes = [size + sum(pads) for size, pads in zip(call.x.shape[2:], over.pads(call.x.shape[2:]) or (), strict=True)]
    counts = tuple((n - reach) // s + 1 for n, reach, s in zip(sizes, over.reach, over.stride, strict=True))
    parts = _slid(call.x, over, counts)
    return np.moveaxis(parts, 0, 2).reshape(len(call.x), call.x.shape[1] * len(parts), -1)


def _adaptive(function: Callable[..., Any]) -> Lowering:
    """A pool with bins, one dimension after the other."""

    def lowered(call: Call) -> Array:
        values = call.x
        for axis, size in enumerate(per_axis(call.layer, "size", call.layer.size, call.type()), start=2):
            length = values.shape[axis]
            bins = [(i * length // size, -(-(i + 1) * length // size)) for i in range(size)]
            parts = [function(values.take(range(first, last), axis=axis), axis=axis) for first, last in bins]
            values = np.stack(parts, axis=axis)
        return values

    return lowered


def _global(function: Callable[..., Any]) -> Lowering:
    return lambda call: np.asarray(function(call.x, axis=tuple(range(2, call.x.ndim))))


def _local_response_norm(call: Call) -> Array:
    size, channels = call.layer.size, call.x.shape[1]
    margins = ((0, 0), (size // 2, (size - 1) // 2), *((0, 0),) * (call.x.ndim - 2))
    squares = np.pad(call.x**2, margins)
    total = sum(squares[:, offset : offset + channels] for offset in range(size))
    return np.asarray(call.x / (call.layer.k + call.layer.alpha / size * total) ** call.layer.beta)


WINDOWS: dict[str, Lowering] = {
    "max_pool": lambda call: _pool(call, call.x, -np.inf).max(axis=0),
    "min_pool": lambda call: _pool(call, call.x, np.inf).min(axis=0),
    "avg_pool": _avg_pool,
    "lp_pool": _lp_pool,
    "adaptive_max_pool": _adaptive(np.max),
    "adaptive_avg_pool": _adaptive(np.mean),
    "global_max_pool": _global(np.max),
    "global_avg_pool": _global(np.mean),
    "local_response_norm": _local_response_norm,
    "unfold": _unfold,
}
