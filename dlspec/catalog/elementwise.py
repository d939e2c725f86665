"""Functions of each element by itself, of pairs of elements, and choices between them."""

from __future__ import annotations

from typing import ClassVar

from dlspec.catalog.axes import require_numbers
from dlspec.catalog.base import Layer, Misfit, Wants, param
from dlspec.tensor import TensorType, broadcast_shapes, promoted, shape_text


class Unary(Layer):
    """A function of each element by itself, on floats."""

    batchless: ClassVar[bool] = True

    def infer(self, *inputs: TensorType) -> TensorType:
        return inputs[0].with_shape(inputs[0].shape)


class Keeping(Unary):
    """A function of each number by itself that leaves whole numbers whole."""

    wants: ClassVar[Wants | tuple[Wants, ...]] = "any"

    def infer(self, *inputs: TensorType) -> TensorType:
        require_numbers(self, inputs[0])
        return super().infer(*inputs)


class Exp(Unary):
    """The exponential function.

    Shapes: unchanged.
    Formula: y = e^x.
    Source: NumPy, `numpy.exp`.
    """

    entry = "exp"


class Log(Unary):
    """The natural logarithm.

    Shapes: unchanged.
    Formula: y = ln x; -inf at 0, NaN below.
    Source: NumPy, `numpy.log`.
    """

    entry = "log"


class Log1p(Unary):
    """The natural logarithm of one more, exact near 0.

    Shapes: unchanged.
    Formula: y = ln(1 + x).
    Source: NumPy, `numpy.log1p`.
    """

    entry = "log1p"


class Sqrt(Unary):
    """The square root.

    Shapes: unchanged.
    Formula: y = x^(1/2); NaN below 0.
    Source: NumPy, `numpy.sqrt`.
    """

    entry = "sqrt"


class Rsqrt(Unary):
    """One over the square root.

    Shapes: unchanged.
    Formula: y = x^(-1/2).
    Source: PyTorch, `torch.rsqrt`.
    """

    entry = "rsqrt"


class Square(Keeping):
    """The square; of whole numbers a whole number.

    Shapes: unchanged.
    Formula: y = x^2.
    Source: NumPy, `numpy.square`.
    """

    entry = "square"


class Abs(Keeping):
    """The absolute value; of whole numbers a whole number.

    Shapes: unchanged.
    Formula: y = |x|.
    Source: NumPy, `numpy.abs`.
    """

    entry = "abs"


class Sign(Keeping):
    """The sign; of whole numbers a whole number.

    Shapes: unchanged.
    Formula: y = -1, 0 or 1.
    Source: NumPy, `numpy.sign`.
    """

    entry = "sign"


class Sin(Unary):
    """The sine, in radians.

    Shapes: unchanged.
    Formula: y = sin x.
    Source: NumPy, `numpy.sin`.
    """

    entry = "sin"


class Cos(Unary):
    """The cosine, in radians.

    Shapes: unchanged.
    Formula: y = cos x.
    Source: NumPy, `numpy.cos`.
    """

    entry = "cos"


class Tan(Unary):
    """The tangent, in radians.

    Shapes: unchanged.
    Formula: y = tan x.
    Source: NumPy, `numpy.tan`.
    """

    entry = "tan"


class Atan(Unary):
    """The inverse tangent, in radians.

    Shapes: unchanged.
    Formula: y = arctan x, between -pi/2 and pi/2.
    Source: NumPy, `numpy.arctan`.
    """

    entry = "atan"


class Erf(Unary):
    """The error function.

    Shapes: unchanged.
    Formula: y = 2 / sqrt(pi) * integral of exp(-t^2) from 0 to x.
    Source: Abramowitz and Stegun, Handbook of mathematical functions, 7.1.1.
    """

    entry = "erf"


class Floor(Unary):
    """The next whole number below, as a float.

    Shapes: unchanged.
    Formula: y = floor(x).
    Source: NumPy, `numpy.floor`.
    """

    entry = "floor"


class Ceil(Unary):
    """The next whole number above, as a float.

    Shapes: unchanged.
    Formula: y = ceil(x).
    Source: NumPy, `numpy.ceil`.
    """

    entry = "ceil"


class Round(Unary):
    """The nearest whole number, as a float; halves go to the even one.

    Shapes: unchanged.
    Formula: y = round(x).
    Source: NumPy, `numpy.round`.
    """

    entry = "round"


class Clamp(Unary):
    """Keeps elements between two bounds, of which one may be left out.

    Shapes: unchanged.
    Formula: y = min(max(x, min), max).
    Source: NumPy, `numpy.clip`.
    """

    entry = "clamp"
    min: float | None = param(None, "the least value, none for no bound")
    max: float | None = param(None, "the largest value, none for no bound")

    def check(self) -> None:
        if self.min is None and self.max is None:
            raise Misfit("has no bound", "give min=, max= or both")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise Misfit(f"has min={self.min:g} above max={self.max:g}", "exchange the two")


class Pair(Layer):
    """A function of pairs of elements, with NumPy's broadcasting over the written dimensions."""

    inputs: ClassVar[tuple[str, ...]] = ("left", "right")
    wants: ClassVar[Wants | tuple[Wants, ...]] = "common"
    broadcasts: ClassVar[bool] = True
    batchless: ClassVar[bool] = True

    def infer(self, *inputs: TensorType) -> TensorType:
        return broadcast(self, inputs)


def broadcast(layer: Layer, inputs: tuple[TensorType, ...]) -> TensorType:
    """The common element type and shape of the inputs; Misfit where they do not fit."""
    shape = inputs[0].shape
    for each in inputs[1:]:
        both = broadcast_shapes(shape, each.shape)
        if both is None:
            raise Misfit(
                f"got {shape_text(shape)} and {shape_text(each.shape)}, which cannot be broadcast",
                "sizes must be equal, or one of them 1, counted from the last dimension",
            )
        shape = both
    return TensorType(promoted(inputs), shape, any(each.batched for each in inputs))


class Ordered(Pair):
    """A function of pairs of numbers."""

    def infer(self, *inputs: TensorType) -> TensorType:
        for each in inputs:
            require_numbers(self, each)
        return super().infer(*inputs)


class Maximum(Ordered):
    """The larger of each pair.

    Shapes: two that broadcast -> the broadcast shape.
    Formula: y = max(a, b).
    Source: NumPy, `numpy.maximum`.
    """

    entry = "maximum"


class Minimum(Ordered):
    """The smaller of each pair.

    Shapes: two that broadcast -> the broadcast shape.
    Formula: y = min(a, b).
    Source: NumPy, `numpy.minimum`.
    """

    entry = "minimum"


class Equal(Pair):
    """Whether the two of each pair are equal.

    Shapes: two that broadcast -> bool, the broadcast shape.
    Formula: y = (a = b).
    Source: NumPy, `numpy.equal`.
    """

    entry = "equal"

    def infer(self, *inputs: TensorType) -> TensorType:
        return super().infer(*inputs).with_element("bool")


class Less(Ordered):
    """Whether the left of each pair is smaller.

    Shapes: two that broadcast -> bool, the broadcast shape.
    Formula: y = (a < b).
    Source: NumPy, `numpy.less`.
    """

    entry = "less"

    def infer(self, *inputs: TensorType) -> TensorType:
        return super().infer(*inputs).with_element("bool")


class Greater(Ordered):
    """Whether the left of each pair is larger.

    Shapes: two that broadcast -> bool, the broadcast shape.
    Formula: y = (a > b).
    Source: NumPy, `numpy.greater`.
    """

    entry = "greater"

    def infer(self, *inputs: TensorType) -> TensorType:
        return super().infer(*inputs).with_element("bool")


class Where(Layer):
    """Elements of one tensor where a condition holds, of another elsewhere.

    Shapes: (condition, yes, no), three that broadcast -> the broadcast shape.
    Formula: y = yes where condition, else no.
    Source: NumPy, `numpy.where`.
    """

    entry = "where"
    inputs: ClassVar[tuple[str, ...]] = ("condition", "yes", "no")
    wants: ClassVar[Wants | tuple[Wants, ...]] = ("bool", "common", "common")
    broadcasts: ClassVar[bool] = True
    batchless: ClassVar[bool] = True

    def infer(self, *inputs: TensorType) -> TensorType:
        return broadcast(self, inputs).with_element(promoted(inputs[1:]))


ENTRIES: tuple[type[Layer], ...] = (
    Exp, Log, Log1p, Sqrt, Rsqrt, Square, Abs, Sign, Sin, Cos, Tan, Atan, Erf, Floor, Ceil, Round, Clamp,
    Maximum, Minimum, Equal, Less, Greater, Where,
)  # fmt: skip
