"""Layers that put the elements along dimensions together, and layers that work along one dimension."""

from __future__ import annotations

from typing import ClassVar

from dlspec.catalog.axes import Axes, one_axis, require_numbers, several_axes, with_size, without
from dlspec.catalog.base import Count, Layer, Misfit, Types, Wants, param
from dlspec.catalog.elementwise import broadcast
from dlspec.tensor import Element, TensorType, shape_text


class Reduction(Layer):
    """One number of all that lie along the given dimensions; without an axis, of all elements of an example."""

    batchless: ClassVar[bool] = True
    axis: Axes | None = param(None, "the dimension, or a list of them; none for all")
    keepdims: bool = param(False, "whether the dimensions stay, with size 1")

    def infer(self, *inputs: TensorType) -> TensorType:
        (input,) = inputs
        axes = several_axes(self, self.axis, input)
        if self.keepdims:
            shape = tuple(1 if place in axes else size for place, size in enumerate(input.shape))
            return input.with_shape(shape)
        return input.with_shape(without(input.shape, axes))


class Mean(Reduction):
    """The arithmetic mean.

    Shapes: without the dimensions of `axis`, or with size 1 there.
    Formula: y = sum x / n.
    Source: NumPy, `numpy.mean`.
    """

    entry = "mean"


class Sum(Reduction):
    """The sum; of whole numbers a whole number, of bools how many are true.

    Shapes: without the dimensions of `axis`, or with size 1 there.
    Formula: y = sum x.
    Source: NumPy, `numpy.sum`.
    """

    entry = "sum"
    wants: ClassVar[Wants | tuple[Wants, ...]] = "any"

    def infer(self, *inputs: TensorType) -> TensorType:
        (input,) = inputs
        if input.element == "string":
            require_numbers(self, input)
        counted: Element = "int" if input.element == "bool" else input.element
        return super().infer(input.with_element(counted))


class Prod(Reduction):
    """The product.

    Shapes: without the dimensions of `axis`, or with size 1 there.
    Formula: y = prod x.
    Source: NumPy, `numpy.prod`.
    """

    entry = "prod"


class Extreme(Reduction):
    """The largest or smallest element; of whole numbers a whole number."""

    wants: ClassVar[Wants | tuple[Wants, ...]] = "any"

    def infer(self, *inputs: TensorType) -> TensorType:
        require_numbers(self, inputs[0])
        return super().infer(*inputs)


class Max(Extreme):
    """The largest element.

    Shapes: without the dimensions of `axis`, or with size 1 there.
    Formula: y = max x.
    Source: NumPy, `numpy.max`.
    """

    entry = "max"


class Min(Extreme):
    """The smallest element.

    Shapes: without the dimensions of `axis`, or with size 1 there.
    Formula: y = min x.
    Source: NumPy, `numpy.min`.
    """

    entry = "min"


class Variance(Reduction):
    """The biased (population) variance, which the normalisations use too.

    Shapes: without the dimensions of `axis`, or with size 1 there.
    Formula: y = sum (x - mean)^2 / n.
    Source: NumPy, `numpy.var`.
    """

    entry = "variance"


class Std(Reduction):
    """The biased (population) standard deviation.

    Shapes: without the dimensions of `axis`, or with size 1 there.
    Formula: y = sqrt(sum (x - mean)^2 / n).
    Source: NumPy, `numpy.std`.
    """

    entry = "std"


class Norm(Reduction):
    """The p-norm.

    Shapes: without the dimensions of `axis`, or with size 1 there.
    Formula: y = (sum |x|^p)^(1/p).
    Source: NumPy, `numpy.linalg.norm` of vectors.
    """

    entry = "norm"
    p: float = param(2.0, "order of the norm", gt=0)


class Logsumexp(Reduction):
    """The logarithm of the sum of exponentials, without overflow.

    Shapes: without the dimensions of `axis`, or with size 1 there.
    Formula: y = log sum exp(x).
    Source: PyTorch, `torch.logsumexp`.
    """

    entry = "logsumexp"


class Position(Layer):
    """Where along a dimension an element is; the first of several that are equal."""

    wants: ClassVar[Wants | tuple[Wants, ...]] = "any"
    batchless: ClassVar[bool] = True
    axis: int = param(-1, "the dimension")

    def infer(self, *inputs: TensorType) -> TensorType:
        (input,) = inputs
        require_numbers(self, input)
        axis = one_axis(self, self.axis, input)
        return TensorType("int", without(input.shape, (axis,)), input.batched, kinds=input.shape[axis])


class Argmax(Position):
    """Where the largest element is; the first of several.

    Shapes: [..., n, ...] -> int [..., ...].
    Formula: y = the least i with x[i] = max x.
    Source: NumPy, `numpy.argmax`.
    """

    entry = "argmax"


class Argmin(Position):
    """Where the smallest element is; the first of several.

    Shapes: [..., n, ...] -> int [..., ...].
    Formula: y = the least i with x[i] = min x.
    Source: NumPy, `numpy.argmin`.
    """

    entry = "argmin"


class TopK(Layer):
    """The k largest elements in descending order, of several that are equal the first, and where they are.

    Two results.

    Shapes: [..., n, ...] -> ([..., k, ...], int [..., k, ...]).
    Formula: y, i = the first k of x sorted from the largest.
    Source: PyTorch, `torch.topk`.
    """

    entry = "top_k"
    batchless: ClassVar[bool] = True
    k: Count = param(..., "how many")
    axis: int = param(-1, "the dimension")

    def infer(self, *inputs: TensorType) -> Types:
        (input,) = inputs
        axis = one_axis(self, self.axis, input)
        size = input.shape[axis]
        if isinstance(size, int) and size < self.k:
            raise Misfit(
                f"has k={self.k}, dimension {axis} of {shape_text(input.shape)} has {size}",
                f"k goes from 1 to {size}",
            )
        shape = with_size(input.shape, axis, self.k)
        return input.with_shape(shape), TensorType("int", shape, input.batched, kinds=size)


class Cumsum(Layer):
    """The running sum along a dimension; of whole numbers whole numbers.

    Shapes: unchanged.
    Formula: y[i] = x[0] + ... + x[i].
    Source: NumPy, `numpy.cumsum`.
    """

    entry = "cumsum"
    wants: ClassVar[Wants | tuple[Wants, ...]] = "any"
    batchless: ClassVar[bool] = True
    axis: int = param(-1, "the dimension")

    def infer(self, *inputs: TensorType) -> TensorType:
        (input,) = inputs
        require_numbers(self, input)
        one_axis(self, self.axis, input)
        return input.with_shape(input.shape)


class Comparison(Layer):
    """One number of two vectors that lie along a dimension; the other dimensions broadcast."""

    inputs: ClassVar[tuple[str, ...]] = ("left", "right")
    broadcasts: ClassVar[bool] = True
    batchless: ClassVar[bool] = True
    axis: int = param(-1, "the dimension, of the shape after broadcasting")

    def infer(self, *inputs: TensorType) -> TensorType:
        both = broadcast(self, inputs)
        axis = one_axis(self, self.axis, both)
        return both.with_shape(without(both.shape, (axis,)))


class Dot(Comparison):
    """The scalar product along a dimension.

    Shapes: two that broadcast -> the broadcast shape without the dimension.
    Formula: y = sum a b.
    Source: NumPy, `numpy.vecdot`.
    """

    entry = "dot"


class CosineSimilarity(Comparison):
    """The cosine of the angle between two vectors; lengths under 1e-8 count as 1e-8.

    Shapes: two that broadcast -> the broadcast shape without the dimension.
    Formula: y = sum a b / (max(|a|, 1e-8) max(|b|, 1e-8)).
    Source: PyTorch, `torch.nn.CosineSimilarity`.
    """

    entry = "cosine_similarity"


class Distance(Comparison):
    """The p-norm of the difference of two vectors.

    Shapes: two that broadcast -> the broadcast shape without the dimension.
    Formula: y = (sum |a - b|^p)^(1/p).
    Source: SciPy, `scipy.spatial.distance.minkowski`.
    """

    entry = "distance"
    p: float = param(2.0, "order of the norm", gt=0)


ENTRIES: tuple[type[Layer], ...] = (
    Mean, Sum, Prod, Max, Min, Variance, Std, Norm, Logsumexp,
    Argmax, Argmin, TopK, Cumsum, Dot, CosineSimilarity, Distance,
)  # fmt: skip
