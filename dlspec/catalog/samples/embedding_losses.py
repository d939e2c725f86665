"""Uses of the losses that compare vectors: the outputs are the shapes of the terms before the reduction."""

from __future__ import annotations

from dlspec.catalog.base import BadSample, Sample
from dlspec.catalog.samples.losses import PAIR, SCORE, UNEQUAL, T, classes, numbers
from dlspec.tensor import TensorType

STILL = TensorType("float", (3,), batched=False)

SAMPLES: dict[str, tuple[Sample, ...]] = {
    "cosine": (
        Sample({}, (numbers(5), numbers(5)), ((),)),
        Sample({"reduction": "sum", "weight": 0.5}, (numbers(4, 3), numbers(4, 3)), ((4,),)),
        Sample({}, (numbers(T, 2), numbers(T, 2)), ((T,),)),
        Sample({}, (PAIR, STILL), ((),)),
    ),
    "contrastive": (
        Sample({}, (PAIR, PAIR, SCORE), ((),)),
        Sample({"margin": 2.5}, (numbers(6), numbers(6), numbers(1)), ((),)),
        Sample({"reduction": "sum", "weight": 0.5}, (numbers(4, 3), numbers(4, 3), numbers(4)), ((4,),)),
        Sample({}, (STILL, PAIR, SCORE), ((),)),
    ),
    "triplet": (
        Sample({}, (PAIR, PAIR, PAIR), ((),)),
        Sample({"margin": 0.3}, (numbers(4, 3), numbers(4, 3), numbers(4, 3)), ((4,),)),
        Sample({"reduction": "sum"}, (numbers(2, 2, 3), numbers(2, 2, 3), numbers(2, 2, 3)), ((2, 2),)),
        Sample({}, (STILL, PAIR, PAIR), ((),)),
    ),
    "info_nce": (
        Sample({}, (PAIR, PAIR), ((),)),
        Sample({"temperature": 0.5, "weight": 2.0, "reduction": "sum"}, (numbers(8), numbers(8)), ((),)),
    ),
}

NO_VECTOR = BadSample({}, (SCORE, SCORE), "a vector is needed")

BAD_SAMPLES: dict[str, tuple[BadSample, ...]] = {
    "cosine": (UNEQUAL, NO_VECTOR),
    "contrastive": (
        BadSample({}, (SCORE, SCORE, SCORE), "a vector is needed"),
        BadSample({}, (PAIR, numbers(4), SCORE), "the a is float[3] and the b float[4]"),
        BadSample({}, (PAIR, PAIR, PAIR), "'same' is float[3]"),
        BadSample({"margin": 0.0}, (PAIR, PAIR, SCORE), "greater than 0"),
    ),
    "triplet": (
        BadSample({}, (PAIR, PAIR, numbers(4)), "the anchor is float[3] and the negative float[4]"),
        BadSample({}, (PAIR, classes(), PAIR), "the positive is int[], but a vector is needed"),
        BadSample({"margin": -1.0}, (PAIR, PAIR, PAIR), "greater than 0"),
    ),
    "info_nce": (
        UNEQUAL,
        NO_VECTOR,
        BadSample({}, (numbers(4, 3), numbers(4, 3)), "a vector for each example is needed"),
        BadSample({}, (PAIR, STILL), "differs from example to example"),
        BadSample({"temperature": 0.0}, (PAIR, PAIR), "greater than 0"),
    ),
}
