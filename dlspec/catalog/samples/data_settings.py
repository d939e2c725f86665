"""Uses of the settings of `data`."""

from __future__ import annotations

from dlspec.catalog.base import BadSample, Sample
from dlspec.catalog.data_settings import Time
from dlspec.catalog.sources import Csv

SAMPLES: dict[str, tuple[Sample, ...]] = {
    "time": (Sample({"column": "year"}),),
    "source": (Sample({"source": Csv(path="houses.csv")}),),
    "split": (
        Sample({}),
        Sample({"train": 0.7, "validation": 0.15, "test": 0.15, "stratify": "label", "seed": 3}),
        Sample({"train": 0.8, "test": 0.2, "by": Time(column="year")}),
        Sample({"train": 0.8, "test": 0.1, "by": "order"}),
        Sample({"train": 0.5, "validation": 0.5, "group": "patient"}),
    ),
    "augment": (Sample({"flow": "image -> random_flip(horizontal)"}),),
    "drop_missing": (Sample({"fields": ("price", "age")}),),
    "keep": (Sample({"condition": "label < 5"}),),
}

BAD_SAMPLES: dict[str, tuple[BadSample, ...]] = {
    "split": (
        BadSample({"train": 0.8, "test": 0.3}, (), "add up to 1.1"),
        BadSample({"folds": 5}, (), "not in this version"),
        BadSample({"train": 0.5, "test": 0.5, "stratify": "label", "by": "order"}, (), "do not go together"),
    ),
}
