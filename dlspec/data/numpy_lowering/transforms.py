"""Transforms that learn nothing, on whole columns. `window` changes the rows, so it lies with what runs the flow."""

from __future__ import annotations

import numpy as np

from dlspec.data.numpy_lowering.call import Call, Lowering
from dlspec.data.values import Array


def _rescale(call: Call) -> Array:
    return np.asarray(call.x * call.layer.scale + call.layer.offset)


def _normalize(call: Call) -> Array:
    mean, std = (_per_channel(numbers, call.x) for numbers in (call.layer.mean, call.layer.std))
    return np.asarray((call.x - mean) / std)


def _per_channel(numbers: float | tuple[float, ...], values: Array) -> Array:
    """One number for all, or one for each place of the first written dimension."""
    array = np.asarray(numbers, dtype=np.float64)
    return array.reshape(1, -1, *(1,) * (values.ndim - 2)) if array.ndim else array


TRANSFORMS: dict[str, Lowering] = {"rescale": _rescale, "normalize": _normalize}
