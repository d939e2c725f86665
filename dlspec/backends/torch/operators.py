"""Operators, slices, and the compiler's own adjustments."""

from __future__ import annotations

from dlspec.backends.python.expression import Expr, Get, In, Op, X, call, index, method
from dlspec.backends.python.fragment import Fragment, Table
from dlspec.backends.python.indexing import cut, size_of, slice_items
from dlspec.backends.python.operators import LOWERINGS as SIGNS
from dlspec.backends.python.operators import multiplies_as_numpy
from dlspec.catalog import operators as catalog
from dlspec.catalog.base import Layer, Types
from dlspec.tensor import TensorType


def floor_divide(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`a // b` of whole numbers; of floats the floor of the quotient, which unlike `//` has a gradient: 0."""
    if outputs[0].element == "float":
        return Fragment(call("torch.floor", Op("/", X, In(1))))
    return Fragment(Op("//", X, In(1)))


def matmul(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`left @ right`, with vectors made rows and columns where there is a batch in front of them."""
    left, right = inputs
    row, column = left.rank == 1, right.rank == 1
    if not (left.batched or right.batched) or multiplies_as_numpy(left, right):
        return Fragment(Op("@", X, In(1)))
    rank = max(left.rank, right.rank, 2)
    first = method(X, "unsqueeze", -2) if row else X
    second = method(In(1), "unsqueeze", -1) if column else In(1)
    product: Expr = Op("@", _raised(first, left, rank), _raised(second, right, rank))
    if row and column:
        return Fragment(method(product, "flatten"))
    if row or column:
        product = method(product, "squeeze", -2 if row else -1)
    return Fragment(product)


def _raised(value: Expr, tensor: TensorType, rank: int) -> Expr:
    """Dimensions of 1 behind the batch, up to the common rank."""
    if tensor.batched:
        for _ in range(rank - max(tensor.rank, 2)):
            value = method(value, "unsqueeze", 1)
    return value


def slices(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """An index."""
    assert isinstance(layer, catalog.Slice)
    return Fragment(cut(X, inputs[0], *slice_items(layer.items)))


def to_batch(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """The tensor seen once for each example."""
    sizes = (-1,) * inputs[0].rank
    return Fragment(method(X, "expand", index(Get(In(1), "shape"), 0), *sizes))


def size(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """A size of an input as a tensor of one number."""
    assert isinstance(layer, catalog.SizeNumber)
    return Fragment(call("torch.tensor", size_of(layer.value)))


LOWERINGS: Table = {
    **SIGNS,
    "floor_divide": floor_divide,
    "matmul": matmul,
    "slice": slices,
    "to_batch": to_batch,
    "size": size,
}
