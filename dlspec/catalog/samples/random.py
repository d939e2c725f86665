"""Uses of random layers. Those without an input get one whose batch size they take, as the compiler gives it."""

from __future__ import annotations

from dlspec.catalog.base import BadSample, Sample
from dlspec.catalog.samples.tensors import T, fixed, floats, ints

LIKE = (floats(3),)

SAMPLES: dict[str, tuple[Sample, ...]] = {
    "dropout": (
        Sample({}, (floats(5),), ((5,),)),
        Sample({"rate": 0.0}, (floats(3, 4, 2),), ((3, 4, 2),)),
        Sample({"rate": 0.9}, (floats(T, 4),), ((T, 4),)),
        Sample({}, (fixed(4, 4),), ((4, 4),)),
    ),
    "spatial_dropout": (
        Sample({}, (floats(5, 7),), ((5, 7),)),
        Sample({"rate": 0.2}, (floats(3, 4, T),), ((3, 4, T),)),
        Sample({"rate": 0.9}, (floats(2, 3, 4, 5),), ((2, 3, 4, 5),)),
        Sample({"rate": 0.0}, (floats(1, 1),), ((1, 1),)),
    ),
    "alpha_dropout": (
        Sample({}, (floats(5),), ((5,),)),
        Sample({"rate": 0.0}, (floats(),), ((),)),
        Sample({"rate": 0.1}, (floats(3, T),), ((3, T),)),
        Sample({}, (fixed(4, 4),), ((4, 4),)),
    ),
    "drop_path": (
        Sample({}, (floats(5),), ((5,),)),
        Sample({"rate": 0.5}, (floats(T, 4),), ((T, 4),)),
        Sample({"rate": 0.0}, (floats(),), ((),)),
        Sample({"rate": 0.9}, (floats(3, 4, 5, 2),), ((3, 4, 5, 2),)),
    ),
    "gaussian_noise": (
        Sample({}, (floats(5),), ((5,),)),
        Sample({"std": 0.0}, (floats(3, 4, 2),), ((3, 4, 2),)),
        Sample({"std": 2.0}, (floats(T, 4),), ((T, 4),)),
    ),
    "gaussian_dropout": (
        Sample({}, (floats(5),), ((5,),)),
        Sample({"rate": 0.0}, (floats(3, 4, 2),), ((3, 4, 2),)),
        Sample({"rate": 0.8}, (floats(T, 4),), ((T, 4),)),
        Sample({}, (fixed(4, 4),), ((4, 4),)),
    ),
    "random_normal": (
        Sample({"shape": (64,)}, LIKE, ((64,),)),
        Sample({"shape": ()}, LIKE, ((),)),
        Sample({"shape": (2, 3), "mean": 1.0, "std": 0.5}, LIKE, ((2, 3),)),
        Sample({"shape": (T, 4)}, (floats(T),), ((T, 4),)),
    ),
    "random_uniform": (
        Sample({"shape": (64,)}, LIKE, ((64,),)),
        Sample({"shape": (1, 3), "low": -1.0, "high": 0.5}, LIKE, ((1, 3),)),
    ),
    "stop_gradient": (
        Sample({}, (floats(5),), ((5,),)),
        Sample({}, (ints(T, kinds=4),), ((T,),)),
        Sample({}, (fixed(2, 3),), ((2, 3),)),
    ),
    "gradient_reversal": (
        Sample({}, (floats(5),), ((5,),)),
        Sample({"scale": 0.25}, (floats(3, T, 2),), ((3, T, 2),)),
        Sample({"scale": 0.0}, (floats(),), ((),)),
        Sample({"scale": 3.0}, (fixed(2, 3),), ((2, 3),)),
    ),
}

BAD_SAMPLES: dict[str, tuple[BadSample, ...]] = {
    "spatial_dropout": (
        BadSample({}, (floats(5),), "got [5]"),
        BadSample({}, (floats(2, 3, 4, 5, 6),), "got [2, 3, 4, 5, 6]"),
    ),
    "random_uniform": (BadSample({"shape": (3,), "low": 2.0, "high": 1.0}, LIKE, "low=2 above high=1"),),
}
