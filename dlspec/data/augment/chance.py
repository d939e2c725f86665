"""Random numbers that depend on a key and a row alone, and not on what else is in the batch.

SplitMix64 (Steele, Lea and Flood, 2014) is used as a hash: the nth number of a row is the mixed nth step from the row's
own state. That needs no generator for each row, and whole batches are drawn at once.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from dlspec.data.values import Array

_STEP = 0x9E3779B97F4A7C15
_MASK = 2**64 - 1


class Chance:
    """Numbers for the rows of a batch; each call goes on where the last one stopped."""

    def __init__(self, key: Iterable[int], rows: Array) -> None:
        state = 0
        for number in key:
            state = _mixed_number(state + _STEP + (number & _MASK))
            while number := number >> 64:
                state = _mixed_number(state + _STEP + (number & _MASK))
        # Rows are far apart: each is a step of a sequence of its own.
        steps = np.asarray(rows, dtype=np.uint64) + np.uint64(1)
        self._states = _mixed(np.uint64(state) + steps * np.uint64(_STEP))
        self._drawn = 0

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(self._states)

    def bits(self, count: int) -> Array:
        """`[rows, count]` of 64 random bits."""
        steps = np.arange(self._drawn + 1, self._drawn + 1 + count, dtype=np.uint64) * np.uint64(_STEP)
        self._drawn += count
        return np.asarray(_mixed(self._states[:, None] + steps))

    def uniform(self, low: float = 0.0, high: float = 1.0, size: tuple[int, ...] = ()) -> Array:
        """Numbers from `low` up to `high`, `[rows, *size]`."""
        unit = (self.bits(math.prod(size)) >> np.uint64(11)).astype(np.float64) * 2.0**-53
        return np.asarray(low + (high - low) * unit.reshape(self.rows, *size))

    def below(self, most: int | Array, size: tuple[int, ...] = ()) -> Array:
        """Whole numbers from 0 up to `most` (one for all, or one for each row), without it."""
        return np.floor(self.uniform(size=size) * most).astype(np.int64)

    def normal(self, size: tuple[int, ...] = ()) -> Array:
        """Standard normal numbers, `[rows, *size]` (Box and Muller, 1958)."""
        count = math.prod(size)
        half = (count + 1) // 2
        radius = np.sqrt(-2 * np.log1p(-self.uniform(size=(half,))))
        angle = self.uniform(0, 2 * math.pi, (half,))
        both = np.concatenate([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
        return both[:, :count].reshape(self.rows, *size)

    def beta(self, alpha: float) -> Array:
        """A number from Beta(alpha, alpha) for each row."""
        return np.array([np.random.default_rng(int(bits)).beta(alpha, alpha) for bits in self.bits(1)[:, 0]])


def _mixed(values: Any) -> Any:
    """The finalizer of SplitMix64, on arrays."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def _mixed_number(value: int) -> int:
    """The same on one number."""
    value &= _MASK
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & _MASK
    return value ^ (value >> 31)
