"""Fifty steps of each optimizer against a NumPy implementation of the pinned formulas, in float64."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dlspec.backends.keras.optimizers import _LOWERINGS
from dlspec.catalog import optimizers as catalog
from dlspec.catalog.losses import Mse
from dlspec.catalog.schedules import Cosine
from dlspec.ir.program import Freeze, Rate, WeightsUse
from tests.unit.keras_training.programs import loaded, opened
from tests.unit.torch_training import reference
from tests.unit.torch_training.programs import mlp, one_step, updated
from tests.unit.torch_training.test_optimizers import (
    CASES,
    START,
    STEPS,
    TARGET,
    X,
    assert_same,
    one_for_each,
    reference_run,
)


def run(tmp_path: Any, *uses: Any, steps: int = STEPS, **fields: Any) -> tuple[list[float], dict[str, Any]]:
    program, train = one_step(mlp(), {"mse": Mse()}, optimizers=uses, **fields)
    session = opened(tmp_path, program, train)
    session.load_weights(START)
    losses = updated(session, {"x": X, "target": TARGET}, steps)
    return [each["loss"] for each in losses], session.weights()


@pytest.mark.proves("formula", on="keras")
@pytest.mark.parametrize(("optimizer", "rule"), CASES)
def test_fifty_steps(tmp_path, optimizer, rule) -> None:
    assert_same(run(tmp_path, optimizer), reference_run(one_for_each(rule)))


@pytest.mark.parametrize(
    ("optimizer", "rule"),
    [
        (catalog.Sgd(lr=0.1, momentum=0.9), reference.Sgd(0.1, 0.9)),
        (catalog.Rmsprop(momentum=0.5), reference.Rmsprop(0.01, momentum=0.5)),
        (catalog.Adamw(lr=0.05, weight_decay=0.1), reference.Adamw(0.05, weight_decay=0.1)),
    ],
)
def test_a_rate_that_changes(tmp_path, optimizer, rule) -> None:
    """Momentum is kept in units of the gradient, so the rate of the moment holds for all of it."""
    program, train = one_step(mlp(), {"mse": Mse()}, optimizers=[optimizer], schedule=(Cosine(steps=20),))
    session = opened(tmp_path, program, train)
    session.load_weights(START)
    losses = [each["loss"] for each in updated(session, {"x": X, "target": TARGET}, 20)]
    rules, weights = one_for_each(rule), dict(START)
    for step, loss in enumerate(losses):
        rate = session.learning_rate("train", step, 1)
        wanted, gradient = reference.mlp_gradient(weights, X, TARGET)
        assert loss == pytest.approx(wanted, rel=1e-9)
        for name, each in rules.items():
            each.lr = rate
            weights[name] = each.update(weights[name], gradient[name])
    assert_same(([], session.weights()), ([], weights))


def test_with_a_pattern_biases_decay_too(tmp_path) -> None:
    use = WeightsUse(entry=catalog.Adamw(lr=0.05, weight_decay=0.5), weights=tuple(START), selected=True)
    rules = one_for_each(reference.Adamw(0.05, weight_decay=0.5), decaying=tuple(START))
    assert_same(run(tmp_path, use), reference_run(rules))


def test_several_optimizers_each_with_its_own_weights(tmp_path) -> None:
    first = WeightsUse(entry=catalog.Adam(lr=2e-3), weights=("y.weight", "y.bias"))
    second = WeightsUse(entry=catalog.Adagrad(lr=0.05), weights=("hidden.weight", "hidden.bias"), selected=True)
    adam, adagrad = one_for_each(reference.Adam(2e-3)), one_for_each(reference.Adagrad(0.05))
    rules = {name: (adam if name.startswith("y.") else adagrad)[name] for name in START}
    assert_same(run(tmp_path, first, second), reference_run(rules))


def test_the_last_rate_that_covers_a_weight_holds(tmp_path) -> None:
    rates = (Rate(factor=0.1, weights=tuple(START)), Rate(factor=2.0, weights=("y.bias",)))
    plain, slower = one_for_each(reference.Sgd(0.2)), one_for_each(reference.Sgd(0.01))
    rules = {name: (plain if name == "y.bias" else slower)[name] for name in START}
    assert_same(run(tmp_path, catalog.Sgd(lr=0.1), rates=rates), reference_run(rules))


def test_frozen_weights_stand_still_and_so_does_their_count_of_steps(tmp_path) -> None:
    held = Freeze(weights=("hidden.weight", "hidden.bias"), until=2)
    optimizer = catalog.Adam(lr=0.05, weight_decay=0.1)
    program, train = one_step(mlp(), {"mse": Mse()}, optimizers=[optimizer], freezes=(held,))
    session = opened(tmp_path, program, train)
    session.load_weights(START)
    weights, rules = dict(START), one_for_each(reference.Adam(0.05, weight_decay=0.1))
    for epoch in range(4):
        session.start_epoch(epoch)
        updated(session, {"x": X, "target": TARGET}, 5)
        for _ in range(5):
            _, gradient = reference.mlp_gradient(weights, X, TARGET)
            moving = [name for name in weights if epoch >= 2 or name.startswith("y.")]
            weights |= {name: rules[name].update(weights[name], gradient[name]) for name in moving}
        assert_same(([], session.weights()), ([], weights))


def test_weights_frozen_for_good(tmp_path) -> None:
    _, weights = run(tmp_path, catalog.Adamw(lr=0.1, weight_decay=0.5), freezes=(Freeze(weights=("hidden.weight",)),))
    np.testing.assert_array_equal(weights["hidden.weight"], START["hidden.weight"])
    assert not np.allclose(weights["hidden.bias"], START["hidden.bias"])


def test_centered_rmsprop_stays_finite_where_the_variance_vanishes(tmp_path) -> None:
    import keras

    program, train = one_step(mlp(), {"mse": Mse()}, optimizers=[catalog.Rmsprop(rho=0.5, centered=True)])
    code = loaded(tmp_path, program, train)
    weight = keras.Variable(np.full(1000, 5.0), dtype="float64")
    optimizer = code.CenteredRMSprop([weight], learning_rate=1e-9, rho=0.5)
    gradient = keras.ops.convert_to_tensor(np.linspace(0.1, 3.0, 1000))
    for _ in range(200):
        optimizer.apply([gradient], [weight])
    assert np.isfinite(weight.numpy()).all()


def test_every_optimizer_of_the_catalogue_has_a_lowering() -> None:
    assert set(_LOWERINGS) == set(catalog.ENTRIES)


def test_a_plain_optimizer_is_one_call(tmp_path) -> None:
    from dlspec.backends.keras.training import emit_train_file

    text = emit_train_file(*one_step(mlp(), {"mse": Mse()}, optimizers=[catalog.Adam()]))
    assert "    return Adam(model.trainable_variables, learning_rate=0.001)\n" in text
    for name in ("Optimizers", "RMSprop", "AMSGrad", "statistics_kept", "resting", "clip_norm", "seeded", "updates"):
        assert f"{name}(" not in text
