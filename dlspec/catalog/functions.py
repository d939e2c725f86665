"""Functions of compile time: declared here, computed by the resolver."""

from __future__ import annotations

from typing import Any, ClassVar

from dlspec.catalog.base import Function, param


class Range(Function):
    """`range(stop)`, `range(start, stop)` or `range(start, stop, step)`: whole numbers up to, not including, stop.

    As Python's `range`. Source: the Python language reference.
    """

    entry = "range"
    variadic: ClassVar[str | None] = "bounds"
    bounds: tuple[int, ...] = param(..., "stop; or start and stop; or start, stop and step", min_length=1, max_length=3)


class Len(Function):
    """The number of items of a list. As Python's `len`."""

    entry = "len"
    list: Any = param(..., "a list")


class Min(Function):
    """The smallest of several numbers or of a list. As Python's `min`."""

    entry = "min"
    variadic: ClassVar[str | None] = "values"
    values: tuple[Any, ...] = param(..., "numbers, or one list of them")


class Max(Function):
    """The largest of several numbers or of a list. As Python's `max`."""

    entry = "max"
    variadic: ClassVar[str | None] = "values"
    values: tuple[Any, ...] = param(..., "numbers, or one list of them")


class Sum(Function):
    """The sum of a list of numbers. As Python's `sum`."""

    entry = "sum"
    list: Any = param(..., "a list of numbers")


class Abs(Function):
    """A number without its sign. As Python's `abs`."""

    entry = "abs"
    x: Any = param(..., "a number")


class Round(Function):
    """A number rounded to so many digits, halves to the even one; as Python's `round`."""

    entry = "round"
    x: Any = param(..., "a number")
    digits: int = param(0, "digits behind the point")


class Chain(Function):
    """The layers of a list or comprehension in sequence: `chain(residual(c) for c in [64, 128])`."""

    entry = "chain"
    layers: Any = param(..., "a list of layers, or a comprehension that gives them")


ENTRIES = (Range, Len, Min, Max, Sum, Abs, Round, Chain)
