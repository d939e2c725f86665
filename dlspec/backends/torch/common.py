"""What the lowerings share: dimensions with the batch in front, sizes that must be numbers, initial values."""

from __future__ import annotations

from collections.abc import Iterable

from dlspec.backends.python.expression import OWN, Expr, Get, Simple
from dlspec.backends.torch.initializers import fill
from dlspec.catalog.base import Weighted
from dlspec.tensor import Dim, Sym, TensorType


class NotANumber(ValueError):
    """A size that code needs as a number is only known from data."""


def whole(size: Dim) -> int:
    """The size as a number; NotANumber where it is learned from data that has not been read."""
    if isinstance(size, Sym):
        raise NotANumber(f"the size {size} has to be a number in the code")
    return size


def dim(axis: int, tensor: TensorType) -> int:
    """The tensor's dimension for an axis over the written ones."""
    return axis if axis < 0 else axis + tensor.batched


def dims(axes: Iterable[int], tensor: TensorType) -> tuple[int, ...]:
    """The same for several."""
    return tuple(dim(axis, tensor) for axis in axes)


def compact(sizes: tuple[int, ...]) -> int | tuple[int, ...]:
    """One number where all are equal."""
    return sizes[0] if len(set(sizes)) == 1 else sizes


def initial(layer: Weighted, inputs: tuple[TensorType, ...], paths: dict[str, str]) -> tuple[Simple, ...]:
    """Statements that give the weights the initial values that were set, by the paths of the weights below the
    attribute; nothing for those that were left to PyTorch, whose own defaults are the same."""
    statements: list[Simple] = []
    for weight in layer.weights(*inputs):
        chosen = layer.bias_init if weight.name == "bias" or weight.role == "bias" else layer.init
        if chosen is not None and weight.role != "state":
            statements += fill(chosen, below(OWN, paths[weight.name]), weight.shape)
    return tuple(statements)


def below(base: Expr, path: str) -> Expr:
    """`base.path`, where the path may be dotted or empty."""
    for name in path.split(".") if path else ():
        base = Get(base, name)
    return base


def names(*weights: str, given: bool = True) -> tuple[tuple[str, str], ...]:
    """Weights whose path below the attribute is their canonical name."""
    return tuple((name, name) for name in weights) if given else ()
