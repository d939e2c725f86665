"""Uses of activations."""

from __future__ import annotations

from typing import Any

from dlspec.catalog.base import BadSample, Sample
from dlspec.catalog.initializers import Normal
from dlspec.catalog.samples.tensors import T, W, fixed, floats, ints


def _everywhere(**arguments: Any) -> tuple[Sample, ...]:
    """Inputs of several ranks, all with the same arguments."""
    return (
        Sample(arguments, (floats(5),), ((5,),)),
        Sample(arguments, (floats(3, 4, 2),), ((3, 4, 2),)),
        Sample(arguments, (floats(T, 4),), ((T, 4),)),
    )


ANY = (*_everywhere(), Sample({}, (floats(),), ((),)), Sample({}, (fixed(2, 3),), ((2, 3),)))
AXIS = (
    *_everywhere(),
    Sample({"axis": 0}, (floats(3, 4),), ((3, 4),)),
    Sample({"axis": -2}, (floats(3, 4, 5),), ((3, 4, 5),)),
    Sample({"axis": 0}, (floats(T, 4),), ((T, 4),)),
    Sample({}, (fixed(2, 3),), ((2, 3),)),
)
HALVED = (
    Sample({}, (floats(6),), ((3,),)),
    Sample({}, (floats(T, 8),), ((T, 4),)),
    Sample({"axis": 0}, (floats(4, 5, 3),), ((2, 5, 3),)),
    Sample({"axis": -1}, (floats(3, 2 * W),), ((3, W),)),
    Sample({}, (fixed(2, 4),), ((2, 2),)),
)

SAMPLES: dict[str, tuple[Sample, ...]] = {
    "relu": ANY,
    "relu6": ANY,
    "leaky_relu": (*ANY, *_everywhere(slope=0.2)),
    "prelu": (
        *_everywhere()[:2],
        Sample({"init": 0.1}, (floats(4, T),), ((4, T),)),
        Sample({"init": Normal(std=0.1)}, (floats(3, 4),), ((3, 4),)),
    ),
    "elu": (*ANY, *_everywhere(alpha=0.5)),
    "selu": ANY,
    "celu": (*ANY, *_everywhere(alpha=0.5)),
    "gelu": (*ANY, *_everywhere(approximate="tanh")),
    "silu": ANY,
    "mish": ANY,
    "sigmoid": ANY,
    "log_sigmoid": ANY,
    "hard_sigmoid": ANY,
    "tanh": ANY,
    "hard_tanh": ANY,
    "hard_swish": ANY,
    "softplus": (*ANY, *_everywhere(beta=2.5)),
    "softsign": ANY,
    "soft_shrink": (*ANY, *_everywhere(size=0.1)),
    "hard_shrink": (*ANY, *_everywhere(size=0.1)),
    "softmax": AXIS,
    "log_softmax": AXIS,
    "gumbel_softmax": (*_everywhere(), *_everywhere(temperature=0.5), *_everywhere(hard=True)),
    "glu": HALVED,
    "swiglu": HALVED,
    "geglu": HALVED,
    "binary_step": ANY,
    "identity": (*ANY, Sample({}, (ints(3, kinds=5),), ((3,),))),
}

BAD_AXIS = (
    BadSample({}, (floats(),), "the input is []"),
    BadSample({"axis": 2}, (floats(3, 4),), "axis=2, the input is [3, 4]"),
    BadSample({"axis": -3}, (floats(3, 4),), "axis=-3"),
)
BAD_HALVES = (
    *BAD_AXIS,
    BadSample({}, (floats(4, 5),), "halves dimension 1 of [4, 5], and 5 is not even"),
    BadSample({}, (floats(T),), "T is not even"),
)

BAD_SAMPLES: dict[str, tuple[BadSample, ...]] = {
    "prelu": (
        BadSample({}, (floats(),), "got []"),
        BadSample({}, (floats(T, 4),), "known only at run time"),
        BadSample({"bias_init": Normal()}, (floats(4),), "there is no bias"),
    ),
    "softmax": BAD_AXIS,
    "log_softmax": BAD_AXIS,
    "gumbel_softmax": (BadSample({}, (floats(),), "the input is []"),),
    "glu": BAD_HALVES,
    "swiglu": BAD_HALVES,
    "geglu": BAD_HALVES,
}
