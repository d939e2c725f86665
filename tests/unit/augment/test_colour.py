"""What changes values, against SciPy, the standard library and sums by hand, for draws that are known."""

from __future__ import annotations

import colorsys
import math

import numpy as np
import pytest
from scipy import ndimage

from dlspec.data.augment import Chance
from tests.unit.augment.drawn import PICTURES, Given, alone, changed

SHARES = np.array([0.0, 0.25, 0.5, 0.75, 1.0])
FACTORS = 0.6 + 0.8 * SHARES
GREY = np.einsum("nchw,c->nhw", PICTURES, [0.299, 0.587, 0.114])[:, None]


def per_row(numbers: np.ndarray) -> np.ndarray:
    return numbers.reshape(-1, 1, 1, 1)


def test_brightness_contrast_and_saturation() -> None:
    factors = per_row(FACTORS)
    np.testing.assert_allclose(
        alone("random_brightness", PICTURES, Given(5, SHARES), amount=0.4), PICTURES * factors, atol=1e-12
    )
    mean = GREY.mean(axis=(1, 2, 3), keepdims=True)
    np.testing.assert_allclose(
        alone("random_contrast", PICTURES, Given(5, SHARES), amount=0.4), mean + factors * (PICTURES - mean), atol=1e-12
    )
    np.testing.assert_allclose(
        alone("random_saturation", PICTURES, Given(5, SHARES), amount=0.4),
        factors * PICTURES + (1 - factors) * GREY,
        atol=1e-12,
    )


def test_a_factor_is_not_negative() -> None:
    darkest = alone("random_brightness", PICTURES, Given(5, 0.0), amount=3)
    np.testing.assert_array_equal(darkest, np.zeros_like(PICTURES))


def test_contrast_of_one_channel_is_about_its_mean() -> None:
    one = PICTURES[:, :1]
    mean = one.mean(axis=(1, 2, 3), keepdims=True)
    expected = mean + per_row(FACTORS) * (one - mean)
    np.testing.assert_allclose(alone("random_contrast", one, Given(5, SHARES), amount=0.4), expected, atol=1e-12)


def test_hue_turns_the_colours_of_yiq() -> None:
    """Against the standard library, which rounds the matrix to two digits."""
    colours = np.random.default_rng(3).uniform(0.2, 0.8, size=(5, 3, 2, 2))
    found = alone("random_hue", colours, Given(5, SHARES), amount=0.3)
    for row, angle in enumerate((-0.3 + 0.6 * SHARES) * 2 * math.pi):
        for y, x in np.ndindex(2, 2):
            before, after = (colorsys.rgb_to_yiq(*values[row, :, y, x]) for values in (colours, found))
            turned = complex(before[1], before[2]) * complex(math.cos(angle), math.sin(angle))
            np.testing.assert_allclose(after, (before[0], turned.real, turned.imag), atol=0.02)
    np.testing.assert_allclose(found[2], colours[2], atol=1e-12)
    grey = np.broadcast_to(colours[:, :1], colours.shape)
    np.testing.assert_allclose(alone("random_hue", grey, Given(5, SHARES), amount=0.3), grey, atol=1e-5)


def test_blur_is_scipys_filter() -> None:
    found = alone("gaussian_blur", PICTURES, Given(5, SHARES), sigma=1.5)
    np.testing.assert_allclose(found[0], PICTURES[0], atol=1e-12)
    for row, sigma in enumerate(1.5 * SHARES):
        if sigma:
            theirs = [ndimage.gaussian_filter(plane, sigma, mode="nearest", radius=5) for plane in PICTURES[row]]
            np.testing.assert_allclose(found[row], theirs, atol=1e-12)


def test_noise_has_its_deviation_and_no_mean() -> None:
    zeros = np.zeros((400, 3, 8, 8), dtype=np.float32)
    found = alone("gaussian_noise", zeros, Chance((0,), np.arange(400)), std=0.25)
    assert found.dtype == np.float32
    assert abs(found.mean()) < 4 * 0.25 / math.sqrt(found.size)
    assert found.std() == pytest.approx(0.25, rel=0.01)


def test_colours_change_the_first_field_alone() -> None:
    for name, arguments in (("random_brightness", {"amount": 0.5}), ("gaussian_blur", {}), ("gaussian_noise", {})):
        image, other = changed(name, (PICTURES, GREY), Chance((0,), np.arange(5)), **arguments)
        assert not np.allclose(image, PICTURES)
        assert other is GREY


@pytest.mark.parametrize(
    ("values", "hidden"),
    [
        (np.arange(1, 2001).reshape(200, 10), 1),
        (np.arange(1.0, 6001.0).reshape(200, 10, 3), 0),
        (np.arange(1.0, 24001.0).reshape(200, 3, 8, 5), 0),
        (np.arange(1.0, 2001.0).reshape(200, 10), 0),
    ],
    ids=["tokens", "steps", "pixels", "vector"],
)
def test_masks_hide_whole_places(values: np.ndarray, hidden: int) -> None:
    found = alone("random_mask", values, Chance((0,), np.arange(200)), rate=0.3)
    gone = found != values
    assert set(np.unique(found[gone])) == {hidden}
    axis = {2: None, 3: 2, 4: 1}[values.ndim]
    if axis is not None:
        assert (gone.all(axis=axis) == gone.any(axis=axis)).all()
        gone = gone.any(axis=axis)
    assert abs(gone.mean() - 0.3) < 4 * math.sqrt(0.21 / gone.size)


def test_padding_is_not_hidden() -> None:
    tokens = np.tile([5, 6, 0, 0], (100, 1))
    found = alone("random_mask", tokens, Chance((0,), np.arange(100)), rate=1.0)
    np.testing.assert_array_equal(found, np.tile([1, 1, 0, 0], (100, 1)))
