"""`plateau` against PyTorch's `ReduceLROnPlateau`, in the catalogue, in the generated rate, and in a run."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch

from dlspec.catalog.base import Misfit
from dlspec.catalog.losses import Mse
from dlspec.catalog.optimizers import Adam
from dlspec.catalog.schedules import Constant, Cosine, Plateau, Warmup, check_phases, reduced
from dlspec.training.train import train
from tests.unit.torch_training.programs import loaded, mlp, one_step, settings_of
from tests.unit.train_settings.specs import TABLE, written

FIGURES = [
    list(np.random.default_rng(0).random(40)),
    list(1 / (1 + np.arange(40)) + 0.01 * np.random.default_rng(1).random(40)),
    [1.0, 1 - 5e-5, 1 - 9.9e-5, 1 - 1.01e-4, 1 - 1.5e-4, 0.9, 0.9, 0.9, 0.9, 0.8],
    [2.0] * 12,
    [1.0, math.nan, math.nan, 0.5, 0.4, math.nan, 0.6],
    [],
]


@pytest.mark.proves("formula", on=("torch", "keras"), of=("schedule plateau",))
@pytest.mark.parametrize("figures", FIGURES)
@pytest.mark.parametrize("patience", [0, 1, 5])
@pytest.mark.parametrize("higher", [False, True])
def test_the_factor_is_that_of_pytorch(figures: list[float], patience: int, higher: bool) -> None:
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=1.0)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(
        optimizer, "max" if higher else "min", factor=0.5, patience=patience, threshold=1e-4, eps=0
    )
    assert scheduler.threshold_mode == "rel"
    for place, figure in enumerate(figures):
        scheduler.step(figure)
        rate = optimizer.param_groups[0]["lr"]
        assert reduced(figures[: place + 1], 0.5, patience, higher=higher) == rate, place


def test_of_negative_figures_the_size_counts() -> None:
    """PyTorch takes -0.99995 for better than -1, by its product with 1 - 1e-4."""
    assert reduced([-1.0, -0.99995, -0.9999], 0.5, 0) == 0.25
    assert reduced([-1.0, -1.1, -1.2], 0.5, 0) == 1.0


@pytest.mark.parametrize("flow", [(Plateau(factor=0.5, patience=1),), (Warmup(steps=7), Plateau(patience=0)),
                                  (Warmup(epochs=1), Constant(steps=5), Plateau(factor=0.3, patience=2))])  # fmt: skip
def test_generated_rate(tmp_path: Path, flow: tuple[Warmup | Constant | Plateau, ...]) -> None:
    program, made = one_step(
        mlp(), {"mse": Mse()}, optimizers=[Adam(lr=0.003)], schedule=flow, train_settings=settings_of(epochs=9)
    )
    code = loaded(tmp_path, program, made)
    plateau = flow[-1]
    assert isinstance(plateau, Plateau)
    for steps_per_epoch in (1, 4, 10):
        before = sum(phase.steps or phase.epochs * steps_per_epoch for phase in flow[:-1])
        for step in range(9 * steps_per_epoch):
            figures = FIGURES[0][: step // steps_per_epoch]
            # An epoch counts that ends after the plateau has begun.
            counted = [each for epoch, each in enumerate(figures) if (epoch + 1) * steps_per_epoch > before]
            rate = code.learning_rate(step, steps_per_epoch, {"validation.loss": figures})
            if step >= before:
                assert rate == 0.003 * reduced(counted, plateau.factor, plateau.patience)
            else:
                assert rate == code.learning_rate(step, steps_per_epoch)


def test_a_figure_that_grows_better_upwards(tmp_path: Path) -> None:
    settings = "metrics fit = (p, target) -> r2; schedule plateau(monitor=validation.fit, patience=0)"
    history = train(written(tmp_path, TABLE, settings)).history
    rates = [row["lr"] for row in history]
    figures = [row["validation"]["fit"] for row in history]
    assert rates == [0.01 * reduced(figures[:epoch], 0.1, 0, higher=True) for epoch in range(4)]


def test_a_run_falls_with_its_own_figures(tmp_path: Path) -> None:
    spec = written(tmp_path, TABLE, "schedule warmup(steps=3) -> plateau(factor=0.5, patience=0)")
    run = train(spec, overrides=[("epochs", "15")])
    figures = [row["validation"]["loss"] for row in run.history]
    rates = [row["lr"] for row in run.history]
    assert rates == [0.01 * reduced(figures[:epoch], 0.5, 0) for epoch in range(15)]
    assert rates[-1] < rates[0]


def test_where_it_may_stand() -> None:
    check_phases([Warmup(steps=3), Plateau()])
    with pytest.raises(Misfit, match="'plateau' runs to the end") as misfit:
        check_phases([Plateau(), Cosine(steps=3)])
    assert misfit.value.help == "put it last"
    with pytest.raises(Misfit, match="'cosine' and 'plateau' both take what is left"):
        check_phases([Cosine(), Plateau()])
