"""Uses of constraints; the input is a weight."""

from __future__ import annotations

from dlspec.catalog.base import BadSample, Sample
from dlspec.catalog.samples.tensors import fixed

MATRIX, VECTOR, KERNEL, NUMBER = fixed(4, 3), fixed(5), fixed(4, 2, 3, 3), fixed()

SAMPLES: dict[str, tuple[Sample, ...]] = {
    "clamp": (
        Sample({"min": -0.01, "max": 0.01}, (MATRIX,), (MATRIX.shape,)),
        Sample({"min": 0.0, "max": 0.0}, (VECTOR,), (VECTOR.shape,)),
        Sample({"min": 0.5, "max": 2.0}, (NUMBER,), ((),)),
    ),
    "max_norm": (
        Sample({"limit": 2.0}, (MATRIX,), (MATRIX.shape,)),
        Sample({"limit": 0.5}, (KERNEL,), (KERNEL.shape,)),
        Sample({"limit": 0.5}, (VECTOR,), (VECTOR.shape,)),
    ),
    "non_negative": (Sample({}, (MATRIX,), (MATRIX.shape,)), Sample({}, (VECTOR,), (VECTOR.shape,))),
    "unit_norm": (
        Sample({}, (MATRIX,), (MATRIX.shape,)),
        Sample({}, (KERNEL,), (KERNEL.shape,)),
        Sample({}, (VECTOR,), (VECTOR.shape,)),
    ),
}

BAD_SAMPLES: dict[str, tuple[BadSample, ...]] = {
    "clamp": (
        BadSample({"min": 1.0, "max": -1.0}, (), "has min=1.0 and max=-1.0"),
        BadSample({"min": 0.0}, (), "Field required"),
    ),
    "max_norm": (BadSample({"limit": 0.0}, (), "greater than 0"), BadSample({}, (), "Field required")),
    "non_negative": (BadSample({"limit": 1.0}, (), "Extra inputs"),),
    "unit_norm": (BadSample({"axis": 0}, (), "Extra inputs"),),
}
