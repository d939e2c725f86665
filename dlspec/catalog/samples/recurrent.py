"""Uses of recurrent layers."""

from __future__ import annotations

from typing import Any

from dlspec.catalog.base import BadSample, Sample
from dlspec.catalog.initializers import Normal, Ones, Zeros
from dlspec.catalog.samples.tensors import H, T, W, bools, floats
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


def _images(arguments: dict[str, Any], time: Dim, *places: Dim, initial: bool = False, mask: bool = False) -> Sample:
    """A sequence of images of 3 channels through a layer of 2."""
    state = (4 if arguments.get("bidirectional") else 2, *places)
    inputs = (floats(time, 3, *places), *(floats(*state),) * (2 * initial), *(bools(time),) * mask)
    outputs = ((time, *state), *(state,) * (2 if arguments.get("return_state") else 0))
    return Sample({"channels": 2, "kernel": 3, **arguments}, inputs, outputs)


IMAGES = (
    Sample({"channels": 1, "kernel": 1}, (floats(1, 1, 1),), ((1, 1, 1),)),
    Sample({"channels": 5, "kernel": (2, 3)}, (floats(4, 2, 4, 5),), ((4, 5, 4, 5),)),
    _images({}, T, 5),
    _images({"kernel": 4}, 3, 6),
    _images({"kernel": 5, "bias": False}, 4, 2),
    _images({"kernel": (3, 2)}, T, 5, 4),
    _images({"kernel": (1, 5)}, 2, H, W),
    _images({"kernel": (2, 3, 1), "init": Normal(std=0.1), "bias_init": Ones()}, T, 3, 4, 2),
    _images({"kernel": 2, **BOTH, **STATE}, 2, 2, 3, 3, mask=True),
    _images({**BOTH}, T, 5),
    _images({**STATE}, T, 4, 3, initial=True),
    _images({**STATE, **BOTH, "bias": False}, 5, 3, 3, initial=True),
    _images({}, T, 4, 4, mask=True),
    _images({**STATE, **BOTH}, T, 5, initial=True, mask=True),
    _images({**STATE, **BOTH, "kernel": 2}, T, H, W, initial=True, mask=True),
)

SAMPLES: dict[str, tuple[Sample, ...]] = {
    "rnn": (
        *_samples(1),
        _sample(1, {"activation": "relu"}, 5),
        _sample(1, {"activation": "relu", **BOTH, **STATE}, T, initial=True, mask=True),
    ),
    "gru": _samples(1),
    "lstm": _samples(2),
    "conv_lstm": IMAGES,
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

CLIP = floats(T, 3, 8, 8)
CLIPS = (
    BadSample({}, (floats(T, 3),), "got [T, 3]"),
    BadSample({}, (floats(2, 3, 4, 5, 6, 7),), "got [2, 3, 4, 5, 6, 7]"),
    BadSample({}, (floats(T, H, 8, 8),), "known only at run time"),
    BadSample({"kernel": (3, 3, 3)}, (CLIP,), "kernel=3x3x3 and got [3, 8, 8]"),
    BadSample({}, (CLIP, floats(2, 8, 8)), "got 1 initial states"),
    BadSample({}, (CLIP, floats(2, 8, 8), floats(2)), "the initial state [2]"),
    BadSample(BOTH, (CLIP, floats(2, 8, 8), floats(2, 8, 8)), "the initial state [2, 8, 8]"),
    BadSample({}, (CLIP, bools(T, 8)), "the mask [T, 8] for [T, 3, 8, 8]"),
    BadSample({"bias": False, "bias_init": Zeros()}, (CLIP,), "there is no bias"),
)


def _bad(samples: tuple[BadSample, ...]) -> tuple[BadSample, ...]:
    return tuple(BadSample({"size": 4, **each.arguments}, each.inputs, each.message) for each in samples)


BAD_SAMPLES: dict[str, tuple[BadSample, ...]] = {
    "rnn": _bad((*MISFITS, *ONE_STATE)),
    "gru": _bad((*MISFITS, *ONE_STATE)),
    "lstm": _bad((*MISFITS, *TWO_STATES)),
    "conv_lstm": tuple(
        BadSample({"channels": 2, "kernel": 3, **each.arguments}, each.inputs, each.message) for each in CLIPS
    ),
}
