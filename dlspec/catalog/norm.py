"""Normalisation of activations."""

from __future__ import annotations

from typing import ClassVar

from dlspec.catalog.axes import Axes, one_axis, require_rank, several_axes
from dlspec.catalog.base import Count, Layer, Misfit, Weight, Weighted, param
from dlspec.catalog.owned import ones, require_known_channels, require_no_bias_init, weight, zeros
from dlspec.catalog.windows import IMAGES
from dlspec.tensor import Shape, TensorType, shape_text


class Normalisation(Weighted):
    """What normalisations with a scale and a shift share."""

    scale: bool = param(True, "whether a learned factor is applied")
    center: bool = param(True, "whether a learned shift is added")
    eps: float = param(1e-5, "added to the variance", gt=0)

    def check(self) -> None:
        if not self.center:
            require_no_bias_init(self)

    def affine(self, shape: Shape) -> tuple[Weight, ...]:
        """The factor and the shift, each where it is wanted."""
        scale = (weight(self, "weight", shape, self.init or ones(), "norm"),) if self.scale else ()
        shift = (weight(self, "bias", shape, self.bias_init or zeros(), "norm"),) if self.center else ()
        return scale + shift


class BatchNorm(Normalisation):
    """Normalises each channel (dimension 0) over the batch; in inference by running statistics.

    The batch is normalised by its biased variance; the running variance keeps the unbiased one. A running value is
    (1 - momentum) times itself plus momentum times that of the batch.

    Weights: weight and bias `[C]`; running_mean (from 0) and running_var (from 1) `[C]`, which are not trained.

    Shapes: [C, ...] -> the same.
    Formula: y = (x - mean) / sqrt(variance + eps) * weight + bias.
    Source: Ioffe and Szegedy, Batch normalization, 2015.
    """

    entry = "batch_norm"
    differs_in_training: ClassVar[bool] = True
    momentum: float = param(0.1, "how much of a batch goes into the running statistics", ge=0, le=1)

    def infer(self, *inputs: TensorType) -> TensorType:
        (input,) = inputs
        require_rank(self, input, 1, 4, f"[channels], {IMAGES}")
        self.weights(*inputs)
        return input.with_shape(input.shape)

    def weights(self, *inputs: TensorType) -> tuple[Weight, ...]:
        shape = inputs[0].shape[:1]
        mean = weight(self, "running_mean", shape, zeros(), "state")
        variance = weight(self, "running_var", shape, ones(), "state")
        return (*self.affine(shape), mean, variance)


class LayerNorm(Normalisation):
    """Normalises each example over one or several dimensions together.

    Weights: weight and bias, of the sizes of those dimensions.

    Shapes: unchanged.
    Formula: y = (x - mean) / sqrt(variance + eps) * weight + bias, with the biased variance.
    Source: Ba, Kiros and Hinton, Layer normalization, 2016.
    """

    entry = "layer_norm"
    batchless: ClassVar[bool] = True
    axis: Axes = param(-1, "the dimension, or a list of them, to normalise over")

    def infer(self, *inputs: TensorType) -> TensorType:
        (input,) = inputs
        self.weights(*inputs)
        return input.with_shape(input.shape)

    def weights(self, *inputs: TensorType) -> tuple[Weight, ...]:
        axes = several_axes(self, self.axis, inputs[0])
        return self.affine(tuple(inputs[0].shape[axis] for axis in axes))


class GroupNorm(Normalisation):
    """Normalises each example over groups of channels (dimension 0) and all places.

    Weights: weight and bias `[C]`.

    Shapes: [C, ...] -> the same.
    Formula: y = (x - mean) / sqrt(variance + eps) * weight + bias, mean and biased variance of a group.
    Source: Wu and He, Group normalization, 2018.
    """

    entry = "group_norm"
    groups: Count = param(..., "how many groups")

    def infer(self, *inputs: TensorType) -> TensorType:
        (input,) = inputs
        require_rank(self, input, 1, 4, f"[channels], {IMAGES}")
        require_known_channels(input)
        if input.shape[0] % self.groups != 0:
            raise Misfit(
                f"has groups={self.groups} and got {input.shape[0]} channels, {shape_text(input.shape)}",
                "groups must divide the channels",
            )
        self.weights(*inputs)
        return input.with_shape(input.shape)

    def weights(self, *inputs: TensorType) -> tuple[Weight, ...]:
        return self.affine(inputs[0].shape[:1])


class InstanceNorm(Normalisation):
    """Normalises each channel (dimension 0) of each example over its places.

    Weights: weight and bias `[C]`.

    Shapes: [C, *n] -> the same.
    Formula: y = (x - mean) / sqrt(variance + eps) * weight + bias, mean and biased variance of a channel.
    Source: Ulyanov, Vedaldi and Lempitsky, Instance normalization, 2016.
    """

    entry = "instance_norm"

    def infer(self, *inputs: TensorType) -> TensorType:
        (input,) = inputs
        require_rank(self, input, 2, 4, IMAGES)
        require_known_channels(input)
        self.weights(*inputs)
        return input.with_shape(input.shape)

    def weights(self, *inputs: TensorType) -> tuple[Weight, ...]:
        return self.affine(inputs[0].shape[:1])


class RmsNorm(Weighted):
    """Divides by the root of the mean square over one or several dimensions together.

    Weights: weight, of the sizes of those dimensions.

    Shapes: unchanged.
    Formula: y = x / sqrt(mean(x^2) + eps) * weight.
    Source: Zhang and Sennrich, Root mean square layer normalization, 2019.
    """

    entry = "rms_norm"
    batchless: ClassVar[bool] = True
    axis: Axes = param(-1, "the dimension, or a list of them, to normalise over")
    scale: bool = param(True, "whether a learned factor is applied")
    eps: float = param(1e-5, "added to the mean square", gt=0)

    def check(self) -> None:
        require_no_bias_init(self)

    def infer(self, *inputs: TensorType) -> TensorType:
        (input,) = inputs
        self.weights(*inputs)
        return input.with_shape(input.shape)

    def weights(self, *inputs: TensorType) -> tuple[Weight, ...]:
        axes = several_axes(self, self.axis, inputs[0])
        shape = tuple(inputs[0].shape[axis] for axis in axes)
        return (weight(self, "weight", shape, self.init or ones(), "norm"),) if self.scale else ()


class LocalResponseNorm(Layer):
    """Divides each element by what the channels (dimension 0) near it show.

    The window of channel c goes from c - floor(size / 2) to c + floor((size - 1) / 2); channels outside count as 0,
    and alpha is divided by the size, both as in PyTorch.

    Shapes: [C, *n] -> the same.
    Formula: y = x / (k + alpha / size * sum over the window of x^2)^beta.
    Source: Krizhevsky, Sutskever and Hinton, ImageNet classification with deep convolutional networks, 2012.
    """

    entry = "local_response_norm"
    size: Count = param(..., "how many channels the window has")
    alpha: float = param(1e-4, "factor on the mean square")
    beta: float = param(0.75, "exponent")
    k: float = param(1.0, "added to it", gt=0)

    def infer(self, *inputs: TensorType) -> TensorType:
        (input,) = inputs
        require_rank(self, input, 2, 4, IMAGES)
        return input.with_shape(input.shape)


class L2Normalize(Layer):
    """Scales to length 1 along a dimension; what is shorter than 1e-12 is divided by 1e-12.

    Shapes: unchanged.
    Formula: y = x / max(sqrt(sum x^2), 1e-12).
    Source: PyTorch, `torch.nn.functional.normalize`; Wang et al., NormFace, 2017.
    """

    entry = "l2_normalize"
    batchless: ClassVar[bool] = True
    axis: int = param(-1, "the dimension to normalise over")

    def infer(self, *inputs: TensorType) -> TensorType:
        (input,) = inputs
        one_axis(self, self.axis, input)
        return input.with_shape(input.shape)


ENTRIES: tuple[type[Layer], ...] = (
    BatchNorm, LayerNorm, GroupNorm, InstanceNorm, RmsNorm, LocalResponseNorm, L2Normalize,
)  # fmt: skip
