"""Phases against closed forms worked out by hand and against PyTorch's schedulers; flows of phases."""

from __future__ import annotations

from collections.abc import Callable
from math import cos, pi, sqrt
from typing import Any

import pytest
import torch

from dlspec.catalog.base import Misfit
from dlspec.catalog.schedules import (
    Constant,
    Cosine,
    Exponential,
    InverseSqrt,
    Linear,
    OneCycle,
    Phase,
    Polynomial,
    Restarts,
    StepDecay,
    Warmup,
    check_phases,
    factor_at,
    phases_lengths,
)

Scheduler = Callable[[torch.optim.Optimizer], Any]
schedulers = torch.optim.lr_scheduler


@pytest.mark.parametrize(
    ("phase", "n", "factors"),
    [
        (Constant(), 3, [1, 1, 1, 1]),
        (Warmup(), 4, [0.25, 0.5, 0.75, 1, 1]),
        (Warmup(start=0.2), 4, [0.4, 0.6, 0.8, 1, 1]),
        (Warmup(), 1, [1, 1]),
        (Linear(final=0.5), 2, [1, 0.75, 0.5, 0.5]),
        (Cosine(), 4, [1, (1 + sqrt(0.5)) / 2, 0.5, (1 - sqrt(0.5)) / 2, 0, 0]),
        (Cosine(final=0.5), 2, [1, 0.75, 0.5]),
        (Polynomial(), 4, [1, 0.5625, 0.25, 0.0625, 0, 0]),
        (Polynomial(power=1, final=0.5), 2, [1, 0.75, 0.5]),
        (InverseSqrt(), 3, [1, sqrt(1 / 2), sqrt(1 / 3), 0.5, 0.5]),
        # A rise over 5 updates, 0 to 4, and a fall over the next 5.
        (
            OneCycle(start=0.1, rise=0.5),
            10,
            [
                0.1,
                0.1 + 0.9 * (1 - sqrt(0.5)) / 2,
                0.55,
                0.1 + 0.9 * (1 + sqrt(0.5)) / 2,
                1,
                *(1e-5 + (1 - 1e-5) * (1 + cos(pi * k / 5)) / 2 for k in range(1, 6)),
                1e-5,
            ],
        ),
        (OneCycle(rise=0.1), 10, [1, 4e-6 + (1 - 4e-6) * (1 + cos(pi / 9)) / 2]),
        (OneCycle(start=0.5), 1, [5e-5, 5e-5]),
        (OneCycle(start=0.5), 0, [5e-5]),
        (StepDecay(factor=0.5, steps=2), 2, [1, 1, 0.5, 0.5, 0.25]),
        (Exponential(factor=0.25, steps=2), 2, [1, 0.5, 0.25, 0.125, 0.0625]),
        (Restarts(steps=2, growth=2), 2, [1, 0.5, 1, (1 + sqrt(0.5)) / 2, 0.5, (1 - sqrt(0.5)) / 2, 1]),
    ],
)
def test_closed_form(phase: Phase, n: int, factors: list[float]) -> None:
    assert [phase.at(t, n) for t in range(len(factors))] == pytest.approx(factors, abs=1e-15)


@pytest.mark.parametrize(
    ("phase", "make"),
    [
        (Cosine(), lambda o: schedulers.CosineAnnealingLR(o, T_max=20)),
        (Cosine(final=0.25), lambda o: schedulers.CosineAnnealingLR(o, T_max=20, eta_min=0.25)),
        (Linear(final=0.1), lambda o: schedulers.LinearLR(o, 1.0, 0.1, total_iters=20)),
        (Polynomial(power=3), lambda o: schedulers.PolynomialLR(o, total_iters=20, power=3)),
        (OneCycle(), lambda o: schedulers.OneCycleLR(o, max_lr=1.0, total_steps=20)),
        (OneCycle(start=0.25, rise=0.45), lambda o: schedulers.OneCycleLR(o, 1.0, 20, pct_start=0.45, div_factor=4)),
        (StepDecay(factor=0.5, steps=20), lambda o: schedulers.StepLR(o, step_size=20, gamma=0.5)),
        (Exponential(factor=0.5, steps=20), lambda o: schedulers.ExponentialLR(o, gamma=0.5 ** (1 / 20))),
        (Restarts(steps=20, growth=2), lambda o: schedulers.CosineAnnealingWarmRestarts(o, T_0=20, T_mult=2)),
    ],
    ids=lambda value: value.entry if isinstance(value, Phase) else "",
)
def test_pytorch(phase: Phase, make: Scheduler) -> None:
    """Equal to PyTorch's schedulers, but for the rounding of their running products: 1e-12."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    scheduler = make(optimizer)
    steps = 70 if phase.periodic else 20
    for t in range(steps):
        assert phase.at(t, 20) == pytest.approx(scheduler.get_last_lr()[0], abs=1e-12)
        optimizer.step()
        if t < steps - 1:
            scheduler.step()


def test_flow_of_phases() -> None:
    flow = [Warmup(steps=50), Cosine()]
    assert phases_lengths(flow, steps_per_epoch=20, total_steps=400) == (50, 350)
    factors = [factor_at(flow, step, 20, 400) for step in range(400)]
    assert factors[:50] == [(t + 1) / 50 for t in range(50)]
    assert factors[50] == 1.0
    assert factors[225] == pytest.approx(0.5)
    assert factors[399] == pytest.approx((1 + cos(pi * 349 / 350)) / 2)


@pytest.mark.parametrize("warm", [1, 7, 100])
def test_the_transformers_schedule(warm: int) -> None:
    """As printed in the paper: min(k^-0.5, k·w^-1.5) for update k from 1, here with 1 as its highest value."""
    flow = [Warmup(steps=warm), InverseSqrt()]
    for step in range(300):
        k = step + 1
        printed = min(k**-0.5, k * warm**-1.5) * warm**0.5
        assert factor_at(flow, step, 10, 300) == pytest.approx(printed, rel=1e-12)


def test_inverse_sqrt_counts_all_updates_before_it() -> None:
    flow = [Warmup(steps=10), Constant(epochs=3), InverseSqrt(steps=60)]
    assert [factor_at(flow, step, 10, 200) for step in (9, 39, 40)] == [1, 1, sqrt(40 / 41)]
    assert factor_at(flow, 99, 10, 200) == sqrt(40 / 100)
    assert factor_at(flow, 150, 10, 200) == sqrt(40 / 101)


def test_inverse_sqrt_alone_is_as_behind_one_step_of_warmup() -> None:
    for step in range(50):
        assert factor_at([InverseSqrt()], step, 1, 50) == factor_at([Warmup(steps=1), InverseSqrt()], step, 1, 50)


def test_a_phase_in_the_middle_takes_what_is_left() -> None:
    flow = [Warmup(epochs=2), Constant(), Linear(steps=30)]
    assert phases_lengths(flow, steps_per_epoch=10, total_steps=100) == (20, 50, 30)
    assert [factor_at(flow, step, 10, 100) for step in (19, 20, 69, 70, 85, 100, 500)] == [1, 1, 1, 1, 0.5, 0, 0]


def test_nothing_is_left() -> None:
    flow = [Warmup(steps=50), Cosine()]
    assert phases_lengths(flow, steps_per_epoch=1, total_steps=30) == (50, 0)
    assert factor_at(flow, 29, 1, 30) == 30 / 50
    assert factor_at(flow, 50, 1, 30) == 0.0


def test_a_period_runs_to_the_end() -> None:
    flow = [Warmup(steps=5), StepDecay(factor=0.5, epochs=1)]
    assert phases_lengths(flow, steps_per_epoch=4, total_steps=1000) == (5, 4)
    assert [factor_at(flow, step, 4, 1000) for step in (4, 5, 8, 9, 13, 25)] == [1, 1, 1, 0.5, 0.25, 1 / 32]


@pytest.mark.parametrize(
    ("phases", "message"),
    [
        ([], "at least one phase"),
        ([Constant(), Cosine()], "'constant' and 'cosine' both take what is left"),
        ([StepDecay(epochs=5), Cosine(steps=10)], "'step_decay' runs to the end"),
        ([Cosine(), StepDecay(epochs=5)], "'cosine' and 'step_decay' both"),
    ],
)
def test_lengths_that_are_not_plain(phases: list[Phase], message: str) -> None:
    with pytest.raises(Misfit, match=message):
        check_phases(phases)
