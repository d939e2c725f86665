"""Augmentation in NumPy, before a batch reaches any backend: the same everywhere, and the same again on resume."""

from __future__ import annotations

from dlspec.data.augment.augmenter import Augmenter, Batches, augmented_batches
from dlspec.data.augment.chance import Chance
from dlspec.data.augment.table import AUGMENTATIONS

__all__ = ["AUGMENTATIONS", "Augmenter", "Batches", "Chance", "augmented_batches"]
