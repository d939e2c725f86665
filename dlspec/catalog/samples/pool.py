"""Uses of pools over sequences, images and volumes."""

from __future__ import annotations

from typing import Any

from dlspec.catalog.base import BadSample, Sample
from dlspec.catalog.samples.tensors import H, T, W, floats
from dlspec.tensor import Dim


def _case(input: tuple[Dim, ...], output: tuple[Dim, ...], **arguments: Any) -> Sample:
    return Sample(arguments, (floats(*input),), (output,))


WINDOWS = (
    _case((2, 7), (2, 3), kernel=2),
    _case((2, 7, 8), (2, 3, 4), kernel=(2, 2)),
    _case((1, 4, 5, 6), (1, 2, 2, 3), kernel=2),
    _case((2, 7, 8), (2, 4, 4), kernel=3, stride=2, padding=1),
    _case((2, 7, 8), (2, 5, 6), kernel=3, stride=1),
    _case((2, 7, 8), (2, 3, 8), kernel=(3, 1), stride=(2, 1)),
    _case((2, 7, 8), (2, 4, 4), kernel=2, ceil=True),
    _case((2, 8), (2, 4), kernel=3, stride=2, ceil=True),
    # Windows begin at -1, 2 and 5: the next, at 8, would begin in the padding behind 7 places.
    _case((2, 7), (2, 3), kernel=2, stride=3, padding=1, ceil=True),
    _case((2, 7, 8), (2, 7, 8), kernel=3, stride=1, padding="same"),
    _case((2, 7, 8), (2, 4, 4), kernel=2, padding="same"),
    _case((2, 7), (2, 4), kernel=3, stride=2, padding="causal"),
    _case((2, 7, 8), (2, 2, 2), kernel=3, padding="valid"),
    _case((2, H, W), (2, H // 2, W // 2), kernel=2),
    _case((2, T), (2, (T + 1) // 2), kernel=3, stride=2, padding="same"),
    _case((2, T), (2, (T + 1) // 2), kernel=2, ceil=True),
    _case((2, T), (2, T - 2), kernel=3, stride=1),
)

SIZES = (
    _case((2, 7), (2, 3), size=3),
    _case((2, 7, 8), (2, 3, 4), size=(3, 4)),
    _case((2, 7, 8), (2, 1, 1), size=1),
    _case((1, 4, 5, 6), (1, 2, 2, 2), size=2),
    _case((2, 3), (2, 5), size=5),
    _case((2, H, W), (2, 2, 2), size=2),
)

EVERYTHING = (
    _case((2, 7), (2,)),
    _case((3, 7, 8), (3,)),
    _case((1, 4, 5, 6), (1,)),
    _case((5, H, W), (5,)),
)

SAMPLES: dict[str, tuple[Sample, ...]] = {
    "max_pool": WINDOWS,
    "min_pool": WINDOWS,
    "avg_pool": WINDOWS,
    "lp_pool": (*WINDOWS, _case((2, 7), (2, 3), kernel=2, p=1), _case((2, 7, 8), (2, 3, 4), kernel=2, p=3.5)),
    "adaptive_max_pool": SIZES,
    "adaptive_avg_pool": SIZES,
    "global_max_pool": EVERYTHING,
    "global_avg_pool": EVERYTHING,
}

BAD_WINDOWS = (
    BadSample({"kernel": 2}, (floats(8),), "[channels, height, width] or"),
    BadSample({"kernel": (2, 2)}, (floats(2, 8),), "kernel=2x2 and got [2, 8]"),
    BadSample({"kernel": 3, "stride": (1, 1)}, (floats(2, 8),), "stride=1x1 and got [2, 8]"),
    BadSample({"kernel": 4}, (floats(2, 3, 8),), "kernel of 4x4 and got [2, 3, 8]"),
    BadSample({"kernel": 2, "padding": 2}, (floats(2, 8),), "padding=2 and kernel=2"),
    BadSample({"kernel": 2, "padding": "causal"}, (floats(2, 8, 8),), "padding=causal"),
)
BAD_SIZES = (
    BadSample({"size": 2}, (floats(8),), "got [8]"),
    BadSample({"size": (2, 2)}, (floats(2, 8),), "size=2x2 and got [2, 8]"),
)
BAD_EVERYTHING = (BadSample({}, (floats(8),), "got [8]"), BadSample({}, (floats(),), "got []"))

BAD_SAMPLES: dict[str, tuple[BadSample, ...]] = {
    "max_pool": BAD_WINDOWS,
    "min_pool": BAD_WINDOWS,
    "avg_pool": BAD_WINDOWS,
    "lp_pool": BAD_WINDOWS,
    "adaptive_max_pool": BAD_SIZES,
    "adaptive_avg_pool": BAD_SIZES,
    "global_max_pool": BAD_EVERYTHING,
    "global_avg_pool": BAD_EVERYTHING,
}
