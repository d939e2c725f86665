"""Keeping numbers where layers are defined and small: what goes into a layer, and how large it comes out."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from dlspec.tensor import TensorType
from tests.property.fitting import least

LARGE = 8.0
"""Numbers that may be larger are made small before they go on."""

BOUNDED = ("tanh", "softsign", "sigmoid", "hard_tanh", "sin", "atan", "erf")
"""Layers that make any number small."""

GUARDED = {
    "log": "(({} -> abs) + 0.1)",
    "sqrt": "(({} -> abs) + 0.1)",
    "rsqrt": "(({} -> abs) + 0.1)",
    "log1p": "({} -> abs)",
    "tan": "({} -> tanh)",
    "prod": "(({} -> sigmoid) + 0.5)",
    "equal": "({} -> round)",
}
"""What a layer's input is made of, so that the layer is defined there and small."""

SIZES = {"exp": 3.0, "square": 4.0, "logsumexp": 8.0, "distance": 4.0}
"""Layers that take only smaller numbers."""


def indexed(entry: str, arguments: Mapping[str, object], inputs: Sequence[TensorType], place: int) -> int:
    """Below what the whole numbers of an input must be, 0 where any is right."""
    if entry == "embedding":
        n = arguments["n"]
        assert isinstance(n, int)
        return n
    if entry == "gather" and place == 1:
        axis = arguments.get("axis", 0)
        assert isinstance(axis, int)
        return least(inputs[0].shape[axis])
    return 0


def growing(
    entry: str, arguments: Mapping[str, object], scales: Sequence[float], inputs: Sequence[TensorType]
) -> float:
    """About how large the results may be, for inputs so large."""
    scale = max(scales, default=1.0)
    count = max((_count(type) for type in inputs), default=1)
    match entry:
        case "exp":
            return math.exp(min(scale, 20.0))
        case "square":
            return scale * scale
        case "tan":
            return 1.6
        case "sum" | "cumsum" | "dot" | "norm" | "distance" | "lp_pool":
            return scale * count
        case "prod":
            return float(1.5 ** min(count, 50))
        case "rsqrt":
            return 3.2
        case "sinusoidal_positions" | "learned_positions":
            return scale + 1
        case "layer_norm" | "batch_norm" | "group_norm" | "instance_norm" | "rms_norm":
            return 4.0
    if entry in BOUNDED:
        return 1.0
    return 1.5 * scale


def _count(type: TensorType) -> int:
    size = type.size
    return size if isinstance(size, int) else 60
