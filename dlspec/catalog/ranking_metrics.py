"""Metrics of rankings: items in the order of their scores, the highest first; a part of `metrics`.

The prediction has a score for each item in its last dimension. The target has a relevance for each item, 0 or less for
those that do not matter, or it is the number of the one item that does. Each row of scores is a ranking of its own; one
without any relevant item counts as 0.
"""

from __future__ import annotations

from dlspec.catalog.base import Count, Metric, Misfit, param
from dlspec.catalog.fit import need_classes, shapes_fit
from dlspec.catalog.metrics import RESULT, Ignoring
from dlspec.tensor import TensorType


class Ranking(Ignoring):
    """A metric of a score for each item."""

    ignore_index: int | None = param(
        None, "the relevance of items that are not there, or the number of a row that does not count"
    )

    def infer(self, *inputs: TensorType) -> TensorType:
        prediction, target = inputs
        if prediction.rank == 0 or prediction.shape[-1] == 1:
            raise Misfit(f"takes a score for each of several items, got {prediction}", "give one score for each item")
        if not shapes_fit(prediction.shape, target.shape):
            need_classes(prediction, target, -1, soft=False)
        return RESULT


class Ndcg(Ranking):
    """Normalised discounted cumulative gain: how much relevance stands in front, of what could. The mean over rows.

    Items of one score share the gain of their places.

    Shapes: prediction [items], target [items], or a class number.
    Formula: D / max D, D = sum of relevance / log2(1 + place) over the first k places.
    Source: Järvelin and Kekäläinen, Cumulated gain-based evaluation of IR techniques, 2002.
    """

    entry = "ndcg"

    k: Count = param(10, "how many places count")


class Mrr(Ranking):
    """Mean reciprocal rank: one over the place of the first relevant item. The mean over rows.

    Of items of one score those that are not relevant stand in front.

    Shapes: prediction [items], target [items], or a class number.
    Formula: mean of 1 / place.
    Source: Voorhees, The TREC-8 question answering track report, 1999.
    """

    entry = "mrr"


ENTRIES: tuple[type[Metric], ...] = (Ndcg, Mrr)
