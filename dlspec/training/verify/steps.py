"""Fifty updates of the spec's own training: the loss before each of them and after the last."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from dlspec.training.plan import Plan, plan_of, updates
from dlspec.training.verify.engines import TITLES, Engine, Engines, pair_text
from dlspec.training.verify.subjects import Subject
from dlspec.training.verify.table import Row

STEPS = 50

BOUNDS = {"float32": 1e-3, "float64": 1e-6}

DRIFT = 1e-4
"""Where a float32 run has left the same backend's float64 run by so much, float32 is compared no longer."""

LEAST = 5
"""Losses that are compared in any case, however PyTorch drifts."""

ONCE = 2
"""The same for the other backend: the loss before and after one update. A network of batch norms and relus has some
activation within 1e-6 of a kink in almost every batch; on which side rounding puts it changes a gradient by 1e-2, and
in a few updates the loss by 1e-3. Whose rounding that is, is luck."""


class Loss(NamedTuple):
    """The loss of an update, and which step it was of."""

    step: str
    value: float


def losses(subject: Subject, engine: Engine, engines: Engines, count: int = STEPS) -> list[Loss]:
    """The losses of the first `count` updates, and the one after them."""
    assert subject.fields is not None
    examples = len(next(iter(subject.fields.values())))
    plan = plan_of(subject.train, examples)
    batches = math.ceil(examples / plan.step_size)
    names: list[str] = []
    results = []
    with engines.session(engine, subject.program, subject.train) as session:
        session.seed(plan.seed)
        session.load_weights(subject.start)
        columns = session.put(subject.fields)
        begun = -1
        for epoch, place, name, rows in _updates(subject, plan, examples, count):
            if epoch != begun:
                session.start_epoch(epoch)
                begun = epoch
            step = epoch * batches + place
            draws = session.draw(len(rows), plan.seed, step)
            rate = session.learning_rate(name, step, batches)
            results.append(session.train_step(name, columns, rows, rate, draws))
            names.append(name)
        values = [each["loss"] for each in session.read_losses(results)]
    return [Loss(name, value) for name, value in zip(names, values, strict=True)]


def _updates(
    subject: Subject, plan: Plan, examples: int, count: int
) -> Iterator[tuple[int, int, str, np.ndarray[tuple[int], np.dtype[np.int64]]]]:
    """Epoch, batch, step and rows of the first updates, in the order of a training."""
    batches, made = math.ceil(examples / plan.step_size), 0
    for epoch in range(count + 1):
        order = np.arange(examples)
        if plan.shuffle:
            order = np.random.default_rng([plan.seed, epoch]).permutation(examples)
        for place, name in updates(batches, subject.train.steps):
            if made > count:
                return
            yield epoch, place, name, order[place * plan.step_size : (place + 1) * plan.step_size]
            made += 1


def differences(found: Sequence[Loss], wanted: Sequence[Loss]) -> list[float]:
    """Each difference, relative to the larger of the loss and the first loss of its step."""
    first: dict[str, float] = {}
    relative = []
    for one, other in zip(found, wanted, strict=True):
        size = max(abs(other.value), abs(first.setdefault(other.step, other.value)))
        if one.value == other.value or (math.isnan(one.value) and math.isnan(other.value)):
            relative.append(0.0)
        else:
            difference = abs(one.value - other.value) / size if size else math.inf
            relative.append(math.inf if math.isnan(difference) else difference)
    return relative


def steps_rows(label: str, found: Mapping[Engine, Sequence[Loss]], engines: Engines) -> Iterator[Row]:
    """A row a pair. In float32 only what rounding alone does not change is compared."""
    for one, other in engines.pairs(trains=True):
        if one not in found or other not in found:
            continue
        relative, text = differences(found[other], found[one]), ""
        if one.precision == "float32":
            first, second = drift(one, found), drift(other, found)
            relative = relative[: min(held(first, LEAST), held(second, ONCE))]
            own = f"{TITLES[one.backend]} {max(first):.1e}, {TITLES[other.backend]} {max(second):.1e}"
            text = f" ({len(relative)} compared, own drift of {own})"
        place = max(range(len(relative)), key=lambda place: relative[place])
        of = f" of {found[one][place].step}" if len({loss.step for loss in found[one]}) > 1 else ""
        where, bound = f"{label}: step {place}{of}{text}", BOUNDS[one.precision]
        yield Row("steps", pair_text(one, other), relative[place], bound, where, relative[place] <= bound)


def drift(engine: Engine, found: Mapping[Engine, Sequence[Loss]]) -> list[float]:
    """How far a float32 run has left the same backend's float64 run before each update."""
    return differences(found[engine], found[Engine(engine.backend, "float64")])


def held(drift: Sequence[float], least: int) -> int:
    """The updates before a run drifts away, at least so many."""
    return max(next((place for place, each in enumerate(drift) if each > DRIFT), len(drift)), least)
