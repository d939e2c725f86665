"""What the terms of a generated `losses` are made of."""

from __future__ import annotations

from dataclasses import dataclass

from dlspec.backends.python.expression import Expr, Local, op
from dlspec.tensor import TensorType

COUNT = Local("count")
"""The number of examples of the batch, a variable of the generated `losses`."""


@dataclass(frozen=True, slots=True)
class Operand:
    """A tensor of the generated function: the expression that names it, and its type."""

    expr: Expr
    type: TensorType


def scaled(scale: float, value: Expr) -> Expr:
    """`scale * value`, or the value alone."""
    return value if scale == 1 else op("*", scale, value)
