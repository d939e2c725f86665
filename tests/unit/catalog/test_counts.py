"""How much there is to name, by family: at least what the catalogue of the language has."""

from __future__ import annotations

import pytest

from dlspec.catalog.index import FAMILIES, PLANNED, names

LAYERS = {
    "dense": 6, "conv": 4, "pool": 8, "norm": 7, "recurrent": 4, "attention": 6, "activation": 28, "random": 10,
    "shape": 25, "elementwise": 23, "reduction": 16,
}  # fmt: skip
COMPLETE = {
    "layer": 137, "function": 8, "initializer": 13, "loss": 24, "metric": 25, "optimizer": 13, "schedule": 11,
    "penalty": 4, "constraint": 4, "train setting": 21,
}  # fmt: skip
"""The model and its training: every name is built."""
BEGUN = {
    "source": 7, "root": 6, "transform": 18, "augmentation": 18, "sampler": 4, "space": 4, "searcher": 7,
    "data setting": 6, "tune setting": 6,
}  # fmt: skip
"""Data and search: a name is built, or said to come."""


@pytest.mark.parametrize("family", LAYERS)
def test_layers_of_a_family(family: str) -> None:
    assert len(FAMILIES["layer"][family]) >= LAYERS[family]


@pytest.mark.parametrize("kind", COMPLETE)
def test_models_and_training_are_complete(kind: str) -> None:
    assert len(names(kind)) >= COMPLETE[kind]
    assert not PLANNED.get(kind)


@pytest.mark.parametrize("kind", BEGUN)
def test_data_and_search_are_built_or_said_to_come(kind: str) -> None:
    assert len({*names(kind), *PLANNED.get(kind, ())}) >= BEGUN[kind]


def test_all_together() -> None:
    assert sum((COMPLETE | BEGUN).values()) == 336
    assert sum(LAYERS.values()) == COMPLETE["layer"]
