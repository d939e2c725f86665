"""What operators, slices and the compiler's own adjustments become. A spec writes these with signs, not by name."""

from __future__ import annotations

from typing import ClassVar

from dlspec.catalog.base import Layer, Misfit, Types, Wants, param
from dlspec.tensor import (
    Dim,
    Sym,
    TensorType,
    broadcast_shapes,
    ceil_div,
    product,
    promoted,
    shape_text,
)

SliceItem = int | tuple[int | Sym | None, int | Sym | None, int | None]


class Operator(Layer):
    """A layer that is written with a sign."""

    kind = "operator"
    batchless: ClassVar[bool] = True


class Elementwise(Operator):
    """Works on pairs of elements, with NumPy's broadcasting over the written dimensions."""

    inputs: ClassVar[tuple[str, ...]] = ("left", "right")
    wants: ClassVar[Wants | tuple[Wants, ...]] = "common"
    broadcasts: ClassVar[bool] = True

    def infer(self, *inputs: TensorType) -> TensorType:
        left, right = inputs
        shape = broadcast_shapes(left.shape, right.shape)
        if shape is None:
            raise Misfit(
                f"{shape_text(left.shape)} and {shape_text(right.shape)} cannot be broadcast to one shape",
                "sizes must be equal, or one of them 1, counted from the last dimension",
            )
        return TensorType(promoted(inputs), shape, left.batched or right.batched)


class Arithmetic(Elementwise):
    """A sum, product and so on of numbers, of which bools are none."""

    def infer(self, *inputs: TensorType) -> TensorType:
        if promoted(inputs) == "bool":
            both = " and ".join(map(str, inputs))
            raise Misfit(f"calculates with numbers, got {both}", "cast(int) makes 0 and 1 of a bool")
        return super().infer(*inputs)


class Add(Arithmetic):
    """`left + right`, element by element."""

    entry = "add"


class Subtract(Arithmetic):
    """`left - right`, element by element."""

    entry = "subtract"


class Multiply(Arithmetic):
    """`left * right`, element by element."""

    entry = "multiply"


class Divide(Elementwise):
    """`left / right`, element by element, as floats."""

    entry = "divide"
    wants: ClassVar[Wants | tuple[Wants, ...]] = "float"


class FloorDivide(Arithmetic):
    """`floor(left / right)`, element by element."""

    entry = "floor_divide"


class Remainder(Arithmetic):
    """`left - right * floor(left / right)`: the sign of the divisor, as in Python."""

    entry = "remainder"


class Power(Elementwise):
    """`left ** right`, element by element, as floats."""

    entry = "power"
    wants: ClassVar[Wants | tuple[Wants, ...]] = "float"


class Negative(Operator):
    """`-input`."""

    entry = "negative"
    wants: ClassVar[Wants | tuple[Wants, ...]] = "any"

    def infer(self, *inputs: TensorType) -> TensorType:
        (input,) = inputs
        if input.element == "bool":
            raise Misfit("a bool has no sign", "write `not` before a condition")
        return input.with_shape(input.shape)


class Compare(Elementwise):
    """A comparison, element by element."""

    def infer(self, *inputs: TensorType) -> TensorType:
        return super().infer(*inputs).with_element("bool")


class NotEqual(Compare):
    """`left != right`, element by element."""

    entry = "not_equal"


class LessEqual(Compare):
    """`left <= right`, element by element."""

    entry = "less_equal"


class GreaterEqual(Compare):
    """`left >= right`, element by element."""

    entry = "greater_equal"


class And(Compare):
    """True where both are."""

    entry = "and"
    wants: ClassVar[Wants | tuple[Wants, ...]] = "bool"


class Or(Compare):
    """True where one is."""

    entry = "or"
    wants: ClassVar[Wants | tuple[Wants, ...]] = "bool"


class Not(Operator):
    """True where the input is not."""

    entry = "not"
    wants: ClassVar[Wants | tuple[Wants, ...]] = "bool"

    def infer(self, *inputs: TensorType) -> TensorType:
        return inputs[0]


class Matmul(Operator):
    """The matrix product over the last two written dimensions, as NumPy's `@`.

    A vector on the left is a row, on the right a column, and its dimension is left out of the result.
    """

    entry = "matmul"
    mixes: ClassVar[bool] = True
    inputs: ClassVar[tuple[str, ...]] = ("left", "right")

    def infer(self, *inputs: TensorType) -> TensorType:
        left, right = inputs
        what = f"{shape_text(left.shape)} @ {shape_text(right.shape)}"
        if not left.rank or not right.rank:
            raise Misfit(f"{what}: a matrix product needs at least one dimension on each side", "use `*`")
        inner = right.shape[-2] if right.rank > 1 else right.shape[0]
        if left.shape[-1] != inner:
            raise Misfit(
                f"{what}: {left.shape[-1]} columns on the left, {inner} rows on the right",
                "the last size on the left must equal the last but one on the right",
            )
        stack = broadcast_shapes(left.shape[:-2], right.shape[:-2])
        if stack is None:
            raise Misfit(f"{what}: the leading dimensions cannot be broadcast")
        rows = left.shape[-2:-1] if left.rank > 1 else ()
        columns = right.shape[-1:] if right.rank > 1 else ()
        return TensorType("float", stack + rows + columns, left.batched or right.batched)

    def macs(self, inputs: Types, outputs: Types) -> Dim:
        return product(outputs[0].shape) * inputs[0].shape[-1]


class Slice(Operator):
    """`input[a:b, -1]` over the written dimensions: a number takes one place away, `a:b:c` cuts, `...` is implied.

    `items` holds a number or (start, stop, step) for each leading dimension.
    """

    entry = "slice"
    wants: ClassVar[Wants | tuple[Wants, ...]] = "any"
    items: tuple[SliceItem, ...] = param(..., "a number, or start, stop and step, for each leading dimension")

    def infer(self, *inputs: TensorType) -> TensorType:
        (input,) = inputs
        if len(self.items) > input.rank:
            raise Misfit(
                f"{len(self.items)} indices for {shape_text(input.shape)}, which has {input.rank} dimensions",
                "the batch dimension is not counted",
            )
        shape: list[Dim] = []
        for place, (item, size) in enumerate(zip(self.items, input.shape, strict=False)):
            if isinstance(item, tuple):
                shape.append(_cut(item, size))
            elif isinstance(size, int) and not -size <= item < size:
                raise Misfit(
                    f"index {item} is outside dimension {place} of {shape_text(input.shape)}",
                    f"indices go from {-size} to {size - 1}",
                )
        return input.with_shape([*shape, *input.shape[len(self.items) :]])


def _cut(item: tuple[int | Sym | None, int | Sym | None, int | None], size: Dim) -> Dim:
    """How many places `start:stop:step` leaves of a dimension."""
    start, stop, step = item
    step = 1 if step is None else step
    if step < 1:
        raise Misfit("a slice steps forward", "use `flip` to turn a dimension round")
    if isinstance(size, int) and not isinstance(start, Sym) and not isinstance(stop, Sym):
        length = len(range(*slice(start, stop, step).indices(size)))
        if length < 1:
            raise Misfit(f"the slice {_slice_text(item)} of a dimension of {size} is empty")
        return length
    first = _counted(start, size, 0)
    last = _counted(stop, size, size)
    return ceil_div(last - first, step)


def _counted(bound: int | Sym | None, size: Dim, default: Dim) -> Dim:
    """A bound counted from the front; what lies behind the end of a known dimension is the end."""
    if bound is None:
        return default
    if isinstance(bound, int):
        if bound < 0:
            return size + bound
        return min(bound, size) if isinstance(size, int) else bound
    return bound


def _slice_text(item: tuple[int | Sym | None, int | Sym | None, int | None]) -> str:
    return ":".join("" if part is None else str(part) for part in item)


class ToBatch(Operator):
    """A tensor without a batch dimension, repeated for each example of `like`."""

    entry = "to_batch"
    inputs: ClassVar[tuple[str, ...]] = ("input", "like")
    wants: ClassVar[Wants | tuple[Wants, ...]] = "any"

    def infer(self, *inputs: TensorType) -> TensorType:
        return inputs[0].with_batch()


class WeightOf(Operator):
    """A weight of a layer of this module, as a tensor without a batch dimension: `embed.weight`."""

    entry = "weight_of"
    inputs: ClassVar[tuple[str, ...]] = ()
    owner: str = param(..., "the name of the unit that has the weight")
    weight: str = param(..., "the weight's name in it")
    shape: tuple[int | Sym, ...] = param(..., "the weight's shape")

    def infer(self, *inputs: TensorType) -> TensorType:
        return TensorType("float", self.shape, batched=False)


class SizeNumber(Operator):
    """A symbolic size as a number: `x / in.shape[0]`."""

    entry = "size"
    inputs: ClassVar[tuple[str, ...]] = ()
    value: int | Sym = param(..., "the size")

    def infer(self, *inputs: TensorType) -> TensorType:
        return TensorType("int", (), batched=False)


ENTRIES = (
    Add, Subtract, Multiply, Divide, FloorDivide, Remainder, Power, Negative, Matmul,
    NotEqual, LessEqual, GreaterEqual, And, Or, Not, Slice, ToBatch, WeightOf, SizeNumber,
)  # fmt: skip
