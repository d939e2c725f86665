"""Uses of the sources."""

from __future__ import annotations

from dlspec.catalog.base import BadSample, Sample

SAMPLES: dict[str, tuple[Sample, ...]] = {
    "builtin": (Sample({"name": "digits"}), Sample({"name": "sunspots"})),
    "csv": (Sample({"path": "data/houses.csv"}),),
    "npz": (Sample({"path": "data/pairs.npz"}),),
    "parquet": (Sample({"path": "data/houses.parquet"}),),
    "arrow": (Sample({"path": "data/houses.arrow"}),),
    "text": (Sample({"path": "data/tales.txt"}),),
}

BAD_SAMPLES: dict[str, tuple[BadSample, ...]] = {}
