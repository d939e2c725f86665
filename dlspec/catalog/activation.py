"""Activations. Those without an axis work on each element by itself."""

from __future__ import annotations

from typing import ClassVar, Literal

from dlspec.catalog.axes import one_axis, require_rank, with_size
from dlspec.catalog.base import Initializer, Layer, Misfit, Wants, Weight, Weighted, param
from dlspec.catalog.initializers import Constant
from dlspec.catalog.owned import require_no_bias_init, weight
from dlspec.tensor import TensorType, shape_text


class Activation(Layer):
    """A function of each element by itself."""

    batchless: ClassVar[bool] = True

    def infer(self, *inputs: TensorType) -> TensorType:
        return inputs[0].with_shape(inputs[0].shape)


class Relu(Activation):
    """The rectifier.

    Shapes: unchanged.
    Formula: y = max(x, 0).
    Source: Nair and Hinton, Rectified linear units improve restricted Boltzmann machines, 2010.
    """

    entry = "relu"


class Relu6(Activation):
    """The rectifier, cut at 6.

    Shapes: unchanged.
    Formula: y = min(max(x, 0), 6).
    Source: Krizhevsky, Convolutional deep belief networks on CIFAR-10, 2010.
    """

    entry = "relu6"


class LeakyRelu(Activation):
    """The rectifier with a small slope for negative numbers.

    Shapes: unchanged.
    Formula: y = x where x > 0, else slope x.
    Source: Maas, Hannun and Ng, Rectifier nonlinearities improve neural network acoustic models, 2013.
    """

    entry = "leaky_relu"
    slope: float = param(0.01, "slope for negative numbers")


class Prelu(Weighted):
    """The leaky rectifier with a learned slope for each channel (dimension 0).

    Weights: weight `[C]`.

    Shapes: [C, ...] -> the same.
    Formula: y = x where x > 0, else weight[c] x.
    Source: He et al., Delving deep into rectifiers, 2015.
    """

    entry = "prelu"
    init: float | Initializer = param(  # type: ignore[assignment]  # a number is enough here
        0.25, "initial slope, or initial values of the slopes"
    )

    def check(self) -> None:
        require_no_bias_init(self)

    def infer(self, *inputs: TensorType) -> TensorType:
        (input,) = inputs
        require_rank(self, input, 1, 99, "an input with channels as its first dimension")
        self.weights(*inputs)
        return input.with_shape(input.shape)

    def weights(self, *inputs: TensorType) -> tuple[Weight, ...]:
        init = self.init if isinstance(self.init, Initializer) else Constant(value=self.init)
        return (weight(self, "weight", inputs[0].shape[:1], init),)


class Elu(Activation):
    """Exponential below zero.

    Shapes: unchanged.
    Formula: y = x where x > 0, else alpha (exp(x) - 1).
    Source: Clevert, Unterthiner and Hochreiter, Fast and accurate deep network learning by ELUs, 2015.
    """

    entry = "elu"
    alpha: float = param(1.0, "limit for very negative numbers, negated")


class Selu(Activation):
    """The elu that keeps mean 0 and variance 1.

    Shapes: unchanged.
    Formula: y = 1.0507009873554805 * (x where x > 0, else 1.6732632423543772 (exp(x) - 1)).
    Source: Klambauer et al., Self-normalizing neural networks, 2017.
    """

    entry = "selu"


class Celu(Activation):
    """The elu with a continuous derivative.

    Shapes: unchanged.
    Formula: y = max(x, 0) + min(alpha (exp(x / alpha) - 1), 0).
    Source: Barron, Continuously differentiable exponential linear units, 2017.
    """

    entry = "celu"
    alpha: float = param(1.0, "limit for very negative numbers, negated", gt=0)


class Gelu(Activation):
    """The input weighted by the normal distribution function.

    Shapes: unchanged.
    Formula: y = x / 2 (1 + erf(x / sqrt(2))); with `tanh` x / 2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))).
    Source: Hendrycks and Gimpel, Gaussian error linear units, 2016.
    """

    entry = "gelu"
    approximate: Literal["tanh"] | None = param(None, "tanh for the approximation, none for the exact function")


class Silu(Activation):
    """The input weighted by its sigmoid; also called swish.

    Shapes: unchanged.
    Formula: y = x sigmoid(x).
    Source: Elfwing, Uchibe and Doya, Sigmoid-weighted linear units, 2017.
    """

    entry = "silu"


class Mish(Activation):
    """The input weighted by the tanh of its softplus.

    Shapes: unchanged.
    Formula: y = x tanh(log(1 + exp(x))).
    Source: Misra, Mish: a self regularized non-monotonic activation function, 2019.
    """

    entry = "mish"


class Sigmoid(Activation):
    """The logistic function.

    Shapes: unchanged.
    Formula: y = 1 / (1 + exp(-x)).
    Source: Verhulst, Notice sur la loi que la population suit dans son accroissement, 1838.
    """

    entry = "sigmoid"


class LogSigmoid(Activation):
    """The logarithm of the logistic function, without overflow.

    Shapes: unchanged.
    Formula: y = -log(1 + exp(-x)).
    Source: PyTorch, `torch.nn.LogSigmoid`.
    """

    entry = "log_sigmoid"


class HardSigmoid(Activation):
    """The logistic function in three straight pieces.

    Shapes: unchanged.
    Formula: y = min(max(x + 3, 0), 6) / 6.
    Source: Howard et al., Searching for MobileNetV3, 2019.
    """

    entry = "hard_sigmoid"


class Tanh(Activation):
    """The hyperbolic tangent.

    Shapes: unchanged.
    Formula: y = tanh(x).
    Source: LeCun et al., Efficient backprop, 1998.
    """

    entry = "tanh"


class HardTanh(Activation):
    """The input, cut at -1 and 1.

    Shapes: unchanged.
    Formula: y = min(max(x, -1), 1).
    Source: Collobert, Large scale machine learning, 2004.
    """

    entry = "hard_tanh"


class HardSwish(Activation):
    """The input weighted by its hard sigmoid.

    Shapes: unchanged.
    Formula: y = x min(max(x + 3, 0), 6) / 6.
    Source: Howard et al., Searching for MobileNetV3, 2019.
    """

    entry = "hard_swish"


class Softplus(Activation):
    """A smooth rectifier, without overflow.

    Shapes: unchanged.
    Formula: y = log(1 + exp(beta x)) / beta.
    Source: Dugas et al., Incorporating second-order functional knowledge for better option pricing, 2001.
    """

    entry = "softplus"
    beta: float = param(1.0, "steepness", gt=0)


class Softsign(Activation):
    """The input divided by one more than its size.

    Shapes: unchanged.
    Formula: y = x / (1 + |x|).
    Source: Turian, Bergstra and Bengio, Quadratic features and deep architectures for chunking, 2009.
    """

    entry = "softsign"


class SoftShrink(Activation):
    """Moves towards zero, and stops there.

    Shapes: unchanged.
    Formula: y = sign(x) max(|x| - size, 0).
    Source: Donoho, De-noising by soft-thresholding, 1995.
    """

    entry = "soft_shrink"
    size: float = param(0.5, "how far", ge=0)


class HardShrink(Activation):
    """Zero near zero, else the input.

    Shapes: unchanged.
    Formula: y = x where |x| > size, else 0.
    Source: Donoho and Johnstone, Ideal spatial adaptation by wavelet shrinkage, 1994.
    """

    entry = "hard_shrink"
    size: float = param(0.5, "what counts as near", ge=0)


class AlongAxis(Activation):
    """A function of the elements along one dimension, which stays as long as it is."""

    axis: int = param(-1, "the dimension")

    def infer(self, *inputs: TensorType) -> TensorType:
        one_axis(self, self.axis, inputs[0])
        return super().infer(*inputs)


class Softmax(AlongAxis):
    """Positive numbers that add up to 1 along a dimension.

    Shapes: unchanged.
    Formula: y = exp(x) / sum exp(x).
    Source: Bridle, Probabilistic interpretation of feedforward classification network outputs, 1990.
    """

    entry = "softmax"


class LogSoftmax(AlongAxis):
    """The logarithm of softmax, without overflow.

    Shapes: unchanged.
    Formula: y = x - log sum exp(x).
    Source: Bridle, Probabilistic interpretation of feedforward classification network outputs, 1990.
    """

    entry = "log_softmax"


class GumbelSoftmax(Activation):
    """A differentiable draw from the categories whose logits lie along the last dimension, in training and inference.

    Shapes: unchanged.
    Formula: y = softmax((x + g) / temperature), g = -log(-log u), u uniform. With `hard` the result is one-hot at
    the largest and the gradient that of the soft one.
    Source: Jang, Gu and Poole, Categorical reparameterization with Gumbel-softmax, 2016.
    """

    entry = "gumbel_softmax"
    batchless: ClassVar[bool] = False
    random: ClassVar[bool] = True
    temperature: float = param(1.0, "how far the draw is from one-hot", gt=0)
    hard: bool = param(False, "whether the result is exactly one-hot")

    def infer(self, *inputs: TensorType) -> TensorType:
        one_axis(self, -1, inputs[0])
        return super().infer(*inputs)


class Gated(Activation):
    """One half of a dimension times a function of the other half."""

    axis: int = param(-1, "the dimension that is halved")

    def infer(self, *inputs: TensorType) -> TensorType:
        (input,) = inputs
        axis = one_axis(self, self.axis, input)
        size = input.shape[axis]
        if size % 2 != 0:
            raise Misfit(
                f"halves dimension {axis} of {shape_text(input.shape)}, and {size} is not even",
                "give the layer before it an even number of outputs",
            )
        return input.with_shape(with_size(input.shape, axis, size // 2))


class Glu(Gated):
    """The gated linear unit: the second half is the gate.

    Shapes: [..., 2 n, ...] -> [..., n, ...].
    Formula: y = a sigmoid(b), a and b the first and the second half.
    Source: Dauphin et al., Language modeling with gated convolutional networks, 2016.
    """

    entry = "glu"


class Swiglu(Gated):
    """The gated linear unit with silu, on the first half as published.

    Shapes: [..., 2 n, ...] -> [..., n, ...].
    Formula: y = silu(a) b, a and b the first and the second half.
    Source: Shazeer, GLU variants improve transformer, 2020.
    """

    entry = "swiglu"


class Geglu(Gated):
    """The gated linear unit with the exact gelu, on the first half as published.

    Shapes: [..., 2 n, ...] -> [..., n, ...].
    Formula: y = gelu(a) b, a and b the first and the second half.
    Source: Shazeer, GLU variants improve transformer, 2020.
    """

    entry = "geglu"


class BinaryStep(Activation):
    """A threshold at zero; its gradient is 0.

    Shapes: unchanged.
    Formula: y = 1 where x > 0, else 0.
    Source: McCulloch and Pitts, A logical calculus of the ideas immanent in nervous activity, 1943.
    """

    entry = "binary_step"


class Identity(Activation):
    """The input as it is, of any element type.

    Shapes: unchanged.
    Formula: y = x.
    Source: none.
    """

    entry = "identity"
    wants: ClassVar[Wants | tuple[Wants, ...]] = "any"

    def infer(self, *inputs: TensorType) -> TensorType:
        return inputs[0]


ENTRIES: tuple[type[Layer], ...] = (
    Relu, Relu6, LeakyRelu, Prelu, Elu, Selu, Celu, Gelu, Silu, Mish, Sigmoid, LogSigmoid, HardSigmoid, Tanh, HardTanh,
    HardSwish, Softplus, Softsign, SoftShrink, HardShrink, Softmax, LogSoftmax, GumbelSoftmax, Glu, Swiglu, Geglu,
    BinaryStep, Identity,
)  # fmt: skip
