"""Pictures read at places between their pixels. Everything is `[examples, …, height, width]`."""

from __future__ import annotations

import numpy as np

from dlspec.data.values import Array


def sampled(values: Array, y: Array, x: Array) -> Array:
    """The pictures at the places `[examples, height, width]`, bilinear; 0 where there is no pixel.

    What is no float is taken from the nearest pixel.
    """
    count, *lead, height, width = values.shape
    planes = values.reshape(count, -1, height, width)
    if values.dtype.kind == "f":
        found = _bilinear(planes, y, x)
    else:
        found = _pixels(_framed(planes), np.floor(y + 0.5), np.floor(x + 0.5))
    return found.reshape(count, *lead, *y.shape[1:])


def _bilinear(planes: Array, y: Array, x: Array) -> Array:
    height, width = planes.shape[-2:]
    y, x = np.clip(y, -1, height), np.clip(x, -1, width)
    top, left = np.floor(y), np.floor(x)
    down, right = ((fine - coarse)[:, None].astype(planes.dtype) for fine, coarse in ((y, top), (x, left)))
    framed = _framed(planes)
    upper = _pixels(framed, top, left) * (1 - right) + _pixels(framed, top, left + 1) * right
    lower = _pixels(framed, top + 1, left) * (1 - right) + _pixels(framed, top + 1, left + 1) * right
    return np.asarray(upper * (1 - down) + lower * down)


def _framed(planes: Array) -> Array:
    """The pictures with zeros around."""
    return np.pad(planes, ((0, 0), (0, 0), (1, 1), (1, 1)))


def _pixels(framed: Array, y: Array, x: Array) -> Array:
    """Whole pixels of framed pictures; what lies outside is in the frame."""
    count, planes, height, width = framed.shape
    rows = np.clip(y, -1, height - 2).astype(np.int64) + 1
    columns = np.clip(x, -1, width - 2).astype(np.int64) + 1
    places = (rows * width + columns).reshape(count, 1, -1)
    found = np.take_along_axis(framed.reshape(count, planes, -1), places, axis=2)
    return found.reshape(count, planes, *y.shape[1:])


def moved(fields: list[Array], matrix: Array, shift: Array | None = None) -> list[Array]:
    """Pictures through a linear map about their middle.

    `matrix` `[examples, 2, 2]` gives for a pixel of the result, (y, x) from the middle, where it comes from; `shift`
    `[examples, 2]` is added to that.
    """
    height, width = fields[0].shape[-2:]
    y, x = np.meshgrid(np.arange(height) - (height - 1) / 2, np.arange(width) - (width - 1) / 2, indexing="ij")
    from_y = matrix[:, 0, 0, None, None] * y + matrix[:, 0, 1, None, None] * x + (height - 1) / 2
    from_x = matrix[:, 1, 0, None, None] * y + matrix[:, 1, 1, None, None] * x + (width - 1) / 2
    if shift is not None:
        from_y, from_x = from_y + shift[:, 0, None, None], from_x + shift[:, 1, None, None]
    return [sampled(each, from_y, from_x) for each in fields]


def turned(fields: list[Array], angle: Array) -> list[Array]:
    """Pictures turned to the left by angles in radians."""
    cosine, sine = np.cos(angle), np.sin(angle)
    return moved(fields, _matrix(cosine, sine, -sine, cosine))


def enlarged(fields: list[Array], factor: Array) -> list[Array]:
    """Pictures enlarged by factors."""
    zero = np.zeros_like(factor)
    return moved(fields, _matrix(1 / factor, zero, zero, 1 / factor))


def slanted(fields: list[Array], down: Array, right: Array) -> list[Array]:
    """Pictures whose pixels move down by `down` for each pixel to the right, and right by `right` for each down."""
    one = np.ones_like(right)
    return moved(fields, _matrix(one, -down, -right, one))


def shifted(fields: list[Array], down: Array, right: Array) -> list[Array]:
    """Pictures moved by so many pixels."""
    unit = np.broadcast_to(np.eye(2), (len(down), 2, 2))
    return moved(fields, unit, -np.stack([down, right], axis=1))


def _matrix(yy: Array, yx: Array, xy: Array, xx: Array) -> Array:
    return np.stack([np.stack([yy, yx], axis=1), np.stack([xy, xx], axis=1)], axis=1)
