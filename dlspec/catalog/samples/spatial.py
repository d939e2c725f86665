"""Uses of layers on the places of images, sequences and volumes; a part of `shape`."""

from __future__ import annotations

from dlspec.catalog.base import BadSample, Sample
from dlspec.catalog.samples.tensors import H, T, W, fixed, floats, ints

SPATIAL: dict[str, tuple[Sample, ...]] = {
    "pad": (
        Sample({"amount": 2}, (floats(3, 5, 6),), ((3, 9, 10),)),
        Sample({"amount": 1}, (floats(5),), ((7,),)),
        Sample({"amount": (1, 2)}, (floats(3, 5, 6),), ((3, 7, 10),)),
        Sample({"amount": ((3, 0),)}, (floats(2, 5),), ((2, 8),)),
        Sample({"amount": ((0, 1), (2, 0))}, (floats(2, 5),), ((3, 7),)),
        Sample({"amount": 2, "mode": "reflect"}, (floats(3, 5, 4),), ((3, 9, 8),)),
        Sample({"amount": ((0, 3),), "mode": "replicate"}, (floats(3, 5),), ((3, 8),)),
        Sample({"amount": 1, "mode": "replicate"}, (floats(2, 3, 4, 5),), ((2, 5, 6, 7),)),
        Sample({"amount": 2, "mode": "circular"}, (floats(3, 5, 2),), ((3, 9, 6),)),
        Sample({"amount": 1}, (floats(3, H, W),), ((3, H + 2, W + 2),)),
        Sample({"amount": 1}, (ints(4),), ((6,),)),
    ),
    "crop": (
        Sample({"amount": 2}, (floats(3, 5, 6),), ((3, 1, 2),)),
        Sample({"amount": ((1, 0),)}, (floats(2, 5),), ((2, 4),)),
        Sample({"amount": (0, (1, 2))}, (floats(3, 5, 6),), ((3, 5, 3),)),
        Sample({"amount": (1, 0)}, (floats(3, 5),), ((1, 5),)),
        Sample({"amount": 1}, (floats(3, H, W),), ((3, H - 2, W - 2),)),
    ),
    "center_crop": (
        Sample({"size": 2}, (floats(3, 5, 6),), ((3, 2, 2),)),
        Sample({"size": (5, 3)}, (floats(3, 5, 6),), ((3, 5, 3),)),
        Sample({"size": 3}, (floats(2, 7),), ((2, 3),)),
        Sample({"size": 2}, (floats(1, 3, 4, 5),), ((1, 2, 2, 2),)),
    ),
    "upsample": (
        Sample({"factor": 2}, (floats(3, 4, 5),), ((3, 8, 10),)),
        Sample({"factor": (2, 3)}, (floats(3, 4, 5),), ((3, 8, 15),)),
        Sample({"factor": 2, "method": "bilinear"}, (floats(3, 4, 5),), ((3, 8, 10),)),
        Sample({"factor": 3, "method": "bicubic"}, (floats(2, 4, 5),), ((2, 12, 15),)),
        Sample({"factor": 2}, (floats(2, 5),), ((2, 10),)),
        Sample({"factor": 2, "method": "bilinear"}, (floats(2, 5),), ((2, 10),)),
        Sample({"factor": 2, "method": "bilinear"}, (floats(1, 2, 3, 4),), ((1, 4, 6, 8),)),
        Sample({"factor": 2}, (floats(3, H, W),), ((3, 2 * H, 2 * W),)),
    ),
    "resize": (
        Sample({"size": (28, 28)}, (floats(1, 8, 8),), ((1, 28, 28),)),
        Sample({"size": 5}, (floats(2, 9, 7),), ((2, 5, 5),)),
        Sample({"size": (5, 12), "method": "nearest"}, (floats(2, 9, 7),), ((2, 5, 12),)),
        Sample({"size": (5, 12), "method": "bicubic"}, (floats(2, 9, 7),), ((2, 5, 12),)),
        Sample({"size": 7}, (floats(2, 5),), ((2, 7),)),
        Sample({"size": 7, "method": "nearest"}, (floats(2, 5),), ((2, 7),)),
        Sample({"size": 3}, (floats(1, 4, 5, 6),), ((1, 3, 3, 3),)),
        Sample({"size": 8}, (floats(3, H, W),), ((3, 8, 8),)),
    ),
    "pixel_shuffle": (
        Sample({"factor": 2}, (floats(8, 3, 4),), ((2, 6, 8),)),
        Sample({"factor": 3}, (floats(9, 2, 2),), ((1, 6, 6),)),
        Sample({"factor": 2}, (floats(4, H, W),), ((1, 2 * H, 2 * W),)),
    ),
    "pixel_unshuffle": (
        Sample({"factor": 2}, (floats(2, 6, 8),), ((8, 3, 4),)),
        Sample({"factor": 3}, (floats(1, 6, 3),), ((9, 2, 1),)),
        Sample({"factor": 2}, (floats(1, 2 * H, 4 * W),), ((4, H, 2 * W),)),
    ),
    "channel_shuffle": (
        Sample({"groups": 2}, (floats(6, 4, 5),), ((6, 4, 5),)),
        Sample({"groups": 3}, (floats(6),), ((6,),)),
        Sample({"groups": 2}, (floats(4, T),), ((4, T),)),
    ),
    "unfold": (
        Sample({"kernel": 3}, (floats(2, 5, 6),), ((18, 12),)),
        Sample({"kernel": (2, 3), "stride": 2, "padding": 1}, (floats(2, 5, 6),), ((12, 9),)),
        Sample({"kernel": 2, "dilation": 2}, (floats(1, 5, 6),), ((4, 12),)),
        Sample({"kernel": 3, "padding": "same"}, (floats(2, 5, 6),), ((18, 30),)),
        Sample({"kernel": 3, "stride": 2}, (floats(2, 7),), ((6, 3),)),
        Sample({"kernel": 2, "padding": "causal"}, (floats(2, 7),), ((4, 7),)),
        Sample({"kernel": 3}, (floats(2, T),), ((6, T - 2),)),
    ),
}

BAD_SPATIAL: dict[str, tuple[BadSample, ...]] = {
    "pad": (
        BadSample({"amount": (1, 1, 1, 1)}, (floats(3, 5, 6),), "amounts for 4 dimensions and got [3, 5, 6]"),
        BadSample({"amount": 1}, (floats(),), "got []"),
        BadSample({"amount": 5, "mode": "reflect"}, (floats(3, 5, 6),), "5 places for a dimension of 5"),
        BadSample({"amount": 6, "mode": "circular"}, (floats(3, 5, 6),), "6 places for a dimension of 5"),
    ),
    "crop": (
        BadSample({"amount": 3}, (floats(3, 6, 8),), "[3, 6, 8] would be [3, 0, 2]"),
        BadSample({"amount": (1, 1, 1)}, (floats(5),), "amounts for 3 dimensions"),
    ),
    "center_crop": (
        BadSample({"size": 6}, (floats(3, 5, 8),), "to 6x6 got [3, 5, 8]"),
        BadSample({"size": (2, 2)}, (floats(3, 5),), "size=2x2 and got [3, 5]"),
        BadSample({"size": 2}, (floats(5),), "got [5]"),
    ),
    "upsample": (
        BadSample({"factor": 2}, (floats(5),), "got [5]"),
        BadSample({"factor": (2, 2)}, (floats(3, 5),), "factor=2x2 and got [3, 5]"),
        BadSample({"factor": 2, "method": "bicubic"}, (floats(3, 5),), "method=bicubic and got [3, 5]"),
    ),
    "resize": (
        BadSample({"size": 2}, (fixed(),), "got []"),
        BadSample({"size": (2, 2, 2)}, (floats(3, 5, 5),), "size=2x2x2 and got [3, 5, 5]"),
        BadSample({"size": 2, "method": "bicubic"}, (floats(3, 5),), "method=bicubic and got [3, 5]"),
    ),
    "pixel_shuffle": (
        BadSample({"factor": 2}, (floats(6, 4, 4),), "factor=2 and got 6 channels"),
        BadSample({"factor": 2}, (floats(4, 4),), "got [4, 4]"),
    ),
    "pixel_unshuffle": (
        BadSample({"factor": 2}, (floats(1, 5, 4),), "factor=2 and got [1, 5, 4]"),
        BadSample({"factor": 2}, (floats(1, H, 4),), "factor=2 and got [1, H, 4]"),
    ),
    "channel_shuffle": (BadSample({"groups": 4}, (floats(6, 2),), "groups=4 and got 6 channels"),),
    "unfold": (
        BadSample({"kernel": 4}, (floats(2, 3, 8),), "kernel of 4x4 and got [2, 3, 8]"),
        BadSample({"kernel": 2}, (floats(1, 4, 4, 4),), "got [1, 4, 4, 4]"),
    ),
}
