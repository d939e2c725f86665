"""Layers that draw numbers, and layers that change the gradient alone."""

from __future__ import annotations

from typing import ClassVar

from dlspec.catalog.base import Extent, Layer, Misfit, Wants, param
from dlspec.tensor import TensorType


class Dropout(Layer):
    """In training sets elements to zero by chance and enlarges the rest; in inference the identity.

    Shapes: unchanged.
    Formula: y = x m / (1 - rate), each m independently 0 with probability rate, else 1.
    Source: Srivastava et al., Dropout: a simple way to prevent neural networks from overfitting, 2014.
    """

    entry = "dropout"
    random: ClassVar[bool] = True
    differs_in_training: ClassVar[bool] = True
    batchless: ClassVar[bool] = True
    rate: float = param(0.5, "probability that an element is set to zero", ge=0, lt=1)

    def infer(self, *inputs: TensorType) -> TensorType:
        return inputs[0].with_shape(inputs[0].shape)


class GaussianNoise(Layer):
    """In training adds noise; in inference the identity.

    Shapes: unchanged.
    Formula: y = x + std e, each e independently normal(0, 1).
    Source: Bishop, Training with noise is equivalent to Tikhonov regularization, 1995.
    """

    entry = "gaussian_noise"
    random: ClassVar[bool] = True
    differs_in_training: ClassVar[bool] = True
    batchless: ClassVar[bool] = True
    std: float = param(0.1, "standard deviation of the noise", ge=0)

    def infer(self, *inputs: TensorType) -> TensorType:
        return inputs[0].with_shape(inputs[0].shape)


class Draw(Layer):
    """Fresh numbers for each example, in training and inference.

    It has no input in a spec; the compiler gives it one, whose batch size it takes and nothing else.
    """

    inputs: ClassVar[tuple[str, ...]] = ()
    random: ClassVar[bool] = True
    wants: ClassVar[Wants | tuple[Wants, ...]] = "any"
    variadic = "shape"
    shape: tuple[Extent, ...] = param((), "sizes of the dimensions; none for one number per example")

    def infer(self, *inputs: TensorType) -> TensorType:
        return TensorType("float", self.shape)


class RandomNormal(Draw):
    """Draws from a normal distribution, fresh for each example.

    Shapes: nothing -> the shape that is given.
    Formula: y ~ N(mean, std^2).
    Source: NumPy, `numpy.random.Generator.normal`.
    """

    entry = "random_normal"
    shape: tuple[Extent, ...] = param((), "sizes of the dimensions; none for one number per example")
    mean: float = param(0.0, "mean")
    std: float = param(1.0, "standard deviation", ge=0)


class RandomUniform(Draw):
    """Draws from an interval, fresh for each example.

    Shapes: nothing -> the shape that is given.
    Formula: y ~ U(low, high).
    Source: NumPy, `numpy.random.Generator.uniform`.
    """

    entry = "random_uniform"
    shape: tuple[Extent, ...] = param((), "sizes of the dimensions; none for one number per example")
    low: float = param(0.0, "the smallest number")
    high: float = param(1.0, "the bound above")

    def check(self) -> None:
        if self.low > self.high:
            raise Misfit(f"has low={self.low:g} above high={self.high:g}", "exchange the two")


class StopGradient(Layer):
    """The input as it is, and no gradient back to it.

    Shapes: unchanged.
    Formula: y = x, dy/dx = 0.
    Source: TensorFlow, `tf.stop_gradient`.
    """

    entry = "stop_gradient"
    wants: ClassVar[Wants | tuple[Wants, ...]] = "any"
    batchless: ClassVar[bool] = True

    def infer(self, *inputs: TensorType) -> TensorType:
        return inputs[0]


ENTRIES: tuple[type[Layer], ...] = (Dropout, GaussianNoise, RandomNormal, RandomUniform, StopGradient)
