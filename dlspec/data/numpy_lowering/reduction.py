"""Reductions and functions along an axis, on whole columns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from dlspec.catalog.axes import several_axes
from dlspec.data.numpy_lowering.call import Call, Lowering
from dlspec.data.values import Array

_SHORTEST = 1e-8
"""Lengths below it count as it in the cosine."""
_SHORTEST_UNIT = 1e-12
"""Lengths below it are divided by it."""


def _reduction(function: Callable[..., Any]) -> Lowering:
    def lowered(call: Call) -> Array:
        return np.asarray(function(call.x, axis=_axes(call), keepdims=call.layer.keepdims))

    return lowered


def _axes(call: Call) -> tuple[int, ...]:
    return tuple(axis + 1 for axis in several_axes(call.layer, call.layer.axis, call.type()))


def _norm(call: Call) -> Array:
    total = (np.abs(call.x) ** call.layer.p).sum(axis=_axes(call), keepdims=call.layer.keepdims)
    return np.asarray(total ** (1 / call.layer.p))


def _logsumexp(x: Array, axis: tuple[int, ...], keepdims: bool) -> Array:
    largest = x.max(axis=axis, keepdims=True)
    total = np.log(np.exp(x - largest).sum(axis=axis, keepdims=True)) + largest
    return np.asarray(total if keepdims else total.squeeze(axis=axis))


def _l2_normalize(call: Call) -> Array:
    length = np.sqrt((call.x**2).sum(axis=call.axis(call.layer.axis), keepdims=True))
    return np.asarray(call.x / np.maximum(length, _SHORTEST_UNIT))


def _top_k(call: Call) -> tuple[Array, Array]:
    axis = call.axis(call.layer.axis)
    order = np.argsort(-call.x, axis=axis, kind="stable").take(range(call.layer.k), axis=axis)
    return np.take_along_axis(call.x, order, axis=axis), order


def _pair_axis(call: Call) -> int:
    return call.axis(call.layer.axis, max(each.ndim for each in call.inputs) - 1)


def _dot(call: Call) -> Array:
    return np.asarray((call.inputs[0] * call.inputs[1]).sum(axis=_pair_axis(call)))


def _cosine_similarity(call: Call) -> Array:
    axis = _pair_axis(call)
    left, right = (np.sqrt((each**2).sum(axis=axis)).clip(_SHORTEST) for each in call.inputs)
    return np.asarray(_dot(call) / (left * right))


def _distance(call: Call) -> Array:
    gaps = np.abs(call.inputs[0] - call.inputs[1]) ** call.layer.p
    return np.asarray(gaps.sum(axis=_pair_axis(call)) ** (1 / call.layer.p))


REDUCTION: dict[str, Lowering] = {
    "mean": _reduction(np.mean),
    "sum": _reduction(np.sum),
    "prod": _reduction(np.prod),
    "max": _reduction(np.max),
    "min": _reduction(np.min),
    "variance": _reduction(np.var),
    "std": _reduction(np.std),
    "norm": _norm,
    "logsumexp": _reduction(_logsumexp),
    "l2_normalize": _l2_normalize,
    "argmax": lambda call: np.argmax(call.x, axis=call.axis(call.layer.axis)),
    "argmin": lambda call: np.argmin(call.x, axis=call.axis(call.layer.axis)),
    "top_k": _top_k,
    "cumsum": lambda call: np.cumsum(call.x, axis=call.axis(call.layer.axis)),
    "dot": _dot,
    "cosine_similarity": _cosine_similarity,
    "distance": _distance,
}
