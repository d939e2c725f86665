"""What moves pixels, against SciPy, Pillow, PyTorch and slices, for draws that are known."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from scipy import ndimage

from dlspec.data.augment import Chance
from tests.unit.augment.drawn import PICTURES, Given, alone, changed

SHARES = np.array([0.0, 0.2, 0.5, 0.7, 0.999])
MASKS = np.random.default_rng(1).integers(0, 4, size=(5, 9, 7))


def by_scipy(pictures: np.ndarray, matrices: Any, shifts: Any) -> np.ndarray:
    """Each plane through `source = matrix @ place + shift`, about the middle; linear, with zeros outside."""
    middle = (np.array(pictures.shape[-2:]) - 1) / 2
    found = np.empty_like(pictures)
    for place in np.ndindex(*pictures.shape[:2]):
        matrix, shift = matrices[place[0]], shifts[place[0]]
        offset = middle - matrix @ middle + shift
        found[place] = ndimage.affine_transform(
            pictures[place], matrix, offset, order=1, mode="grid-constant", cval=0.0
        )
    return found


def test_rotation_is_that_of_scipy_and_to_the_left() -> None:
    angles = np.radians(-40 + 80 * SHARES)
    found = alone("random_rotation", PICTURES, Given(5, SHARES), degrees=40)
    matrices = [np.array([[math.cos(a), math.sin(a)], [-math.sin(a), math.cos(a)]]) for a in angles]
    np.testing.assert_allclose(found, by_scipy(PICTURES, matrices, np.zeros((5, 2))), atol=1e-12)
    quarter = alone("random_rotation", PICTURES[:1, :, :7], Given(1, 0.75), degrees=180)
    np.testing.assert_allclose(quarter, np.rot90(PICTURES[:1, :, :7], axes=(-2, -1)), atol=1e-12)


def test_rotation_of_inner_pixels_is_that_of_pillow() -> None:
    picture = ndimage.gaussian_filter(np.random.default_rng(2).normal(size=(21, 21)), 2).astype(np.float32)
    found = alone("random_rotation", picture[None, None], Given(1, 0.8), degrees=50)[0, 0]
    theirs = np.asarray(Image.fromarray(picture).rotate(-50 + 100 * 0.8, resample=Image.Resampling.BILINEAR))
    y, x = np.mgrid[:21, :21] - 10
    inside = y**2 + x**2 < 64
    np.testing.assert_allclose(found[inside], theirs[inside], atol=2e-4)


def test_zoom_shift_and_shear_are_those_of_scipy() -> None:
    none = np.zeros((5, 2))
    factors = 0.7 + 0.6 * SHARES
    zoomed = alone("random_zoom", PICTURES, Given(5, SHARES), amount=0.3)
    np.testing.assert_allclose(zoomed, by_scipy(PICTURES, [np.eye(2) / f for f in factors], none), atol=1e-12)
    ways = np.stack([(-0.25 + 0.5 * SHARES) * 9, (-0.25 + 0.5 * SHARES[::-1]) * 7], axis=1)
    moved = alone("random_translation", PICTURES, Given(5, SHARES, SHARES[::-1]), amount=0.25)
    np.testing.assert_allclose(moved, by_scipy(PICTURES, [np.eye(2)] * 5, -ways), atol=1e-12)
    slants = np.tan(np.radians(-20 + 40 * SHARES))
    slanted = alone("random_shear", PICTURES, Given(5, SHARES), degrees=20)
    matrices = [np.array([[1, 0], [-s, 1]]) for s in slants]
    np.testing.assert_allclose(slanted, by_scipy(PICTURES, matrices, none), atol=1e-12)


@pytest.mark.parametrize("direction", ["horizontal", "vertical", "both"])
def test_flip(direction: str) -> None:
    across, down = np.array([0.1, 0.9, 0.1, 0.9, 0.49]), np.array([0.1, 0.1, 0.9, 0.9, 0.5])
    draws = {"horizontal": [across], "vertical": [down], "both": [across, down]}[direction]
    image, mask = changed("random_flip", (PICTURES, MASKS), Given(5, *draws), direction=direction)
    for row in range(5):
        axes = [-1] if direction != "vertical" and across[row] < 0.5 else []
        axes += [-2] if direction != "horizontal" and down[row] < 0.5 else []
        np.testing.assert_array_equal(image[row], np.flip(PICTURES[row], axes))
        np.testing.assert_array_equal(mask[row], np.flip(MASKS[row], axes))


def test_crop_is_a_window_of_the_padded_picture() -> None:
    """Of 9 and 7 pixels with 2 and 1 zeros around, 6 and 8 are taken: 8 and 2 places."""
    y, x = np.array([0, 1, 3, 5, 7]), np.array([0, 1, 0, 1, 1])
    draws = Given(5, (y + 0.5) / 8, (x + 0.5) / 2)
    image, mask = changed("random_crop", (PICTURES, MASKS), draws, size=(6, 8), padding=(2, 1))
    for row in range(5):
        part = (..., slice(y[row], y[row] + 6), slice(x[row], x[row] + 8))
        np.testing.assert_array_equal(image[row], np.pad(PICTURES[row], ((0, 0), (2, 2), (1, 1)))[part])
        np.testing.assert_array_equal(mask[row], np.pad(MASKS[row], ((2, 2), (1, 1)))[part])
    assert mask.dtype == MASKS.dtype


def test_resized_crop_is_pytorchs_interpolation_of_a_part() -> None:
    """Area 0.5 of 63 pixels at the ratio 1: 6 by 6 of 9 by 7, at rows 2 and columns 1."""
    share = (0.5 - 0.2) / 0.8
    draws = Given(5, share, 0.5, 2.5 / 4, 1.5 / 2)
    found = alone("random_resized_crop", PICTURES, draws, size=(11, 4), scale=0.2)
    part = torch.from_numpy(PICTURES[..., 2:8, 1:7])
    theirs = torch.nn.functional.interpolate(part, (11, 4), mode="bilinear", align_corners=False)
    np.testing.assert_allclose(found, theirs.numpy(), atol=1e-12)


def test_erasing() -> None:
    """Area 0.175 of 63 pixels at the ratio 1: 3 by 3, at rows 4 and columns 2; where the first draw is below the
    rate."""
    chosen = np.array([0.0, 0.2, 0.4, 0.6, 0.9])
    draws = Given(5, chosen, 0.5, 0.5, 4.5 / 7, 2.5 / 5)
    found = alone("random_erasing", PICTURES, draws, rate=0.5)
    expected = PICTURES.copy()
    expected[:3, :, 4:7, 2:5] = 0
    np.testing.assert_array_equal(found, expected)


def test_erased_areas_are_in_their_range() -> None:
    ones = np.ones((4000, 1, 40, 40))
    gone = (alone("random_erasing", ones, Chance((0,), np.arange(4000)), rate=0.5) == 0).mean(axis=(1, 2, 3))
    share = (gone > 0).mean()
    assert abs(share - 0.5) < 4 * math.sqrt(0.25 / 4000)
    assert gone[gone > 0].min() > 0.015
    assert gone.max() < 0.35  # sides are whole pixels
    assert abs(gone[gone > 0].mean() - 0.175) < 0.01


def test_resized_crops_have_the_published_area() -> None:
    """A picture whose value is its row: the spread of values tells the height of the part."""
    ramp = np.broadcast_to(np.arange(64.0)[:, None], (500, 1, 64, 64)).copy()
    found = alone("random_resized_crop", ramp, Chance((0,), np.arange(500)), size=64, scale=0.25)
    heights = (found.max(axis=(1, 2, 3)) - found.min(axis=(1, 2, 3)) + 1) / 64
    assert heights.min() >= math.sqrt(0.25 * 3 / 4) - 0.02
    assert heights.max() <= 1
    assert 0.7 < heights.mean() < 0.82


def test_what_is_no_float_is_taken_from_the_nearest_pixel() -> None:
    ones = MASKS > 1
    image, mask, ground = changed("random_rotation", (PICTURES, MASKS, ones), Given(5, SHARES), degrees=30)
    assert (image.dtype, mask.dtype, ground.dtype) == (PICTURES.dtype, MASKS.dtype, bool)
    assert set(np.unique(mask)) <= set(range(4))
    middle = (np.array([9, 7]) - 1) / 2
    for row, angle in enumerate(np.radians(-30 + 60 * SHARES)):
        matrix = np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
        theirs = ndimage.affine_transform(
            MASKS[row], matrix, middle - matrix @ middle, order=0, mode="grid-constant", cval=0
        )
        assert (mask[row] == theirs).mean() > 0.95  # SciPy rounds halves its own way
        np.testing.assert_array_equal(ground[row], mask[row] > 1)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [("random_rotation", {"degrees": 25}), ("random_zoom", {"amount": 0.3}), ("random_shear", {"degrees": 20}),
     ("random_translation", {"amount": 0.2}), ("random_crop", {"size": (9, 7), "padding": 2})],
)  # fmt: skip
def test_float32_stays_and_rows_do_not_see_each_other(name: str, arguments: dict[str, Any]) -> None:
    single = PICTURES.astype(np.float32)
    whole = alone(name, single, Chance((3,), np.arange(5)), **arguments)
    assert whole.dtype == np.float32
    np.testing.assert_array_equal(
        whole[[4, 1]], alone(name, single[[4, 1]], Chance((3,), np.array([4, 1])), **arguments)
    )
    assert not np.array_equal(whole, single)
