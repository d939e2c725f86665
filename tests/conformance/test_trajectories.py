"""Fifty updates on Keras follow fifty updates on PyTorch: every optimizer, schedule, penalty, clipping and constraint.

On a perceptron, a CNN with batch norm, an LSTM and a small transformer. The bounds are those of SEMANTICS.md: 1e-6 in
float64, 1e-3 in float32 as long as PyTorch's own float32 run keeps to its float64 run. The quick tests put the settings
together, so that each is in one training; the slow ones look at each by itself on each network.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle, islice

import pytest

from dlspec.catalog import all_entries
from dlspec.catalog import train_settings as settings
from dlspec.catalog.base import Entry
from tests.conformance.trainings import MODELS, Training, compared, line, samples

keras = pytest.importorskip("keras")

KINDS = ("optimizer", "schedule", "penalty", "constraint")
SETTINGS: dict[str, type[Entry]] = {
    "clip norm=0.3": settings.Clip,
    "clip value=0.05": settings.Clip,
    "clip norm=0.5, value=0.1": settings.Clip,
    'freeze "*.bias", until=4': settings.Freeze,
    'rate "*.weight", 0.2': settings.Rate,
}
"""Lines that are no entry's own, and what they are about."""
OF_KIND: dict[str, type[Entry]] = {
    "optimizer": settings.Optimizer,
    "schedule": settings.Schedule,
    "penalty": settings.Penalty,
    "constraint": settings.Constraint,
}


def together() -> Iterator[Training]:
    """Each entry and each line in some training, the networks in turn."""
    lines = [[(line(entry), type(entry)) for entry in first_samples(kind)] for kind in KINDS]
    lines.append(list(SETTINGS.items()))
    models = cycle(MODELS)
    for place, chosen in enumerate(islice(zip(*map(cycle, lines), strict=True), max(map(len, lines)))):
        about = (settings.Loss, *OF_KIND.values(), *(entry for _, entry in chosen))
        kept = [text for text, _ in chosen]
        # Clipping to a norm hides what a factor on the gradient would change: every other training has no such line.
        yield Training(next(models), tuple(kept if place % 2 else kept[:-1]), about if place % 2 else about[:-1])


def first_samples(kind: str) -> Iterator[Entry]:
    """The sample of each entry that says most."""
    for entry in all_entries()[kind]:
        if found := samples(entry):
            yield max(found, key=lambda made: len(made.model_fields_set))


def apart() -> Iterator[Training]:
    """Each entry by itself on each network, which see different samples of it; each line likewise."""
    for kind in KINDS:
        for entry in all_entries()[kind]:
            for model, made in zip(MODELS, cycle(samples(entry)), strict=False):
                yield Training(model, (line(made),), (settings.Loss, OF_KIND[kind], entry))
    for text, about in SETTINGS.items():
        for model in MODELS:
            yield Training(model, (text,), (settings.Loss, about))


@pytest.mark.proves("trajectory", on=("torch", "keras"))
@pytest.mark.parametrize("training", list(together()), ids=str)
def test_settings_together(training: Training) -> None:
    assert_alike(training)


@pytest.mark.slow
@pytest.mark.proves("trajectory", on=("torch", "keras"))
@pytest.mark.parametrize("training", list(apart()), ids=str)
def test_setting_by_itself(training: Training) -> None:
    assert_alike(training)


def assert_alike(training: Training) -> None:
    rows = compared(training)
    assert {row.pair.split(", ")[1] for row in rows} == {"float32", "float64"}
    for row in rows:
        assert row.ok, f"{row.worst:.1e} is over {row.bound:.0e} for {row.pair} at {row.where}"
