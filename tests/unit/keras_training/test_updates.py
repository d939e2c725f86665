"""What goes into an update besides the loss: penalties, clipping, frozen layers, several models."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dlspec.catalog import penalties
from dlspec.catalog.dense import Dense
from dlspec.catalog.losses import Mse
from dlspec.catalog.optimizers import Adam, Sgd
from dlspec.catalog.recurrent import Gru
from dlspec.catalog.reduction import Mean
from dlspec.ir.program import Freeze, Program, Train, WeightsUse
from tests.unit.keras_training.programs import loaded, opened, opened_on_torch
from tests.unit.torch_training import reference
from tests.unit.torch_training.adversarial import FACES, adversarial, with_norm
from tests.unit.torch_training.programs import Building, mlp, one_step, penalised, tensor, updated
from tests.unit.torch_training.test_updates import GRADIENT, KERNELS, START, TARGET, X


def one_update(tmp_path: Any, train_of: Any = lambda program, train: train, **fields: Any) -> Any:
    """The change of each weight by one update of SGD at rate 1: the negative gradient that arrived; the figures."""
    program, train = one_step(mlp(), {"mse": Mse()}, optimizers=[Sgd(lr=1.0)], **fields)
    session = opened(tmp_path, program, train_of(program, train))
    session.load_weights(START)
    (figures,) = updated(session, {"x": X, "target": TARGET}, 1)
    return {name: START[name] - value for name, value in session.weights().items()}, figures


def test_penalties_on_all_and_on_chosen_weights(tmp_path) -> None:
    def both(program: Program, train: Train) -> Train:
        train = penalised(program, train, penalties.Elastic(l1=0.3, l2=0.2))
        return penalised(program, train, penalties.L1(rate=0.5), weights=["hidden.bias"])

    arrived, figures = one_update(tmp_path, both)
    wanted = sum(0.3 * np.abs(START[name]).sum() + 0.2 * (START[name] ** 2).sum() for name in KERNELS)
    assert figures["penalty"] == pytest.approx(wanted + 0.5 * np.abs(START["hidden.bias"]).sum(), rel=1e-12)
    for name, gradient in GRADIENT.items():
        extra = 0.3 * np.sign(START[name]) + 0.4 * START[name] if name in KERNELS else 0.0
        extra = 0.5 * np.sign(START[name]) if name == "hidden.bias" else extra
        np.testing.assert_allclose(arrived[name], gradient + extra, rtol=1e-10, atol=1e-12)


def test_the_penalty_is_beside_the_loss_and_not_in_an_evaluation(tmp_path) -> None:
    program, train = one_step(mlp(), {"mse": Mse()})
    session = opened(tmp_path, program, penalised(program, train, penalties.L2(rate=1.0)))
    session.load_weights(START)
    fields = {"x": X, "target": TARGET}
    evaluated = session.evaluate(session.put(fields), 3).losses
    (figures,) = updated(session, fields, 1)
    loss, _ = reference.mlp_gradient(START, X, TARGET)
    assert figures.keys() == {"mse", "loss", "penalty"}
    assert figures["loss"] == pytest.approx(loss, rel=1e-12)
    assert evaluated == {"mse": pytest.approx(loss, rel=1e-12), "loss": pytest.approx(loss, rel=1e-12)}


@pytest.mark.parametrize("limit", [0.01, 0.5, 1e6])
def test_clip_value(tmp_path, limit) -> None:
    arrived, _ = one_update(tmp_path, clip_value=limit)
    for name, gradient in GRADIENT.items():
        np.testing.assert_allclose(arrived[name], gradient.clip(-limit, limit), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("limit", [1e-7, 0.01, 1e6])
def test_clip_norm(tmp_path, limit) -> None:
    arrived, _ = one_update(tmp_path, clip_norm=limit)
    norm = np.sqrt(sum((gradient**2).sum() for gradient in GRADIENT.values()))
    for name, gradient in GRADIENT.items():
        np.testing.assert_allclose(arrived[name], gradient * min(1.0, limit / norm), rtol=1e-10, atol=1e-15)


def test_clip_norm_of_no_gradient_at_all(tmp_path) -> None:
    import tensorflow as tf

    code = loaded(tmp_path, *one_step(mlp(), {"mse": Mse()}, clip_norm=1.0))
    clipped, missing = code.clip_norm([tf.zeros(2), None], 1.0)
    assert clipped.numpy().tolist() == [0.0, 0.0]
    assert missing is None


# ---------------------------------------------------------------- frozen layers


def test_running_statistics_of_frozen_layers_stand_still(tmp_path) -> None:
    held = Freeze(weights=("norm.weight", "norm.bias", "hidden.weight"), until=1)
    program, train = one_step(with_norm("net", 3, 1), {"mse": Mse()}, optimizers=[Sgd(lr=0.1)], freezes=(held,))
    session, other = opened(tmp_path, program, train), opened_on_torch(tmp_path, program, train)
    before = session.weights()
    other.load_weights(before)
    names = ("norm.running_mean", "norm.running_var", "norm.weight", "norm.bias", "hidden.weight")
    for epoch in range(3):
        for each in (session, other):
            each.start_epoch(epoch)
            updated(each, {"x": X, "target": TARGET}, 3)
        after, wanted = session.weights(), other.weights()
        for name, value in wanted.items():
            np.testing.assert_allclose(after[name], value, rtol=1e-9, atol=1e-12, err_msg=name)
        moved = {name for name in names if not np.array_equal(after[name], before[name])}
        assert moved == (set(names) - {"norm.weight"} | ({"norm.weight"} & moved) if epoch else set())


def test_an_evaluation_in_between_changes_no_training(tmp_path) -> None:
    program, train = one_step(with_norm("net", 3, 1), {"mse": Mse()}, optimizers=[Adam()])
    fields = {"x": X, "target": TARGET}
    ends = []
    for interrupted in (False, True):
        session = opened(tmp_path, program, train)
        rng = np.random.default_rng(1)
        session.load_weights({name: rng.random(value.shape) for name, value in session.weights().items()})
        for _ in range(3):
            updated(session, fields, 1)
            if interrupted:
                session.evaluate(session.put(fields), 4)
                session.predict({"x": X})
        ends.append(session.weights())
    for name, value in ends[0].items():
        np.testing.assert_array_equal(value, ends[1][name])


# ---------------------------------------------------------------- several models


@pytest.mark.parametrize("name", ["generator", "discriminator"])
def test_a_step_touches_only_its_own_model(tmp_path, name) -> None:
    session = opened(tmp_path, *adversarial())
    before = session.weights()
    updated(session, FACES, 2, step=name)
    after = session.weights()
    moved = {each for each in before if not np.array_equal(before[each], after[each])}
    assert {each.partition(".")[0] for each in moved} == {name}
    assert {f"{name}.norm.running_mean", f"{name}.norm.running_var", f"{name}.hidden.weight"} <= moved


def test_each_step_sees_the_weights_of_the_moment(tmp_path) -> None:
    program, train = adversarial()
    first, second = opened(tmp_path, program, train), opened(tmp_path, program, train)
    updated(first, FACES, 1, step="discriminator")
    second.load_weights(first.weights())
    assert updated(first, FACES, 1, step="generator") == updated(second, FACES, 1, step="generator")


def test_terms_of_one_name_in_two_steps_are_told_apart(tmp_path) -> None:
    session = opened(tmp_path, *adversarial())
    assert updated(session, FACES, 1, step="discriminator")[0].keys() == {"real", "discriminator.fake", "loss"}
    figures = session.evaluate(session.put(FACES), 4).losses
    assert figures.keys() == {"real", "discriminator.fake", "fool", "generator.fake", "loss"}
    assert figures["loss"] == pytest.approx(sum(value for name, value in figures.items() if name != "loss"))


def test_each_model_predicts(tmp_path) -> None:
    session = opened(tmp_path, *adversarial())
    noise = np.random.default_rng(0).standard_normal((6, 2))
    images = session.predict({"x": noise})["y"]
    assert images.shape == (6, 3)
    np.testing.assert_array_equal(session.predict({"x": noise}, model="generator")["y"], images)
    assert session.predict({"x": images}, model="judge")["y"].shape == (6, 1)


@pytest.mark.parametrize("names", [("train", "items", "count"), ("Gen", "gen", "GEN"), ("model", "losses", "ops")])
def test_names_that_mean_something_in_the_code(tmp_path, names) -> None:
    plain, odd = opened(tmp_path, *adversarial()), opened(tmp_path, *adversarial(names=names))
    renamed = dict(zip(("generator", "discriminator", "judge"), names, strict=True))
    weights = plain.weights()
    odd.load_weights({f"{renamed[name.partition('.')[0]]}.{name.partition('.')[2]}": w for name, w in weights.items()})
    for name in ("discriminator", "generator"):
        ours, wanted = updated(odd, FACES, 2, step=renamed[name]), updated(plain, FACES, 2, step=name)
        assert [each["loss"] for each in ours] == [each["loss"] for each in wanted]


# ---------------------------------------------------------------- two weights in one variable


@pytest.mark.parametrize("chosen", ["all", "biases"])
def test_weights_that_share_a_variable(tmp_path, chosen) -> None:
    """The two biases of a GRU are rows of one variable in Keras."""
    building = Building("net", {"x": tensor(5, 3)})
    states = building.layer("memory", Gru(size=4), building.input("x"))
    model = building.done("model", y=building.layer("y", Dense(size=1), building.layer("mean", Mean(axis=0), states)))
    program, train = one_step(model, {"mse": Mse()}, optimizers=[Adam(lr=0.01)])
    names = train.steps[0].optimizers[0].weights
    covered = names if chosen == "all" else tuple(name for name in names if "bias" in name)
    program, train = one_step(
        model, {"mse": Mse()}, optimizers=[WeightsUse(entry=Adam(lr=0.01, weight_decay=0.1), weights=covered)]
    )
    session, other = opened(tmp_path, program, train), opened_on_torch(tmp_path, program, train)
    other.load_weights(session.weights())
    fields = {"x": np.random.default_rng(0).standard_normal((8, 5, 3)), "target": TARGET}
    ours, wanted = updated(session, fields, 5), updated(other, fields, 5)
    assert [each["loss"] for each in ours] == pytest.approx([each["loss"] for each in wanted], rel=1e-9)
    for name, value in other.weights().items():
        np.testing.assert_allclose(session.weights()[name], value, rtol=1e-8, atol=1e-11, err_msg=name)
