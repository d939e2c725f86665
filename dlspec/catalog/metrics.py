"""Metrics: figures of a whole split that are reported and not trained on.

A metric that decides (`accuracy`, `f1` …) takes any of these, by place of the batch and of a sequence:

- one score for each yes or no (0/1, -1/+1 or true/false): a score above 0 counts as a yes;
- one logit for each class, in the last dimension or the first, and class numbers: the largest logit decides;
- the same with a distribution in place of the number: its largest decides;
- scores and yes or no of one shape with several numbers (many labels at once): each number is a case of its own;
- class numbers, or true and false, in place of scores.

Places whose target is `ignore_index` do not count. What cannot be computed (no example, a prediction that is not
finite, the area under the curve of one class alone) is not a number, `nan`.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from dlspec.catalog.base import Count, Metric, Misfit, param
from dlspec.catalog.fit import class_axis, is_score, need_classes, need_equal, shapes_fit
from dlspec.tensor import TensorType

Average = Literal["macro", "micro", "weighted", "binary"]

RESULT = TensorType("float", ())


class Ignoring(Metric):
    """A metric from which places can be left out."""

    ignore_index: int | None = param(None, "the target whose places do not count")


def _default_axis(prediction: TensorType, target: TensorType) -> int:
    """Where the classes are: in the last dimension, or in the first if only that fits the target."""
    if shapes_fit(prediction.shape[:-1], target.shape) or not shapes_fit(prediction.shape[1:], target.shape):
        return -1
    return 0


class Deciding(Ignoring):
    """A metric of decisions, yes or no or between classes."""

    def infer(self, *inputs: TensorType) -> TensorType:
        prediction, target = inputs
        if not shapes_fit(prediction.shape, target.shape):
            need_classes(prediction, target, _default_axis(prediction, target), soft=True)
        elif (
            is_score(prediction.shape)
            and prediction.element != "int"
            and isinstance(target.kinds, int)
            and target.kinds > 2
        ):
            raise Misfit(f"one score for {target.kinds} classes", f"give one logit for each class: {target.kinds}")
        return RESULT


class Averaging(Deciding):
    """A metric of each class, put together."""

    average: Average = param(
        "macro",
        "macro: each class counts alike; weighted: by its number of targets; micro: each place alike; binary: class 1",
    )

    def infer(self, *inputs: TensorType) -> TensorType:
        prediction, target = inputs
        if self.average == "binary" and not shapes_fit(prediction.shape, target.shape) and prediction.rank > 0:
            classes, _ = class_axis(prediction, _default_axis(prediction, target))
            if isinstance(classes, int) and classes > 2:
                raise Misfit(f"average=binary is for two classes, got {classes}", "write `average=macro`")
        return super().infer(*inputs)


class Logits(Ignoring):
    """A metric of the logits of classes."""

    def infer(self, *inputs: TensorType) -> TensorType:
        prediction, target = inputs
        need_classes(prediction, target, _default_axis(prediction, target), soft=True)
        return RESULT


class Measuring(Ignoring):
    """A metric of numbers; prediction and target have one shape."""

    def infer(self, *inputs: TensorType) -> TensorType:
        need_equal(inputs[0], inputs[1], ("prediction", "target"))
        return RESULT


class Accuracy(Deciding):
    """The share of decisions that are right."""

    entry = "accuracy"


class BalancedAccuracy(Deciding):
    """The mean over the classes among the targets of the share of each that is found."""

    entry = "balanced_accuracy"


class TopK(Logits):
    """The share of places whose class is among the k largest logits."""

    entry = "top_k"

    k: Count = param(5, "how many guesses are allowed")

    def infer(self, *inputs: TensorType) -> TensorType:
        result = super().infer(*inputs)
        classes, _ = class_axis(inputs[0], _default_axis(*inputs))
        if isinstance(classes, int) and self.k > classes:
            raise Misfit(f"k is {self.k}, but there are {classes} classes", f"write `top_k({classes})` or less")
        return result


class Precision(Averaging):
    """Of the decisions for a class, the share that is right; 0 for a class that is never decided for."""

    entry = "precision"


class Recall(Averaging):
    """Of the targets of a class, the share that is found; 0 for a class that never occurs."""

    entry = "recall"


class F1(Averaging):
    """The harmonic mean of precision and recall: `2·P·R/(P + R)`."""

    entry = "f1"


class Iou(Deciding):
    """Intersection over union of decisions and targets, the mean over the classes that occur in either."""

    entry = "iou"


class Mcc(Deciding):
    """Matthews' correlation of decisions and targets, for several classes as Gorodkin (2004) defined it."""

    entry = "mcc"


class CohenKappa(Deciding):
    """Agreement beyond chance: `(p - e)/(1 - e)`, p the agreement, e that of the same frequencies at random."""

    entry = "cohen_kappa"


class Auc(Deciding):
    """Area under the receiver operating characteristic of the scores.

    For several classes the mean over each against the rest (by softmax), for many labels over the labels; a class of
    which there is no example, or nothing else, is left out, and where none remains the result is `nan`.
    """

    entry = "auc"


class AveragePrecision(Deciding):
    """Area under precision over recall, as a sum of steps; for several classes and many labels as `auc`."""

    entry = "average_precision"


class Perplexity(Logits):
    """The exponential of the mean cross-entropy of the logits."""

    entry = "perplexity"
    higher_is_better: ClassVar[bool] = False


class Rmse(Measuring):
    """Root of the mean squared error over all numbers."""

    entry = "rmse"
    higher_is_better: ClassVar[bool] = False


class Mape(Measuring):
    """Mean of `|f - y|/|y|`, as a share, not in percent; a target of 0 makes it huge."""

    entry = "mape"
    higher_is_better: ClassVar[bool] = False


class R2(Measuring):
    """Coefficient of determination: `1 - Σ(y - f)²/Σ(y - ȳ)²`; for several numbers an example the mean over them."""

    entry = "r2"


class Pearson(Measuring):
    """Linear correlation of prediction and target; for several numbers an example the mean over them."""

    entry = "pearson"


class Spearman(Measuring):
    """Correlation of the ranks of prediction and target; for several numbers an example the mean over them."""

    entry = "spearman"


ENTRIES: tuple[type[Metric], ...] = (
    Accuracy,
    BalancedAccuracy,
    TopK,
    Precision,
    Recall,
    F1,
    Auc,
    AveragePrecision,
    Mcc,
    CohenKappa,
    Perplexity,
    Rmse,
    Mape,
    R2,
    Pearson,
    Spearman,
    Iou,
)
