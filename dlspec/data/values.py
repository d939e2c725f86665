"""Values of columns: what is missing, what is a number, and the exception for one that is wrong.

A column is an array with the rows first: float64 (NaN is missing), whole numbers, bool, datetime64, or objects (text,
whole numbers of any size; None is missing).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from dlspec.diagnostics.codes import data as codes
from dlspec.diagnostics.codes.base import Code

Array = np.ndarray[Any, np.dtype[Any]]
_WORDS = {"true": 1.0, "false": 0.0}
_EXACT = 2**53
"""Up to here float64 holds every whole number."""


class BadValue(Exception):
    """A value that a transform cannot take; whoever knows the columns and rows makes a diagnostic of it.

    `at` is its place in the flattened array, or None where it is of no one row; `value` the value itself.
    """

    def __init__(
        self, message: str, at: int | None = None, *, value: Any = None, code: Code = codes.NOT_A_NUMBER, help: str = ""
    ) -> None:
        super().__init__(message)
        self.message = message
        self.at = at
        self.value = value
        self.code = code
        self.help = help


def missing_in(values: Array) -> Array:
    """Which elements are missing: a bool for each."""
    if values.dtype == object:
        none: Array = np.equal(values, None)  # type: ignore[call-overload]
        return none.astype(bool)
    if values.dtype.kind == "f":
        return np.isnan(values)
    if values.dtype.kind == "M":
        return np.isnat(values)
    return np.zeros(values.shape, dtype=bool)


def width(values: Array) -> int:
    """Elements of one row."""
    return max(1, int(math.prod(values.shape[1:])))


def flat(values: Array) -> Array:
    """The values with the elements of each row side by side."""
    return values.reshape(len(values), width(values))


def rows_with(elements: Array) -> Array:
    """For each row whether one of its elements is set."""
    return np.asarray(flat(elements).any(axis=1))


def as_objects(values: Array) -> Array:
    """The values as objects, None where missing."""
    if values.dtype == object:
        return values
    out = values.astype(object)
    out[missing_in(values)] = None
    return out


def is_text(values: Array) -> bool:
    """Whether the values are objects, and one of them is text."""
    return values.dtype == object and any(isinstance(value, str) for value in values.flat)


def to_numbers(values: Array) -> Array:
    """The values as numbers: int64, bool or float64 as they are, else float64; BadValue where one is text."""
    if values.dtype.kind in "iu":
        return values.astype(np.int64, copy=False)
    if values.dtype.kind == "b":
        return values
    if values.dtype.kind == "f":
        return values.astype(np.float64, copy=False)
    if values.dtype.kind == "M":
        raise BadValue("a date is not a number", 0, help="order the rows by it: `split by=time(…)`")
    present = ~missing_in(values)
    numbers = np.full(values.shape, np.nan)
    numbers[present] = _parsed(values, np.flatnonzero(present))
    return numbers


def to_float(values: Array) -> Array:
    """The values as float64; BadValue where one is text."""
    if values.dtype.kind in "iu":
        return values.astype(np.float64)
    return to_numbers(values).astype(np.float64, copy=False)


def to_int(values: Array) -> Array:
    """The values as int64; BadValue where one is no whole number."""
    if values.dtype == object and all(isinstance(value, int) for value in values.flat):
        return _checked_range(values)
    numbers = to_numbers(values)
    if numbers.dtype.kind == "f":
        bad = np.flatnonzero(~np.isfinite(numbers) | (numbers != np.rint(numbers)) | (np.abs(numbers) > _EXACT))
        if bad.size:
            value = numbers.flat[bad[0]]
            raise BadValue(f"{value:g} is not a whole number", int(bad[0]), value=value, help="use `category`")
    return numbers.astype(np.int64, copy=False)


def to_bool(values: Array) -> Array:
    """The values as bool; BadValue where one is neither 0, 1, true nor false."""
    numbers = to_numbers(values)
    if numbers.dtype != bool:
        bad = np.flatnonzero((numbers != 0) & (numbers != 1))
        if bad.size:
            value = numbers.flat[bad[0]]
            help = "compare it, as `x > 0`"
            raise BadValue(f"{value:g} is neither true nor false", int(bad[0]), value=value, help=help)
    return numbers.astype(bool, copy=False)


def is_number(text: str) -> bool:
    """Whether a text stands for a number, or for true or false."""
    try:
        _number(text, 0)
    except BadValue:
        return False
    return True


def shown(value: Any) -> str:
    """A value as a message names it: short, and text in quotes."""
    if not isinstance(value, str):
        return str(value)
    return f"'{value if len(value) <= 40 else value[:40] + '…'}'"


def _checked_range(values: Array) -> Array:
    try:
        return values.astype(np.int64)
    except OverflowError:
        at = next(i for i, value in enumerate(values.flat) if not -(2**63) <= value < 2**63)
        value = values.flat[at]
        raise BadValue(f"{value} is too large", at, value=value, help="use `category`") from None


def _parsed(values: Array, places: Array) -> Array:
    """The values at these places of the flattened array as float64."""
    chosen = values.reshape(-1)[places]
    try:
        numbers: Array = chosen.astype(np.float64)
    except (ValueError, TypeError, OverflowError):
        return np.array([_number(value, int(at)) for value, at in zip(chosen, places, strict=True)])
    if any(isinstance(value, str) and "_" in value for value in chosen):
        return np.array([_number(value, int(at)) for value, at in zip(chosen, places, strict=True)])
    return numbers


def _number(value: Any, at: int) -> float:
    """One value as a float: a number, its text, or a word for true or false."""
    word = value.strip().lower() if isinstance(value, str) else None
    if word in _WORDS:
        return _WORDS[word]
    try:
        if word is None or "_" not in word:
            return float(value)
    except (ValueError, TypeError, OverflowError):
        pass
    help = "number its kinds with `category`, or correct the file"
    raise BadValue(f"{shown(value)} is not a number", at, value=value, help=help)
