"""Uses of the roots."""

from __future__ import annotations

from dlspec.catalog.base import BadSample, Sample

SAMPLES: dict[str, tuple[Sample, ...]] = {
    "column": (Sample({"pattern": "age"}), Sample({"pattern": "pixel_*"})),
    "characters": (Sample({}),),
    "words": (Sample({}),),
    "lines": (Sample({}),),
}

BAD_SAMPLES: dict[str, tuple[BadSample, ...]] = {}
