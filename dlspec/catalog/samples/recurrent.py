"""Uses of recurrent layers."""

from __future__ import annotations

from typing import Any

from dlspec.catalog.base import BadSample, Sample
from dlspec.catalog.initializers import Normal, Ones, Zeros
from dlspec.catalog.samples.tensors import T, bools, floats
from dlspec.tensor import Dim

BOTH = {"bidirectional": True}
STATE = {"return_state": True}


def _sample(states: int, arguments: dict[str, Any], time: Dim, *, initial: bool = False, mask: bool = False) -> Sample:
    """A sequence of 3 features through a layer of size 4."""
    width = 8 if arguments.get("bidirectional") else 4
    inputs = (floats(time, 3), *(floats(width),) * (states * initial), *(bools(time),) * mask)
    outputs = ((time, width), *((width,),) * (states if arguments.get("return_state") else 0))
    return Sample({"size": 4, **arguments}, inputs, outputs)


def _samples(states: int) -> tuple[Sample, ...]:
    return (
        Sample({"size": 1}, (floats(1, 1),), ((1, 1),)),
        Sample({"size": 5}, (floats(7, 2),), ((7, 5),)),
        Sample({"size": 6, "init": Normal(std=0.1), "bias_init": Ones()}, (floats(4, 6),), ((4, 6),)),
        _sample(states, {}, T),
        _sample(states, {"bias": False}, 6),
        _sample(states, BOTH, T),
        _sample(states, {"bias": False, **BOTH}, 5),
        _sample(states, STATE, T),
        _sample(states, {**STATE, **BOTH}, 5),
        _sample(states, STATE, T, initial=True),
        _sample(states, {**STATE, **BOTH}, 5, initial=True),
        _sample(states, {}, 6, initial=True),
        _sample(states, {}, T, mask=True),
        _sample(states, {**STATE, **BOTH}, T, mask=True),
        _sample(states, {**STATE, **BOTH}, 5, initial=True, mask=True),
        _sample(states, {**STATE, "bias": False}, T, initial=True, mask=True),
    )


SAMPLES: dict[str, tuple[Sample, ...]] = {
    "rnn": (
        *_samples(1),
        _sample(1, {"activation": "relu"}, 5),
        _sample(1, {"activation": "relu", **BOTH, **STATE}, T, initial=True, mask=True),
    ),
    "gru": _samples(1),
    "lstm": _samples(2),
}

X = floats(T, 3)
MISFITS = (
    BadSample({}, (floats(3),), "got [3]"),
    BadSample({}, (floats(3, T),), "known only at run time"),
    BadSample({}, (X, bools(5)), "the mask [5] for [T, 3]"),
    BadSample({}, (X, bools(T), bools(T)), "its mask twice"),
    BadSample({"bias": False, "bias_init": Zeros()}, (X,), "there is no bias"),
)
ONE_STATE = (
    BadSample({}, (X, floats(5)), "the initial state [5]"),
    BadSample(BOTH, (X, floats(4)), "the initial state [4]"),
    BadSample({}, (X, floats(4), floats(4)), "got 2 initial states"),
)
TWO_STATES = (
    BadSample({}, (X, floats(4), floats(5)), "the initial state [5]"),
    BadSample(BOTH, (X, floats(4), floats(8)), "the initial state [4]"),
    BadSample({}, (X, floats(4)), "got 1 initial states"),
)


def _bad(samples: tuple[BadSample, ...]) -> tuple[BadSample, ...]:
    return tuple(BadSample({"size": 4, **each.arguments}, each.inputs, each.message) for each in samples)


BAD_SAMPLES: dict[str, tuple[BadSample, ...]] = {
    "rnn": _bad((*MISFITS, *ONE_STATE)),
    "gru": _bad((*MISFITS, *ONE_STATE)),
    "lstm": _bad((*MISFITS, *TWO_STATES)),
}
