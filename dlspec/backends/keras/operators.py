"""Operators, slices, and the compiler's own adjustments."""

from __future__ import annotations

from dlspec.backends.keras.policies import Policy
from dlspec.backends.python.expression import Expr, In, Op, Sequence, X, call, index
from dlspec.backends.python.fragment import Fragment, Table
from dlspec.backends.python.indexing import cut, size_of, slice_items
from dlspec.backends.python.operators import LOWERINGS as SIGNS
from dlspec.backends.python.operators import multiplies_as_numpy
from dlspec.catalog import operators as catalog
from dlspec.catalog.base import Layer, Types
from dlspec.tensor import TensorType


def floor_divide(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`a // b` of whole numbers; of floats the floor of the quotient."""
    if outputs[0].element == "float":
        return Fragment(call("ops.floor", Op("/", X, In(1))))
    return Fragment(Op("//", X, In(1)))


def matmul(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`ops.matmul`, with vectors made rows and columns where there is a batch in front of them."""
    left, right = inputs
    row, column = left.rank == 1, right.rank == 1
    if not (left.batched or right.batched) or multiplies_as_numpy(left, right):
        return Fragment(call("ops.matmul", X, In(1)))
    rank = max(left.rank, right.rank, 2)
    first = call("ops.expand_dims", X, -2) if row else X
    second = call("ops.expand_dims", In(1), -1) if column else In(1)
    product: Expr = call("ops.matmul", _raised(first, left, rank), _raised(second, right, rank))
    if row and column:
        return Fragment(call("ops.reshape", product, (-1,)))
    if row or column:
        product = call("ops.squeeze", product, axis=-2 if row else -1)
    return Fragment(product)


def _raised(value: Expr, tensor: TensorType, rank: int) -> Expr:
    """Dimensions of 1 behind the batch, up to the common rank."""
    if tensor.batched:
        for _ in range(rank - max(tensor.rank, 2)):
            value = call("ops.expand_dims", value, 1)
    return value


def slices(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """An index."""
    assert isinstance(layer, catalog.Slice)
    return Fragment(cut(X, inputs[0], *slice_items(layer.items)))


def to_batch(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """The tensor seen once for each example."""
    sizes = Sequence((index(call("ops.shape", In(1)), 0), *map(size_of, inputs[0].shape)))
    return Fragment(call("ops.broadcast_to", X, sizes))


def size(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """A size of an input as a tensor of one number."""
    assert isinstance(layer, catalog.SizeNumber)
    return Fragment(call("ops.convert_to_tensor", size_of(layer.value), dtype="int64"))


def channels_last(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """The channels from the front to the end."""
    return Fragment(call("ops.moveaxis", X, int(inputs[0].batched), -1), follows=True)


def channels_first(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """The channels from the end to the front."""
    return Fragment(call("ops.moveaxis", X, -1, int(inputs[0].batched)), follows=True)


LOWERINGS: Table = {
    **SIGNS,
    "floor_divide": floor_divide,
    "matmul": matmul,
    "slice": slices,
    "to_batch": to_batch,
    "size": size,
}
POLICIES = {
    "add": Policy.JOINS,
    "subtract": Policy.JOINS,
    "multiply": Policy.JOINS,
    "divide": Policy.JOINS,
    "floor_divide": Policy.JOINS,
    "remainder": Policy.JOINS,
    "power": Policy.JOINS,
    "not_equal": Policy.JOINS,
    "less_equal": Policy.JOINS,
    "greater_equal": Policy.JOINS,
    "and": Policy.JOINS,
    "or": Policy.JOINS,
    "negative": Policy.KEEPS,
    "not": Policy.KEEPS,
    "to_batch": Policy.ANY,
}

LAYOUTS: Table = {"channels_last": channels_last, "channels_first": channels_first}
"""What the layout pass puts in."""
