"""The random numbers of augmentation: their distribution, and that they belong to a row and an epoch alone."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from dlspec.data.augment import Chance

MANY = np.arange(20_000)


def chance(epoch: int = 0, rows: np.ndarray = MANY) -> Chance:
    return Chance((0, epoch, 0, 0), rows)


def test_the_mixing_is_that_of_splitmix64() -> None:
    """The first numbers of the seed 1234567, as the reference code in C gives them."""
    from dlspec.data.augment.chance import _STEP, _mixed

    states = np.uint64(1234567) + np.arange(1, 6, dtype=np.uint64) * np.uint64(_STEP)
    assert _mixed(states).tolist() == [
        6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("numbers", "distribution"),
    [
        (chance().uniform(), stats.uniform()),
        (chance().uniform(-2, 5, (3,))[:, 2], stats.uniform(-2, 7)),
        (chance().normal((3,))[:, 0], stats.norm()),
        (chance().normal((3,))[:, 2], stats.norm()),
        (chance().beta(0.4), stats.beta(0.4, 0.4)),
    ],
    ids=["uniform", "uniform of several", "normal", "last normal", "beta"],
)
def test_distribution(numbers: np.ndarray, distribution: stats.rv_continuous) -> None:
    assert stats.kstest(numbers, distribution.cdf).pvalue > 0.01


def test_whole_numbers_are_equally_frequent() -> None:
    counts = np.bincount(chance().below(7), minlength=7)
    assert stats.chisquare(counts).pvalue > 0.01


def test_neighbours_have_nothing_to_do_with_each_other() -> None:
    grid = np.stack([chance(epoch, np.arange(300)).uniform(size=(2,)) for epoch in range(300)])
    pairs = [
        (grid[:-1], grid[1:]), (grid[:, :-1], grid[:, 1:]), (grid[..., 0], grid[..., 1]),
        (grid[:-1, :-1], grid[1:, 1:]), (grid[:-1, 1:], grid[1:, :-1]),
    ]  # fmt: skip
    for one, other in pairs:
        assert abs(np.corrcoef(one.ravel(), other.ravel())[0, 1]) < 4 / np.sqrt(one.size)


def test_numbers_belong_to_the_row_and_not_to_the_batch() -> None:
    rows = np.array([7, 3, 19_999, 0])
    whole, part = chance(), chance(rows=rows)
    for _ in range(3):
        np.testing.assert_array_equal(part.uniform(size=(2,)), whole.uniform(size=(2,))[rows])
        np.testing.assert_array_equal(part.normal((5,)), whole.normal((5,))[rows])
        np.testing.assert_array_equal(part.beta(0.2), whole.beta(0.2)[rows])


@pytest.mark.parametrize("other", [(1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1), (2**70, 0, 0, 0)])
def test_every_part_of_the_key_counts(other: tuple[int, ...]) -> None:
    assert not np.intersect1d(Chance((0, 0, 0, 0), MANY).bits(1), Chance(other, MANY).bits(1)).size
