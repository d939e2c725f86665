"""Layers without weights that tell places of a sequence apart, on whole columns."""

from __future__ import annotations

import numpy as np

from dlspec.data.numpy_lowering.call import Call, Lowering
from dlspec.data.values import Array


def _angles(call: Call) -> Array:
    """The angle of each place and pair of features, `[time, ceil(features / 2)]`."""
    time, features = call.x.shape[-2:]
    return np.outer(np.arange(time), call.layer.base ** (-np.arange(0, features, 2) / features))


def _sinusoidal(call: Call) -> Array:
    angles = _angles(call)
    table = np.stack([np.sin(angles), np.cos(angles)], axis=-1).reshape(len(angles), -1)
    return np.asarray(call.x + table[:, : call.x.shape[-1]])


def _rotary(call: Call) -> Array:
    angles = _angles(call)
    sine, cosine = np.sin(angles), np.cos(angles)
    first, second = call.x[..., 0::2], call.x[..., 1::2]
    turned = np.stack([first * cosine - second * sine, second * cosine + first * sine], axis=-1)
    return np.asarray(turned.reshape(call.x.shape))


POSITIONS: dict[str, Lowering] = {"sinusoidal_positions": _sinusoidal, "rotary_positions": _rotary}
