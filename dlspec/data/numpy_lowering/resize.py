"""Changes of resolution on whole columns, one dimension after the other, each as a matrix of weights."""

from __future__ import annotations

import numpy as np

from dlspec.catalog.windows import per_axis
from dlspec.data.numpy_lowering.call import Call, Lowering
from dlspec.data.values import Array

_CUBIC = -0.75


def _nearest(old: int, new: int) -> Array:
    matrix = np.zeros((new, old))
    matrix[np.arange(new), np.arange(new) * old // new] = 1
    return matrix


def _linear(old: int, new: int) -> Array:
    """Weights at half-pixel centres; outside the edges the nearest place."""
    at = np.clip((np.arange(new) + 0.5) * old / new - 0.5, 0, old - 1)
    low = np.floor(at).astype(int)
    matrix = np.zeros((new, old))
    np.add.at(matrix, (np.arange(new), low), 1 - (at - low))
    np.add.at(matrix, (np.arange(new), np.minimum(low + 1, old - 1)), at - low)
    return matrix


def _cubic(old: int, new: int) -> Array:
    """Keys' kernel over four places at half-pixel centres; outside the edges the nearest place."""
    at = (np.arange(new) + 0.5) * old / new - 0.5
    low = np.floor(at).astype(int)
    matrix = np.zeros((new, old))
    for tap in range(-1, 3):
        distance = np.abs(at - (low + tap))
        near = ((_CUBIC + 2) * distance - (_CUBIC + 3)) * distance**2 + 1
        far = ((distance - 5) * distance + 8) * distance * _CUBIC - 4 * _CUBIC
        np.add.at(matrix, (np.arange(new), np.clip(low + tap, 0, old - 1)), np.where(distance <= 1, near, far))
    return matrix


_MATRICES = {"nearest": _nearest, "bilinear": _linear, "bicubic": _cubic}


def resized(values: Array, sizes: tuple[int, ...], method: str) -> Array:
    """Rows of `[channels, *sizes]` brought to other sizes."""
    for axis, size in enumerate(sizes, start=2):
        if values.shape[axis] != size:
            matrix = _MATRICES[method](values.shape[axis], size)
            values = np.moveaxis(np.tensordot(values, matrix, axes=(axis, 1)), -1, axis)
    return values


def _resize(call: Call) -> Array:
    return resized(call.x, per_axis(call.layer, "size", call.layer.size, call.type()), call.layer.method)


def _upsample(call: Call) -> Array:
    factors = per_axis(call.layer, "factor", call.layer.factor, call.type())
    sizes = tuple(size * factor for size, factor in zip(call.x.shape[2:], factors, strict=True))
    return resized(call.x, sizes, call.layer.method)


RESIZE: dict[str, Lowering] = {"resize": _resize, "upsample": _upsample}
