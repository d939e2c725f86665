"""From a field back to the units of its column: predictions of a target as its owner knows it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from dlspec.data.fitted import Fitted
from dlspec.data.graph import layer_of, owner_of
from dlspec.data.values import Array, width
from dlspec.ir.program import INPUT, Data, Ref

_MOVES = frozenset({
    "window", "slice", "reshape", "flatten", "squeeze", "unsqueeze", "last", "impute", "identity", "cast",
})  # fmt: skip
"""What leaves the numbers as they are."""
_FUNCTIONS: dict[str, Callable[[Array], Array]] = {
    "log": np.exp,
    "log1p": np.expm1,
    "exp": np.log,
    "sqrt": np.square,
    "negative": np.negative,
}


def in_units(data: Data, fitted: Fitted, field: str, values: Array) -> Array | None:
    """Values of a field (rows first) in the units of its column, or None where its flow cannot be turned round.

    Categories are not turned round: `fitted.names` has their kinds.
    """
    ref: Ref = next(result.ref for result in data.module.outputs if result.name == field)
    result = np.asarray(values, dtype=np.float64)
    moved = False
    while ref[0] != INPUT:
        node = ref[0]
        layer, inputs = layer_of(data.module, node), data.module.nodes[node].inputs
        if len(inputs) != 1:
            return None
        if layer.entry in _MOVES:
            moved = True
        else:
            state = fitted.units.get(owner_of(data.module, node), {})
            turned = _turned(layer, state, result, moved)
            if turned is None:
                return None
            result = turned
        ref = inputs[0]
    return result


def _turned(layer: Any, state: dict[str, Any], values: Array, moved: bool) -> Array | None:
    """The values before a layer."""
    scale = _scale(layer, state)
    if scale is not None:
        factor, offset = scale
        if factor.size > 1 and (moved or factor.size != width(values)):
            return None
        shape = (1, *values.shape[1:]) if factor.size > 1 else ()
        return np.asarray(values * factor.reshape(shape) + offset.reshape(shape))
    function = _FUNCTIONS.get(layer.entry)
    return None if function is None else np.asarray(function(values))


def _scale(layer: Any, state: dict[str, Any]) -> tuple[Array, Array] | None:
    """Factor and offset (one for all, or one for each component) that undo a layer; None where it is not linear."""
    match layer.entry:
        case "standardize":
            return np.array(state["scale"]), np.array(state["mean"])
        case "min_max":
            low, high = np.array(state["low"]), np.array(state["high"])
            factor = np.where(high > low, high - low, 1.0) / (layer.high - layer.low)
            return factor, low - layer.low * factor
        case "rescale" if layer.scale:
            return np.array([1 / layer.scale]), np.array([-layer.offset / layer.scale])
        case "normalize" if not isinstance(layer.mean, tuple) and not isinstance(layer.std, tuple):
            return np.array([layer.std]), np.array([layer.mean])
    return None
