"""Operators that Python code says by a sign, whatever the framework, and what more of them is no framework's own."""

from __future__ import annotations

from dlspec.backends.python.expression import In, Op, Unary, WeightRef, X
from dlspec.backends.python.fragment import Fragment, Lowering, Table
from dlspec.catalog import operators as catalog
from dlspec.catalog.base import Layer, Types
from dlspec.tensor import TensorType


def sign_between(symbol: str) -> Lowering:
    """The lowering to an infix operator."""

    def lowering(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
        return Fragment(Op(symbol, X, In(1)))

    return lowering


def sign_before(symbol: str) -> Lowering:
    """The lowering to a prefix operator."""

    def lowering(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
        return Fragment(Unary(symbol, X))

    return lowering


def weight_of(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """The weight of the layer that has it, in its canonical layout."""
    assert isinstance(layer, catalog.WeightOf)
    return Fragment(WeightRef(layer.owner, layer.weight), atom=True)


def multiplies_as_numpy(left: TensorType, right: TensorType) -> bool:
    """Whether NumPy's rules of `@` mean the same: what has no batch has no more dimensions than what has one."""
    if left.batched and right.batched:
        return left.rank == right.rank and left.rank > 1
    if left.batched:
        return right.rank == 2 or (1 < right.rank <= left.rank) or (right.rank == 1 and left.rank >= 1)
    return left.rank > 1 and left.rank <= right.rank


LOWERINGS: Table = {
    "add": sign_between("+"),
    "subtract": sign_between("-"),
    "multiply": sign_between("*"),
    "divide": sign_between("/"),
    "remainder": sign_between("%"),
    "power": sign_between("**"),
    "not_equal": sign_between("!="),
    "less_equal": sign_between("<="),
    "greater_equal": sign_between(">="),
    "and": sign_between("&"),
    "or": sign_between("|"),
    "negative": sign_before("-"),
    "not": sign_before("~"),
    "weight_of": weight_of,
}
"""What both frameworks take as it is."""
