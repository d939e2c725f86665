"""What the lowerings of both frameworks share: sizes that must be numbers, and what weights are called."""

from __future__ import annotations

from dlspec.backends.python.expression import Expr, Get, index
from dlspec.tensor import Dim, Sym


class NotANumber(ValueError):
    """A size that code needs as a number is only known from data."""


def whole(size: Dim) -> int:
    """The size as a number; NotANumber where it is learned from data that has not been read."""
    if isinstance(size, Sym):
        raise NotANumber(f"the size {size} has to be a number in the code")
    return size


def compact(sizes: tuple[int, ...]) -> int | tuple[int, ...]:
    """One number where all are equal."""
    return sizes[0] if len(set(sizes)) == 1 else sizes


def below(base: Expr, path: str) -> Expr:
    """`base.path`, where the path may be dotted or empty; a number is a place in a list."""
    for name in path.split(".") if path else ():
        base = index(base, int(name)) if name.isdigit() else Get(base, name)
    return base


def names(*weights: str, given: bool = True) -> tuple[tuple[str, str], ...]:
    """Weights whose path below the attribute is their canonical name."""
    return tuple((name, name) for name in weights) if given else ()
