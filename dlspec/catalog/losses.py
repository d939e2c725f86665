"""Losses of numbers and of classes: what training makes small.

Here `f` is the prediction, `y` the target and `ε` the label smoothing.
"""

from __future__ import annotations

from typing import ClassVar

from dlspec.catalog.base import Loss, Misfit, Wants, param
from dlspec.catalog.fit import class_axis, need_classes, need_equal, need_scores, terms
from dlspec.tensor import TensorType


class Elementwise(Loss):
    """A term for each number of the prediction; prediction and target have one shape."""

    def infer(self, *inputs: TensorType) -> TensorType:
        prediction, target = inputs
        need_equal(prediction, target, ("prediction", "target"))
        return terms(prediction.shape, *inputs)


class Binary(Loss):
    """A term for each score of the prediction; the target says yes or no to each."""

    def infer(self, *inputs: TensorType) -> TensorType:
        prediction, target = inputs
        need_scores(prediction, target)
        return terms(prediction.shape, *inputs)


class Mse(Elementwise):
    """Mean squared error: `(f - y)²`.

    Source: Legendre, Nouvelles méthodes pour la détermination des orbites des comètes, 1805.
    """

    entry = "mse"


class Mae(Elementwise):
    """Mean absolute error: `|f - y|`.

    Source: PyTorch, `torch.nn.L1Loss`.
    """

    entry = "mae"


class Huber(Elementwise):
    """Squared near 0, linear further out: with `d = f - y`, `d²/2` where `|d| <= δ`, else `δ·(|d| - δ/2)`.

    Source: Huber, "Robust estimation of a location parameter", 1964.
    """

    entry = "huber"

    delta: float = param(1.0, "where the linear part begins", gt=0)


class LogCosh(Elementwise):
    """The logarithm of the hyperbolic cosine of the error: `log(cosh(f - y))`, near `d²/2` and then `|d| - log 2`.

    Source: Keras, `keras.losses.LogCosh`.
    """

    entry = "log_cosh"


class Quantile(Elementwise):
    """The pinball loss, least at that quantile of the target: with `d = y - f`, `max(q·d, (q - 1)·d)`.

    Source: Koenker and Bassett, "Regression quantiles", 1978.
    """

    entry = "quantile"

    q: float = param(0.5, "the quantile that is predicted", gt=0, lt=1)


class Poisson(Elementwise):
    """Negative log-likelihood of counts `y`, but for a constant: `exp(f) - y·f`; `f` is the logarithm of the rate.

    Source: PyTorch, `torch.nn.PoissonNLLLoss`.
    """

    entry = "poisson"


class GaussianNll(Loss):
    """Negative log-likelihood of normal distributions, but for a constant: `½·(s + (y - m)²·exp(-s))`.

    `m` is the mean and `s` the log-variance, which may both be predicted. The constant left out is `½·log(2π)`.
    Source: Nix and Weigend, "Estimating the mean and variance of the target probability distribution", 1994.
    """

    entry = "gaussian_nll"
    inputs: ClassVar[tuple[str, ...]] = ("mean", "log_variance", "target")

    def infer(self, *inputs: TensorType) -> TensorType:
        mean, log_variance, target = inputs
        need_equal(mean, log_variance, ("mean", "log-variance"))
        need_equal(mean, target, ("mean", "target"))
        return terms(mean.shape, *inputs)


class Hinge(Binary):
    """Distance from the right side of the margin: `max(0, 1 - y·f)`; targets are -1 and +1.

    Source: Cortes and Vapnik, "Support-vector networks", 1995.
    """

    entry = "hinge"


class SquaredHinge(Binary):
    """The hinge, squared: `max(0, 1 - y·f)²`; targets are -1 and +1.

    Source: Tang, "Deep learning using linear support vector machines", 2013.
    """

    entry = "squared_hinge"


class Perceptron(Binary):
    """The perceptron's criterion: `max(0, -y·f)`, with the gradient -y where `y·f` is 0; targets are -1 and +1.

    Source: Rosenblatt, "The perceptron", 1958.
    """

    entry = "perceptron"


class Wasserstein(Binary):
    """A critic's score times its target, with the sign turned: `-y·f`; targets are -1 and +1.

    Source: Arjovsky, Chintala and Bottou, "Wasserstein GAN", 2017.
    """

    entry = "wasserstein"


class BinaryCrossEntropy(Binary):
    """Cross-entropy of yes and no from logits: `-(w·y'·log σ(f) + (1 - y')·log(1 - σ(f)))`, `y' = (1 - ε)·y + ε/2`.

    Targets are 0 and 1, or probabilities; `w` is `positive_weight`.
    Source: Good, "Rational decisions", 1952; from logits: PyTorch, `torch.nn.BCEWithLogitsLoss`.
    """

    entry = "binary_cross_entropy"

    positive_weight: float = param(1.0, "factor of the terms whose target is yes", gt=0)
    label_smoothing: float = param(0.0, "how far targets are drawn towards one half", ge=0, lt=1)


class ClassLoss(Loss):
    """A term for each place that a class is decided for."""

    wants: ClassVar[Wants | tuple[Wants, ...]] = ("float", "any")


def _need_weight_for_each(weights: tuple[float, ...] | None, classes: object) -> None:
    if weights is not None and isinstance(classes, int) and len(weights) != classes:
        raise Misfit(f"{len(weights)} class weights for {classes} classes", "give one weight for each class")


class CrossEntropy(ClassLoss):
    """Cross-entropy from logits, with `p = softmax(f)`, against class numbers or a distribution over the classes.

    Class numbers: `(1 - ε)·w_y·(-log p_y) + ε/C·Σ_c w_c·(-log p_c)`; the mean is over `Σ w_y`, and 0 where every
    target is ignored. A distribution `q` of the shape of the logits: `-Σ_c q_c·log p_c`, with `(1 - ε)·q + ε/C`
    in place of q. The classes are the last dimension, or with `axis=0` the first: `[classes, H, W]`.
    Source for the smoothing: Szegedy et al., "Rethinking the Inception architecture", 2015.
    Source: Bridle, "Probabilistic interpretation of feedforward classification network outputs", 1990; label smoothing:
    Szegedy et al., "Rethinking the Inception architecture for computer vision", 2015.
    """

    entry = "cross_entropy"

    label_smoothing: float = param(0.0, "how far targets are drawn towards all classes alike", ge=0, lt=1)
    class_weights: tuple[float, ...] | None = param(None, "a weight for each class, of class numbers only")
    ignore_index: int | None = param(None, "the class number whose places do not count")
    axis: int = param(-1, "the dimension of the classes: the last or the first")

    def infer(self, *inputs: TensorType) -> TensorType:
        prediction, target = inputs
        holds = need_classes(prediction, target, self.axis, soft=True)
        classes, rest = class_axis(prediction, self.axis)
        _need_weight_for_each(self.class_weights, classes)
        if holds == "distribution" and (self.class_weights is not None or self.ignore_index is not None):
            raise Misfit(
                f"class_weights and ignore_index go with class numbers, but the target is a distribution {target}",
                "leave them out, or give class numbers",
            )
        return terms(rest, *inputs)


class Nll(ClassLoss):
    """Negative log-likelihood from log-probabilities and class numbers: `-w_y·f_y`; the mean is over `Σ w_y`.

    The classes are the last dimension, as `log_softmax` leaves them; where every target is ignored, 0.
    Source: PyTorch, `torch.nn.NLLLoss`.
    """

    entry = "nll"

    class_weights: tuple[float, ...] | None = param(None, "a weight for each class")
    ignore_index: int | None = param(None, "the class number whose places do not count")

    def infer(self, *inputs: TensorType) -> TensorType:
        prediction, target = inputs
        need_classes(prediction, target, -1, soft=False)
        classes, rest = class_axis(prediction, -1)
        _need_weight_for_each(self.class_weights, classes)
        return terms(rest, *inputs)


class KlNormal(Loss):
    """Divergence of normal distributions from N(0, 1): `-½·Σ(1 + s - m² - exp(s))`, `m` the mean, `s` the log-variance.

    Summed over all numbers of an example, so there is one term for each example and `reduction` changes nothing.
    Source: Kingma and Welling, "Auto-encoding variational Bayes", 2013, appendix B.
    """

    entry = "kl_normal"
    inputs: ClassVar[tuple[str, ...]] = ("mean", "log_variance")

    def infer(self, *inputs: TensorType) -> TensorType:
        need_equal(inputs[0], inputs[1], ("mean", "log-variance"))
        return terms((), *inputs)


ENTRIES: tuple[type[Loss], ...] = (
    Mse,
    Mae,
    Huber,
    LogCosh,
    Quantile,
    Poisson,
    GaussianNll,
    Hinge,
    SquaredHinge,
    Perceptron,
    Wasserstein,
    BinaryCrossEntropy,
    CrossEntropy,
    Nll,
    KlNormal,
)
