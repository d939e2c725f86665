"""Uses of the sources."""

from __future__ import annotations

from dlspec.catalog.base import BadSample, Sample

SAMPLES: dict[str, tuple[Sample, ...]] = {
    "builtin": (Sample({"name": "digits"}), Sample({"name": "sunspots"})),
    "csv": (Sample({"path": "data/houses.csv"}),),
    "npz": (Sample({"path": "data/pairs.npz"}),),
}

BAD_SAMPLES: dict[str, tuple[BadSample, ...]] = {}
