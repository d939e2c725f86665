"""Augmentations with the numbers that they draw written down."""

from __future__ import annotations

from typing import Any

import numpy as np

from dlspec.catalog.base import Augmentation
from dlspec.catalog.index import find
from dlspec.data.augment import AUGMENTATIONS, Chance

PICTURES = np.random.default_rng(0).normal(size=(5, 3, 9, 7))


class Given(Chance):
    """Chance that gives the numbers it was given, as shares of what is asked for, call by call."""

    def __init__(self, rows: int, *shares: Any) -> None:
        super().__init__((0,), np.arange(rows))
        self.shares = list(shares)

    def uniform(self, low: float = 0.0, high: float = 1.0, size: tuple[int, ...] = ()) -> np.ndarray:
        share = np.asarray(self.shares.pop(0), dtype=np.float64)
        return low + (high - low) * np.broadcast_to(share.reshape(-1, *(1,) * len(size)), (self.rows, *size))


def layer(name: str, **arguments: Any) -> Augmentation:
    """An augmentation of the catalogue."""
    cls = find("augmentation", name)
    assert cls is not None
    made = cls.model_validate(arguments)
    assert isinstance(made, Augmentation)
    made.check()
    return made


def changed(name: str, fields: Any, chance: Chance, **arguments: Any) -> list[np.ndarray]:
    """The fields of a batch behind one augmentation."""
    given = list(fields) if isinstance(fields, list | tuple) else [fields]
    before = [each.copy() for each in given]
    found = AUGMENTATIONS[name](layer(name, **arguments), given, chance)
    for each, was in zip(given, before, strict=True):
        np.testing.assert_array_equal(each, was)  # nothing is changed in place
    return found


def alone(name: str, fields: Any, chance: Chance, **arguments: Any) -> np.ndarray:
    """The first field behind one augmentation."""
    return changed(name, fields, chance, **arguments)[0]
