"""Layers that join tensors, cut them into pieces, and repeat or turn round a dimension; a part of `shape`."""

from __future__ import annotations

from typing import ClassVar

from dlspec.catalog.axes import Axes, axis_or_only, one_axis, rearranged, with_size, without
from dlspec.catalog.base import Count, Extent, Layer, Misfit, Types, Wants, param
from dlspec.tensor import Dim, TensorType, promoted, resolve_axis, shape_text


class Moving(Layer):
    """A layer that takes any elements, with or without a batch dimension, and moves them."""

    wants: ClassVar[Wants | tuple[Wants, ...]] = "any"
    batchless: ClassVar[bool] = True


class Concat(Layer):
    """Several tensors one behind the other along a dimension. A single number, `[]`, counts as `[1]`.

    The axis may be left out where there is just one dimension.

    Shapes: ([a, ...], [b, ...], ...) -> [a + b + ..., ...].
    Formula: y = x1, then x2, ...
    Source: NumPy, `numpy.concatenate`.
    """

    entry = "concat"
    inputs: ClassVar[tuple[str, ...]] = ("inputs",)
    many: ClassVar[bool] = True
    wants: ClassVar[Wants | tuple[Wants, ...]] = "common"
    batchless: ClassVar[bool] = True
    axis: int | None = param(None, "the dimension along which the inputs follow each other")

    def infer(self, *inputs: TensorType) -> TensorType:
        parts = [rearranged(each, each.shape or (1,)) for each in inputs]
        axis = axis_or_only(self, self.axis, parts[0])
        rest = without(parts[0].shape, (axis,))
        for each in parts[1:]:
            if each.rank != parts[0].rank or without(each.shape, (axis,)) != rest:
                raise Misfit(
                    f"along dimension {axis} got {shape_text(parts[0].shape)} and {shape_text(each.shape)}",
                    "all sizes but the one along the axis must be equal",
                )
        total: Dim = sum((each.shape[axis] for each in parts[1:]), parts[0].shape[axis])
        shape = with_size(parts[0].shape, axis, total)
        return TensorType(promoted(parts), shape, any(each.batched for each in parts))


class Stack(Layer):
    """Several tensors of one shape side by side in a new dimension.

    The axis may be left out where the inputs have at most one dimension; it is then 0.

    Shapes: n times [a, ...] -> [n, a, ...], or n at another place.
    Formula: y[i] = xi.
    Source: NumPy, `numpy.stack`.
    """

    entry = "stack"
    inputs: ClassVar[tuple[str, ...]] = ("inputs",)
    many: ClassVar[bool] = True
    wants: ClassVar[Wants | tuple[Wants, ...]] = "common"
    batchless: ClassVar[bool] = True
    axis: int | None = param(None, "the place of the new dimension in the result")

    def place(self, rank: int) -> int | None:
        """The new dimension for inputs of this rank, counted from 0."""
        if self.axis is None:
            return 0 if rank < 2 else None
        return resolve_axis(self.axis, rank + 1)

    def infer(self, *inputs: TensorType) -> TensorType:
        first = inputs[0]
        for each in inputs[1:]:
            if each.shape != first.shape:
                raise Misfit(f"got {shape_text(first.shape)} and {shape_text(each.shape)}", "all shapes must be equal")
        place = self.place(first.rank)
        if place is None:
            given = "needs an axis" if self.axis is None else f"has axis={self.axis}"
            raise Misfit(
                f"{given}, the inputs are {shape_text(first.shape)}",
                f"an axis goes from 0 to {first.rank}, or from -1 to -{first.rank + 1}",
            )
        shape = (*first.shape[:place], len(inputs), *first.shape[place:])
        return TensorType(promoted(inputs), shape, any(each.batched for each in inputs))


class Split(Moving):
    """Pieces of a dimension: as many equal ones as a number says, or of the sizes of a list. Several results.

    The axis may be left out where there is just one dimension.

    Shapes: [..., n, ...] -> for each piece [..., size, ...].
    Formula: concat of the results = x.
    Source: NumPy, `numpy.split`.
    """

    entry = "split"
    parts: Count | tuple[Extent, ...] = param(..., "how many equal pieces, or the size of each")
    axis: int | None = param(None, "the dimension that is cut")

    def sizes(self, input: TensorType) -> tuple[Dim, ...]:
        """The size of each piece."""
        axis = axis_or_only(self, self.axis, input)
        size = input.shape[axis]
        if isinstance(self.parts, tuple):
            if not self.parts or sum(self.parts[1:], self.parts[0]) != size:
                raise Misfit(
                    f"into {shape_text(self.parts)}, dimension {axis} of {shape_text(input.shape)} has {size}",
                    f"the sizes must add up to {size}",
                )
            return self.parts
        if size % self.parts != 0:
            raise Misfit(
                f"into {self.parts} equal pieces, dimension {axis} of {shape_text(input.shape)} has {size}",
                f"give a number that divides {size}, or the sizes as a list",
            )
        return (size // self.parts,) * self.parts

    def infer(self, *inputs: TensorType) -> Types:
        (input,) = inputs
        sizes = self.sizes(input)
        axis = axis_or_only(self, self.axis, input)
        return tuple(rearranged(input, with_size(input.shape, axis, size)) for size in sizes)


class Repeat(Moving):
    """Each place of a dimension several times in a row. The axis may be left out where there is just one dimension.

    Shapes: [..., a, ...] -> [..., n a, ...].
    Formula: y[i n + j] = x[i], j from 0 to n - 1.
    Source: NumPy, `numpy.repeat`.
    """

    entry = "repeat"
    n: Count = param(..., "how many times")
    axis: int | None = param(None, "the dimension")

    def infer(self, *inputs: TensorType) -> TensorType:
        (input,) = inputs
        axis = axis_or_only(self, self.axis, input)
        return rearranged(input, with_size(input.shape, axis, input.shape[axis] * self.n))


class Roll(Moving):
    """Moves places along a dimension; what leaves at the end comes in at the start.

    The axis may be left out where there is just one dimension. Several shifts go with as many axes.

    Shapes: unchanged.
    Formula: y[(i + shift) mod n] = x[i].
    Source: NumPy, `numpy.roll`.
    """

    entry = "roll"
    shift: Axes = param(..., "how far, or a list with a distance for each axis")
    axis: Axes | None = param(None, "the dimension, or a list of them")

    def check(self) -> None:
        counts = [len(each) if isinstance(each, tuple) else 1 for each in (self.shift, self.axis)]
        if counts[0] != counts[1] or counts[0] == 0:
            raise Misfit(f"has {counts[0]} shifts and {counts[1]} axes", "give a shift for each axis")

    def moves(self, input: TensorType) -> tuple[tuple[int, int], ...]:
        """Axis (counted from 0) and shift of each move."""
        shifts = self.shift if isinstance(self.shift, tuple) else (self.shift,)
        if isinstance(self.axis, tuple):
            axes = tuple(one_axis(self, axis, input) for axis in self.axis)
        else:
            axes = (axis_or_only(self, self.axis, input),)
        return tuple(zip(axes, shifts, strict=True))

    def infer(self, *inputs: TensorType) -> TensorType:
        self.moves(inputs[0])
        return inputs[0]


class Flip(Moving):
    """A dimension in reverse order. The axis may be left out where there is just one dimension.

    Shapes: unchanged.
    Formula: y[i] = x[n - 1 - i].
    Source: NumPy, `numpy.flip`.
    """

    entry = "flip"
    axis: Axes | None = param(None, "the dimension, or a list of them")

    def axes(self, input: TensorType) -> tuple[int, ...]:
        """The dimensions, counted from 0."""
        if isinstance(self.axis, tuple):
            return tuple(one_axis(self, axis, input) for axis in self.axis)
        return (axis_or_only(self, self.axis, input),)

    def infer(self, *inputs: TensorType) -> TensorType:
        self.axes(inputs[0])
        return inputs[0]
