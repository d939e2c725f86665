"""What the losses in Keras are made of: terms that are not yet reduced, and operands in one shape."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dlspec.backends.python.expression import Cut, Expr, Get, Local, call, index
from dlspec.backends.python.operand import Operand
from dlspec.catalog.base import Loss
from dlspec.tensor import TensorType


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of a loss, not yet reduced; `rank` counts their written dimensions.

    `places` gives, for losses over classes, the weight of each term where these are not all 1 (the terms contain it
    already).
    """

    rank: int
    expr: Expr
    places: Expr | None = None


Lowerings = Mapping[type[Loss], Callable[[Any, tuple[Operand, ...]], Terms]]
"""For each loss of a family its terms, from the loss and its operands."""


def aligned(operand: Operand, like: Operand) -> Expr:
    """An operand in the shape of another: `[]` and `[1]` are taken for each other, and what has no batch is repeated.

    Without it `[N]` against `[N, 1]` would quietly become `[N, N]`.
    """
    own, other = operand.type, like.type
    if not own.batched and other.batched:
        value = call("ops.squeeze", operand.expr, 0) if own.rank > other.rank else operand.expr
        return call("ops.broadcast_to", value, call("ops.shape", like.expr))
    if own.rank < other.rank:
        return call("ops.expand_dims", operand.expr, 1 if own.batched else 0)
    if own.rank > other.rank:
        return call("ops.squeeze", operand.expr, 1 if own.batched else 0)
    return operand.expr


def together(operands: Sequence[Operand]) -> tuple[list[Expr], int]:
    """The operands in the shape of the first that has a batch, and the rank of that."""
    like = leader(operands)
    return [each.expr if each is like else aligned(each, like) for each in operands], like.type.rank


def leader(operands: Sequence[Operand]) -> Operand:
    """The first operand that has a batch, else the first."""
    return next((each for each in operands if each.type.batched), operands[0])


def at_places(operand: Operand, like: Operand, position: int) -> Expr:
    """An operand in the shape of another without that dimension."""
    shape = like.type.shape[:position] + like.type.shape[position + 1 :]
    if operand.type.batched:
        return aligned(operand, Operand(like.expr, TensorType("int", shape)))
    one = index(like.expr, Cut(), 0) if position == 0 else index(like.expr, Local("..."), 0)
    value = operand.expr if operand.type.rank <= len(shape) else call("ops.squeeze", operand.expr, 0)
    return call("ops.broadcast_to", value, call("ops.shape", one))


def classes_last(prediction: Operand, target: Operand, position: int) -> tuple[Expr, Expr, int]:
    """Scores with the classes in the last dimension, the class numbers in their shape without it, and its rank."""
    rank = prediction.type.rank
    moved = position == 0 and rank > 1
    scores = call("ops.moveaxis", prediction.expr, 1, -1) if moved else prediction.expr
    return scores, at_places(target, prediction, position), rank - 1


def with_batch(operand: Operand, like: Operand) -> Operand:
    """An operand with a batch where another has one."""
    if operand.type.batched or not like.type.batched:
        return operand
    count = index(call("ops.shape", like.expr), 0)
    value = call("ops.repeat", call("ops.expand_dims", operand.expr, 0), count, axis=0)
    return Operand(value, TensorType(operand.type.element, operand.type.shape))


def in_floats(target: Operand, prediction: Operand) -> Operand:
    """A target in the type of the prediction."""
    if target.type.element == "float":
        return target
    return Operand(call("ops.cast", target.expr, Get(prediction.expr, "dtype")), target.type)
