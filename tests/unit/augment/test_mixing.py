"""Two examples in one, and `rand_augment`, against sums by hand and Pillow."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageOps
from scipy import ndimage

from dlspec.data.augment import Chance
from dlspec.data.augment.sampling import turned
from dlspec.data.augment.strong import CHANGES
from tests.unit.augment.drawn import PICTURES, Given, changed

KINDS = np.eye(5)


class Mixed(Given):
    """The share is given too."""

    def beta(self, alpha: float) -> np.ndarray:
        return np.asarray(self.shares.pop(0))


def test_mixup_mixes_all_fields_alike() -> None:
    share, other = np.array([1.0, 0.75, 0.5, 0.25, 0.0]), np.array([4, 0, 1, 2, 0])
    image, label = changed("mixup", (PICTURES, KINDS), Mixed(5, share, (other + 0.5) / 5))
    for row in range(5):
        for found, was in ((image, PICTURES), (label, KINDS)):
            np.testing.assert_allclose(found[row], share[row] * was[row] + (1 - share[row]) * was[other[row]])
    np.testing.assert_allclose(label.sum(axis=1), 1)


def test_cutmix_cuts_a_rectangle_and_mixes_by_its_area() -> None:
    """A share of 5/9 leaves sides of 2/3: 6 of 9 and 4 of 7 pixels, about the middle (2, 5): rows 0-4, columns 3-6."""
    mask = np.random.default_rng(1).normal(size=(5, 9, 7))
    draws = Mixed(5, np.full(5, 5 / 9), 1.5 / 5, 2.5 / 9, 5.5 / 7)
    image, same, label = changed("cutmix", (PICTURES, mask, KINDS), draws)
    expected = PICTURES.copy()
    expected[:, :, 0:5, 3:7] = PICTURES[1, :, 0:5, 3:7]
    np.testing.assert_array_equal(image, expected)
    np.testing.assert_array_equal(same[3, 0:5, 3:7], mask[1, 0:5, 3:7])
    kept = 1 - 20 / 63
    np.testing.assert_allclose(label[3], kept * KINDS[3] + (1 - kept) * KINDS[1])


@pytest.mark.parametrize(
    ("name", "alpha", "mean", "bound"),
    [
        ("mixup", 0.2, 0.5, 4 * math.sqrt(1 / (4 * 1.4)) / math.sqrt(1000)),
        # Of a side s a part s²/4 is cut off at the border, on average, and s² is even from 0 to 1.
        ("cutmix", 1.0, 1 - (1 / 2 - 1 / 5 + 1 / 48), 0.04),
    ],
)
def test_shares_have_their_mean(name: str, alpha: float, mean: float, bound: float) -> None:
    """A field of ones and zeros by row number shows the share of each example's own."""
    fields = (np.ones((1000, 1, 60, 60)), np.eye(1000))
    _, own = changed(name, fields, Chance((0,), np.arange(1000)), alpha=alpha)
    assert abs(np.diagonal(own).mean() - mean) < bound
    np.testing.assert_allclose(own.sum(axis=1), 1)


# ---------------------------------------------------------------- rand_augment

BYTES = np.random.default_rng(4).integers(0, 256, size=(1, 3, 400, 400))
BYTES[0, :, 0, 0], BYTES[0, :, 0, 1] = 0, 255


def one_change(number: int, values: np.ndarray, sign: float, strength: float) -> np.ndarray:
    return CHANGES[number]([values], np.array([sign]), strength)[0]


def by_pillow(function: Any) -> np.ndarray:
    return np.stack([np.asarray(function(Image.fromarray(plane.astype(np.uint8)))) for plane in BYTES[0]])[None]


def test_equalize_solarize_and_posterize_are_pillows() -> None:
    """On whole levels from 0 to 255. Pillow rounds to such levels, and its pixels a level to whole ones (of 626)."""
    pictures = BYTES.astype(np.float64)
    np.testing.assert_allclose(one_change(2, pictures, 1, 0.5), by_pillow(ImageOps.equalize), atol=0.5 + 255 / 626)
    solarized = by_pillow(lambda image: ImageOps.solarize(image, 128))
    np.testing.assert_allclose(one_change(4, pictures, 1, 127 / 255), solarized, atol=1e-9)
    levels = one_change(6, pictures, 1, 1.0)
    kept = by_pillow(lambda image: ImageOps.posterize(image, 4))
    assert len(np.unique(levels)) == len(np.unique(kept)) == 16
    np.testing.assert_array_equal(np.argsort(np.unique(levels)), np.argsort(np.unique(kept)))
    agree = np.searchsorted(np.unique(levels), levels) == np.searchsorted(np.unique(kept), kept)
    assert agree.mean() > 0.97  # 256 levels of 1 against 16 equal parts of 255


def test_automatic_contrast_stretches_each_channel() -> None:
    pictures = BYTES / 255 * np.array([0.5, 0.8, 1.0]).reshape(1, 3, 1, 1)
    np.testing.assert_allclose(one_change(1, pictures, 1, 0.3), BYTES / 255, atol=1e-12)


def test_sharpness_is_away_from_a_smoothed_picture() -> None:
    kernel = np.array([[1, 1, 1], [1, 5, 1], [1, 1, 1]]) / 13
    smooth = PICTURES.copy()
    for place in np.ndindex(5, 3):
        smooth[place][1:-1, 1:-1] = ndimage.correlate(PICTURES[place], kernel)[1:-1, 1:-1]
    found = CHANGES[9]([PICTURES], np.full(5, -1.0), 0.5)[0]
    np.testing.assert_allclose(found, smooth + 0.55 * (PICTURES - smooth), atol=1e-12)


def test_rotation_is_that_of_its_own_augmentation() -> None:
    found = CHANGES[3]([PICTURES], np.ones(5), 0.3)[0]
    np.testing.assert_allclose(found, turned([PICTURES], np.full(5, math.radians(9)))[0], atol=1e-12)


def test_each_example_gets_changes_of_its_own() -> None:
    pictures = np.repeat(BYTES[..., :9, :7] / 255, 1400, axis=0)
    chance = Chance((0,), np.arange(1400))
    found = changed("rand_augment", pictures, chance, n=1, magnitude=9)[0]
    which = Chance((0,), np.arange(1400)).below(14)
    assert np.bincount(which, minlength=14).min() > 60
    assert {tuple(np.unique(which[(found == pictures).all(axis=(1, 2, 3))]))} == {(0, 1)}
    kinds = {row.tobytes() for row in found}
    assert len(kinds) == 1 + 3 + 2 * 9  # the two that change nothing, three without a sign, nine with one


def test_masks_follow_what_moves_pixels() -> None:
    mask = (PICTURES[:, 0] > 0).astype(np.int64)
    image, moved = changed("rand_augment", (PICTURES, mask), Chance((1,), np.arange(5)), n=3, magnitude=15)
    assert image.shape == PICTURES.shape
    assert moved.dtype == np.int64
    assert set(np.unique(moved)) <= {0, 1}
