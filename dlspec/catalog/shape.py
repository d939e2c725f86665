"""Layers that change shapes, order and element types. `pieces` and `spatial` hold the rest of the family."""

from __future__ import annotations

from typing import ClassVar, Literal

from dlspec.catalog.axes import one_axis, rearranged, require_rank, without
from dlspec.catalog.base import Extent, Layer, Misfit, Wants, param
from dlspec.catalog.pieces import Concat, Flip, Moving, Repeat, Roll, Split, Stack
from dlspec.catalog.spatial import (
    CenterCrop,
    ChannelShuffle,
    Crop,
    Pad,
    PixelShuffle,
    PixelUnshuffle,
    Resize,
    Unfold,
    Upsample,
)
from dlspec.tensor import Shape, Sym, TensorType, broadcast_shapes, product, resolve_axis, shape_text


class Flatten(Moving):
    """All elements in one dimension, the last dimension running fastest.

    Shapes: [a, b, ...] -> [a b ...].
    Formula: y[i b + j] = x[i, j].
    Source: NumPy, `numpy.ravel`.
    """

    entry = "flatten"

    def infer(self, *inputs: TensorType) -> TensorType:
        return rearranged(inputs[0], (inputs[0].size,))


class Reshape(Moving):
    """The elements in the same order in another shape; one size may be -1, what is left over.

    Shapes: [...] -> the shape that is given, of as many elements.
    Formula: flatten(y) = flatten(x).
    Source: NumPy, `numpy.reshape`.
    """

    entry = "reshape"
    variadic = "shape"
    shape: tuple[int | Sym, ...] = param(..., "the new sizes, one of which may be -1")

    def check(self) -> None:
        if any(isinstance(size, int) and size < 1 and size != -1 for size in self.shape):
            raise Misfit(
                f"the shape {shape_text(self.shape)} has a size below 1",
                "sizes are 1 or more, or -1 for what is left over",
            )
        if self.shape.count(-1) > 1:
            raise Misfit(f"to {shape_text(self.shape)} leaves two sizes open", "one size may be -1")

    def infer(self, *inputs: TensorType) -> TensorType:
        (input,) = inputs
        return rearranged(input, self._filled(input))

    def _filled(self, input: TensorType) -> Shape:
        known = product(size for size in self.shape if size != -1)
        if -1 not in self.shape:
            if known != input.size:
                raise Misfit(
                    f"to {shape_text(self.shape)} wants {known} elements, {shape_text(input.shape)} has {input.size}",
                    f"the sizes must multiply to {input.size}; -1 stands for what is left over",
                )
            return self.shape
        if input.size % known != 0:
            raise Misfit(
                f"to {shape_text(self.shape)}: {input.size} elements of {shape_text(input.shape)} "
                f"cannot be shared out in portions of {known}",
                f"the sizes that are given must divide {input.size}",
            )
        return tuple(input.size // known if size == -1 else size for size in self.shape)


class Transpose(Moving):
    """The dimensions in another order; without axes in reverse.

    Shapes: [a, b, c] -> [c, b, a]; with axes, dimension i of the result is dimension axes[i] of the input.
    Formula: y[k, j, i] = x[i, j, k].
    Source: NumPy, `numpy.transpose`.
    """

    entry = "transpose"
    variadic = "axes"
    axes: tuple[int, ...] = param((), "every dimension once, in the new order; none for the reverse order")

    def order(self, rank: int) -> tuple[int, ...]:
        """The dimensions in their new order, counted from 0."""
        return tuple(axis % rank for axis in self.axes) or tuple(reversed(range(rank)))

    def infer(self, *inputs: TensorType) -> TensorType:
        (input,) = inputs
        found = [resolve_axis(axis, input.rank) for axis in self.axes]
        if self.axes and (None in found or sorted(axis or 0 for axis in found) != list(range(input.rank))):
            raise Misfit(
                f"has axes {shape_text(self.axes)}, the input is {shape_text(input.shape)}",
                f"name each dimension from 0 to {input.rank - 1} once" if input.rank else "a single number has none",
            )
        return rearranged(input, (input.shape[axis] for axis in self.order(input.rank)))


class Squeeze(Moving):
    """Takes away a dimension of size 1.

    Shapes: [..., 1, ...] -> [..., ...].
    Formula: the elements stay.
    Source: NumPy, `numpy.squeeze`.
    """

    entry = "squeeze"
    axis: int = param(..., "the dimension")

    def infer(self, *inputs: TensorType) -> TensorType:
        (input,) = inputs
        axis = one_axis(self, self.axis, input)
        if input.shape[axis] != 1:
            raise Misfit(
                f"takes away a dimension of size 1, dimension {axis} of {shape_text(input.shape)} "
                f"has {input.shape[axis]}",
                "an index, as in x[0], takes one place of a longer dimension",
            )
        return rearranged(input, without(input.shape, (axis,)))


class Unsqueeze(Moving):
    """A new dimension of size 1.

    Shapes: [..., ...] -> [..., 1, ...].
    Formula: the elements stay.
    Source: NumPy, `numpy.expand_dims`.
    """

    entry = "unsqueeze"
    axis: int = param(..., "the place of the new dimension in the result")

    def infer(self, *inputs: TensorType) -> TensorType:
        (input,) = inputs
        axis = resolve_axis(self.axis, input.rank + 1)
        if axis is None:
            raise Misfit(
                f"has axis={self.axis}, the input is {shape_text(input.shape)}",
                f"an axis goes from 0 to {input.rank}, or from -1 to -{input.rank + 1}",
            )
        return rearranged(input, (*input.shape[:axis], 1, *input.shape[axis:]))


class Expand(Moving):
    """Dimensions of size 1 made longer by repeating, and new ones in front; -1 leaves a size as it is.

    Shapes: [..., 1, ...] -> the shape that is given.
    Formula: y[i, j] = x[0, j].
    Source: PyTorch, `torch.Tensor.expand`; NumPy, `numpy.broadcast_to`.
    """

    entry = "expand"
    variadic = "shape"
    shape: tuple[int | Sym, ...] = param(..., "the new sizes, -1 for a size that stays")

    def check(self) -> None:
        if any(isinstance(size, int) and size < 1 and size != -1 for size in self.shape):
            raise Misfit(
                f"the shape {shape_text(self.shape)} has a size below 1",
                "sizes are 1 or more, or -1 for one that stays",
            )

    def infer(self, *inputs: TensorType) -> TensorType:
        (input,) = inputs
        front = len(self.shape) - input.rank
        stays = (*((-1,) * max(front, 0)), *input.shape)
        wanted = tuple(old if new == -1 else new for new, old in zip(self.shape, stays, strict=False))
        if front < 0 or -1 in wanted or broadcast_shapes(input.shape, wanted) != wanted:
            raise Misfit(
                f"to {shape_text(self.shape)} got {shape_text(input.shape)}",
                "counted from the last dimension, a size must stay or have been 1",
            )
        return rearranged(input, wanted)


class Last(Moving):
    """The last place of the first dimension: the last step of a sequence.

    Shapes: [time, ...] -> [...].
    Formula: y = x[-1].
    Source: none; an index.
    """

    entry = "last"

    def infer(self, *inputs: TensorType) -> TensorType:
        (input,) = inputs
        require_rank(self, input, 1, 99, "a sequence [time, ...]")
        return rearranged(input, input.shape[1:])


class Gather(Layer):
    """Places of a dimension, chosen by number: a whole number, a list of them, or an int tensor.

    A number takes the dimension away; a list or tensor puts its own dimensions there. In a list numbers may be
    counted backwards from -1, in a tensor they go from 0. A tensor comes by keyword (`index=`) or as a second input,
    and chooses for each example by itself.

    Shapes: [..., n, ...] and index [k] -> [..., k, ...].
    Formula: y[..., j, ...] = x[..., index[j], ...].
    Source: NumPy, `numpy.take`.
    """

    entry = "gather"
    optional: ClassVar[tuple[str, ...]] = ("index",)
    wants: ClassVar[Wants | tuple[Wants, ...]] = ("any", "int")
    index: int | tuple[int, ...] | None = param(None, "which places: a number, a list, or an int tensor")
    axis: int = param(0, "the dimension")

    def infer(self, *inputs: TensorType) -> TensorType:
        axis = one_axis(self, self.axis, inputs[0])
        if (len(inputs) == 2) == (self.index is not None):
            given = "twice" if len(inputs) == 2 else "nowhere"
            raise Misfit(f"has its index {given}", "give it once, as a number, a list or an int tensor")
        chosen = inputs[1].shape if len(inputs) == 2 else self._chosen(inputs[0], axis)
        shape = (*inputs[0].shape[:axis], *chosen, *inputs[0].shape[axis + 1 :])
        batched = any(each.batched for each in inputs)
        return TensorType(inputs[0].element, shape, batched, inputs[0].kinds)

    def _chosen(self, input: TensorType, axis: int) -> Shape:
        """What stands in place of the dimension."""
        indices = self.index if isinstance(self.index, tuple) else (self.index or 0,)
        size = input.shape[axis]
        wrong = [each for each in indices if isinstance(size, int) and not -size <= each < size]
        if wrong or not indices:
            raise Misfit(
                f"has index {wrong[0] if wrong else '[]'}, dimension {axis} of {shape_text(input.shape)} has {size}",
                f"numbers go from 0 to {size - 1}, or from -1 backwards",
            )
        return (len(indices),) if isinstance(self.index, tuple) else ()


class OneHot(Moving):
    """A vector with a 1 at the place that the number names and 0 elsewhere; all 0 for numbers outside 0 to n - 1.

    Without n, the numbers must be those of a category, whose kinds are counted.

    Shapes: int [...] -> float [..., n].
    Formula: y[i] = 1 where i = x, else 0.
    Source: PyTorch, `torch.nn.functional.one_hot`.
    """

    entry = "one_hot"
    wants: ClassVar[Wants | tuple[Wants, ...]] = "int"
    n: Extent | None = param(None, "how many numbers there are; those of the category where it is not given")

    def infer(self, *inputs: TensorType) -> TensorType:
        (input,) = inputs
        size = input.kinds if self.n is None else self.n
        if size is None:
            raise Misfit(f"does not know how many kinds there are in {input}", "write the number, as in one_hot(10)")
        if isinstance(size, int) and isinstance(input.kinds, int) and size < input.kinds:
            raise Misfit(f"has n={size} and got numbers of {input.kinds} kinds", "leave out n")
        return TensorType("float", (*input.shape, size), input.batched)


class Cast(Moving):
    """Elements of another type: floats are cut towards zero to whole numbers, a bool is whether it is not zero.

    Shapes: unchanged.
    Formula: y = int(x), float(x) or bool(x).
    Source: NumPy, `numpy.ndarray.astype`.
    """

    entry = "cast"
    type: Literal["float", "int", "bool"] = param(..., "the element type")

    def infer(self, *inputs: TensorType) -> TensorType:
        (input,) = inputs
        if input.element == "string":
            raise Misfit(f"cannot make numbers of {input}", "use category to number the kinds")
        return input if input.element == self.type else input.with_element(self.type)


ENTRIES: tuple[type[Layer], ...] = (
    Flatten, Reshape, Transpose, Concat, Stack, Split, Squeeze, Unsqueeze, Expand, Repeat, Pad, Crop, CenterCrop, Roll,
    Flip, Last, Gather, OneHot, Upsample, Resize, PixelShuffle, PixelUnshuffle, ChannelShuffle, Unfold, Cast,
)  # fmt: skip
