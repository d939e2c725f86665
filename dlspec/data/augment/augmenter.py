"""The `augment` settings of a data block, on batches."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from dlspec.catalog.augmentations import Geometry
from dlspec.data.augment.chance import Chance
from dlspec.data.augment.table import AUGMENTATIONS
from dlspec.data.values import Array
from dlspec.ir.program import Augment

Batches = Callable[[int, Array], dict[str, Array]]
"""The fields of the batch of an epoch that has these rows of the training part."""


def augmented_batches(settings: Sequence[Augment], fields: Mapping[str, Array], seed: int) -> Batches | None:
    """What gives the batches of a training part; None where nothing in it is changed."""
    if not any(name in fields for setting in settings for name in setting.fields):
        return None
    augmenter = Augmenter(settings, seed)

    def batch(epoch: int, rows: Array) -> dict[str, Array]:
        chosen = {name: values[rows] for name, values in fields.items()}
        return chosen | augmenter(epoch, rows, chosen)

    return batch


@dataclass(frozen=True, slots=True)
class Augmenter:
    """Changes batches. A draw depends on the seed, the epoch, the place in the settings and the example's row."""

    settings: Sequence[Augment]
    seed: int

    def __call__(self, epoch: int, rows: Array, batch: Mapping[str, Array]) -> dict[str, Array]:
        """The fields that are changed, of a batch with these rows of the training part."""
        found: dict[str, Array] = {}
        for number, setting in enumerate(self.settings):
            names = [name for name in setting.fields if name in batch]
            fields = [np.asarray(batch[name]) for name in names]
            for place, step in enumerate(setting.steps):
                if not names or (names[0] != setting.fields[0] and not isinstance(step, Geometry)):
                    continue  # the training does not use what it would change
                chance = Chance((self.seed, epoch, number, place), rows)
                fields = AUGMENTATIONS[step.entry](step, fields, chance)
            for name, values in zip(names, fields, strict=True):
                found[name] = np.ascontiguousarray(values.astype(batch[name].dtype, copy=False))
        return found
