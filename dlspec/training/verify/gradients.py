"""Gradients of the loss by each weight, in training mode, and where running statistics go in that one update.

Generated code gives no gradients away. One plain update at the rate 2^20 does: what the weights have moved by, divided
by the rate, is the gradient to the last digits of the precision.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from dlspec.ir.flat import flatten_module
from dlspec.ir.weights import train_weights
from dlspec.training.plan import plan_of
from dlspec.training.verify.compare import FORWARD, GRADIENT, Arrays, worst_of
from dlspec.training.verify.engines import Engine, Engines, pair_text
from dlspec.training.verify.inputs import model_inputs, sizes_of
from dlspec.training.verify.subjects import Subject
from dlspec.training.verify.table import Row
from dlspec.training.verify.trains import RATE, with_gradients

Array = np.ndarray[Any, np.dtype[Any]]

EXAMPLES = 6
"""The batch of a model that the spec does not train."""


NUDGE, NUDGES, MARGIN = 1e-5, 2, 4.0
"""Weights move by so much (relative), so many times; what gradients then move by, times the margin, is let pass."""


class Gradients(NamedTuple):
    """By canonical name; with several steps the step's name stands behind."""

    gradients: Arrays
    statistics: Arrays


def gradients(subject: Subject, engine: Engine, engines: Engines) -> Gradients:
    """One update of each step, each from the same weights."""
    fields = _batch(subject)
    count = len(next(iter(fields.values())))
    train = with_gradients(subject.program, subject.train)
    declared = train_weights(subject.program, train)
    found = Gradients({}, {})
    with engines.session(engine, subject.program, train) as session:
        columns = session.put(fields)
        draws = session.draw(count, 0, 0)
        for step in train.steps:
            session.load_weights(subject.weights)
            before = session.weights()
            session.start_epoch(0)
            session.train_step(step.name, columns, np.arange(count), RATE, draws)
            after = session.weights()
            text = "" if len(train.steps) == 1 else f" (step {step.name})"
            for name in step.optimizers[0].weights:
                moved = before[name].astype(np.float64) - after[name].astype(np.float64)
                found.gradients[name + text] = moved / RATE  # type: ignore[index]
            for name, weight in declared.items():
                if not weight.trainable:
                    found.statistics[name + text] = after[name]  # type: ignore[index]
    return found


def _batch(subject: Subject) -> dict[str, Array]:
    """The first batch of the data, or random inputs and cotangents."""
    if subject.fields is None:
        step = subject.train.steps[0]
        sizes = sizes_of(flatten_module(subject.program, step.module))[0]
        drawn = subject.drawn[subject.models[0].module]
        return model_inputs(subject.program, step.module, drawn, EXAMPLES, sizes)
    count = len(next(iter(subject.fields.values())))
    return {name: array[: plan_of(subject.train, count).batch] for name, array in subject.fields.items()}


def gradient_rows(
    subject: Subject, found: Mapping[Engine, Gradients], engines: Engines, tell: Callable[[str], None]
) -> Iterator[Row]:
    """Rows for the gradients, and for running statistics where there are any."""
    for one, other in engines.pairs(trains=True):
        if one not in found or other not in found:
            continue
        a, b = found[other], found[one]
        pair, text = pair_text(one, other), ""
        worst = worst_of(a.gradients, b.gradients, GRADIENT[one.precision])
        if not worst.ok and one.precision == "float32" and _agree_in_float64(one, other, found):
            tell(f"{subject.name}: whether rounding decides the gradients")
            factor = MARGIN * _sensitivity(subject, one, found, engines)
            if factor > 1:
                worst = worst_of(a.gradients, b.gradients, GRADIENT[one.precision].times(factor))
                text = " (rounding decides kinks)"
        where = f"{subject.name}: {worst.where}{text}"
        yield Row("gradient", pair, worst.difference, worst.bound, where, worst.ok)
        if b.statistics:
            worst = worst_of(a.statistics, b.statistics, FORWARD[one.precision])
            yield Row("statistics", pair, worst.difference, worst.bound, f"{subject.name}: {worst.where}", worst.ok)


def _agree_in_float64(one: Engine, other: Engine, found: Mapping[Engine, Gradients]) -> bool:
    double = [found.get(Engine(engine.backend, "float64")) for engine in (one, other)]
    bound = GRADIENT["float64"]
    return None not in double and worst_of(double[1].gradients, double[0].gradients, bound).ok  # type: ignore[union-attr]


def _sensitivity(subject: Subject, engine: Engine, found: Mapping[Engine, Gradients], engines: Engines) -> float:
    """How many times the bound of float32 a gradient moves by, in float64, when the weights move by what the forward
    pass is allowed to be off.

    In a large network some activation lies within rounding of a kink, and the contract pins no gradient there.
    """
    double = Engine(engine.backend, "float64")
    still = found[double].gradients
    shares = [0.0]
    for seed in range(NUDGES):
        rng = np.random.default_rng(seed)
        weights = {
            name: array * (1 + NUDGE * rng.standard_normal(array.shape)) for name, array in subject.weights.items()
        }
        nudged = gradients(replace(subject, weights=weights), double, engines).gradients
        shares.append(worst_of(nudged, still, GRADIENT["float32"]).share)
    return max(shares)
