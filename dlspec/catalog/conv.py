"""Convolutions over one, two or three spatial dimensions, with channels first."""

from __future__ import annotations

from dlspec.catalog.base import Count, Extent, Misfit, NaturalPerAxis, PerAxis, Types, Weight, Weighted, param
from dlspec.catalog.owned import bias_weight, kaiming, require_no_bias_init, weight
from dlspec.catalog.windows import Padding, Window, per_axis, size_text, slid, window
from dlspec.tensor import Dim, Shape, TensorType, product, shape_text


class Convolution(Weighted):
    """What the convolutions share: a kernel, how it moves, and a bias."""

    kernel: PerAxis
    stride: PerAxis
    padding: Padding
    dilation: PerAxis
    bias: bool

    def check(self) -> None:
        if not self.bias:
            require_no_bias_init(self)

    def window(self, input: TensorType) -> Window:
        """Kernel, stride, dilation and padding for each spatial dimension of this input."""
        return window(self, input, self.kernel, self.stride, self.padding, self.dilation)

    def own(self, *kernels: Weight, size: Dim, fan_in: Dim) -> tuple[Weight, ...]:
        """The kernels, and the bias where there is one."""
        return (*kernels, bias_weight(self, size, fan_in)) if self.bias else kernels


class Conv(Convolution):
    """A convolution (cross-correlation) of the channels.

    `padding=same` gives ceil(n / stride) places, the odd zero at the end; `causal` pads dilation * (kernel - 1)
    zeros in front of a sequence.

    Weights: weight `[channels, in / groups, *kernel]`, bias `[channels]`.

    Shapes: [in, *n] -> [channels, *m], m = floor((n + 2 padding - dilation (kernel - 1) - 1) / stride) + 1.
    Formula: y[o, i] = b[o] + sum_{c, k} W[o, c, k] x[c, i stride + k dilation - padding].
    Source: LeCun et al., Gradient-based learning applied to document recognition, 1998.
    """

    entry = "conv"
    channels: Extent = param(..., "output channels")
    kernel: PerAxis = param(..., "size of the kernel")
    stride: PerAxis = param(1, "step between places of the kernel")
    padding: Padding = param(0, "zeros on both sides: a number, a size, same, valid (none) or causal")
    dilation: PerAxis = param(1, "distance between elements of the kernel")
    groups: Count = param(1, "groups of channels that are convolved apart")
    bias: bool = param(True, "whether a bias is added")

    def infer(self, *inputs: TensorType) -> TensorType:
        (input,) = inputs
        over = self.window(input)
        require_groups(self, self.groups, input)
        if self.channels % self.groups != 0:
            raise Misfit(f"has channels={self.channels} and groups={self.groups}", "groups must divide the channels")
        self.weights(*inputs)
        return input.with_shape((self.channels, *slid(self, input, over)))

    def weights(self, *inputs: TensorType) -> tuple[Weight, ...]:
        kernel = self.window(inputs[0]).kernel
        depth = inputs[0].shape[0] // self.groups
        table = weight(self, "weight", (self.channels, depth, *kernel), self.init or kaiming())
        return self.own(table, size=self.channels, fan_in=depth * product(kernel))

    def macs(self, inputs: Types, outputs: Types) -> Dim:
        return outputs[0].size * (inputs[0].shape[0] // self.groups) * product(self.window(inputs[0]).kernel)


class ConvTranspose(Convolution):
    """A transposed convolution: the gradient of a convolution by its input, used to enlarge.

    `padding=same` gives n * stride places: max(dilation (kernel - 1) + 1 - stride, 0) are cropped, the smaller half
    at the start, or zeros (before the bias) appended at the end where the stride is longer than the kernel.

    Weights: weight `[in, channels / groups, *kernel]`, bias `[channels]`; fan_in is channels / groups times the
    kernel, as PyTorch counts it.

    Shapes: [in, *n] -> [channels, *m], m = (n - 1) stride - 2 padding + dilation (kernel - 1) + output_padding + 1.
    Formula: y[o, i stride + k dilation - padding] += sum_c W[c, o, k] x[c, i], then + b[o].
    Source: Zeiler et al., Deconvolutional networks, 2010.
    """

    entry = "conv_transpose"
    channels: Extent = param(..., "output channels")
    kernel: PerAxis = param(..., "size of the kernel")
    stride: PerAxis = param(1, "step between places of the kernel in the output")
    padding: Padding = param(0, "places cropped on both sides: a number, a size, same or valid (none)")
    output_padding: NaturalPerAxis = param(0, "places added at the end of the output")
    dilation: PerAxis = param(1, "distance between elements of the kernel")
    groups: Count = param(1, "groups of channels that are convolved apart")
    bias: bool = param(True, "whether a bias is added")

    def check(self) -> None:
        super().check()
        if self.padding == "causal":
            raise Misfit("has no causal padding", "use a number, a size, same or valid")
        if self.padding == "same" and self.output_padding != 0:
            raise Misfit("has padding=same and an output_padding", "same already gives n * stride places")

    def infer(self, *inputs: TensorType) -> TensorType:
        (input,) = inputs
        over = self.window(input)
        require_groups(self, self.groups, input)
        if self.channels % self.groups != 0:
            raise Misfit(
                f"has channels={self.channels} and groups={self.groups}",
                "groups must divide the channels",
            )
        self.weights(*inputs)
        return input.with_shape((self.channels, *self.spread(input, over)))

    def spread(self, input: TensorType, over: Window) -> Shape:
        """The spatial sizes of the output."""
        extra = per_axis(self, "output_padding", self.output_padding, input)
        for e, s, d in zip(extra, over.stride, over.dilation, strict=True):
            if e and e >= max(s, d):
                raise Misfit(
                    f"has output_padding={size_text(extra)} and stride={size_text(over.stride)}",
                    "output_padding must be smaller than the stride or the dilation",
                )
        if over.padding == "same":
            return tuple(n * s for n, s in zip(input.shape[1:], over.stride, strict=True))
        sizes = tuple(
            (n - 1) * s - 2 * margin + reach + e
            for n, s, margin, reach, e in zip(
                input.shape[1:], over.stride, over.margins, over.reach, extra, strict=True
            )
        )
        if any(isinstance(size, int) and size < 1 for size in sizes):
            raise Misfit(
                f"crops all of its output {shape_text(sizes)}: padding={size_text(over.margins)}, "
                f"input {shape_text(input.shape)}",
                "use less padding",
            )
        return sizes

    def weights(self, *inputs: TensorType) -> tuple[Weight, ...]:
        kernel = self.window(inputs[0]).kernel
        depth = self.channels // self.groups
        table = weight(self, "weight", (inputs[0].shape[0], depth, *kernel), self.init or kaiming())
        return self.own(table, size=self.channels, fan_in=depth * product(kernel))

    def macs(self, inputs: Types, outputs: Types) -> Dim:
        return inputs[0].size * (self.channels // self.groups) * product(self.window(inputs[0]).kernel)


class DepthwiseConv(Convolution):
    """A convolution of each channel by itself; channel c makes channels c * multiplier to (c + 1) * multiplier - 1.

    Weights: weight `[in * multiplier, 1, *kernel]`, bias `[in * multiplier]`.

    Shapes: [in, *n] -> [in * multiplier, *m], m as for conv.
    Formula: conv with groups = in.
    Source: Sifre, Rigid-motion scattering for image classification, 2014.
    """

    entry = "depthwise_conv"
    kernel: PerAxis = param(..., "size of the kernel")
    stride: PerAxis = param(1, "step between places of the kernel")
    padding: Padding = param(0, "zeros on both sides: a number, a size, same, valid (none) or causal")
    dilation: PerAxis = param(1, "distance between elements of the kernel")
    multiplier: Count = param(1, "output channels for each input channel")
    bias: bool = param(True, "whether a bias is added")

    def infer(self, *inputs: TensorType) -> TensorType:
        (input,) = inputs
        over = self.window(input)
        self.weights(*inputs)
        return input.with_shape((input.shape[0] * self.multiplier, *slid(self, input, over)))

    def weights(self, *inputs: TensorType) -> tuple[Weight, ...]:
        kernel = self.window(inputs[0]).kernel
        channels = inputs[0].shape[0] * self.multiplier
        table = weight(self, "weight", (channels, 1, *kernel), self.init or kaiming())
        return self.own(table, size=channels, fan_in=product(kernel))

    def macs(self, inputs: Types, outputs: Types) -> Dim:
        return outputs[0].size * product(self.window(inputs[0]).kernel)


class SeparableConv(Convolution):
    """A depthwise convolution without bias, then a convolution of kernel 1 with one.

    Weights: depthwise_weight `[in * multiplier, 1, *kernel]`, pointwise_weight `[channels, in * multiplier, 1, ...]`,
    bias `[channels]`.

    Shapes: [in, *n] -> [channels, *m], m as for conv.
    Formula: conv(channels, 1) after depthwise_conv(kernel, ..., multiplier, bias=false).
    Source: Chollet, Xception: deep learning with depthwise separable convolutions, 2016.
    """

    entry = "separable_conv"
    channels: Extent = param(..., "output channels")
    kernel: PerAxis = param(..., "size of the depthwise kernel")
    stride: PerAxis = param(1, "step between places of the kernel")
    padding: Padding = param(0, "zeros on both sides: a number, a size, same, valid (none) or causal")
    dilation: PerAxis = param(1, "distance between elements of the kernel")
    multiplier: Count = param(1, "channels between the two convolutions for each input channel")
    bias: bool = param(True, "whether a bias is added")

    def infer(self, *inputs: TensorType) -> TensorType:
        (input,) = inputs
        over = self.window(input)
        self.weights(*inputs)
        return input.with_shape((self.channels, *slid(self, input, over)))

    def weights(self, *inputs: TensorType) -> tuple[Weight, ...]:
        kernel = self.window(inputs[0]).kernel
        middle = inputs[0].shape[0] * self.multiplier
        init = self.init or kaiming()
        depthwise = weight(self, "depthwise_weight", (middle, 1, *kernel), init)
        pointwise = weight(self, "pointwise_weight", (self.channels, middle, *(1 for _ in kernel)), init)
        return self.own(depthwise, pointwise, size=self.channels, fan_in=middle)

    def macs(self, inputs: Types, outputs: Types) -> Dim:
        middle = inputs[0].shape[0] * self.multiplier
        places = product(outputs[0].shape[1:])
        return places * middle * (product(self.window(inputs[0]).kernel) + self.channels)


def require_groups(layer: Weighted, groups: int, input: TensorType) -> None:
    """Misfit unless the groups divide the input's channels."""
    channels = input.shape[0]
    if channels % groups != 0:
        raise Misfit(
            f"has groups={groups} and got {channels} channels, {shape_text(input.shape)}",
            "groups must divide the channels",
        )


ENTRIES: tuple[type[Weighted], ...] = (Conv, ConvTranspose, DepthwiseConv, SeparableConv)
