"""The kinds of a category: which there are, and what number each has."""

from __future__ import annotations

from math import isfinite
from typing import Any

import numpy as np

from dlspec.catalog.transforms import Category
from dlspec.data.values import Array, BadValue, missing_in, shown
from dlspec.diagnostics.codes import data as codes

_NAMED = 5
"""Kinds that a message names."""


def fit_category(layer: Category, values: Array) -> dict[str, Any]:
    """The kinds in order, and how many numbers there are (`other` among them)."""
    if values.dtype.kind == "f" and np.isinf(values).any():
        at = int(np.flatnonzero(np.isinf(values))[0])
        raise BadValue("the value is infinite", at, code=codes.NOT_FINITE, help="correct it, or clamp it before")
    kinds = sorted_kinds(values)
    others = int(layer.unseen == "other")
    most = layer.n if layer.n is not None else len(kinds) + others
    if not kinds:
        help = "correct the file, or leave the column out"
        raise BadValue("every value of the training part is missing", code=codes.NOTHING_TO_LEARN, help=help)
    if len(kinds) + others > most:
        raise _too_many(kinds, most, others)
    return {"kinds": kinds, "size": most}


def apply_category(layer: Category, state: dict[str, Any], values: Array, first: bool) -> Array:
    """The number of each value's kind."""
    numbers = {kind: number for number, kind in enumerate(state["kinds"])}
    numeric = not isinstance(state["kinds"][0], str)
    different, place = distinct(values)
    found = np.array([numbers.get(_key(value, numeric), -1) for value in different], dtype=np.int64)
    result = found[place].reshape(values.shape)
    unseen = np.flatnonzero(result < 0)
    if unseen.size and layer.unseen == "error":
        value = values.flat[unseen[0]]
        raise BadValue(
            f"{shown(plain(value))} is not among the {len(numbers)} kinds of the training part: "
            f"{_listed(state['kinds'])}",
            int(unseen[0]),
            value=value,
            code=codes.UNSEEN_KIND,
            help="use `category(unseen=other)`, or a split with `stratify=` of this field",
        )
    return np.where(result < 0, state["size"] - 1, result)


def sorted_kinds(values: Array) -> list[Any]:
    """The kinds that occur: numbers in numeric order where all are numbers, else text by code point."""
    different = distinct(values[~missing_in(values)])[0]
    numbers = [_key(value, True) for value in different]
    if not any(isinstance(number, str) for number in numbers):
        return sorted(set(numbers))
    return sorted({_key(value, False) for value in different})


def distinct(values: Array) -> tuple[list[Any], Array]:
    """The different values as Python's own, and for each place the number of its value among them."""
    if values.dtype != object:
        if values.dtype.kind == "M":
            values = values.astype(str)
        different, place = np.unique(values, return_inverse=True)
        return different.tolist(), place.reshape(-1)
    numbers: dict[Any, int] = {}
    place = np.array([numbers.setdefault(value, len(numbers)) for value in values.flat], dtype=np.int64)
    return list(numbers), place


def _key(value: Any, numeric: bool) -> Any:
    """What a value is known by: a whole number or a float where numbers are wanted and it is one, else its text."""
    if not numeric:
        return str(plain(value))
    if isinstance(value, str):
        return _read(value)
    return plain(value)


def _read(text: str) -> int | float | str:
    """The number that a text stands for, or the text."""
    if "_" in text:
        return text
    for convert in (int, float):
        try:
            number = convert(text)
        except ValueError:
            continue
        return plain(number) if isfinite(number) else text
    return text


def plain(value: Any) -> Any:
    """A number as a whole one where it is; bools are 0 and 1."""
    if isinstance(value, bool | np.bool_):
        return int(value)
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _too_many(kinds: list[Any], most: int, others: int) -> BadValue:
    extra = " (one of them for what training never saw)" if others else ""
    return BadValue(
        f"{len(kinds)} kinds for {most} numbers{extra}: {_listed(kinds)}",
        code=codes.TOO_MANY_KINDS,
        help=f"write `category({len(kinds) + others}{', unseen=other' if others else ''})`",
    )


def _listed(kinds: list[Any]) -> str:
    return ", ".join(shown(kind) for kind in kinds[:_NAMED]) + (" …" if len(kinds) > _NAMED else "")
