"""Uses of the metrics of rankings."""

from __future__ import annotations

from dlspec.catalog.base import BadSample, Sample
from dlspec.catalog.samples.losses import T, classes, numbers
from dlspec.tensor import TensorType

ONE = ((),)

RANKING = (
    Sample({}, (numbers(6), classes(kinds=6)), ONE),
    Sample({}, (numbers(6), numbers(6)), ONE),
    Sample({}, (numbers(6), TensorType("bool", (6,))), ONE),
    Sample({"ignore_index": -1}, (numbers(6), classes(6)), ONE),
    Sample({"ignore_index": 0}, (numbers(T, 6), classes(T)), ONE),
    Sample({}, (numbers(T, 6), numbers(T, 6)), ONE),
)

SAMPLES: dict[str, tuple[Sample, ...]] = {
    "ndcg": (*RANKING, Sample({"k": 3}, (numbers(6), classes()), ONE)),
    "mrr": RANKING,
}

BAD = (
    BadSample({}, (numbers(), classes()), "a score for each of several items"),
    BadSample({}, (numbers(1), classes(1)), "a score for each of several items"),
    BadSample({}, (numbers(6), classes(kinds=5)), "6 logits for 5 classes"),
    BadSample({}, (numbers(6), numbers(5)), "does not fit"),
)

BAD_SAMPLES: dict[str, tuple[BadSample, ...]] = {
    "ndcg": (*BAD, BadSample({"k": 0}, (numbers(6), classes()), "greater than 0")),
    "mrr": BAD,
}
