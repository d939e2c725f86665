"""Layers that draw numbers, and layers that change the gradient alone."""

from __future__ import annotations

from typing import ClassVar

from dlspec.catalog.base import Extent, Layer, Misfit, Wants, param
from dlspec.catalog.windows import spatial_shape
from dlspec.tensor import TensorType


class TrainingOnly(Layer):
    """What draws numbers in training, and is the identity in inference."""

    random: ClassVar[bool] = True
    differs_in_training: ClassVar[bool] = True
    batchless: ClassVar[bool] = True

    def infer(self, *inputs: TensorType) -> TensorType:
        return inputs[0].with_shape(inputs[0].shape)


class Dropout(TrainingOnly):
    """In training sets elements to zero by chance and enlarges the rest; in inference the identity.

    Shapes: unchanged.
    Formula: y = x m / (1 - rate), each m independently 0 with probability rate, else 1.
    Source: Srivastava et al., Dropout: a simple way to prevent neural networks from overfitting, 2014.
    """

    entry = "dropout"
    rate: float = param(0.5, "probability that an element is set to zero", ge=0, lt=1)


class SpatialDropout(TrainingOnly):
    """In training sets whole channels of an example to zero by chance and enlarges the rest; in inference the identity.

    Channels are the first dimension; of a sequence [time, features] put the features there with `transpose`.

    Shapes: [C, *n] unchanged.
    Formula: y[c] = x[c] m[c] / (1 - rate), each m[c] independently 0 with probability rate, else 1.
    Source: Tompson et al., Efficient object localization using convolutional networks, 2014.
    """

    entry = "spatial_dropout"
    batchless: ClassVar[bool] = False
    rate: float = param(0.5, "probability that a channel is set to zero", ge=0, lt=1)

    def infer(self, *inputs: TensorType) -> TensorType:
        spatial_shape(self, inputs[0])
        return super().infer(*inputs)


class AlphaDropout(TrainingOnly):
    """Dropout that goes with `selu`: in training keeps mean 0 and variance 1 of its input; in inference the identity.

    Shapes: unchanged.
    Formula: y = a (x m + s (1 - m)) + b, each m independently 0 with probability rate, else 1; s = -1.7580993408473766
        is what selu tends to far below 0, a = ((1 - rate) (1 + rate s^2))^(-1/2), b = -a rate s.
    Source: Klambauer et al., Self-normalizing neural networks, 2017.
    """

    entry = "alpha_dropout"
    rate: float = param(0.5, "probability that an element is set to what selu tends to", ge=0, lt=1)


class DropPath(TrainingOnly):
    """In training sets whole examples to zero by chance and enlarges the rest; in inference the identity.

    Also called stochastic depth: at the end of a residual branch it leaves the branch out, `x + (x -> … -> drop_path)`.
    The paper makes the branch smaller in inference; here, as for `dropout`, it is enlarged in training.

    Shapes: unchanged.
    Formula: y = x m / (1 - rate), m of each example independently 0 with probability rate, else 1.
    Source: Huang et al., Deep networks with stochastic depth, 2016.
    """

    entry = "drop_path"
    batchless: ClassVar[bool] = False
    rate: float = param(0.1, "probability that an example is set to zero", ge=0, lt=1)


class GaussianNoise(TrainingOnly):
    """In training adds noise; in inference the identity.

    Shapes: unchanged.
    Formula: y = x + std e, each e independently normal(0, 1).
    Source: Bishop, Training with noise is equivalent to Tikhonov regularization, 1995.
    """

    entry = "gaussian_noise"
    std: float = param(0.1, "standard deviation of the noise", ge=0)


class GaussianDropout(TrainingOnly):
    """In training multiplies by noise of mean 1, whose variance is that of dropout; in inference the identity.

    Shapes: unchanged.
    Formula: y = x e, each e independently normal(1, rate / (1 - rate)), the second number the variance.
    Source: Srivastava et al., Dropout: a simple way to prevent neural networks from overfitting, 2014.
    """

    entry = "gaussian_dropout"
    rate: float = param(0.5, "the rate of the dropout whose variance the noise has", ge=0, lt=1)


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


class GradientReversal(Layer):
    """The input as it is, and its gradient turned round: what comes before learns to make the loss larger.

    Shapes: unchanged.
    Formula: y = x, dy/dx = -scale.
    Source: Ganin and Lempitsky, Unsupervised domain adaptation by backpropagation, 2014.
    """

    entry = "gradient_reversal"
    batchless: ClassVar[bool] = True
    scale: float = param(1.0, "factor of the gradient, beside the sign", ge=0)

    def infer(self, *inputs: TensorType) -> TensorType:
        return inputs[0]


ENTRIES: tuple[type[Layer], ...] = (
    Dropout,
    SpatialDropout,
    AlphaDropout,
    DropPath,
    GaussianNoise,
    GaussianDropout,
    RandomNormal,
    RandomUniform,
    StopGradient,
    GradientReversal,
)
