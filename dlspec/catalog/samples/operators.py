"""Uses of what is written with signs; the shapes are NumPy's rules applied by hand."""

from __future__ import annotations

from dlspec.catalog.base import BadSample, Sample
from dlspec.catalog.samples.tensors import T, bools, fixed, floats, ints

FLOATS = (
    Sample({}, (floats(), floats()), ((),)),
    Sample({}, (floats(3, 4), floats(3, 4)), ((3, 4),)),
    Sample({}, (floats(3, 1), floats(1, 4)), ((3, 4),)),
    Sample({}, (floats(T, 4), fixed(1, 4)), ((T, 4),)),
    Sample({}, (fixed(1, 1), floats(2, T)), ((2, T),)),
    Sample({}, (fixed(2, 3), fixed(2, 1)), ((2, 3),)),
)
NUMBERS = (
    *FLOATS,
    Sample({}, (ints(5), ints(5)), ((5,),)),
    Sample({}, (ints(3, 4), ints(1, 1)), ((3, 4),)),
)
LOGICAL = (
    Sample({}, (bools(3), bools(3)), ((3,),)),
    Sample({}, (bools(T, 1), bools(1, 4)), ((T, 4),)),
)

SAMPLES: dict[str, tuple[Sample, ...]] = {
    "add": NUMBERS,
    "subtract": NUMBERS,
    "multiply": NUMBERS,
    "divide": FLOATS,
    "floor_divide": NUMBERS,
    "remainder": NUMBERS,
    "power": FLOATS,
    "negative": (
        Sample({}, (floats(T, 2),), ((T, 2),)),
        Sample({}, (ints(4),), ((4,),)),
        Sample({}, (fixed(3),), ((3,),)),
    ),
    "not_equal": (*NUMBERS, *LOGICAL),
    "less_equal": NUMBERS,
    "greater_equal": NUMBERS,
    "and": LOGICAL,
    "or": LOGICAL,
    "not": (Sample({}, (bools(3),), ((3,),)), Sample({}, (bools(T, 2),), ((T, 2),))),
    "matmul": (
        Sample({}, (floats(4), fixed(4)), ((),)),
        Sample({}, (floats(4), fixed(4, 3)), ((3,),)),
        Sample({}, (floats(4), floats(4)), ((),)),
        Sample({}, (floats(4), floats(4, 3)), ((3,),)),
        Sample({}, (floats(5, 4), floats(4)), ((5,),)),
        Sample({}, (floats(5, 4), fixed(4)), ((5,),)),
        Sample({}, (floats(5, 4), fixed(4, 3)), ((5, 3),)),
        Sample({}, (floats(5, 4), floats(4, 3)), ((5, 3),)),
        Sample({}, (floats(2, 5, 4), floats(4, 3)), ((2, 5, 3),)),
        Sample({}, (floats(5, 4), floats(2, 4, 3)), ((2, 5, 3),)),
        Sample({}, (fixed(2, 5, 4), floats(4, 3)), ((2, 5, 3),)),
        Sample({}, (fixed(5, 4), floats(2, 4, 3)), ((2, 5, 3),)),
        Sample({}, (fixed(4), floats(4, 3)), ((3,),)),
        Sample({}, (fixed(4), floats(2, 4, 3)), ((2, 3),)),
        Sample({}, (floats(4), fixed(2, 4, 3)), ((2, 3),)),
        Sample({}, (floats(2, 5, 4), fixed(4)), ((2, 5),)),
        Sample({}, (floats(2, 5, 4), floats(4)), ((2, 5),)),
        Sample({}, (fixed(5, 4), fixed(4, 3)), ((5, 3),)),
        Sample({}, (fixed(4), fixed(4)), ((),)),
        Sample({}, (floats(T, 4), floats(4, T)), ((T, T),)),
        Sample({}, (floats(2, T, 4), fixed(4, 3)), ((2, T, 3),)),
    ),
    "slice": (
        Sample({"items": (0,)}, (floats(3, 4),), ((4,),)),
        Sample({"items": (-1, 2)}, (floats(3, 4),), ((),)),
        Sample({"items": ((1, None, None),)}, (floats(5),), ((4,),)),
        Sample({"items": ((None, -1, None), (None, None, 2))}, (floats(3, 5),), ((2, 3),)),
        Sample({"items": ((1, 3, None), 0)}, (floats(T, 4),), ((2,),)),
        Sample({"items": ((None, None, None), (-3, -1, None))}, (floats(2, 6),), ((2, 2),)),
        Sample({"items": ((None, T - 1, None),)}, (floats(T, 2),), ((T - 1, 2),)),
        Sample({"items": ((1, None, 3),)}, (ints(T),), (((T + 1) // 3,),)),
        Sample({"items": (-1,)}, (bools(2, 3),), ((3,),)),
        Sample({"items": (1, (None, 2, None))}, (fixed(2, 3),), ((2,),)),
    ),
    "to_batch": (
        Sample({}, (fixed(), floats(2)), ((),)),
        Sample({}, (fixed(2, 3), floats(2)), ((2, 3),)),
    ),
    "weight_of": (Sample({"owner": "layer", "weight": "weight", "shape": (3, 4)}, (), ((3, 4),)),),
    "size": (Sample({"value": T}, (), ((),)), Sample({"value": 3}, (), ((),))),
}

BAD_SAMPLES: dict[str, tuple[BadSample, ...]] = {
    "add": (BadSample({}, (floats(3), floats(4)), "cannot be broadcast"),),
    "matmul": (
        BadSample({}, (floats(5, 4), floats(3, 4)), "4 columns on the left, 3 rows on the right"),
        BadSample({}, (floats(), floats(4)), "at least one dimension"),
    ),
    "negative": (BadSample({}, (bools(3),), "no sign"),),
    **{
        name: (BadSample({}, (bools(3), bools(3)), "calculates with numbers"),)
        for name in ("subtract", "floor_divide", "remainder")
    },
    "slice": (
        BadSample({"items": (0, 0)}, (floats(3),), "has 1 dimensions"),
        BadSample({"items": (3,)}, (floats(3),), "outside dimension 0"),
        BadSample({"items": ((2, 1, None),)}, (floats(3),), "empty"),
        BadSample({"items": ((None, None, -1),)}, (floats(3),), "steps forward"),
    ),
}


def _model(flow: str, inputs: str = "a: float[4], b: float[4]") -> str:
    return f"model net {{\n  input {inputs}\n  output y = {flow}\n}}\n"


EXAMPLES = {
    "add": _model("a + b"),
    "subtract": _model("a - b"),
    "multiply": _model("a * b"),
    "divide": _model("a / b"),
    "floor_divide": _model("a // b"),
    "remainder": _model("a % 2"),
    "power": _model("a ** 2"),
    "negative": _model("-a", "a: float[4]"),
    "matmul": _model("a @ b", "a: float[T, 4], b: float[4, T]"),
    "slice": _model("x[1:, -1]", "x: float[T, 4]"),
    "weight_of": "model net {\n  input x: float[4]\n  embed = dense(3)\n  output y = (x -> embed) @ embed.weight\n}\n",
    "size": _model("(x -> sum(axis=0)) / x.shape[0]", "x: float[T, 4]"),
}
"""What they are written with."""
