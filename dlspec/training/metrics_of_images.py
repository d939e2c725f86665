"""Metrics of images, with NumPy and SciPy's filters."""

from __future__ import annotations

from typing import Any

import numpy as np

from dlspec.catalog.image_metrics import WINDOW
from dlspec.training.metric_cases import Array, kept

DEVIATION = 1.5
K1, K2 = 0.01, 0.03
AT_ONCE = 64
"""How many grey images are compared at once."""


def psnr(metric: Any, prediction: Array, target: Array) -> float:
    """By the range of the targets and the mean squared error."""
    keep = kept(metric, target)
    true = target[keep].astype(np.float64)
    if not true.size:
        return np.nan
    return float(10 * np.log10(np.ptp(true) ** 2 / np.square(prediction[keep] - true).mean()))


def ssim(metric: Any, prediction: Array, target: Array) -> float:
    """The mean over all windows in which every place counts."""
    keep = kept(metric, target)
    images = [each.reshape(-1, *each.shape[-2:]) for each in (prediction, target.astype(np.float64), keep)]
    if not keep.any() or min(target.shape[-2:]) < WINDOW:
        return np.nan
    span = np.ptp(target[keep])
    total, count = 0.0, 0
    for start in range(0, len(images[0]), AT_ONCE):
        f, y, counts = (each[start : start + AT_ONCE] for each in images)
        whole = _windows(counts.astype(np.float64), np.ones(WINDOW) / WINDOW) > 1 - 0.5 / WINDOW**2
        values = _similarity(f, y, (K1 * span) ** 2, (K2 * span) ** 2)[whole]
        total, count = total + float(values.sum()), count + values.size
    return total / count if count else np.nan


def _similarity(f: Array, y: Array, c1: float, c2: float) -> Array:
    """The similarity in each window that lies within the image."""
    places = np.arange(WINDOW) - WINDOW // 2
    weights = np.exp(-(places**2) / (2 * DEVIATION**2))
    weights /= weights.sum()
    mean_f, mean_y, ff, yy, fy = (_windows(each, weights) for each in (f, y, f * f, y * y, f * y))
    product, squares = mean_f * mean_y, mean_f**2 + mean_y**2
    return np.asarray((2 * product + c1) * (2 * (fy - product) + c2) / ((squares + c1) * (ff + yy - squares + c2)))


def _windows(images: Array, weights: Array) -> Array:
    """Weighted means over square windows, of images [N, height, width]."""
    from scipy.ndimage import correlate1d

    edge = WINDOW // 2
    blurred = correlate1d(correlate1d(images, weights, axis=1), weights, axis=2)
    return np.asarray(blurred[:, edge:-edge, edge:-edge])
