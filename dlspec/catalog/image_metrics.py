"""Metrics of images against those they should be; a part of `metrics`."""

from __future__ import annotations

from dlspec.catalog.base import Metric, Misfit
from dlspec.catalog.metrics import Measuring
from dlspec.tensor import TensorType

WINDOW = 11
"""How many places high and wide the window of `ssim` is."""


class Psnr(Measuring):
    """Peak signal-to-noise ratio in decibels, by the mean squared error over all numbers.

    The peak is the range of the targets, the largest less the smallest. Without any error there is no value.

    Shapes: prediction and target of one shape.
    Formula: 10 log10(L^2 / mean((f - y)^2)), L = max(y) - min(y).
    Source: Huynh-Thu and Ghanbari, Scope of validity of PSNR in image/video quality assessment, 2008.
    """

    entry = "psnr"


class Ssim(Measuring):
    """Structural similarity of grey images or of each channel, 1 where they are the same; the mean over all windows.

    Windows are weighted by a Gaussian of deviation 1.5, 11 places wide, and lie within the image. L is the range of the
    targets, the largest less the smallest. A window that holds a place to ignore does not count.

    Shapes: prediction and target [height, width] or [channels, height, width], 11x11 or larger.
    Formula: (2 m_f m_y + c1) (2 s_fy + c2) / ((m_f^2 + m_y^2 + c1) (s_f^2 + s_y^2 + c2)) of the means, variances and
        covariance of a window; c1 = (0.01 L)^2, c2 = (0.03 L)^2.
    Source: Wang et al., Image quality assessment: from error visibility to structural similarity, 2004.
    """

    entry = "ssim"

    def infer(self, *inputs: TensorType) -> TensorType:
        result = super().infer(*inputs)
        shape = inputs[0].shape
        if len(shape) not in (2, 3):
            raise Misfit(
                f"takes images [height, width] or [channels, height, width], got {inputs[0]}",
                "reshape them, or use `psnr`, which takes any shape",
            )
        if any(isinstance(size, int) and size < WINDOW for size in shape[-2:]):
            raise Misfit(
                f"compares windows of {WINDOW}x{WINDOW}, which do not fit into {inputs[0]}",
                "use `psnr`, or enlarge both images with `upsample`",
            )
        return result


ENTRIES: tuple[type[Metric], ...] = (Psnr, Ssim)
