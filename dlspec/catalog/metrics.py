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
    """The share of decisions that are right.

    Formula: mean of [decision = y].
    Source: scikit-learn, `accuracy_score`.
    """

    entry = "accuracy"


class BalancedAccuracy(Deciding):
    """The mean over the classes among the targets of the share of each that is found.

    Formula: mean over classes of recall.
    Source: Brodersen et al., The balanced accuracy and its posterior distribution, 2010.
    """

    entry = "balanced_accuracy"


class TopK(Logits):
    """The share of places whose class is among the k largest logits.

    Formula: mean of [y among the k largest].
    Source: scikit-learn, `top_k_accuracy_score`.
    """

    entry = "top_k"

    k: Count = param(5, "how many guesses are allowed")

    def infer(self, *inputs: TensorType) -> TensorType:
        result = super().infer(*inputs)
        classes, _ = class_axis(inputs[0], _default_axis(*inputs))
        if isinstance(classes, int) and self.k > classes:
            raise Misfit(f"k is {self.k}, but there are {classes} classes", f"write `top_k({classes})` or less")
        return result


class Precision(Averaging):
    """Of the decisions for a class, the share that is right; 0 for a class that is never decided for.

    Formula: P = right / decided, of each class.
    Source: Kent et al., Machine literature searching VIII, 1955.
    """

    entry = "precision"


class Recall(Averaging):
    """Of the targets of a class, the share that is found; 0 for a class that never occurs.

    Formula: R = right / targets, of each class.
    Source: Kent et al., Machine literature searching VIII, 1955.
    """

    entry = "recall"


class F1(Averaging):
    """The harmonic mean of precision and recall.

    Formula: 2 P R / (P + R), of each class.
    Source: van Rijsbergen, Information retrieval, 1979.
    """

    entry = "f1"


class Iou(Deciding):
    """Intersection over union of decisions and targets, the mean over the classes that occur in either.

    Formula: right / (decided + targets - right), of each class.
    Source: Jaccard, The distribution of the flora in the alpine zone, 1912.
    """

    entry = "iou"


class Dice(Deciding):
    """Overlap of decisions and targets, the mean over the classes that occur in either.

    Formula: 2 right / (decided + targets), of each class; the same as `f1(average=macro)`.
    Source: Dice, Measures of the amount of ecologic association between species, 1945.
    """

    entry = "dice"


class Mcc(Deciding):
    """Matthews' correlation of decisions and targets.

    Formula: cov(f, y) / sqrt(cov(f, f) cov(y, y)), f and y one-hot, cov summed over the classes.
    Source: Gorodkin, Comparing two K-category assignments by a K-category correlation coefficient, 2004.
    """

    entry = "mcc"


class CohenKappa(Deciding):
    """Agreement beyond chance.

    Formula: (p - e) / (1 - e), p the agreement, e that of the same frequencies at random.
    Source: Cohen, A coefficient of agreement for nominal scales, 1960.
    """

    entry = "cohen_kappa"


class Auc(Deciding):
    """Area under the receiver operating characteristic of the scores.

    For several classes the mean over each against the rest (by softmax), for many labels over the labels; a class of
    which there is no example, or nothing else, is left out, and where none remains the result is `nan`.

    Formula: the share of pairs of a yes and a no whose scores are in order; those of one score count half.
    Source: Hanley and McNeil, The meaning and use of the area under a ROC curve, 1982.
    """

    entry = "auc"


class AveragePrecision(Deciding):
    """Area under precision over recall, as a sum of steps; for several classes and many labels as `auc`.

    Formula: sum of (R[n] - R[n-1]) P[n] over the thresholds.
    Source: scikit-learn, `average_precision_score`.
    """

    entry = "average_precision"


class Perplexity(Logits):
    """The exponential of the mean cross-entropy of the logits.

    Formula: exp(mean of -log p[y]).
    Source: Jelinek et al., Perplexity: a measure of the difficulty of speech recognition tasks, 1977.
    """

    entry = "perplexity"
    higher_is_better: ClassVar[bool] = False


class Rmse(Measuring):
    """Root of the mean squared error over all numbers.

    Formula: sqrt(mean((f - y)^2)).
    Source: scikit-learn, `root_mean_squared_error`.
    """

    entry = "rmse"
    higher_is_better: ClassVar[bool] = False


class Mape(Measuring):
    """Mean absolute error as a share of the target, not in percent; a target of 0 makes it huge.

    Formula: mean of |f - y| / |y|.
    Source: Hyndman and Koehler, Another look at measures of forecast accuracy, 2006.
    """

    entry = "mape"
    higher_is_better: ClassVar[bool] = False


class R2(Measuring):
    """Coefficient of determination; for several numbers an example the mean over them.

    Formula: 1 - sum((y - f)^2) / sum((y - mean(y))^2).
    Source: Wright, Correlation and causation, 1921.
    """

    entry = "r2"


class Pearson(Measuring):
    """Linear correlation of prediction and target; for several numbers an example the mean over them.

    Formula: cov(f, y) / (std(f) std(y)).
    Source: Pearson, Notes on regression and inheritance in the case of two parents, 1895.
    """

    entry = "pearson"


class Spearman(Measuring):
    """Correlation of the ranks of prediction and target; for several numbers an example the mean over them.

    Formula: pearson of the ranks; equal numbers share the mean of theirs.
    Source: Spearman, The proof and measurement of association between two things, 1904.
    """

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
    Dice,
)
