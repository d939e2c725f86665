"""Uses of initializers; the input is the shape of the weight that they fill."""

from __future__ import annotations

from typing import Any

from dlspec.catalog.base import BadSample, Sample
from dlspec.catalog.samples.tensors import KINDS, fixed

VECTOR, MATRIX, KERNEL = fixed(64), fixed(48, 32), fixed(16, 8, 3, 3)


def _anywhere(**arguments: Any) -> tuple[Sample, ...]:
    return tuple(Sample(arguments, (each,), (each.shape,)) for each in (VECTOR, MATRIX, KERNEL))


def _matrices(**arguments: Any) -> tuple[Sample, ...]:
    return _anywhere(**arguments)[1:]


SAMPLES: dict[str, tuple[Sample, ...]] = {
    "zeros": _anywhere(),
    "ones": _anywhere(),
    "constant": (*_anywhere(value=0.25), *_anywhere(value=-3)),
    "normal": (*_anywhere(), *_anywhere(std=0.02), *_anywhere(std=0.5, mean=1.0)),
    "truncated_normal": (*_anywhere(), *_anywhere(std=0.02), *_anywhere(std=0.5, mean=1.0)),
    "uniform": (*_anywhere(low=-1, high=1), *_anywhere(low=0.0, high=0.1)),
    "xavier_uniform": _matrices(),
    "xavier_normal": _matrices(),
    "kaiming_uniform": (*_matrices(), *_matrices(slope=5**0.5)),
    "kaiming_normal": (*_matrices(), *_matrices(slope=0.1)),
    "lecun_normal": _matrices(),
    "orthogonal": (*_matrices(), *_matrices(gain=2.0), Sample({}, (fixed(8, 20),), ((8, 20),))),
    "eye": (Sample({}, (fixed(4, 4),), ((4, 4),)), Sample({}, (MATRIX,), (MATRIX.shape,))),
    "given": (
        Sample({"values": (1, 2.5, -3)}, (fixed(3),), ((3,),)),
        Sample({"values": ((1, 2), (3, 4))}, (fixed(2, 2),), ((2, 2),)),
        Sample({"values": (1, 2, 3, 4)}, (fixed(2, 2),), ((2, 2),)),
    ),
    "uniform_by_fan": (Sample({"fan": KINDS}, (VECTOR,), ((64,),)),),
}

NO_MATRIX = (BadSample({}, (VECTOR,), "needs a weight of two dimensions or more, 'weight' is [64]"),)

BAD_SAMPLES: dict[str, tuple[BadSample, ...]] = {
    "uniform": (BadSample({"low": 1.0, "high": 0.0}, (VECTOR,), "low=1 above high=0"),),
    "xavier_uniform": NO_MATRIX,
    "xavier_normal": NO_MATRIX,
    "kaiming_uniform": NO_MATRIX,
    "kaiming_normal": NO_MATRIX,
    "lecun_normal": NO_MATRIX,
    "orthogonal": NO_MATRIX,
    "eye": (
        BadSample({}, (VECTOR,), "needs a matrix, 'weight' is [64]"),
        BadSample({}, (KERNEL,), "needs a matrix, 'weight' is [16, 8, 3, 3]"),
    ),
    "given": (
        BadSample({"values": (1, 2)}, (fixed(3),), "the initial values are [2], 'weight' is [3]"),
        BadSample({"values": ((1, 2, 3, 4),)}, (fixed(2, 2),), "the initial values are [1, 4]"),
        BadSample({"values": ((1, 2), (3,))}, (fixed(2, 2),), "different lengths"),
        BadSample({"values": (1, None)}, (fixed(2),), "no finite number"),
        BadSample({"values": ()}, (fixed(2),), "empty list"),
    ),
}
