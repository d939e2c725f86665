"""Uses of the metrics of sequences of tokens."""

from __future__ import annotations

from dlspec.catalog.base import BadSample, Sample
from dlspec.catalog.samples.losses import T, classes, numbers

ONE = ((),)

COMPARING = (
    Sample({}, (numbers(T, 6), classes(T, kinds=6)), ONE),
    Sample({"ignore_index": 0}, (classes(T), classes(T)), ONE),
    Sample({}, (numbers(1, 6), classes(1)), ONE),
    Sample({"ignore_index": -100}, (classes(7), classes(7)), ONE),
)

SAMPLES: dict[str, tuple[Sample, ...]] = {
    "bleu": (*COMPARING, Sample({"n": 1}, (classes(5), classes(5)), ONE)),
    "edit_distance": COMPARING,
    "word_error_rate": COMPARING,
}

BAD = (
    BadSample({}, (numbers(T, 6), classes()), "a target of class numbers, int[time]"),
    BadSample({}, (numbers(T), numbers(T)), "a target of class numbers, int[time]"),
    BadSample({}, (numbers(T), classes(T)), "does not fit"),
    BadSample({}, (classes(8), classes(7)), "not of one length"),
    BadSample({}, (numbers(8, 6), classes(7)), "does not fit"),
    BadSample({}, (numbers(7, 6), classes(7, kinds=5)), "6 logits for 5 classes"),
)

BAD_SAMPLES: dict[str, tuple[BadSample, ...]] = {
    "bleu": (*BAD, BadSample({"n": 0}, (classes(7), classes(7)), "greater than 0")),
    "edit_distance": BAD,
    "word_error_rate": BAD,
}
