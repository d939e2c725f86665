"""Layers that move elements, on whole columns."""

from __future__ import annotations

import numpy as np

from dlspec.catalog.axes import axis_or_only
from dlspec.catalog.windows import per_axis
from dlspec.data.numpy_lowering.call import Call, Lowering
from dlspec.data.values import Array, BadValue, as_objects, to_int, to_numbers
from dlspec.diagnostics.codes import data as codes

_MODES = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}


def _to_shape(call: Call) -> Array:
    return call.x.reshape(len(call.x), *call.shape)


def _only(call: Call) -> int:
    """The array's axis for a layer whose axis may be left out."""
    return axis_or_only(call.layer, call.layer.axis, call.type()) + 1


def _transpose(call: Call) -> Array:
    return call.x.transpose(0, *(axis + 1 for axis in call.layer.order(call.rank)))


def _alike(call: Call) -> list[Array]:
    """The inputs in one element type, each with as many rows."""
    rows = max(map(len, call.inputs))
    parts = [np.broadcast_to(each, (rows, *each.shape[1:])) for each in call.inputs]
    return [as_objects(part) for part in parts] if any(part.dtype == object for part in parts) else parts


def _concat(call: Call) -> Array:
    parts = [part.reshape(-1, 1) if part.ndim == 1 else part for part in _alike(call)]
    return np.concatenate(parts, axis=0 + call.axis(call.layer.axis or 0, parts[0].ndim - 1))


def _stack(call: Call) -> Array:
    return np.stack(_alike(call), axis=call.layer.place(call.rank) + 1)


def _split(call: Call) -> tuple[Array, ...]:
    sizes = [int(str(size)) for size in call.layer.sizes(call.type())]
    return tuple(np.split(call.x, np.cumsum(sizes)[:-1], axis=_only(call)))


def _expand(call: Call) -> Array:
    front = len(call.shape) - call.rank
    narrow = call.x.reshape(len(call.x), *(1,) * front, *call.x.shape[1:])
    return np.broadcast_to(narrow, (len(call.x), *call.shape))


def _pad(call: Call) -> Array:
    margins = ((0, 0), *call.layer.margins(call.type()))
    if call.layer.mode == "zeros":
        return np.pad(call.x, margins)
    return np.pad(call.x, margins, mode=_MODES[call.layer.mode])  # type: ignore[call-overload, no-any-return]


def _crop(call: Call) -> Array:
    margins = call.layer.margins(call.type())
    kept = [slice(before, size - after) for size, (before, after) in zip(call.x.shape[1:], margins, strict=True)]
    return call.x[(slice(None), *kept)]


def _center_crop(call: Call) -> Array:
    sizes = per_axis(call.layer, "size", call.layer.size, call.type())
    starts = [(old - new) // 2 for old, new in zip(call.x.shape[2:], sizes, strict=True)]
    kept = [slice(start, start + size) for start, size in zip(starts, sizes, strict=True)]
    return call.x[(slice(None), slice(None), *kept)]


def _roll(call: Call) -> Array:
    moves = call.layer.moves(call.type())
    return np.roll(call.x, [shift for _, shift in moves], axis=[axis + 1 for axis, _ in moves])


def _flip(call: Call) -> Array:
    return np.flip(call.x, axis=tuple(axis + 1 for axis in call.layer.axes(call.type())))


def _gather(call: Call) -> Array:
    axis = call.axis(call.layer.axis)
    if len(call.inputs) == 1:
        return np.asarray(np.take(call.x, call.layer.index, axis=axis))
    values, index = np.moveaxis(call.x, axis, 1), call.inputs[1]
    bad = np.flatnonzero((index < 0) | (index >= values.shape[1]))
    if bad.size:
        value = index.flat[bad[0]]
        message = f"the index {value} is outside 0 to {values.shape[1] - 1}"
        raise BadValue(message, int(bad[0]), value=value, code=codes.NUMBER_OUT_OF_RANGE, help="clamp it")
    rows = max(len(values), len(index))
    values, index = (np.broadcast_to(each, (rows, *each.shape[1:])) for each in (values, index))
    chosen = values[np.arange(rows).reshape(-1, *(1,) * (index.ndim - 1)), index]
    places = range(1, index.ndim)
    return np.moveaxis(chosen, places, [place + axis - 1 for place in places])


def _one_hot(call: Call) -> Array:
    return np.asarray(call.x[..., None] == np.arange(call.shape[-1]), dtype=np.float64)


def _cast(call: Call) -> Array:
    numbers = to_numbers(call.x)
    kind = call.layer.type
    if kind == "int" and numbers.dtype.kind == "f":
        return to_int(np.trunc(numbers))
    return numbers.astype({"float": np.float64, "int": np.int64, "bool": bool}[kind])


def _pixel_shuffle(call: Call) -> Array:
    rows, channels, height, width = call.x.shape
    r = call.layer.factor
    parts = call.x.reshape(rows, channels // r**2, r, r, height, width)
    return parts.transpose(0, 1, 4, 2, 5, 3).reshape(rows, channels // r**2, height * r, width * r)


def _pixel_unshuffle(call: Call) -> Array:
    rows, channels, height, width = call.x.shape
    r = call.layer.factor
    parts = call.x.reshape(rows, channels, height // r, r, width // r, r)
    return parts.transpose(0, 1, 3, 5, 2, 4).reshape(rows, channels * r**2, height // r, width // r)


def _channel_shuffle(call: Call) -> Array:
    rows, channels, *rest = call.x.shape
    groups = call.layer.groups
    return call.x.reshape(rows, groups, channels // groups, *rest).swapaxes(1, 2).reshape(call.x.shape)


SHAPE: dict[str, Lowering] = {
    "flatten": _to_shape,
    "reshape": _to_shape,
    "transpose": _transpose,
    "concat": _concat,
    "stack": _stack,
    "split": _split,
    "squeeze": _to_shape,
    "unsqueeze": _to_shape,
    "expand": _expand,
    "repeat": lambda call: np.repeat(call.x, call.layer.n, axis=_only(call)),
    "pad": _pad,
    "crop": _crop,
    "center_crop": _center_crop,
    "roll": _roll,
    "flip": _flip,
    "last": lambda call: call.x[:, -1],
    "gather": _gather,
    "one_hot": _one_hot,
    "pixel_shuffle": _pixel_shuffle,
    "pixel_unshuffle": _pixel_unshuffle,
    "channel_shuffle": _channel_shuffle,
    "cast": _cast,
}
