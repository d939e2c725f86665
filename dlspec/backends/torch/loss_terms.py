"""What the losses in PyTorch are made of: terms that are not yet reduced, and operands in one shape."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dlspec.backends.python.expression import Cut, Expr, Lit, Local, call, index, method
from dlspec.backends.python.operand import Operand
from dlspec.catalog.base import Loss
from dlspec.tensor import TensorType


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of a loss, not yet reduced.

    `native` is a function of `torch.nn.functional` that reduces too, else `expr` gives the terms. `rank` counts the
    written dimensions of the terms. `places` gives, for losses over classes, the weight of each term where these are
    not all 1 (the terms contain it already).
    """

    rank: int
    native: str = ""
    arguments: tuple[Expr, ...] = ()
    keywords: Mapping[str, Expr] | None = None
    expr: Expr | None = None
    places: Expr | None = None

    def reduced(self, reduction: str) -> Expr:
        """The terms reduced over everything (`mean`, `sum`), or as they are (`none`)."""
        if self.expr is not None:
            return self.expr if reduction == "none" else method(self.expr, reduction)
        how = {} if reduction == "mean" else {"reduction": Lit(reduction)}
        return call(f"F.{self.native}", *self.arguments, **{**(self.keywords or {}), **how})


Lowerings = Mapping[type[Loss], Callable[[Any, tuple[Operand, ...]], Terms]]
"""For each loss of a family its terms, from the loss and its operands."""


def aligned(operand: Operand, like: Operand) -> Expr:
    """An operand in the shape of another: `[]` and `[1]` are taken for each other, and what has no batch is repeated.

    Without it `[N]` against `[N, 1]` would quietly become `[N, N]`.
    """
    own, other = operand.type, like.type
    if not own.batched and other.batched:
        value = method(operand.expr, "squeeze", 0) if own.rank > other.rank else operand.expr
        return method(value, "expand_as", like.expr)
    if own.rank < other.rank:
        return method(operand.expr, "unsqueeze", 1 if own.batched else 0)
    if own.rank > other.rank:
        return method(operand.expr, "squeeze", 1 if own.batched else 0)
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
    value = operand.expr if operand.type.rank <= len(shape) else method(operand.expr, "squeeze", 0)
    return method(value, "expand_as", one)


def with_batch(operand: Operand, like: Operand) -> Operand:
    """An operand with a batch where another has one."""
    if operand.type.batched or not like.type.batched:
        return operand
    value = method(operand.expr, "expand", call("len", like.expr), *[-1] * operand.type.rank)
    return Operand(value, TensorType(operand.type.element, operand.type.shape))


def in_floats(target: Operand, prediction: Operand) -> Operand:
    """A target in the type of the prediction."""
    if target.type.element == "float":
        return target
    return Operand(method(target.expr, "type_as", prediction.expr), target.type)
