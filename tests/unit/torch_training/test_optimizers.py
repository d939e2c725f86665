"""Fifty steps of each optimizer against a NumPy implementation of the pinned formulas, in float64."""

from __future__ import annotations

import ast
from typing import Any

import numpy as np
import pytest
import torch

from dlspec.backends.torch.optimizers import _LOWERINGS
from dlspec.catalog import optimizers as catalog
from dlspec.catalog.base import Optimizer
from dlspec.catalog.losses import Mse
from dlspec.ir.program import Freeze, Rate, WeightsUse
from tests.unit.torch_training import reference
from tests.unit.torch_training.programs import loaded, mlp, one_step, opened, trainable, updated

STEPS = 50
RNG = np.random.default_rng(0)
X, TARGET = RNG.standard_normal((8, 3)), RNG.standard_normal((8, 1))
START = {
    "hidden.weight": RNG.standard_normal((4, 3)),
    "hidden.bias": RNG.standard_normal(4),
    "y.weight": RNG.standard_normal((1, 4)),
    "y.bias": RNG.standard_normal(1),
}
KERNELS = ("hidden.weight", "y.weight")

CASES: list[tuple[Optimizer, Any]] = [
    (catalog.Sgd(lr=0.1), reference.Sgd(0.1)),
    (catalog.Sgd(lr=0.05, momentum=0.9), reference.Sgd(0.05, 0.9)),
    (catalog.Sgd(lr=0.05, momentum=0.9, nesterov=True), reference.Sgd(0.05, 0.9, True)),
    (catalog.Adagrad(), reference.Adagrad(0.01)),
    (catalog.Adagrad(lr=0.1, eps=1e-3), reference.Adagrad(0.1, 1e-3)),
    (catalog.Adadelta(), reference.Adadelta()),
    (catalog.Adadelta(lr=0.5, rho=0.8, eps=1e-4), reference.Adadelta(0.5, 0.8, 1e-4)),
    (catalog.Rmsprop(), reference.Rmsprop(0.01)),
    (catalog.Rmsprop(lr=0.02, rho=0.9, eps=1e-4), reference.Rmsprop(0.02, 0.9, 1e-4)),
    (catalog.Rmsprop(momentum=0.8), reference.Rmsprop(0.01, momentum=0.8)),
    (catalog.Rmsprop(rho=0.9, centered=True), reference.Rmsprop(0.01, 0.9, centered=True)),
    (catalog.Rmsprop(momentum=0.5, centered=True), reference.Rmsprop(0.01, momentum=0.5, centered=True)),
    (catalog.Adam(), reference.Adam(1e-3)),
    (catalog.Adam(lr=0.05, beta1=0.5, beta2=0.9, eps=1e-3), reference.Adam(0.05, 0.5, 0.9, 1e-3)),
    (catalog.Adam(lr=0.05, beta2=0.7, amsgrad=True), reference.Adam(0.05, beta2=0.7, amsgrad=True)),
    (catalog.Adamw(lr=0.05), reference.Adamw(0.05, weight_decay=0.01)),
    (catalog.Adamw(lr=0.05, weight_decay=0.5), reference.Adamw(0.05, weight_decay=0.5)),
    (catalog.Adamw(weight_decay=0.0), reference.Adamw(1e-3)),
    *(
        (made(weight_decay=0.1), other)
        for made, other in (
            (catalog.Sgd, reference.Sgd(0.01, weight_decay=0.1)),
            (catalog.Adagrad, reference.Adagrad(0.01, weight_decay=0.1)),
            (catalog.Adadelta, reference.Adadelta(weight_decay=0.1)),
            (catalog.Rmsprop, reference.Rmsprop(0.01, weight_decay=0.1)),
            (catalog.Adam, reference.Adam(1e-3, weight_decay=0.1)),
        )
    ),
    (catalog.Rmsprop(centered=True, weight_decay=0.1), reference.Rmsprop(0.01, centered=True, weight_decay=0.1)),
    *(
        case
        for made, rule in (
            (catalog.Nadam, reference.Nadam),
            (catalog.Adamax, reference.Adamax),
            (catalog.Radam, reference.Radam),
            (catalog.Lamb, reference.Lamb),
        )
        for case in (
            (made(), rule(1e-3)),
            (made(lr=0.02, beta1=0.5, beta2=0.9, eps=1e-3), rule(0.02, 0.5, 0.9, 1e-3)),
            (made(lr=0.01, beta1=0.0, beta2=0.6), rule(0.01, 0.0, 0.6)),
            (made(lr=0.01, weight_decay=0.1), rule(0.01, weight_decay=0.1)),
        )
    ),
    (catalog.Lion(), reference.Lion(1e-4)),
    (catalog.Lion(lr=2e-3, beta1=0.7, beta2=0.8), reference.Lion(2e-3, 0.7, 0.8)),
    (catalog.Lion(lr=2e-3, weight_decay=0.5), reference.Lion(2e-3, weight_decay=0.5)),
    (catalog.Adafactor(), reference.Adafactor()),
    (catalog.Adafactor(lr=0.5, weight_decay=0.1), reference.Adafactor(0.5, weight_decay=0.1)),
    (catalog.Muon(), reference.Muon(0.02)),
    (catalog.Muon(lr=0.005, weight_decay=0.1), reference.Muon(0.005, weight_decay=0.1)),
]


def one_for_each(rule: reference.Optimizer, *, decaying: tuple[str, ...] = KERNELS) -> dict[str, reference.Optimizer]:
    """The rule with a memory of its own for each weight; only some decay."""
    rules = {}
    for name in START:
        fresh = type(rule).__new__(type(rule))
        fresh.__dict__.update(rule.__dict__)
        fresh.weight_decay = rule.weight_decay if name in decaying else 0.0
        rules[name] = fresh
    return rules


def reference_run(
    rules: dict[str, reference.Optimizer], steps: int = STEPS, start: dict[str, Any] = START
) -> tuple[list[float], dict[str, Any]]:
    weights, losses = dict(start), []
    for _ in range(steps):
        loss, gradient = reference.mlp_gradient(weights, X, TARGET)
        losses.append(loss)
        weights = {name: rules[name].update(weights[name], gradient[name]) for name in weights}
    return losses, weights


def run(tmp_path: Any, *uses: Any, steps: int = STEPS, **fields: Any) -> tuple[list[float], dict[str, Any]]:
    program, train = one_step(mlp(), {"mse": Mse()}, optimizers=uses, **fields)
    session = opened(tmp_path, program, train)
    session.load_weights(START)
    losses = updated(session, {"x": X, "target": TARGET}, steps)
    return [each["loss"] for each in losses], session.weights()


def assert_same(ours: Any, wanted: Any) -> None:
    np.testing.assert_allclose(ours[0], wanted[0], rtol=1e-9, atol=1e-12)
    for name, value in wanted[1].items():
        np.testing.assert_allclose(ours[1][name], value, rtol=1e-8, atol=1e-10, err_msg=name)


@pytest.mark.proves("formula", on="torch")
@pytest.mark.parametrize(("optimizer", "rule"), CASES)
def test_fifty_steps(tmp_path, optimizer, rule) -> None:
    assert_same(run(tmp_path, optimizer), reference_run(one_for_each(rule)))


def test_with_a_pattern_biases_decay_too(tmp_path) -> None:
    use = WeightsUse(entry=catalog.Adamw(lr=0.05, weight_decay=0.5), weights=tuple(START), selected=True)
    rules = one_for_each(reference.Adamw(0.05, weight_decay=0.5), decaying=tuple(START))
    assert_same(run(tmp_path, use), reference_run(rules))


@pytest.mark.parametrize("made", [catalog.Adam, catalog.Adamw])
def test_an_optimizer_of_biases_alone_decays_nothing(tmp_path, made) -> None:
    use = WeightsUse(entry=made(lr=0.05, weight_decay=0.5), weights=("hidden.bias", "y.bias"))
    _, weights = run(tmp_path, use)
    rules, wanted = one_for_each(reference.Adam(0.05), decaying=()), dict(START)
    for _ in range(STEPS):
        _, gradient = reference.mlp_gradient(wanted, X, TARGET)
        wanted |= {name: rules[name].update(wanted[name], gradient[name]) for name in use.weights}
    assert_same(([], weights), ([], wanted))


@pytest.mark.parametrize("decay", [0.0, 0.5])
def test_muon_of_biases_alone_is_adamw(tmp_path, decay) -> None:
    names = ("hidden.bias", "y.bias")
    found, wanted = (
        run(tmp_path, WeightsUse(entry=made(lr=0.05, weight_decay=decay), weights=names, selected=True))
        for made in (catalog.Muon, catalog.Adamw)
    )
    assert found[0] == wanted[0]


def test_centered_rmsprop_stays_finite_where_the_variance_vanishes(tmp_path) -> None:
    # A gradient that never changes: the mean of squares less the square of the mean rounds to either side of 0.
    program, train = one_step(mlp(), {"mse": Mse()}, optimizers=[catalog.Rmsprop(rho=0.5, centered=True)])
    code = loaded(tmp_path, program, train)
    weight = torch.nn.Parameter(torch.full((1000,), 5.0, dtype=torch.float64))
    optimizer = code.CenteredRMSprop([weight], lr=1e-9, alpha=0.5)
    for _ in range(200):
        weight.grad = torch.linspace(0.1, 3.0, 1000, dtype=torch.float64)
        optimizer.step()
    assert torch.isfinite(weight).all()


def test_several_optimizers_each_with_its_own_weights(tmp_path) -> None:
    first = WeightsUse(entry=catalog.Adam(lr=2e-3), weights=("y.weight", "y.bias"))
    second = WeightsUse(entry=catalog.Adagrad(lr=0.05), weights=("hidden.weight", "hidden.bias"), selected=True)
    adam, adagrad = one_for_each(reference.Adam(2e-3)), one_for_each(reference.Adagrad(0.05))
    rules = {name: (adam if name.startswith("y.") else adagrad)[name] for name in START}
    assert_same(run(tmp_path, first, second), reference_run(rules))


def test_the_rate_of_some_weights(tmp_path) -> None:
    slow = Rate(factor=0.1, weights=("hidden.weight", "hidden.bias"))
    plain, slower = one_for_each(reference.Adam(0.01)), one_for_each(reference.Adam(0.001))
    rules = {name: (slower if name.startswith("hidden.") else plain)[name] for name in START}
    assert_same(run(tmp_path, catalog.Adam(lr=0.01), rates=(slow,)), reference_run(rules))


def test_the_last_rate_that_covers_a_weight_holds(tmp_path) -> None:
    rates = (Rate(factor=0.1, weights=tuple(START)), Rate(factor=2.0, weights=("y.bias",)))
    plain, slower = one_for_each(reference.Sgd(0.2)), one_for_each(reference.Sgd(0.01))
    rules = {name: (plain if name == "y.bias" else slower)[name] for name in START}
    assert_same(run(tmp_path, catalog.Sgd(lr=0.1), rates=rates), reference_run(rules))


def test_frozen_weights_stand_still_and_so_does_their_count_of_steps(tmp_path) -> None:
    held = Freeze(weights=("hidden.weight", "hidden.bias"), until=2)
    program, train = one_step(
        mlp(), {"mse": Mse()}, optimizers=[catalog.Adam(lr=0.05, weight_decay=0.1)], freezes=(held,)
    )
    session = opened(tmp_path, program, train)
    session.load_weights(START)
    fields = {"x": X, "target": TARGET}
    weights, rules = dict(START), one_for_each(reference.Adam(0.05, weight_decay=0.1))
    for epoch in range(4):
        session.start_epoch(epoch)
        updated(session, fields, 5)
        for _ in range(5):
            _, gradient = reference.mlp_gradient(weights, X, TARGET)
            moving = [name for name in weights if epoch >= 2 or name.startswith("y.")]
            weights |= {name: rules[name].update(weights[name], gradient[name]) for name in moving}
        assert_same(([], session.weights()), ([], weights))
    assert rules["hidden.weight"].t == 10
    assert rules["y.weight"].t == 20


def test_weights_frozen_for_good(tmp_path) -> None:
    _, weights = run(tmp_path, catalog.Adamw(lr=0.1, weight_decay=0.5), freezes=(Freeze(weights=("hidden.weight",)),))
    np.testing.assert_array_equal(weights["hidden.weight"], START["hidden.weight"])
    assert not np.allclose(weights["hidden.bias"], START["hidden.bias"])


def test_every_optimizer_of_the_catalogue_has_a_lowering() -> None:
    assert set(_LOWERINGS) == set(catalog.ENTRIES)


def test_a_plain_optimizer_is_one_call() -> None:
    from dlspec.backends.torch.training import emit_train_file

    program, train = one_step(mlp(), {"mse": Mse()}, optimizers=[catalog.Adam()])
    tree = ast.parse(emit_train_file(program, train))
    (made,) = (node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "make_optimizer")
    assert ast.unparse(made.body[-1]) == "return torch.optim.Adam(model.parameters(), lr=0.001)"
    assert trainable(program, train) == tuple(START)


def test_muon_is_two_optimizers() -> None:
    from dlspec.backends.torch.training import emit_train_file

    text = emit_train_file(*one_step(mlp(), {"mse": Mse()}, optimizers=[catalog.Muon(lr=0.01, weight_decay=0.1)]))
    assert "        Muon([p for p in model.parameters() if p.ndim > 1], lr=0.01, weight_decay=0.1),\n" in text
    assert "torch.optim.AdamW([p for p in model.parameters() if p.ndim <= 1], lr=0.01, weight_decay=0.0),\n" in text
