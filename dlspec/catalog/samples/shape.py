"""Uses of layers that change shapes, order and element types."""

from __future__ import annotations

from dlspec.catalog.base import BadSample, Sample
from dlspec.catalog.samples.spatial import BAD_SPATIAL, SPATIAL
from dlspec.catalog.samples.tensors import KINDS, H, T, W, bools, fixed, floats, ints
from dlspec.tensor import TensorType

SAMPLES: dict[str, tuple[Sample, ...]] = {
    **SPATIAL,
    "flatten": (
        Sample({}, (floats(3, 4, 5),), ((60,),)),
        Sample({}, (floats(7),), ((7,),)),
        Sample({}, (floats(),), ((1,),)),
        Sample({}, (floats(T, 3),), ((3 * T,),)),
        Sample({}, (fixed(2, 3),), ((6,),)),
    ),
    "reshape": (
        Sample({"shape": (1, 8, 8)}, (floats(64),), ((1, 8, 8),)),
        Sample({"shape": (192, -1)}, (floats(192, 14, 14),), ((192, 196),)),
        Sample({"shape": ()}, (floats(1),), ((),)),
        Sample({"shape": (-1, 1)}, (floats(22),), ((22, 1),)),
        Sample({"shape": (2, -1, 3)}, (ints(12),), ((2, 2, 3),)),
        Sample({"shape": (8, -1)}, (floats(8, H, W),), ((8, H * W),)),
        Sample({"shape": (T, -1)}, (floats(T, 4, 2),), ((T, 8),)),
        Sample({"shape": (-1, 2)}, (floats(T, 4),), ((2 * T, 2),)),
        Sample({"shape": (4, T)}, (floats(T, 4),), ((4, T),)),
    ),
    "transpose": (
        Sample({}, (floats(3, 4),), ((4, 3),)),
        Sample({}, (floats(3, 4, 5),), ((5, 4, 3),)),
        Sample({"axes": (1, 2, 0)}, (floats(3, 4, 5),), ((4, 5, 3),)),
        Sample({"axes": (0, -1, -2)}, (floats(3, T, W),), ((3, W, T),)),
        Sample({}, (fixed(2, 3),), ((3, 2),)),
        Sample({}, (floats(5),), ((5,),)),
    ),
    "concat": (
        Sample({}, (floats(3), floats(4)), ((7,),)),
        Sample({}, (floats(), floats(2), floats()), ((4,),)),
        Sample({}, (floats(), floats()), ((2,),)),
        Sample({"axis": 0}, (floats(2, 4, 4), floats(3, 4, 4), floats(1, 4, 4)), ((6, 4, 4),)),
        Sample({"axis": -1}, (floats(T, 2), floats(T, 3)), ((T, 5),)),
        Sample({"axis": 0}, (floats(1, 8), floats(T, 8)), ((T + 1, 8),)),
        Sample({}, (ints(2), ints(3)), ((5,),)),
        Sample({}, (floats(4),), ((4,),)),
        Sample({"axis": 0}, (fixed(1, 4), fixed(2, 4)), ((3, 4),)),
    ),
    "stack": (
        Sample({}, (floats(), floats(), floats()), ((3,),)),
        Sample({}, (floats(4), floats(4)), ((2, 4),)),
        Sample({"axis": 1}, (floats(4), floats(4)), ((4, 2),)),
        Sample({"axis": -1}, (floats(T, 3), floats(T, 3)), ((T, 3, 2),)),
        Sample({"axis": 1}, (ints(2, 3), ints(2, 3), ints(2, 3)), ((2, 3, 3),)),
        Sample({"axis": -1}, (fixed(2, 3), fixed(2, 3)), ((2, 3, 2),)),
    ),
    "split": (
        Sample({"parts": 3}, (floats(6),), ((2,), (2,), (2,))),
        Sample({"parts": (1, 4, 2)}, (floats(7),), ((1,), (4,), (2,))),
        Sample({"parts": 2, "axis": 0}, (floats(4, 5),), ((2, 5), (2, 5))),
        Sample({"parts": (3, 2), "axis": -1}, (floats(T, 5),), ((T, 3), (T, 2))),
        Sample({"parts": 2, "axis": 0}, (floats(2 * T, 3),), ((T, 3), (T, 3))),
        Sample({"parts": 1}, (ints(4),), ((4,),)),
    ),
    "squeeze": (
        Sample({"axis": 0}, (floats(1, 4),), ((4,),)),
        Sample({"axis": -1}, (floats(T, 1),), ((T,),)),
        Sample({"axis": 1}, (ints(3, 1, 4),), ((3, 4),)),
        Sample({"axis": 0}, (floats(1),), ((),)),
    ),
    "unsqueeze": (
        Sample({"axis": 0}, (floats(4),), ((1, 4),)),
        Sample({"axis": -1}, (floats(T),), ((T, 1),)),
        Sample({"axis": 1}, (fixed(3, 4),), ((3, 1, 4),)),
        Sample({"axis": 0}, (ints(),), ((1,),)),
    ),
    "expand": (
        Sample({"shape": (3, 4)}, (floats(1, 4),), ((3, 4),)),
        Sample({"shape": (2, -1, 5)}, (floats(4, 1),), ((2, 4, 5),)),
        Sample({"shape": (T, 4)}, (floats(1, 4),), ((T, 4),)),
        Sample({"shape": (3,)}, (floats(),), ((3,),)),
    ),
    "repeat": (
        Sample({"n": 3}, (floats(2),), ((6,),)),
        Sample({"n": 2, "axis": 0}, (floats(3, 4),), ((6, 4),)),
        Sample({"n": 2, "axis": -1}, (ints(T, 4),), ((T, 8),)),
        Sample({"n": 2, "axis": 0}, (floats(T, 4),), ((2 * T, 4),)),
    ),
    "roll": (
        Sample({"shift": 2}, (floats(5),), ((5,),)),
        Sample({"shift": -1, "axis": 0}, (floats(T, 4),), ((T, 4),)),
        Sample({"shift": (1, -2), "axis": (1, 2)}, (floats(3, 4, 5),), ((3, 4, 5),)),
        Sample({"shift": 7, "axis": -1}, (ints(2, 3),), ((2, 3),)),
    ),
    "flip": (
        Sample({}, (floats(5),), ((5,),)),
        Sample({"axis": 0}, (floats(T, 4),), ((T, 4),)),
        Sample({"axis": (1, -1)}, (floats(3, 4, 5),), ((3, 4, 5),)),
    ),
    "last": (
        Sample({}, (floats(5, 3),), ((3,),)),
        Sample({}, (floats(T, 8),), ((8,),)),
        Sample({}, (ints(4),), ((),)),
        Sample({}, (floats(2, 3, 4),), ((3, 4),)),
    ),
    "gather": (
        Sample({"index": 0}, (floats(5, 3),), ((3,),)),
        Sample({"index": -1, "axis": 1}, (floats(5, 3),), ((5,),)),
        Sample({"index": (2, 0, -1, 2)}, (floats(5, 3),), ((4, 3),)),
        Sample({"index": (1,), "axis": -1}, (floats(T, 3),), ((T, 1),)),
        Sample({"index": 0}, (floats(T, 3),), ((3,),)),
        Sample({}, (floats(5, 3), ints(2)), ((2, 3),)),
        Sample({"axis": 1}, (floats(5, 3), ints(2, 4)), ((5, 2, 4),)),
        Sample({}, (floats(5, 3), ints()), ((3,),)),
        Sample({}, (ints(7), ints(T)), ((T,),)),
    ),
    "one_hot": (
        Sample({"n": 10}, (ints(),), ((10,),)),
        Sample({}, (ints(kinds=4),), ((4,),)),
        Sample({"n": 3}, (ints(T),), ((T, 3),)),
        Sample({"n": 6}, (ints(2, 3, kinds=5),), ((2, 3, 6),)),
        Sample({}, (ints(kinds=KINDS),), ((KINDS,),)),
    ),
    "cast": (
        Sample({"type": "float"}, (ints(3),), ((3,),)),
        Sample({"type": "int"}, (floats(T, 3),), ((T, 3),)),
        Sample({"type": "bool"}, (floats(2, 3),), ((2, 3),)),
        Sample({"type": "float"}, (bools(4),), ((4,),)),
        Sample({"type": "int"}, (bools(),), ((),)),
        Sample({"type": "float"}, (floats(2),), ((2,),)),
    ),
}

NO_ONLY_AXIS = BadSample({}, (floats(3, 4),), "needs an axis, the input is [3, 4]")

BAD_SAMPLES: dict[str, tuple[BadSample, ...]] = {
    **BAD_SPATIAL,
    "reshape": (
        BadSample({"shape": (3, 4)}, (floats(10),), "wants 12 elements, [10] has 10"),
        BadSample({"shape": (3, -1)}, (floats(10),), "10 elements of [10] cannot be shared out in portions of 3"),
        BadSample({"shape": (-1, -1)}, (floats(10),), "leaves two sizes open"),
        BadSample({"shape": (0, 5)}, (floats(10),), "the shape [0, 5] has a size below 1"),
        BadSample({"shape": (2, -1)}, (floats(T),), "cannot be shared out"),
        BadSample({"shape": (4, 3)}, (floats(T, 3),), "wants 12 elements, [T, 3] has 3*T"),
    ),
    "transpose": (
        BadSample({"axes": (0, 1)}, (floats(3, 4, 5),), "axes [0, 1], the input is [3, 4, 5]"),
        BadSample({"axes": (0, 0)}, (floats(3, 4),), "axes [0, 0]"),
        BadSample({"axes": (0, 2)}, (floats(3, 4),), "axes [0, 2]"),
    ),
    "concat": (
        BadSample({}, (floats(3, 4), floats(3, 4)), "needs an axis"),
        BadSample({"axis": 0}, (floats(3, 4), floats(3, 5)), "along dimension 0 got [3, 4] and [3, 5]"),
        BadSample({"axis": 0}, (floats(3, 4), floats(4)), "got [3, 4] and [4]"),
        BadSample({"axis": 1}, (floats(3), floats(4)), "axis=1, the input is [3]"),
    ),
    "stack": (
        BadSample({}, (floats(3), floats(4)), "got [3] and [4]"),
        BadSample({}, (floats(3, 4), floats(3, 4)), "needs an axis"),
        BadSample({"axis": 3}, (floats(3, 4), floats(3, 4)), "axis=3, the inputs are [3, 4]"),
    ),
    "split": (
        BadSample({"parts": 4}, (floats(6),), "into 4 equal pieces, dimension 0 of [6] has 6"),
        BadSample({"parts": (2, 3)}, (floats(6),), "into [2, 3], dimension 0 of [6] has 6"),
        BadSample({"parts": ()}, (floats(6),), "into []"),
        BadSample({"parts": 2, "axis": 0}, (floats(T, 2),), "dimension 0 of [T, 2] has T"),
        BadSample({"parts": 2}, (floats(4, 4),), "needs an axis"),
    ),
    "squeeze": (
        BadSample({"axis": 0}, (floats(3, 4),), "dimension 0 of [3, 4] has 3"),
        BadSample({"axis": 2}, (floats(1, 4),), "axis=2"),
    ),
    "unsqueeze": (BadSample({"axis": 3}, (floats(3, 4),), "axis=3, the input is [3, 4]"),),
    "expand": (
        BadSample({"shape": (3, 4)}, (floats(2, 4),), "to [3, 4] got [2, 4]"),
        BadSample({"shape": (4,)}, (floats(1, 4),), "to [4] got [1, 4]"),
        BadSample({"shape": (-1, 4)}, (floats(4),), "to [-1, 4] got [4]"),
        BadSample({"shape": (0, 4)}, (floats(4),), "the shape [0, 4] has a size below 1"),
    ),
    "repeat": (
        BadSample({"n": 2}, (floats(3, 4),), "needs an axis"),
        BadSample({"n": 2}, (floats(),), "needs an axis"),
    ),
    "roll": (
        BadSample({"shift": 1}, (floats(3, 4),), "needs an axis"),
        BadSample({"shift": (1, 2), "axis": 0}, (floats(3, 4),), "2 shifts and 1 axes"),
        BadSample({"shift": (1, 2), "axis": (0, 2)}, (floats(3, 4),), "axis=2"),
    ),
    "flip": (NO_ONLY_AXIS, BadSample({"axis": 1}, (floats(3),), "axis=1")),
    "last": (BadSample({}, (floats(),), "got []"),),
    "gather": (
        BadSample({}, (floats(3),), "index nowhere"),
        BadSample({"index": 1}, (floats(3), ints()), "index twice"),
        BadSample({"index": 3}, (floats(3, 4),), "index 3, dimension 0 of [3, 4] has 3"),
        BadSample({"index": (0, -4)}, (floats(3, 4),), "index -4"),
        BadSample({"index": ()}, (floats(3, 4),), "index []"),
        BadSample({"index": 0, "axis": 2}, (floats(3, 4),), "axis=2"),
    ),
    "one_hot": (
        BadSample({}, (ints(3),), "does not know how many kinds there are in int[3]"),
        BadSample({"n": 3}, (ints(kinds=4),), "n=3 and got numbers of 4 kinds"),
    ),
    "cast": (BadSample({"type": "float"}, (TensorType("string", (2,)),), "cannot make numbers of string[2]"),),
}
