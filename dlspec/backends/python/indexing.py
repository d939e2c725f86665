"""Sizes and indices as expressions of Python, the same in every framework."""

from __future__ import annotations

from dlspec.backends.python.expression import Argument, Cut, Expr, Lit, Size, expr, index
from dlspec.tensor import Dim, TensorType


def size_of(size: Dim) -> Expr:
    """A size as a number, or worked out from the shapes of the inputs."""
    return Lit(size) if isinstance(size, int) else Size(size)


def cut(base: Expr, tensor: TensorType, *items: Argument) -> Expr:
    """An index over the written dimensions as they stand; what changes nothing at its end is left out."""
    kept = list(items)
    while kept and kept[-1] == Cut():
        kept.pop()
    if not kept:
        return base
    return index(base, *([Cut()] if tensor.batched else []), *kept)


def slice_items(items: tuple[object, ...]) -> list[Expr]:
    """The items of a slice as expressions."""
    found: list[Expr] = []
    for item in items:
        if isinstance(item, tuple):
            found.append(Cut(*(None if part is None else size_of(part) for part in item)))
        else:
            assert isinstance(item, int)
            found.append(expr(item))
    return found
