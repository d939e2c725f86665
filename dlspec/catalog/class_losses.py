"""Losses over classes beyond cross-entropy: hard examples, divergence, overlap of regions, sequences without places.

Here `f` is the prediction, `y` the target, `σ` the logistic function and `p` what the prediction says.
"""

from __future__ import annotations

from typing import ClassVar

from dlspec.catalog.base import Loss, Misfit, Natural, Wants, param
from dlspec.catalog.fit import class_axis, may_equal, need_equal, need_labels, shapes_fit, terms
from dlspec.tensor import Dim, TensorType


class Focal(Loss):
    """Cross-entropy from logits in which what is easy counts little: the probability missed, to the power γ, weighs it.

    A prediction of the target's shape holds a score for each yes or no, with `p = σ(f)`:
    `-(α·y·(1 - p)^γ·log p + (1 - α)·(1 - y)·p^γ·log(1 - p))`. Against class numbers it holds logits for each class,
    with `p = softmax(f)`: `-α·(1 - p_y)^γ·log p_y`. The classes are the last dimension, in images and volumes
    (three dimensions or more) the first, and the other one where only that fits the target.
    Source: Lin et al., "Focal loss for dense object detection", 2017.
    """

    entry = "focal"
    wants: ClassVar[Wants | tuple[Wants, ...]] = ("float", "any")

    gamma: float = param(2.0, "how fast the weight falls as a prediction gets better; 0 is cross-entropy", ge=0)
    alpha: float = param(0.25, "weight of a yes, where a no has 1 - alpha; of class numbers, that of each", ge=0, le=1)

    def infer(self, *inputs: TensorType) -> TensorType:
        prediction, target = inputs
        axis = need_labels(prediction, target)
        return terms(prediction.shape if axis is None else class_axis(prediction, axis)[1], *inputs)


class KlDivergence(Loss):
    """How far the prediction is from the target's distribution: `Σ_c y_c·(log y_c - f_c)`, where `0·log 0` is 0.

    `f` are log-probabilities, as `log_softmax` gives them, and `y` probabilities; both have the classes in the last
    dimension, which is summed over.
    Source: Kullback and Leibler, "On information and sufficiency", 1951.
    """

    entry = "kl_divergence"

    def infer(self, *inputs: TensorType) -> TensorType:
        prediction, target = inputs
        _, rest = class_axis(prediction, -1)
        if not shapes_fit(prediction.shape, target.shape) and shapes_fit(rest, target.shape):
            raise Misfit(
                f"the target {target} is no distribution {prediction} over the classes of the prediction",
                "for class numbers use `nll`, or make a distribution of them: `one_hot`",
            )
        need_equal(prediction, target, ("prediction", "target"))
        return terms(rest, *inputs)


class Overlap(Loss):
    """How much of the target's region is missed; a term for each channel or class, none for single places."""

    wants: ClassVar[Wants | tuple[Wants, ...]] = ("float", "any")

    smooth: float = param(1.0, "added to what is in common and to the whole, so that empty regions count", gt=0)

    def infer(self, *inputs: TensorType) -> TensorType:
        prediction, target = inputs
        axis = need_labels(prediction, target)
        if axis is not None:
            return terms((prediction.shape[axis],), *inputs)
        return terms(prediction.shape[:1] if prediction.rank > 2 else (), *inputs)


class Dice(Overlap):
    """One minus Dice's coefficient of predicted and true region, from logits: `1 - (2·Σ p·y + s)/(Σ p + Σ y + s)`.

    The sums are over the places of an example, and `s` is `smooth`. A prediction of the target's shape holds a score
    for each yes or no, with `p = σ(f)`, and a term for each channel where there are three dimensions or more, else one
    term. Against class numbers it holds logits for each class, with `p = softmax(f)` and a term for each class. The
    classes are the first dimension in images and volumes (three dimensions or more), else the last, and the other one
    where only that fits the target.
    Source: Milletari, Navab and Ahmadi, "V-Net", 2016, with sums in place of sums of squares.
    """

    entry = "dice"


class Tversky(Overlap):
    """Dice's loss with a weight of its own for each kind of error: `1 - (T + s)/(T + α·F + β·M + s)`, from logits.

    `T = Σ p·y` is found, `F = Σ p·(1 - y)` is taken for the region and is not, `M = Σ (1 - p)·y` is missed.
    Predictions, targets, places and `s` are as for `dice`, which this is with α = β = ½ and half of its `smooth`.
    Source: Salehi, Erdogmus and Gholipour, "Tversky loss function for image segmentation", 2017.
    """

    entry = "tversky"

    alpha: float = param(0.5, "weight of what is wrongly taken for the region", ge=0)
    beta: float = param(0.5, "weight of what is missed", ge=0)


class Ctc(Loss):
    """Negative log-likelihood of a sequence whose places in time are not known: `-log Σ_a Π_t p_t(a_t)`.

    The prediction is `[time, classes]` in logits (log-probabilities do as well), with `p_t = softmax(f_t)`. The target
    is `[length]` in class numbers and ends where the first blank stands: shorter ones are filled up with it. The sum is
    over the alignments `a`, in which a class may last and blanks may stand between. There is one term for each example,
    so `reduction` changes nothing; a target that does not fit into the time is infinitely unlikely.
    Source: Graves et al., "Connectionist temporal classification", 2006.
    """

    entry = "ctc"
    wants: ClassVar[Wants | tuple[Wants, ...]] = ("float", "int")

    blank: Natural = param(0, "the class number that stands for none, and for padding in the target")

    def infer(self, *inputs: TensorType) -> TensorType:
        prediction, target = inputs
        if prediction.rank != 2:
            raise Misfit(
                f"the prediction is {prediction}, but logits [time, classes] are needed",
                "give logits for each time step, as `lstm(64) -> dense(classes)` does",
            )
        if target.rank != 1:
            raise Misfit(
                f"the target is {target}, but class numbers [length] are needed beside the prediction {prediction}",
                f"give one sequence of class numbers for each example, filled up with {self.blank}",
            )
        self._need_classes(prediction.shape[1], prediction, target)
        return terms((), *inputs)

    def _need_classes(self, classes: Dim, prediction: TensorType, target: TensorType) -> None:
        if isinstance(classes, int) and self.blank >= classes:
            raise Misfit(
                f"blank={self.blank} is no class of the prediction {prediction}",
                f"the class numbers are 0 to {classes - 1}, and one of them stands for none",
            )
        if target.kinds is not None and not may_equal(target.kinds, classes):
            raise Misfit(
                f"{classes} logits for {target.kinds} classes, the blank among them: the prediction is {prediction}",
                f"give the last layer {target.kinds} outputs",
            )


ENTRIES: tuple[type[Loss], ...] = (Focal, KlDivergence, Dice, Tversky, Ctc)
