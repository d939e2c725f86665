"""Initial values of weights.

Fans are counted as PyTorch counts them: of a weight `[a, b, *kernel]`, fan_in is b times the kernel's size and
fan_out is a times it.
"""

from __future__ import annotations

from typing import Any

from dlspec.catalog.base import Extent, Initializer, Misfit, param
from dlspec.tensor import Dim, Shape, product, shape_text


def fans(shape: Shape) -> tuple[Dim, Dim]:
    """fan_in and fan_out of a weight of at least two dimensions."""
    kernel = product(shape[2:])
    return shape[1] * kernel, shape[0] * kernel


class Zeros(Initializer):
    """All values 0.

    Formula: w = 0.
    Source: NumPy, `numpy.zeros`.
    """

    entry = "zeros"


class Ones(Initializer):
    """All values 1.

    Formula: w = 1.
    Source: NumPy, `numpy.ones`.
    """

    entry = "ones"


class Constant(Initializer):
    """All values the same.

    Formula: w = value.
    Source: NumPy, `numpy.full`.
    """

    entry = "constant"
    value: float = param(..., "the value")


class Normal(Initializer):
    """Independent draws from a normal distribution.

    Formula: w ~ N(mean, std^2).
    Source: PyTorch, `torch.nn.init.normal_`.
    """

    entry = "normal"
    std: float = param(1.0, "standard deviation", ge=0)
    mean: float = param(0.0, "mean")


class TruncatedNormal(Initializer):
    """Draws from a normal distribution, drawn again while they are more than two standard deviations off.

    `std` is that of the distribution before it is cut.

    Formula: w ~ N(mean, std^2) given |w - mean| <= 2 std.
    Source: Keras, `TruncatedNormal`.
    """

    entry = "truncated_normal"
    std: float = param(1.0, "standard deviation before the cut", ge=0)
    mean: float = param(0.0, "mean")


class Uniform(Initializer):
    """Independent draws from an interval.

    Formula: w ~ U(low, high).
    Source: PyTorch, `torch.nn.init.uniform_`.
    """

    entry = "uniform"
    low: float = param(..., "the smallest value")
    high: float = param(..., "the bound above")

    def check(self) -> None:
        if self.low > self.high:
            raise Misfit(f"has low={self.low:g} above high={self.high:g}", "exchange the two")


class ByFans(Initializer):
    """A distribution whose width follows from the weight's fans."""


class XavierUniform(ByFans):
    """Uniform draws that keep the variance of activations and gradients.

    Formula: w ~ U(-b, b), b = sqrt(6 / (fan_in + fan_out)).
    Source: Glorot and Bengio, Understanding the difficulty of training deep feedforward neural networks, 2010.
    """

    entry = "xavier_uniform"


class XavierNormal(ByFans):
    """Normal draws that keep the variance of activations and gradients.

    Formula: w ~ N(0, 2 / (fan_in + fan_out)).
    Source: Glorot and Bengio, Understanding the difficulty of training deep feedforward neural networks, 2010.
    """

    entry = "xavier_normal"


class KaimingUniform(ByFans):
    """Uniform draws for layers before a rectifier.

    Formula: w ~ U(-b, b), b = sqrt(6 / ((1 + slope^2) fan_in)).
    Source: He et al., Delving deep into rectifiers, 2015.
    """

    entry = "kaiming_uniform"
    slope: float = param(0.0, "slope of the leaky rectifier that follows, for negative numbers")


class KaimingNormal(ByFans):
    """Normal draws for layers before a rectifier.

    Formula: w ~ N(0, 2 / ((1 + slope^2) fan_in)).
    Source: He et al., Delving deep into rectifiers, 2015.
    """

    entry = "kaiming_normal"
    slope: float = param(0.0, "slope of the leaky rectifier that follows, for negative numbers")


class LecunNormal(ByFans):
    """Normal draws that keep the variance of activations; those that `selu` asks for.

    Formula: w ~ N(0, 1 / fan_in), not truncated.
    Source: LeCun et al., Efficient backprop, 1998.
    """

    entry = "lecun_normal"


class Orthogonal(ByFans):
    """A random matrix with orthonormal rows or columns, whichever are fewer, of the weight seen as `[first, rest]`.

    Formula: w = gain Q, Q from the QR decomposition of normal draws, with the signs of R's diagonal.
    Source: Saxe et al., Exact solutions to the nonlinear dynamics of learning in deep linear networks, 2013.
    """

    entry = "orthogonal"
    gain: float = param(1.0, "factor on the matrix")


class Eye(Initializer):
    """Ones on the diagonal of a matrix, zeros elsewhere.

    Formula: w[i, j] = 1 where i = j, else 0.
    Source: PyTorch, `torch.nn.init.eye_`.
    """

    entry = "eye"


class Given(Initializer):
    """The numbers that stand in the spec; what a list given for `init=` becomes. It has no name in a spec.

    Formula: w = values, nested as the weight's dimensions, or flat in the order of its elements.
    Source: none; the spec itself.
    """

    kind = "internal initializer"
    entry = "given"
    values: tuple[Any, ...] = param(..., "numbers, or lists of numbers")

    def check(self) -> None:
        list_shape(self.values, "an initial value")


class UniformByFan(Initializer):
    """Uniform draws whose width follows from a size learned from data. It has no name in a spec.

    Formula: w ~ U(-b, b), b = 1 / sqrt(fan).
    Source: PyTorch, the default bias of `torch.nn.Linear`.
    """

    kind = "internal initializer"
    entry = "uniform_by_fan"
    fan: Extent = param(..., "how many inputs an output has")


def list_shape(values: object, what: str) -> tuple[int, ...]:
    """The shape of nested lists of finite numbers; Misfit where they are ragged, empty or hold something else."""
    if isinstance(values, tuple):
        if not values:
            raise Misfit(f"{what} is an empty list", "give at least one number")
        shapes = {list_shape(each, what) for each in values}
        if len(shapes) > 1:
            both = " and ".join(shape_text(shape) for shape in sorted(shapes)[:2])
            raise Misfit(f"{what} has lists of different lengths side by side: {both}", "make all rows equally long")
        return (len(values), *shapes.pop())
    if not isinstance(values, int | float) or values - values != 0:
        raise Misfit(f"{what} holds {values!r}, which is no finite number")
    return ()


def require_fit(init: Initializer, name: str, shape: Shape) -> None:
    """Misfit where an initializer cannot fill a weight of this shape."""
    if isinstance(init, ByFans) and len(shape) < 2:
        raise Misfit(
            f"'{init.entry}' needs a weight of two dimensions or more, '{name}' is {shape_text(shape)}",
            "use normal, uniform, constant, zeros or ones here",
        )
    if isinstance(init, Eye) and len(shape) != 2:
        raise Misfit(f"'eye' needs a matrix, '{name}' is {shape_text(shape)}")
    if isinstance(init, Given):
        given = list_shape(init.values, "an initial value")
        flat = len(given) == 1 and given[0] == product(shape)
        if given != shape and not flat:
            raise Misfit(
                f"the initial values are {shape_text(given)}, '{name}' is {shape_text(shape)}",
                f"give {shape_text(shape)} as nested lists, or its {product(shape)} numbers in one list",
            )


ENTRIES = (
    Zeros, Ones, Constant, Normal, TruncatedNormal, Uniform, XavierUniform, XavierNormal, KaimingUniform,
    KaimingNormal, LecunNormal, Orthogonal, Eye, Given, UniformByFan,
)  # fmt: skip
