"""Operators, slices, and the compiler's own adjustments."""

from __future__ import annotations

from dlspec.backends.python.expression import Expr, Get, In, Op, Unary, WeightRef, X, call, index, method
from dlspec.backends.python.fragment import Fragment, Table
from dlspec.backends.torch.elementwise import sign_between
from dlspec.backends.torch.shape import cut, size_of, slice_items
from dlspec.catalog import operators as catalog
from dlspec.catalog.base import Layer, Types
from dlspec.tensor import TensorType

add = sign_between("+")
subtract = sign_between("-")
multiply = sign_between("*")
divide = sign_between("/")
remainder = sign_between("%")
power = sign_between("**")
not_equal = sign_between("!=")
less_equal = sign_between("<=")
greater_equal = sign_between(">=")
both = sign_between("&")
either = sign_between("|")


def floor_divide(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`a // b` of whole numbers; of floats the floor of the quotient, which unlike `//` has a gradient: 0."""
    if outputs[0].element == "float":
        return Fragment(call("torch.floor", Op("/", X, In(1))))
    return Fragment(Op("//", X, In(1)))


def negative(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`-x`."""
    return Fragment(Unary("-", X))


def inverse(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`~x`."""
    return Fragment(Unary("~", X))


def matmul(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`left @ right`, with vectors made rows and columns where there is a batch in front of them."""
    left, right = inputs
    row, column = left.rank == 1, right.rank == 1
    if not (left.batched or right.batched) or _agree(left, right):
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


def _agree(left: TensorType, right: TensorType) -> bool:
    """Whether PyTorch's own rules mean the same: what has no batch has no more dimensions than what has one."""
    if left.batched and right.batched:
        return left.rank == right.rank and left.rank > 1
    if left.batched:
        return right.rank == 2 or (1 < right.rank <= left.rank) or (right.rank == 1 and left.rank >= 1)
    return left.rank > 1 and left.rank <= right.rank


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


def weight_of(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """The attribute of the layer that has it."""
    assert isinstance(layer, catalog.WeightOf)
    return Fragment(WeightRef(layer.owner, layer.weight), atom=True)


def size(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """A size of an input as a tensor of one number."""
    assert isinstance(layer, catalog.SizeNumber)
    return Fragment(call("torch.tensor", size_of(layer.value)))


LOWERINGS: Table = {
    "add": add,
    "subtract": subtract,
    "multiply": multiply,
    "divide": divide,
    "floor_divide": floor_divide,
    "remainder": remainder,
    "power": power,
    "negative": negative,
    "matmul": matmul,
    "not_equal": not_equal,
    "less_equal": less_equal,
    "greater_equal": greater_equal,
    "and": both,
    "or": either,
    "not": inverse,
    "slice": slices,
    "to_batch": to_batch,
    "weight_of": weight_of,
    "size": size,
}
