"""Uses of convolutions over sequences, images and volumes."""

from __future__ import annotations

from dlspec.catalog.base import BadSample, Sample
from dlspec.catalog.initializers import LecunNormal, Zeros
from dlspec.catalog.samples.tensors import H, T, W, floats

SAMPLES: dict[str, tuple[Sample, ...]] = {
    "conv": (
        Sample({"channels": 4, "kernel": 3}, (floats(2, 7),), ((4, 5),)),
        Sample({"channels": 4, "kernel": (3, 3)}, (floats(3, 8, 9),), ((4, 6, 7),)),
        Sample({"channels": 2, "kernel": (2, 3, 1)}, (floats(1, 4, 5, 6),), ((2, 3, 3, 6),)),
        Sample({"channels": 4, "kernel": 3, "padding": "same"}, (floats(2, 8, 8),), ((4, 8, 8),)),
        Sample({"channels": 4, "kernel": 4, "padding": "same"}, (floats(2, 7, 8),), ((4, 7, 8),)),
        Sample({"channels": 4, "kernel": 3, "stride": 2, "padding": "same"}, (floats(2, 7, 8),), ((4, 4, 4),)),
        Sample({"channels": 4, "kernel": 1, "stride": 2, "padding": "same"}, (floats(2, 6, 5),), ((4, 3, 3),)),
        Sample(
            {"channels": 3, "kernel": 3, "stride": 2, "padding": "same", "dilation": 2},
            (floats(2, 9, 10),),
            ((3, 5, 5),),
        ),
        Sample({"channels": 3, "kernel": 2, "padding": "same"}, (floats(2, 3, 4, 5),), ((3, 3, 4, 5),)),
        Sample({"channels": 6, "kernel": 3, "padding": 1, "groups": 2}, (floats(4, 5, 5),), ((6, 5, 5),)),
        Sample({"channels": 4, "kernel": (1, 7), "padding": (0, 3), "bias": False}, (floats(2, 5, 9),), ((4, 5, 9),)),
        Sample(
            {"channels": 4, "kernel": (3, 2), "stride": (2, 1), "dilation": (1, 2)}, (floats(2, 9, 8),), ((4, 4, 6),)
        ),
        Sample({"channels": 4, "kernel": 3, "padding": "valid"}, (floats(2, 5, 5),), ((4, 3, 3),)),
        Sample({"channels": 4, "kernel": 3, "padding": "causal", "dilation": 2}, (floats(2, 9),), ((4, 9),)),
        Sample({"channels": 4, "kernel": 2, "padding": "causal", "stride": 2}, (floats(2, 9),), ((4, 5),)),
        Sample(
            {"channels": 64, "kernel": (7, 7), "stride": 2, "padding": 3}, (floats(3, 224, 224),), ((64, 112, 112),)
        ),
        Sample({"channels": 4, "kernel": 3}, (floats(2, T),), ((4, T - 2),)),
        Sample({"channels": 4, "kernel": 3, "padding": "same"}, (floats(2, H, W),), ((4, H, W),)),
        Sample({"channels": 4, "kernel": 3, "stride": 2, "padding": 1}, (floats(2, T),), ((4, (T - 1) // 2 + 1),)),
        Sample({"channels": 4, "kernel": 3, "stride": 2, "padding": "same"}, (floats(2, T),), ((4, (T + 1) // 2),)),
        Sample({"channels": 4, "kernel": 2, "padding": "causal"}, (floats(2, T),), ((4, T),)),
        Sample({"channels": 2, "kernel": 3, "init": LecunNormal(), "bias_init": Zeros()}, (floats(1, 5),), ((2, 3),)),
    ),
    "conv_transpose": (
        Sample({"channels": 4, "kernel": 3}, (floats(2, 5),), ((4, 7),)),
        Sample({"channels": 4, "kernel": 2, "stride": 2}, (floats(3, 4, 5),), ((4, 8, 10),)),
        Sample({"channels": 2, "kernel": (2, 3, 1), "stride": (1, 2, 3)}, (floats(1, 3, 4, 2),), ((2, 4, 9, 4),)),
        Sample(
            {"channels": 4, "kernel": 3, "stride": 2, "padding": 1, "output_padding": 1},
            (floats(2, 4, 5),),
            ((4, 8, 10),),
        ),
        Sample(
            {"channels": 4, "kernel": 4, "stride": 2, "padding": 1, "bias": False}, (floats(2, 7, 7),), ((4, 14, 14),)
        ),
        Sample({"channels": 6, "kernel": 3, "groups": 2, "dilation": 2}, (floats(4, 5, 6),), ((6, 9, 10),)),
        Sample({"channels": 4, "kernel": 3, "stride": 2, "padding": "same"}, (floats(2, 5, 4),), ((4, 10, 8),)),
        Sample({"channels": 4, "kernel": 4, "padding": "same"}, (floats(2, 5),), ((4, 5),)),
        Sample({"channels": 4, "kernel": 2, "stride": 3, "padding": "same"}, (floats(2, 5),), ((4, 15),)),
        Sample({"channels": 4, "kernel": 3, "padding": "valid"}, (floats(2, 5),), ((4, 7),)),
        Sample({"channels": 4, "kernel": 4, "stride": 2, "padding": 1}, (floats(2, H, W),), ((4, 2 * H, 2 * W),)),
        Sample({"channels": 4, "kernel": 3, "stride": 2, "padding": "same"}, (floats(2, T),), ((4, 2 * T),)),
    ),
    "depthwise_conv": (
        Sample({"kernel": 3}, (floats(4, 7),), ((4, 5),)),
        Sample({"kernel": (3, 3), "padding": 1, "multiplier": 2}, (floats(3, 6, 5),), ((6, 6, 5),)),
        Sample({"kernel": 2, "stride": 2}, (floats(2, 4, 5, 6),), ((2, 2, 2, 3),)),
        Sample({"kernel": 3, "stride": 2, "padding": "same", "bias": False}, (floats(2, 7, 8),), ((2, 4, 4),)),
        Sample({"kernel": 3, "dilation": 2, "padding": "causal"}, (floats(2, T),), ((2, T),)),
    ),
    "separable_conv": (
        Sample({"channels": 5, "kernel": 3}, (floats(4, 7),), ((5, 5),)),
        Sample({"channels": 5, "kernel": (3, 3), "padding": "same", "multiplier": 2}, (floats(3, 6, 5),), ((5, 6, 5),)),
        Sample({"channels": 4, "kernel": 2, "stride": 2, "bias": False}, (floats(2, 4, 5, 6),), ((4, 2, 2, 3),)),
        Sample(
            {"channels": 4, "kernel": 3, "dilation": 2, "stride": 2, "padding": 2}, (floats(2, 9, 8),), ((4, 5, 4),)
        ),
        Sample({"channels": 4, "kernel": 5, "padding": "same"}, (floats(2, H, W),), ((4, H, W),)),
    ),
}

BAD_SAMPLES: dict[str, tuple[BadSample, ...]] = {
    "conv": (
        BadSample({"channels": 4, "kernel": 3}, (floats(64),), "[channels, height, width] or"),
        BadSample({"channels": 4, "kernel": 3}, (floats(1, 2, 3, 4, 5),), "got [1, 2, 3, 4, 5]"),
        BadSample({"channels": 4, "kernel": (3, 3)}, (floats(2, 8),), "kernel=3x3 and got [2, 8]"),
        BadSample({"channels": 4, "kernel": 3, "stride": (2, 2)}, (floats(2, 8),), "stride=2x2 and got [2, 8]"),
        BadSample({"channels": 4, "kernel": 5}, (floats(2, 4, 8),), "kernel of 5x5 and got [2, 4, 8]"),
        BadSample({"channels": 4, "kernel": 3, "dilation": 4}, (floats(2, 8),), "kernel of 3 with dilation 4"),
        BadSample({"channels": 4, "kernel": 9, "padding": 1}, (floats(2, 6),), "with padding 1: it does not fit"),
        BadSample({"channels": 4, "kernel": 3, "groups": 2}, (floats(3, 8),), "groups=2 and got 3 channels"),
        BadSample({"channels": 5, "kernel": 3, "groups": 2}, (floats(4, 8),), "channels=5 and groups=2"),
        BadSample({"channels": 4, "kernel": 3, "padding": "causal"}, (floats(2, 8, 8),), "padding=causal and got"),
        BadSample({"channels": 4, "kernel": 3}, (floats(T, 8),), "known only at run time"),
        BadSample(
            {"channels": 4, "kernel": 3, "bias": False, "bias_init": Zeros()}, (floats(2, 8),), "there is no bias"
        ),
    ),
    "conv_transpose": (
        BadSample({"channels": 4, "kernel": 3, "padding": "causal"}, (floats(2, 8),), "no causal padding"),
        BadSample(
            {"channels": 4, "kernel": 3, "padding": "same", "stride": 2, "output_padding": 1},
            (floats(2, 8),),
            "padding=same and an output_padding",
        ),
        BadSample(
            {"channels": 4, "kernel": 3, "stride": 2, "output_padding": 2},
            (floats(2, 8),),
            "output_padding=2 and stride=2",
        ),
        BadSample({"channels": 4, "kernel": 3, "groups": 2}, (floats(3, 8),), "groups=2 and got 3 channels"),
        BadSample({"channels": 3, "kernel": 3, "groups": 2}, (floats(4, 8),), "channels=3 and groups=2"),
        BadSample({"channels": 3, "kernel": 3, "padding": 4}, (floats(4, 5),), "crops all of its output [-1]"),
        BadSample({"channels": 3, "kernel": 3}, (floats(4),), "got [4]"),
    ),
    "depthwise_conv": (
        BadSample({"kernel": 3}, (floats(2, 2),), "it does not fit"),
        BadSample({"kernel": 3}, (floats(2),), "got [2]"),
    ),
    "separable_conv": (
        BadSample({"channels": 4, "kernel": (3, 3, 3)}, (floats(2, 8, 8),), "kernel=3x3x3 and got [2, 8, 8]"),
        BadSample({"channels": 4, "kernel": 3}, (floats(2),), "got [2]"),
    ),
}
