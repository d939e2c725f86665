"""Layers on the places of images, sequences and volumes, with channels first; a part of `shape`."""

from __future__ import annotations

from typing import ClassVar, Literal

from dlspec.catalog.axes import rearranged, require_rank
from dlspec.catalog.base import Count, Layer, Misfit, Natural, PerAxis, Wants, param
from dlspec.catalog.windows import IMAGES, Padding, Window, per_axis, size_text, slid, spatial_shape, window
from dlspec.tensor import Dim, TensorType, product, shape_text

Amount = Natural | tuple[Natural | tuple[Natural, Natural], ...]
Margins = tuple[tuple[int, int], ...]
Method = Literal["nearest", "bilinear", "bicubic"]


class Edges(Layer):
    """A layer that works at the edges of dimensions.

    A number is for both ends of every dimension behind the first (of the only one, where there is one); a list has an
    item for each of these, or for all dimensions, and an item is a number for both ends or a pair (before, after).
    """

    wants: ClassVar[Wants | tuple[Wants, ...]] = "any"
    batchless: ClassVar[bool] = True
    amount: Amount = param(..., "places at both ends; a list has a number or (before, after) for each dimension")

    def margins(self, input: TensorType) -> Margins:
        """Before and after each written dimension."""
        require_rank(self, input, 1, 4, f"[length], {IMAGES}")
        open_to = input.rank if input.rank == 1 else input.rank - 1
        given = self.amount if isinstance(self.amount, tuple) else (self.amount,) * open_to
        if len(given) not in (open_to, input.rank):
            raise Misfit(
                f"has amounts for {len(given)} dimensions and got {shape_text(input.shape)}",
                f"give one number, or a list of {open_to} for the dimensions behind the first"
                if open_to > 1
                else "give one number, or a pair for each dimension",
            )
        pairs = tuple((each, each) if isinstance(each, int) else each for each in given)
        return ((0, 0),) * (input.rank - len(pairs)) + pairs


class Pad(Edges):
    """More places at the edges: zeros, or a continuation of the input.

    `reflect` mirrors without repeating the edge, `replicate` repeats the edge, `circular` goes on at the other end.

    Shapes: [C, *n] -> [C, *(before + n + after)].
    Formula: y[i + before] = x[i].
    Source: NumPy, `numpy.pad`.
    """

    entry = "pad"
    amount: Amount = param(..., "places at both ends; a list has a number or (before, after) for each dimension")
    mode: Literal["zeros", "reflect", "replicate", "circular"] = param("zeros", "what stands in the new places")

    def infer(self, *inputs: TensorType) -> TensorType:
        (input,) = inputs
        margins = self.margins(input)
        spare = {"reflect": 1, "circular": 0}.get(self.mode)
        for size, ends in zip(input.shape, margins, strict=True):
            if spare is not None and isinstance(size, int) and max(ends) > size - spare:
                raise Misfit(
                    f"has mode={self.mode} and {max(ends)} places for a dimension of {size} in "
                    f"{shape_text(input.shape)}",
                    f"at most {size - spare} can be added there",
                )
        return rearranged(
            input, (before + size + after for size, (before, after) in zip(input.shape, margins, strict=True))
        )


class Crop(Edges):
    """Fewer places at the edges.

    Shapes: [C, *n] -> [C, *(n - before - after)].
    Formula: y[i] = x[i + before].
    Source: Keras, `Cropping2D`.
    """

    entry = "crop"

    def infer(self, *inputs: TensorType) -> TensorType:
        (input,) = inputs
        margins = self.margins(input)
        sizes = tuple(size - before - after for size, (before, after) in zip(input.shape, margins, strict=True))
        if any(isinstance(size, int) and size < 1 for size in sizes):
            raise Misfit(f"leaves nothing: {shape_text(input.shape)} would be {shape_text(sizes)}")
        return rearranged(input, sizes)


class CenterCrop(Layer):
    """The middle of an image, sequence or volume; where it cannot be exact, nearer to the start.

    Shapes: [C, *n] -> [C, *size].
    Formula: y[i] = x[i + floor((n - size) / 2)].
    Source: Keras, `CenterCrop`.
    """

    entry = "center_crop"
    wants: ClassVar[Wants | tuple[Wants, ...]] = "any"
    batchless: ClassVar[bool] = True
    size: PerAxis = param(..., "size of the middle")

    def infer(self, *inputs: TensorType) -> TensorType:
        (input,) = inputs
        spatial_shape(self, input)
        sizes = per_axis(self, "size", self.size, input)
        if any(isinstance(old, int) and old < new for old, new in zip(input.shape[1:], sizes, strict=True)):
            raise Misfit(f"to {size_text(sizes)} got {shape_text(input.shape)}, which is smaller", "pad it first")
        return rearranged(input, (input.shape[0], *sizes))


class Resampling(Layer):
    """What the layers that change the resolution share."""

    method: Method

    def _require_fit(self, input: TensorType) -> None:
        spatial_shape(self, input)
        if self.method == "bicubic" and input.rank != 3:
            raise Misfit(
                f"has method=bicubic and got {shape_text(input.shape)}",
                "bicubic is for images, [channels, height, width]; use bilinear",
            )


class Upsample(Resampling):
    """An image, sequence or volume enlarged by a whole factor.

    `nearest` repeats places; `bilinear` (linear in each dimension) and `bicubic` (a = -0.75) place centres half a
    pixel from the edges, and take the nearest pixel for what lies outside.

    Shapes: [C, *n] -> [C, *(factor n)].
    Formula: y[i] = x[floor(i / factor)], or interpolated at (i + 1/2) / factor - 1/2.
    Source: PyTorch, `torch.nn.Upsample`; Keys, Cubic convolution interpolation, 1981.
    """

    entry = "upsample"
    factor: PerAxis = param(..., "how many times as large")
    method: Method = param("nearest", "how places between are filled")

    def infer(self, *inputs: TensorType) -> TensorType:
        (input,) = inputs
        self._require_fit(input)
        factors = per_axis(self, "factor", self.factor, input)
        sizes = (size * factor for size, factor in zip(input.shape[1:], factors, strict=True))
        return input.with_shape((input.shape[0], *sizes))


class Resize(Resampling):
    """An image, sequence or volume brought to a size, without smoothing before it is made smaller.

    `nearest` takes place floor(i n / size); `bilinear` (linear in each dimension) and `bicubic` (a = -0.75) place
    centres half a pixel from the edges, and take the nearest pixel for what lies outside.

    Shapes: [C, *n] -> [C, *size].
    Formula: y[i] = x[floor(i n / size)], or interpolated at (i + 1/2) n / size - 1/2.
    Source: PyTorch, `torch.nn.functional.interpolate`; Keys, Cubic convolution interpolation, 1981.
    """

    entry = "resize"
    size: PerAxis = param(..., "the new size")
    method: Method = param("bilinear", "how places between are filled")

    def infer(self, *inputs: TensorType) -> TensorType:
        (input,) = inputs
        self._require_fit(input)
        return input.with_shape((input.shape[0], *per_axis(self, "size", self.size, input)))


class PixelShuffle(Layer):
    """Channels laid out as pixels: the image becomes larger.

    Shapes: [C r^2, H, W] -> [C, H r, W r].
    Formula: y[c, h r + i, w r + j] = x[c r^2 + i r + j, h, w].
    Source: Shi et al., Real-time single image and video super-resolution, 2016.
    """

    entry = "pixel_shuffle"
    wants: ClassVar[Wants | tuple[Wants, ...]] = "any"
    factor: Count = param(..., "how many times as large")

    def infer(self, *inputs: TensorType) -> TensorType:
        (input,) = inputs
        require_rank(self, input, 3, 3, "an image [channels, height, width]")
        channels, height, width = input.shape
        if channels % self.factor**2 != 0:
            raise Misfit(
                f"has factor={self.factor} and got {channels} channels, {shape_text(input.shape)}",
                f"the channels must be a multiple of {self.factor**2}",
            )
        return input.with_shape((channels // self.factor**2, height * self.factor, width * self.factor))


class PixelUnshuffle(Layer):
    """Pixels laid out as channels: the image becomes smaller; undoes pixel_shuffle.

    Shapes: [C, H r, W r] -> [C r^2, H, W].
    Formula: y[c r^2 + i r + j, h, w] = x[c, h r + i, w r + j].
    Source: Shi et al., Real-time single image and video super-resolution, 2016.
    """

    entry = "pixel_unshuffle"
    wants: ClassVar[Wants | tuple[Wants, ...]] = "any"
    factor: Count = param(..., "how many times as small")

    def infer(self, *inputs: TensorType) -> TensorType:
        (input,) = inputs
        require_rank(self, input, 3, 3, "an image [channels, height, width]")
        channels, height, width = input.shape
        if height % self.factor != 0 or width % self.factor != 0:
            raise Misfit(
                f"has factor={self.factor} and got {shape_text(input.shape)}",
                f"height and width must be multiples of {self.factor}",
            )
        return input.with_shape((channels * self.factor**2, height // self.factor, width // self.factor))


class ChannelShuffle(Layer):
    """Mixes the channels (dimension 0) of groups: the first of each group, then the second of each, and so on.

    Shapes: [C, ...] -> the same.
    Formula: y[j groups + g] = x[g C / groups + j].
    Source: Zhang et al., ShuffleNet, 2017.
    """

    entry = "channel_shuffle"
    wants: ClassVar[Wants | tuple[Wants, ...]] = "any"
    groups: Count = param(..., "how many groups")

    def infer(self, *inputs: TensorType) -> TensorType:
        (input,) = inputs
        require_rank(self, input, 1, 4, f"[channels], {IMAGES}")
        if input.shape[0] % self.groups != 0:
            raise Misfit(
                f"has groups={self.groups} and got {input.shape[0]} channels, {shape_text(input.shape)}",
                "groups must divide the channels",
            )
        return rearranged(input, input.shape)


class Unfold(Layer):
    """The windows of an image or sequence as columns, with zeros in the padding.

    A column has the window's elements of the first channel, then of the second, and so on; windows go by rows.

    Shapes: [C, *n] -> [C k, L], k the elements of the kernel, L the number of windows (for each dimension as conv).
    Formula: y[c k + j, l] = element j of window l of channel c.
    Source: PyTorch, `torch.nn.Unfold`.
    """

    entry = "unfold"
    kernel: PerAxis = param(..., "size of the window")
    stride: PerAxis = param(1, "step between windows")
    padding: Padding = param(0, "zeros on both sides: a number, a size, same, valid (none) or causal")
    dilation: PerAxis = param(1, "distance between elements of the window")

    def window(self, input: TensorType) -> Window:
        """Kernel, stride, dilation and padding for each spatial dimension of this input."""
        return window(self, input, self.kernel, self.stride, self.padding, self.dilation)

    def infer(self, *inputs: TensorType) -> TensorType:
        (input,) = inputs
        require_rank(self, input, 2, 3, "[channels, length] or [channels, height, width]")
        over = self.window(input)
        places: Dim = product(slid(self, input, over))
        return input.with_shape((input.shape[0] * product(over.kernel), places))
