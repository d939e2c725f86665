"""Augmentations that put two examples of the batch into one, targets too."""

from __future__ import annotations

import numpy as np

from dlspec.catalog import augmentations as catalog
from dlspec.data.augment.chance import Chance
from dlspec.data.augment.geometry import within
from dlspec.data.values import Array


def mixup(layer: catalog.Mixup, fields: list[Array], chance: Chance) -> list[Array]:
    """A share of each example and the rest of another."""
    share, other = chance.beta(layer.alpha), chance.below(chance.rows)
    return [_mixed(each, other, share) for each in fields]


def cutmix(layer: catalog.Cutmix, fields: list[Array], chance: Chance) -> list[Array]:
    """A rectangle of another picture."""
    height, width = fields[0].shape[-2:]
    side = np.sqrt(1 - chance.beta(layer.alpha))
    other = chance.below(chance.rows)
    top, tall = _stretch(chance.below(height), (side * height).astype(np.int64), height)
    left, wide = _stretch(chance.below(width), (side * width).astype(np.int64), width)
    inside = within(top, tall, height)[:, :, None] & within(left, wide, width)[:, None, :]
    kept = 1 - tall * wide / (height * width)
    return [
        np.where(inside.reshape(len(inside), *(1,) * (each.ndim - 3), height, width), each[other], each)
        if each.ndim > 2 and each.shape[-2:] == (height, width)
        else _mixed(each, other, kept)
        for each in fields
    ]


def _stretch(middle: Array, length: Array, size: int) -> tuple[Array, Array]:
    """Start and length of stretches about their middles, cut off at the ends."""
    start, end = np.clip(middle - length // 2, 0, size), np.clip(middle + length // 2, 0, size)
    return start, end - start


def _mixed(values: Array, other: Array, share: Array) -> Array:
    weight = share.reshape(-1, *(1,) * (values.ndim - 1)).astype(values.dtype)
    return np.asarray(weight * values + (1 - weight) * values[other])
