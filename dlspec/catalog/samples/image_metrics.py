"""Uses of the metrics of images."""

from __future__ import annotations

from dlspec.catalog.base import BadSample, Sample
from dlspec.catalog.samples.losses import numbers
from dlspec.catalog.samples.tensors import H, W

ONE = ((),)

SAMPLES: dict[str, tuple[Sample, ...]] = {
    "psnr": (
        Sample({}, (numbers(), numbers(1)), ONE),
        Sample({}, (numbers(1, 8, 8), numbers(1, 8, 8)), ONE),
        Sample({"ignore_index": -1}, (numbers(3, 4, 5, 6), numbers(3, 4, 5, 6)), ONE),
    ),
    "ssim": (
        Sample({}, (numbers(11, 12), numbers(11, 12)), ONE),
        Sample({}, (numbers(3, 32, 32), numbers(3, 32, 32)), ONE),
        Sample({"ignore_index": -1}, (numbers(3, H, W), numbers(3, H, W)), ONE),
    ),
}

BAD_SAMPLES: dict[str, tuple[BadSample, ...]] = {
    "psnr": (BadSample({}, (numbers(3, 8, 8), numbers(8, 8)), "both need one shape"),),
    "ssim": (
        BadSample({}, (numbers(3, 16, 16), numbers(3, 16, 17)), "both need one shape"),
        BadSample({}, (numbers(3, 10, 16), numbers(3, 10, 16)), "do not fit into float[3, 10, 16]"),
        BadSample({}, (numbers(64), numbers(64)), "got float[64]"),
        BadSample({}, (numbers(3, 16, 16, 16), numbers(3, 16, 16, 16)), "got float[3, 16, 16, 16]"),
    ),
}
