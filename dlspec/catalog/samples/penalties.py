"""Uses of penalties; the input is a weight."""

from __future__ import annotations

from dlspec.catalog.base import BadSample, Sample
from dlspec.catalog.samples.tensors import fixed

WEIGHT = (fixed(4, 3),)

SAMPLES: dict[str, tuple[Sample, ...]] = {
    "l1": (Sample({}, WEIGHT, ((),)), Sample({"rate": 1e-4}, WEIGHT, ((),)), Sample({"rate": 0}, WEIGHT, ((),))),
    "l2": (Sample({}, WEIGHT, ((),)), Sample({"rate": 1e-4}, WEIGHT, ((),)), Sample({"rate": 0}, WEIGHT, ((),))),
    "elastic": (
        Sample({}, WEIGHT, ((),)),
        Sample({"l1": 1e-4}, WEIGHT, ((),)),
        Sample({"l1": 0.0, "l2": 0.5}, WEIGHT, ((),)),
    ),
    "orthogonal": (
        Sample({}, WEIGHT, ((),)),
        Sample({"rate": 1e-4}, (fixed(4, 2, 3, 3),), ((),)),
        Sample({"rate": 0}, (fixed(5),), ((),)),
    ),
}

BAD_SAMPLES: dict[str, tuple[BadSample, ...]] = {}
