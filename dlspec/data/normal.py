"""Arrays from outside brought to the types that columns have (see `values`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from dlspec.data.values import Array as Values
from dlspec.diagnostics.codes import data as codes
from dlspec.diagnostics.report import fail

_EXACT = 2**53
"""Up to here float64 holds every whole number."""


def normal(name: str, values: Any) -> Values:
    """An array of one of the usual types."""
    array = np.asarray(values)
    match array.dtype.kind:
        case "f":
            return array.astype(np.float64)
        case "i" | "b" | "M":
            return array
        case "u" if array.dtype.itemsize < 8:
            return array
        case "u":
            fits = not array.size or int(array.max()) < 2**63
            return array.astype(np.int64) if fits else array.astype(object)
        case "U":
            return array.astype(object)
        case "S":
            return _decoded(name, array)
        case "O":
            return _objects(name, array)
    raise fail(
        codes.UNREADABLE_DATA, f"the column '{name}' has the type {array.dtype}", help="give numbers, text or dates"
    )


def _decoded(name: str, array: Values) -> Values:
    try:
        return np.char.decode(array, "utf-8").astype(object)
    except UnicodeDecodeError as error:
        message = f"the column '{name}' holds bytes that are no UTF-8 text"
        raise fail(codes.UNREADABLE_DATA, message, help="store it as text") from error


def _objects(name: str, array: Values) -> Values:
    """Text and numbers with None where missing; of numbers alone, an array of numbers."""
    flat = [None if value is None or _undefined(value) else value for value in array.flat]
    present = [value for value in flat if value is not None]
    bad = next((value for value in present if not isinstance(value, str | int | float | np.number | np.bool_)), None)
    if bad is not None:
        message = f"the column '{name}' holds values of the type '{type(bad).__name__}'"
        raise fail(codes.UNREADABLE_DATA, message, help="give numbers, text or dates")
    if present and not any(isinstance(value, str) for value in present):
        return _object_numbers(flat, array.shape)
    out = np.empty(len(flat), dtype=object)
    out[:] = flat
    return out.reshape(array.shape)


def _object_numbers(values: list[Any], shape: tuple[int, ...]) -> Values:
    present = [value for value in values if value is not None]
    whole = all(isinstance(value, int | np.integer | np.bool_) for value in present)
    if whole and max(abs(int(value)) for value in present) >= _EXACT:
        out = np.empty(len(values), dtype=object)
        out[:] = [None if value is None else int(value) for value in values]
        return out.reshape(shape)
    if whole and len(present) == len(values):
        return np.array([int(value) for value in values], dtype=np.int64).reshape(shape)
    return np.array([np.nan if value is None else float(value) for value in values]).reshape(shape)


def _undefined(value: Any) -> bool:
    """Whether it is NaN, or one of pandas' marks for what is missing."""
    return bool(type(value).__name__ in ("NAType", "NaTType") or (isinstance(value, float) and value != value))


def require_same_rows(columns: Mapping[str, Values]) -> None:
    """A diagnostic unless every column has as many rows."""
    flat = next((name for name, values in columns.items() if not values.ndim), None)
    if flat is not None:
        raise fail(codes.COLUMNS_DO_NOT_FIT, f"'{flat}' is one number, not a column", help="give a value for each row")
    counts = {name: len(values) for name, values in columns.items()}
    if len(set(counts.values())) > 1:
        (first, a), (other, b) = min(counts.items(), key=lambda x: x[1]), max(counts.items(), key=lambda x: x[1])
        message = f"'{other}' has {b} rows, '{first}' {a}"
        raise fail(codes.COLUMNS_DO_NOT_FIT, message, help="columns that are used together have as many rows")
