"""Augmentations of values: of the first field alone."""

from __future__ import annotations

import math

import numpy as np

from dlspec.catalog import augmentations as catalog
from dlspec.data.augment.chance import Chance
from dlspec.data.values import Array

GREY = (0.299, 0.587, 0.114)
"""The parts of red, green and blue in the brightness that is seen."""
YIQ = np.array([GREY, (0.595716, -0.274453, -0.321263), (0.211456, -0.522591, 0.311135)])
"""From red, green and blue to brightness and two axes of colour (NTSC)."""


def grey(pictures: Array) -> Array:
    """The brightness of each pixel, `[examples, 1, height, width]`."""
    if pictures.shape[1] != len(GREY):
        return np.asarray(pictures.mean(axis=1, keepdims=True))
    weights = np.array(GREY, dtype=pictures.dtype).reshape(1, -1, 1, 1)
    return np.asarray((pictures * weights).sum(axis=1, keepdims=True))


def between(base: Array, pictures: Array, factor: Array) -> Array:
    """`base` for the factor 0, the pictures for 1, and on beyond."""
    return np.asarray(base + factor.reshape(-1, 1, 1, 1).astype(pictures.dtype) * (pictures - base))


def _factor(amount: float, chance: Chance) -> Array:
    return chance.uniform(max(0.0, 1 - amount), 1 + amount)


def brightness(layer: catalog.RandomBrightness, fields: list[Array], chance: Chance) -> list[Array]:
    """From black to brighter."""
    return [between(np.zeros_like(fields[0]), fields[0], _factor(layer.amount, chance)), *fields[1:]]


def contrast(layer: catalog.RandomContrast, fields: list[Array], chance: Chance) -> list[Array]:
    """From the mean brightness to more contrast."""
    mean = grey(fields[0]).mean(axis=(1, 2, 3), keepdims=True)
    return [between(mean, fields[0], _factor(layer.amount, chance)), *fields[1:]]


def saturation(layer: catalog.RandomSaturation, fields: list[Array], chance: Chance) -> list[Array]:
    """From grey to more colour."""
    return [between(grey(fields[0]), fields[0], _factor(layer.amount, chance)), *fields[1:]]


def hue(layer: catalog.RandomHue, fields: list[Array], chance: Chance) -> list[Array]:
    """The two axes of colour turned about that of brightness."""
    angle = chance.uniform(-layer.amount, layer.amount) * 2 * math.pi
    turn = np.zeros((len(angle), 3, 3))
    turn[:, 0, 0] = 1
    turn[:, 1, 1] = turn[:, 2, 2] = np.cos(angle)
    turn[:, 1, 2], turn[:, 2, 1] = -np.sin(angle), np.sin(angle)
    whole = (np.linalg.inv(YIQ) @ turn @ YIQ).astype(fields[0].dtype)
    return [np.einsum("nij,njhw->nihw", whole, fields[0]), *fields[1:]]


def blur(layer: catalog.GaussianBlur, fields: list[Array], chance: Chance) -> list[Array]:
    """A normal kernel along the rows, then along the columns."""
    sigma = np.maximum(chance.uniform(0, layer.sigma), 1e-6)
    reach = math.ceil(3 * layer.sigma)
    offsets = np.arange(-reach, reach + 1)
    kernel = np.exp(-0.5 * (offsets / sigma[:, None]) ** 2)
    kernel = (kernel / kernel.sum(axis=1, keepdims=True)).astype(fields[0].dtype)
    values = fields[0]
    for axis in (-2, -1):
        margins = [(0, 0)] * values.ndim
        margins[axis] = (reach, reach)
        padded, size = np.pad(values, margins, mode="edge"), values.shape[axis]
        values = np.add.reduce([
            kernel[:, place].reshape(-1, 1, 1, 1) * padded.take(np.arange(place, place + size), axis=axis)
            for place in range(2 * reach + 1)
        ])  # fmt: skip
    return [values, *fields[1:]]


def noise(layer: catalog.GaussianNoise, fields: list[Array], chance: Chance) -> list[Array]:
    """A normal number for each element."""
    drawn = layer.std * chance.normal(fields[0].shape[1:])
    return [fields[0] + drawn.astype(fields[0].dtype), *fields[1:]]


def mask(layer: catalog.RandomMask, fields: list[Array], chance: Chance) -> list[Array]:
    """Pixels, steps or elements that are hidden."""
    first = fields[0]
    shape = {1: first.shape[1:], 2: (first.shape[1], 1)}.get(first.ndim - 1, (1, *first.shape[2:]))
    hidden = chance.uniform(size=shape) < layer.rate
    if first.dtype.kind == "f":
        return [np.where(hidden, np.zeros((), first.dtype), first), *fields[1:]]
    return [np.where(hidden & (first != 0), np.ones((), first.dtype), first), *fields[1:]]
