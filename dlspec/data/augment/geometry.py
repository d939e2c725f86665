"""Augmentations that move pixels: all fields by the same draws."""

from __future__ import annotations

import math

import numpy as np

from dlspec.catalog import augmentations as catalog
from dlspec.data.augment.chance import Chance
from dlspec.data.augment.sampling import enlarged, sampled, shifted, slanted, turned
from dlspec.data.values import Array

TRIES = 10
"""How often a rectangle is drawn until one fits."""


def flip(layer: catalog.RandomFlip, fields: list[Array], chance: Chance) -> list[Array]:
    """Each way with a probability of a half."""
    for direction, axis in (("horizontal", -1), ("vertical", -2)):
        if layer.direction in (direction, "both"):
            mirrored = chance.uniform() < 0.5
            fields = [np.where(_wide(mirrored, each), np.flip(each, axis), each) for each in fields]
    return fields


def crop(layer: catalog.RandomCrop, fields: list[Array], chance: Chance) -> list[Array]:
    """A window at a random place of each padded picture."""
    size, (above, left) = catalog.pair(layer.size), catalog.pair(layer.padding)
    height, width = fields[0].shape[-2:]
    y = chance.below(height + 2 * above - size[0] + 1)
    x = chance.below(width + 2 * left - size[1] + 1)
    found = []
    for each in fields:
        margins = (*((0, 0),) * (each.ndim - 2), (above, above), (left, left))
        windows = np.lib.stride_tricks.sliding_window_view(np.pad(each, margins), size, axis=(-2, -1))
        found.append(windows[np.arange(len(each)), ..., y, x, :, :])
    return found


def resized_crop(layer: catalog.RandomResizedCrop, fields: list[Array], chance: Chance) -> list[Array]:
    """A rectangle of each picture, read at as many places as the result has pixels."""
    height, width = fields[0].shape[-2:]
    tall, wide = catalog.pair(layer.size)
    h, w, found = _rectangles(chance, (height, width), (layer.scale, 1.0), (3 / 4, 4 / 3))
    y, x = chance.below(height - h + 1), chance.below(width - w + 1)
    side = min(height, width)
    h, w = np.where(found, h, side), np.where(found, w, side)
    y, x = np.where(found, y, (height - side) // 2), np.where(found, x, (width - side) // 2)
    rows, columns = _spread(y, h, tall), _spread(x, w, wide)
    shape = (len(h), tall, wide)
    rows, columns = np.broadcast_to(rows[:, :, None], shape), np.broadcast_to(columns[:, None, :], shape)
    return [sampled(each, rows, columns) for each in fields]


def _spread(start: Array, length: Array, count: int) -> Array:
    """The middles of `count` equal parts of each stretch, in pixels, kept inside the stretch."""
    places = start[:, None] + (np.arange(count) + 0.5) * length[:, None] / count - 0.5
    return np.clip(places, start[:, None], (start + length - 1)[:, None])


def erasing(layer: catalog.RandomErasing, fields: list[Array], chance: Chance) -> list[Array]:
    """A rectangle of zeros."""
    chosen = chance.uniform() < layer.rate
    height, width = fields[0].shape[-2:]
    h, w, found = _rectangles(chance, (height, width), (0.02, 0.33), (0.3, 1 / 0.3), whole=False)
    y, x = chance.below(height - h + 1), chance.below(width - w + 1)
    inside = within(y, h, height)[:, :, None] & within(x, w, width)[:, None, :]
    inside &= (chosen & found)[:, None, None]
    return [np.where(_planes(inside, each), np.zeros((), each.dtype), each) for each in fields]


def within(start: Array, length: Array, size: int) -> Array:
    """For each row which of `size` places lie in its stretch."""
    places = np.arange(size)
    return np.asarray((places >= start[:, None]) & (places < (start + length)[:, None]))


def _planes(mask: Array, values: Array) -> Array:
    """A mask of pixels against the fields' planes."""
    return mask.reshape(len(mask), *(1,) * (values.ndim - 3), *mask.shape[1:])


def _rectangles(
    chance: Chance, size: tuple[int, int], shares: tuple[float, float], ratios: tuple[float, float], whole: bool = True
) -> tuple[Array, Array, Array]:
    """Height and width of the first of ten rectangles that fits, for each row, and whether there is one.

    Shares are of the area, ratios of width to height, drawn evenly in their logarithm; `whole` says that a rectangle
    may be as large as the picture.
    """
    area = chance.uniform(*shares, (TRIES,)) * size[0] * size[1]
    ratio = np.exp(chance.uniform(math.log(ratios[0]), math.log(ratios[1]), (TRIES,)))
    h, w = np.rint(np.sqrt(area / ratio)).astype(np.int64), np.rint(np.sqrt(area * ratio)).astype(np.int64)
    most = (size[0], size[1]) if whole else (size[0] - 1, size[1] - 1)
    fits = (h > 0) & (w > 0) & (h <= most[0]) & (w <= most[1])
    first, rows = fits.argmax(axis=1), np.arange(len(fits))
    found = fits.any(axis=1)
    return np.where(found, h[rows, first], 1), np.where(found, w[rows, first], 1), found


def rotation(layer: catalog.RandomRotation, fields: list[Array], chance: Chance) -> list[Array]:
    """An angle to the left."""
    most = math.radians(layer.degrees)
    return turned(fields, chance.uniform(-most, most))


def zoom(layer: catalog.RandomZoom, fields: list[Array], chance: Chance) -> list[Array]:
    """A factor on the size."""
    return enlarged(fields, chance.uniform(1 - layer.amount, 1 + layer.amount))


def translation(layer: catalog.RandomTranslation, fields: list[Array], chance: Chance) -> list[Array]:
    """A way down and one to the right."""
    height, width = fields[0].shape[-2:]
    down = chance.uniform(-layer.amount, layer.amount) * height
    return shifted(fields, down, chance.uniform(-layer.amount, layer.amount) * width)


def shear(layer: catalog.RandomShear, fields: list[Array], chance: Chance) -> list[Array]:
    """An angle from the vertical."""
    most = math.radians(layer.degrees)
    angle = chance.uniform(-most, most)
    return slanted(fields, np.zeros_like(angle), np.tan(angle))


def _wide(chosen: Array, like: Array) -> Array:
    """One bool for each example, against a whole field."""
    return chosen.reshape(-1, *(1,) * (like.ndim - 1))
