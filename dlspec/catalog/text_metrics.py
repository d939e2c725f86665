"""Metrics of sequences of tokens against those they should be; a part of `metrics`.

The prediction is a row of class numbers, `[time]`, or of logits, `[time, classes]`, of which the largest decides; the
target is as many class numbers. `ignore_index` is the padding: places that the target pads count in neither, and what
the prediction pads by itself is no token of it either. So both may have any number of tokens, between none and all.
"""

from __future__ import annotations

from typing import ClassVar

from dlspec.catalog.base import Count, Metric, Misfit, param
from dlspec.catalog.fit import need_classes, shapes_fit
from dlspec.catalog.metrics import RESULT, Ignoring
from dlspec.tensor import TensorType


class Comparing(Ignoring):
    """A metric of two sequences of tokens."""

    ignore_index: int | None = param(None, "the padding: places of the target, and tokens of the prediction")

    def infer(self, *inputs: TensorType) -> TensorType:
        prediction, target = inputs
        if target.rank != 1 or target.element not in ("int", "any"):
            raise Misfit(f"takes a target of class numbers, int[time], got {target}", "give one number for each token")
        if prediction.element == "int":
            if not shapes_fit(prediction.shape, target.shape):
                raise Misfit(
                    f"the prediction {prediction} and the target {target} are not of one length",
                    "pad the shorter one, and name the padding by `ignore_index=`",
                )
        else:
            need_classes(prediction, target, -1, soft=False)
        return RESULT


class Bleu(Comparing):
    """How many n-grams of the predictions stand in their targets, over all examples together: between 0 and 1.

    Each target is the only reference of its prediction. There is no smoothing: without any match of n tokens it is 0.

    Shapes: prediction [time] or [time, classes], target [time].
    Formula: min(1, exp(1 - r / c)) (p_1 ... p_n)^(1/n), p_k the share of the k-grams of the predictions that stand in
        their targets, each as often as there at most; r and c the numbers of tokens of targets and predictions.
    Source: Papineni et al., BLEU: a method for automatic evaluation of machine translation, 2002.
    """

    entry = "bleu"

    n: Count = param(4, "tokens of the longest n-grams")


class EditDistance(Comparing):
    """How many tokens must be put in, taken out or exchanged to make the target of the prediction: the mean over the
    examples.

    Shapes: prediction [time] or [time, classes], target [time].
    Formula: mean of d[f, y], d the smallest number of insertions, deletions and substitutions.
    Source: Levenshtein, Binary codes capable of correcting deletions, insertions, and reversals, 1966.
    """

    entry = "edit_distance"
    higher_is_better: ClassVar[bool] = False


class WordErrorRate(Comparing):
    """How many tokens must be put in, taken out or exchanged for each token of the targets.

    Above 1 where the predictions are much too long.

    Shapes: prediction [time] or [time, classes], target [time].
    Formula: sum of d[f, y] / sum of the lengths of y, d as for `edit_distance`.
    Source: Woodard and Nelson, An information theoretic measure of speech recognition performance, 1982.
    """

    entry = "word_error_rate"
    higher_is_better: ClassVar[bool] = False


ENTRIES: tuple[type[Metric], ...] = (Bleu, EditDistance, WordErrorRate)
