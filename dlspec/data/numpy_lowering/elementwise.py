"""Functions of each element and of pairs of elements, and the operators, on whole columns."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from dlspec.data.numpy_lowering.call import Call, Lowering
from dlspec.data.values import Array


def one(function: Callable[[Array], Any]) -> Lowering:
    """A function of the first input."""
    return lambda call: np.asarray(function(call.x))


def two(function: Callable[[Array, Array], Any]) -> Lowering:
    """A function of two inputs."""
    return lambda call: np.asarray(function(call.inputs[0], call.inputs[1]))


@cache
def _erf() -> Callable[[Array], Array]:
    from math import erf

    return np.vectorize(erf, otypes=[np.float64])


def erf(x: Array) -> Array:
    """The error function."""
    return _erf()(x)


def _clamp(call: Call) -> Array:
    return np.clip(call.x, call.layer.min, call.layer.max)


def _where(call: Call) -> Array:
    return np.where(*call.inputs)


def _matmul(call: Call) -> Array:
    left, right = call.inputs
    row, column = left.ndim == 2, right.ndim == 2
    left = left[:, None, :] if row else left
    right = right[:, :, None] if column else right
    rank = max(left.ndim, right.ndim)
    left, right = (each.reshape(len(each), *(1,) * (rank - each.ndim), *each.shape[1:]) for each in (left, right))
    result: Array = left @ right
    if row:
        result = result[..., 0, :]
    return result[..., 0] if column else result


def _slice(call: Call) -> Array:
    items = [slice(*item) if isinstance(item, tuple) else item for item in call.layer.items]
    return call.x[(slice(None), *items)]


def _to_batch(call: Call) -> Array:
    return np.broadcast_to(call.x, (len(call.inputs[1]), *call.x.shape[1:]))


def _constant(call: Call) -> Array:
    return np.asarray(call.layer.values)[None]


ELEMENTWISE: dict[str, Lowering] = {
    "exp": one(np.exp),
    "log": one(np.log),
    "log1p": one(np.log1p),
    "sqrt": one(np.sqrt),
    "rsqrt": one(lambda x: 1 / np.sqrt(x)),
    "square": one(np.square),
    "abs": one(np.abs),
    "sign": one(np.sign),
    "sin": one(np.sin),
    "cos": one(np.cos),
    "tan": one(np.tan),
    "atan": one(np.arctan),
    "erf": one(erf),
    "floor": one(np.floor),
    "ceil": one(np.ceil),
    "round": one(np.rint),
    "clamp": _clamp,
    "maximum": two(np.maximum),
    "minimum": two(np.minimum),
    "equal": two(np.equal),
    "less": two(np.less),
    "greater": two(np.greater),
    "where": _where,
}

OPERATORS: dict[str, Lowering] = {
    "add": two(np.add),
    "subtract": two(np.subtract),
    "multiply": two(np.multiply),
    "divide": two(np.divide),
    "floor_divide": two(np.floor_divide),
    "remainder": two(np.remainder),
    "power": two(np.power),
    "negative": one(np.negative),
    "matmul": _matmul,
    "not_equal": two(np.not_equal),
    "less_equal": two(np.less_equal),
    "greater_equal": two(np.greater_equal),
    "and": two(np.logical_and),
    "or": two(np.logical_or),
    "not": one(np.logical_not),
    "slice": _slice,
    "to_batch": _to_batch,
    "constant": _constant,
}
