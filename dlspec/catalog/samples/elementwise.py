"""Uses of functions of elements and of pairs of them."""

from __future__ import annotations

from dlspec.catalog.base import BadSample, Sample
from dlspec.catalog.samples.tensors import T, bools, fixed, floats, ints
from dlspec.tensor import TensorType

UNARY = (
    Sample({}, (floats(),), ((),)),
    Sample({}, (floats(5),), ((5,),)),
    Sample({}, (floats(T, 3, 2),), ((T, 3, 2),)),
    Sample({}, (fixed(2, 3),), ((2, 3),)),
)
WHOLE_TOO = (*UNARY, Sample({}, (ints(4),), ((4,),)))
PAIR = (
    Sample({}, (floats(), floats()), ((),)),
    Sample({}, (floats(3, 4), floats(3, 4)), ((3, 4),)),
    Sample({}, (floats(3, 1), floats(1, 4)), ((3, 4),)),
    Sample({}, (floats(T, 4), fixed(1, 4)), ((T, 4),)),
    Sample({}, (fixed(2, 3), fixed(2, 1)), ((2, 3),)),
    Sample({}, (ints(3), ints(1)), ((3,),)),
)

SAMPLES: dict[str, tuple[Sample, ...]] = {
    "exp": UNARY,
    "log": UNARY,
    "log1p": UNARY,
    "sqrt": UNARY,
    "rsqrt": UNARY,
    "square": WHOLE_TOO,
    "abs": WHOLE_TOO,
    "sign": WHOLE_TOO,
    "sin": UNARY,
    "cos": UNARY,
    "tan": UNARY,
    "atan": UNARY,
    "erf": UNARY,
    "floor": UNARY,
    "ceil": UNARY,
    "round": UNARY,
    "clamp": (
        Sample({"min": -1.0, "max": 1.0}, (floats(5),), ((5,),)),
        Sample({"min": 0.0}, (floats(T, 3),), ((T, 3),)),
        Sample({"max": 0.5}, (floats(2, 3, 4),), ((2, 3, 4),)),
        Sample({"min": 0.0, "max": 0.0}, (fixed(2),), ((2,),)),
    ),
    "maximum": PAIR,
    "minimum": PAIR,
    "equal": (*PAIR, Sample({}, (bools(3), bools(3)), ((3,),))),
    "less": PAIR,
    "greater": PAIR,
    "where": (
        Sample({}, (bools(3), floats(3), floats(3)), ((3,),)),
        Sample({}, (bools(3, 1), floats(1, 4), floats(1, 1)), ((3, 4),)),
        Sample({}, (bools(T, 1), floats(T, 4), fixed(1, 4)), ((T, 4),)),
        Sample({}, (bools(2, 3), ints(2, 3), ints(1, 3)), ((2, 3),)),
    ),
}

NO_NUMBERS = (
    BadSample({}, (bools(3),), "takes numbers, got bool[3]"),
    BadSample({}, (TensorType("string", (3,)),), "takes numbers, got string[3]"),
)
BAD_PAIR = (
    BadSample({}, (floats(3), floats(4)), "[3] and [4], which cannot be broadcast"),
    BadSample({}, (floats(2, 3), floats(3, 2)), "[2, 3] and [3, 2]"),
    BadSample({}, (floats(T), floats(3)), "[T] and [3]"),
)
NO_ORDER = BadSample({}, (bools(3), bools(3)), "takes numbers, got bool[3]")

BAD_SAMPLES: dict[str, tuple[BadSample, ...]] = {
    "square": NO_NUMBERS,
    "abs": NO_NUMBERS,
    "sign": NO_NUMBERS,
    "clamp": (
        BadSample({}, (floats(3),), "no bound"),
        BadSample({"min": 1.0, "max": 0.0}, (floats(3),), "min=1 above max=0"),
    ),
    "maximum": (*BAD_PAIR, NO_ORDER),
    "minimum": (*BAD_PAIR, NO_ORDER),
    "equal": BAD_PAIR,
    "less": (*BAD_PAIR, NO_ORDER),
    "greater": (*BAD_PAIR, NO_ORDER),
    "where": (BadSample({}, (bools(2), floats(3), floats(3)), "[2] and [3]"),),
}
