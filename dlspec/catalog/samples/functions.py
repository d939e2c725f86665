"""Uses of the compile-time functions: the arguments, and no tensors."""

from __future__ import annotations

from dlspec.catalog.base import BadSample, Sample

SAMPLES: dict[str, tuple[Sample, ...]] = {
    "range": (Sample({"bounds": (3,)}), Sample({"bounds": (1, 7, 2)})),
    "len": (Sample({"list": (1, 2, 3)}),),
    "min": (Sample({"values": (3, 1.5)}),),
    "max": (Sample({"values": (3, 1.5)}),),
    "sum": (Sample({"list": (1, 2, 3)}),),
    "abs": (Sample({"x": -2}),),
    "round": (Sample({"x": 2.6}), Sample({"x": 2.64, "digits": 1})),
    "chain": (Sample({"layers": ()}),),
}

BAD_SAMPLES: dict[str, tuple[BadSample, ...]] = {}
