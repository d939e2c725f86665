"""Uses of reductions and of layers along an axis."""

from __future__ import annotations

from typing import Any

from dlspec.catalog.base import BadSample, Sample
from dlspec.catalog.samples.tensors import T, bools, fixed, floats, ints
from dlspec.tensor import TensorType


def _reduced(**arguments: Any) -> tuple[Sample, ...]:
    return (
        Sample(arguments, (floats(5),), ((),)),
        Sample(arguments, (floats(2, 3, 4),), ((),)),
        Sample({"axis": 0, **arguments}, (floats(2, 3, 4),), ((3, 4),)),
        Sample({"axis": -1, **arguments}, (floats(T, 4),), ((T,),)),
        Sample({"axis": 0, **arguments}, (floats(T, 4),), ((4,),)),
        Sample({"axis": (0, 2), **arguments}, (floats(2, 3, 4),), ((3,),)),
        Sample({"axis": (-1, 1), "keepdims": True, **arguments}, (floats(2, 3, 4),), ((2, 1, 1),)),
        Sample({"keepdims": True, **arguments}, (floats(2, 3),), ((1, 1),)),
        Sample({"axis": 1, **arguments}, (fixed(2, 3),), ((2,),)),
    )


REDUCED = _reduced()
WHOLE = (Sample({"axis": 0}, (ints(3, 4),), ((4,),)),)
ALONG = (
    Sample({}, (floats(5),), ((),)),
    Sample({}, (floats(3, 4),), ((3,),)),
    Sample({"axis": 0}, (floats(3, 4, 2),), ((4, 2),)),
    Sample({"axis": 0}, (floats(T, 4),), ((4,),)),
    Sample({"axis": 0}, (ints(3, 4),), ((4,),)),
    Sample({}, (fixed(3, 4),), ((3,),)),
)


def _compared(**arguments: Any) -> tuple[Sample, ...]:
    return (
        Sample(arguments, (floats(5), floats(5)), ((),)),
        Sample(arguments, (floats(T, 4), floats(T, 4)), ((T,),)),
        Sample({"axis": 0, **arguments}, (floats(3, 4), floats(3, 4)), ((4,),)),
        Sample(arguments, (floats(3, 1, 4), floats(1, 5, 4)), ((3, 5),)),
        Sample(arguments, (floats(3, 4), fixed(1, 4)), ((3,),)),
    )


SAMPLES: dict[str, tuple[Sample, ...]] = {
    "mean": REDUCED,
    "sum": (*REDUCED, *WHOLE, Sample({}, (bools(3, 4),), ((),))),
    "prod": REDUCED,
    "max": (*REDUCED, *WHOLE),
    "min": (*REDUCED, *WHOLE),
    "variance": REDUCED,
    "std": REDUCED,
    "norm": (*REDUCED, *_reduced(p=1.0), *_reduced(p=3.0)),
    "logsumexp": REDUCED,
    "argmax": ALONG,
    "argmin": ALONG,
    "top_k": (
        Sample({"k": 2}, (floats(5),), ((2,), (2,))),
        Sample({"k": 3, "axis": 0}, (floats(3, 4),), ((3, 4), (3, 4))),
        Sample({"k": 1}, (floats(T, 4),), ((T, 1), (T, 1))),
        Sample({"k": 2, "axis": 0}, (floats(T, 4),), ((2, 4), (2, 4))),
    ),
    "cumsum": (
        Sample({}, (floats(5),), ((5,),)),
        Sample({"axis": 0}, (floats(T, 4),), ((T, 4),)),
        Sample({"axis": 1}, (ints(2, 3, 4),), ((2, 3, 4),)),
        Sample({}, (fixed(3),), ((3,),)),
    ),
    "dot": _compared(),
    "cosine_similarity": _compared(),
    "distance": (*_compared(), *_compared(p=1.0)),
}

BAD_REDUCED = (
    BadSample({"axis": 2}, (floats(3, 4),), "axis=2, the input is [3, 4]"),
    BadSample({"axis": (0, -2)}, (floats(3, 4),), "axis=[0, -2]"),
    BadSample({"axis": ()}, (floats(3, 4),), "axis=[]"),
    BadSample({"axis": 0}, (floats(),), "the input is []"),
)
BOOLS = BadSample({}, (bools(3),), "takes numbers, got bool[3]")
STRINGS = BadSample({}, (TensorType("string", (3,)),), "takes numbers, got string[3]")
BAD_ALONG = (
    BadSample({}, (floats(),), "the input is []"),
    BadSample({"axis": 1}, (floats(3),), "axis=1, the input is [3]"),
    BOOLS,
)
BAD_COMPARED = (
    BadSample({}, (floats(3), floats(4)), "[3] and [4]"),
    BadSample({}, (floats(), floats()), "the input is []"),
    BadSample({"axis": 2}, (floats(3, 4), floats(3, 4)), "axis=2"),
)

BAD_SAMPLES: dict[str, tuple[BadSample, ...]] = {
    "mean": BAD_REDUCED,
    "sum": (*BAD_REDUCED, STRINGS),
    "prod": BAD_REDUCED,
    "max": (*BAD_REDUCED, BOOLS, STRINGS),
    "min": (*BAD_REDUCED, BOOLS, STRINGS),
    "variance": BAD_REDUCED,
    "std": BAD_REDUCED,
    "norm": BAD_REDUCED,
    "logsumexp": BAD_REDUCED,
    "argmax": BAD_ALONG,
    "argmin": BAD_ALONG,
    "top_k": (
        BadSample({"k": 5}, (floats(3, 4),), "k=5, dimension 1 of [3, 4] has 4"),
        BadSample({"k": 1}, (floats(),), "the input is []"),
    ),
    "cumsum": BAD_ALONG,
    "dot": BAD_COMPARED,
    "cosine_similarity": BAD_COMPARED,
    "distance": BAD_COMPARED,
}
