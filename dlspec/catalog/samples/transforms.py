"""Uses of the transforms."""

from __future__ import annotations

from dlspec.catalog.base import BadSample, Sample
from dlspec.tensor import TensorType

NUMBER = TensorType("float", ())
VECTOR = TensorType("float", (3,))
IMAGE = TensorType("float", (3, 4, 5))
COLUMN = TensorType("any", ())
TEXT = TensorType("string", ())

SAMPLES: dict[str, tuple[Sample, ...]] = {
    "rescale": (
        Sample({"scale": 0.0625}, (NUMBER,), ((),)),
        Sample({"scale": 0.125, "offset": -1.0}, (IMAGE,), ((3, 4, 5),)),
    ),
    "normalize": (
        Sample({"mean": 0.5, "std": 0.25}, (VECTOR,), ((3,),)),
        Sample({"mean": (0.1, 0.2, 0.3), "std": (1.0, 2.0, 4.0)}, (IMAGE,), ((3, 4, 5),)),
        Sample({"mean": (0.1, 0.2, 0.3), "std": 0.5}, (VECTOR,), ((3,),)),
    ),
    "standardize": (Sample({}, (NUMBER,), ((),)), Sample({}, (IMAGE,), ((3, 4, 5),))),
    "min_max": (Sample({}, (VECTOR,), ((3,),)), Sample({"low": -1.0, "high": 1.0}, (NUMBER,), ((),))),
    "impute": (
        Sample({"how": "mean"}, (VECTOR,), ((3,),)),
        Sample({"how": "median"}, (COLUMN,), ((),)),
        Sample({"how": "most_frequent"}, (TEXT,), ((),)),
        Sample({"how": "previous"}, (NUMBER,), ((),)),
        Sample({"how": "constant", "value": 0}, (NUMBER,), ((),)),
        Sample({"how": "constant", "value": "unknown"}, (TEXT,), ((),)),
    ),
    "category": (
        Sample({}, (TEXT,), ((),)),
        Sample({"n": 10}, (COLUMN,), ((),)),
        Sample({"n": 4, "unseen": "other"}, (VECTOR,), ((3,),)),
    ),
    "bucketize": (
        Sample({"edges": (25.0, 35.0, 45.0)}, (NUMBER,), ((),)),
        Sample({"edges": 4}, (VECTOR,), ((3,),)),
    ),
    "window": (
        Sample({"length": 5}, (NUMBER,), ((5,),)),
        Sample({"length": 4, "stride": 2}, (VECTOR,), ((4, 3),)),
    ),
    "difference": (Sample({}, (NUMBER,), ((),)), Sample({"lag": 7}, (VECTOR,), ((3,),))),
    "date_part": (Sample({"part": "month"}, (TEXT,), ((),)), Sample({"part": "weekday"}, (COLUMN,), ((),))),
}

BAD_SAMPLES: dict[str, tuple[BadSample, ...]] = {
    "normalize": (
        BadSample({"mean": (0.1, 0.2), "std": 1.0}, (IMAGE,), "2 numbers of mean for 3 channels"),
        BadSample({"mean": 0.0, "std": 0.0}, (VECTOR,), "greater than 0"),
    ),
    "min_max": (BadSample({"low": 1.0, "high": 1.0}, (NUMBER,), "is not below"),),
    "impute": (
        BadSample({"how": "constant"}, (NUMBER,), "needs a value"),
        BadSample({"how": "median", "value": 3}, (NUMBER,), "takes no value"),
        BadSample({"how": "mean"}, (TEXT,), "text has no mean"),
        BadSample({"how": "constant", "value": 0}, (TEXT,), "does not go with text"),
        BadSample({"how": "constant", "value": "x"}, (NUMBER,), "does not go with numbers"),
    ),
    "bucketize": (BadSample({"edges": (3.0, 2.0)}, (NUMBER,), "do not ascend"),),
    "date_part": (BadSample({"part": "month"}, (NUMBER,), "takes dates and got float[]"),),
}
