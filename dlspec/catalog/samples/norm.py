"""Uses of normalisations."""

from __future__ import annotations

from dlspec.catalog.base import BadSample, Sample
from dlspec.catalog.initializers import Constant, Zeros
from dlspec.catalog.samples.tensors import H, T, W, fixed, floats

AFFINE = (
    Sample({"scale": False}, (floats(4, 6),), ((4, 6),)),
    Sample({"center": False}, (floats(4, 6),), ((4, 6),)),
    Sample({"scale": False, "center": False, "eps": 1e-3}, (floats(4, 6),), ((4, 6),)),
    Sample({"init": Zeros(), "bias_init": Constant(value=0.5)}, (floats(4, 6),), ((4, 6),)),
)
IMAGES = (
    Sample({}, (floats(4, 6, 5),), ((4, 6, 5),)),
    Sample({}, (floats(2, 3, 4, 5),), ((2, 3, 4, 5),)),
    Sample({}, (floats(4, H, W),), ((4, H, W),)),
)

SAMPLES: dict[str, tuple[Sample, ...]] = {
    "batch_norm": (
        Sample({}, (floats(5),), ((5,),)),
        Sample({"momentum": 0.01, "eps": 1e-3}, (floats(4, 6, 5),), ((4, 6, 5),)),
        *IMAGES,
        *AFFINE,
    ),
    "layer_norm": (
        Sample({}, (floats(5),), ((5,),)),
        Sample({}, (floats(3, 4, 5),), ((3, 4, 5),)),
        Sample({"axis": 0}, (floats(3, 4),), ((3, 4),)),
        Sample({"axis": (1, 2)}, (floats(3, 4, 5),), ((3, 4, 5),)),
        Sample({"axis": (-1, 0)}, (floats(3, 4, 5),), ((3, 4, 5),)),
        Sample({"eps": 1e-6}, (floats(T, 8),), ((T, 8),)),
        Sample({"axis": 0, "scale": False, "center": False}, (floats(T, 8),), ((T, 8),)),
        Sample({}, (fixed(3, 4),), ((3, 4),)),
        *AFFINE,
    ),
    "group_norm": (
        *(Sample({"groups": 2, **each.arguments}, each.inputs, each.outputs) for each in (*IMAGES, *AFFINE)),
        Sample({"groups": 3}, (floats(6),), ((6,),)),
        Sample({"groups": 1}, (floats(3, 7),), ((3, 7),)),
        Sample({"groups": 4}, (floats(4, T),), ((4, T),)),
    ),
    "instance_norm": (*IMAGES, *AFFINE),
    "rms_norm": (
        Sample({}, (floats(5),), ((5,),)),
        Sample({"eps": 1e-3}, (floats(3, 4, 5),), ((3, 4, 5),)),
        Sample({"axis": 0}, (floats(3, 4),), ((3, 4),)),
        Sample({"axis": (0, 1)}, (floats(3, 4),), ((3, 4),)),
        Sample({"scale": False}, (floats(3, T),), ((3, T),)),
        Sample({"init": Zeros()}, (floats(T, 4),), ((T, 4),)),
    ),
    "local_response_norm": (
        Sample({"size": 5}, (floats(6, 4, 4),), ((6, 4, 4),)),
        Sample({"size": 2}, (floats(5, 4, 3),), ((5, 4, 3),)),
        Sample({"size": 3, "alpha": 0.01, "beta": 0.5, "k": 2}, (floats(4, 7),), ((4, 7),)),
        Sample({"size": 9}, (floats(2, 3, 4, 5),), ((2, 3, 4, 5),)),
        Sample({"size": 3}, (floats(4, H, W),), ((4, H, W),)),
        Sample({"size": 3}, (floats(H, 5),), ((H, 5),)),
    ),
    "l2_normalize": (
        Sample({}, (floats(5),), ((5,),)),
        Sample({"axis": 0}, (floats(3, 4, 5),), ((3, 4, 5),)),
        Sample({}, (floats(T, 4),), ((T, 4),)),
        Sample({}, (fixed(4),), ((4,),)),
    ),
}

BAD_SAMPLES: dict[str, tuple[BadSample, ...]] = {
    "batch_norm": (
        BadSample({}, (floats(),), "got []"),
        BadSample({}, (floats(T, 8),), "known only at run time"),
        BadSample({"center": False, "bias_init": Zeros()}, (floats(4),), "there is no bias"),
    ),
    "layer_norm": (
        BadSample({}, (floats(),), "axis=-1, the input is []"),
        BadSample({"axis": 2}, (floats(3, 4),), "axis=2, the input is [3, 4]"),
        BadSample({"axis": (0, -2)}, (floats(3, 4),), "axis=[0, -2]"),
        BadSample({"axis": ()}, (floats(3, 4),), "axis=[]"),
        BadSample({"axis": 0}, (floats(T, 4),), "known only at run time"),
    ),
    "group_norm": (
        BadSample({"groups": 3}, (floats(4, 5),), "groups=3 and got 4 channels"),
        BadSample({"groups": 2}, (floats(),), "got []"),
        BadSample({"groups": 1, "scale": False, "center": False}, (floats(T, 3),), "needs to know its channels"),
    ),
    "instance_norm": (
        BadSample({}, (floats(4),), "got [4]"),
        BadSample({"scale": False, "center": False}, (floats(T, 3),), "needs to know its channels"),
    ),
    "rms_norm": (
        BadSample({"axis": -3}, (floats(3, 4),), "axis=-3"),
        BadSample({"bias_init": Zeros()}, (floats(4),), "there is no bias"),
    ),
    "local_response_norm": (BadSample({"size": 5}, (floats(4),), "got [4]"),),
    "l2_normalize": (BadSample({"axis": 1}, (floats(4),), "axis=1, the input is [4]"),),
}
