"""`rand_augment`: a few of fourteen changes at one strength."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from dlspec.catalog import augmentations as catalog
from dlspec.data.augment.chance import Chance
from dlspec.data.augment.colour import between, grey
from dlspec.data.augment.sampling import shifted, slanted, turned
from dlspec.data.values import Array

LEVELS = 256
"""Levels of brightness that `equalize` tells apart."""
Change = Callable[[list[Array], Array, float], list[Array]]
"""Fields, a sign for each example and a strength from 0 to 1, to fields."""


def rand_augment(layer: catalog.RandAugment, fields: list[Array], chance: Chance) -> list[Array]:
    """Each example through `n` changes of its own."""
    strength = layer.magnitude / 30
    fields = [each.copy() for each in fields]
    for _ in range(layer.n):
        which = chance.below(len(CHANGES))
        sign = np.where(chance.uniform() < 0.5, -1.0, 1.0)
        for number, change in enumerate(CHANGES):
            rows = np.flatnonzero(which == number)
            if rows.size:
                for field, changed in zip(fields, change([f[rows] for f in fields], sign[rows], strength), strict=True):
                    field[rows] = changed
    return fields


def _values(change: Callable[[Array, Array, float], Array]) -> Change:
    """A change of the first field's values."""
    return lambda fields, sign, strength: [change(fields[0], sign, strength), *fields[1:]]


def _range(pictures: Array) -> tuple[Array, Array]:
    """Black and white of each picture."""
    return pictures.min(axis=(1, 2, 3), keepdims=True), pictures.max(axis=(1, 2, 3), keepdims=True)


def _stretched(values: Array, low: Array, high: Array, black: Array, white: Array) -> Array:
    """Values from `low` to `high` brought to black and white; what is all one value stays."""
    span = high - low
    flat = span <= 0
    return np.where(flat, values, black + (values - low) / np.where(flat, 1, span) * (white - black))


def _autocontrast(pictures: Array, sign: Array, strength: float) -> Array:
    low, high = pictures.min(axis=(2, 3), keepdims=True), pictures.max(axis=(2, 3), keepdims=True)
    return _stretched(pictures, low, high, *_range(pictures)).astype(pictures.dtype)


def _equalize(pictures: Array, sign: Array, strength: float) -> Array:
    """Each channel's values by their rank: the share of pixels that are darker, those of the lightest level aside."""
    black, white = _range(pictures)
    levels = np.rint(_stretched(pictures, black, white, black * 0, black * 0 + LEVELS - 1)).astype(np.int64)
    levels = np.clip(levels, 0, LEVELS - 1)
    found = pictures.copy()
    for place in np.ndindex(*pictures.shape[:2]):
        counts = np.bincount(levels[place].reshape(-1), minlength=LEVELS)
        darker = np.cumsum(counts) - counts
        if darker[-1] > 0 and (most := darker[counts > 0][-1]) > 0:
            low, high = black[place[0], 0, 0, 0], white[place[0], 0, 0, 0]
            found[place] = low + darker[levels[place]] / most * (high - low)
    return found


def _solarize(pictures: Array, sign: Array, strength: float) -> Array:
    black, white = _range(pictures)
    above = pictures >= white - strength * (white - black)
    return np.where(above, black + white - pictures, pictures)


def _posterize(pictures: Array, sign: Array, strength: float) -> Array:
    black, white = _range(pictures)
    steps = 2 ** (8 - round(4 * strength))
    span = np.where(white > black, white - black, 1)
    level = np.minimum(np.floor((pictures - black) / span * steps), steps - 1)
    return np.asarray(black + level / (steps - 1) * (white - black), dtype=pictures.dtype)


def _sharpness(pictures: Array, sign: Array, strength: float) -> Array:
    """Away from, or towards, a picture whose inner pixels are smoothed with 1 1 1, 1 5 1, 1 1 1."""
    smooth = pictures.copy()
    if min(pictures.shape[-2:]) > 2:
        windows = np.lib.stride_tricks.sliding_window_view(pictures, (3, 3), axis=(-2, -1))
        smooth[..., 1:-1, 1:-1] = (windows.sum(axis=(-2, -1)) + 4 * pictures[..., 1:-1, 1:-1]) / 13
    return between(smooth, pictures, _factor(sign, strength))


def _factor(sign: Array, strength: float) -> Array:
    return 1 + sign * 0.9 * strength


def _contrast(pictures: Array, sign: Array, strength: float) -> Array:
    return between(grey(pictures).mean(axis=(1, 2, 3), keepdims=True), pictures, _factor(sign, strength))


CHANGES: tuple[Change, ...] = (
    lambda fields, sign, strength: fields,
    _values(_autocontrast),
    _values(_equalize),
    lambda fields, sign, strength: turned(fields, sign * math.radians(30) * strength),
    _values(_solarize),
    _values(lambda pictures, sign, strength: between(grey(pictures), pictures, _factor(sign, strength))),
    _values(_posterize),
    _values(_contrast),
    _values(lambda pictures, sign, strength: between(_range(pictures)[0], pictures, _factor(sign, strength))),
    _values(_sharpness),
    lambda fields, sign, strength: slanted(fields, 0 * sign, 0.3 * strength * sign),
    lambda fields, sign, strength: slanted(fields, 0.3 * strength * sign, 0 * sign),
    lambda fields, sign, strength: shifted(fields, 0 * sign, 0.45 * strength * sign * fields[0].shape[-1]),
    lambda fields, sign, strength: shifted(fields, 0.45 * strength * sign * fields[0].shape[-2], 0 * sign),
)
"""In the order of the paper."""
