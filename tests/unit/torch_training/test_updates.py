"""What goes into an update besides the loss: penalties, clipping, frozen batch norms, several models."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from dlspec.backends.torch.plan import MODULE_DICT
from dlspec.backends.torch.training import emit_train_file
from dlspec.catalog import penalties
from dlspec.catalog.losses import Mse
from dlspec.catalog.optimizers import Adam, Sgd
from dlspec.catalog.random import RandomNormal, RandomUniform
from dlspec.ir.program import Freeze, LossTerm, Program, Train
from tests.unit.torch_training import reference
from tests.unit.torch_training.adversarial import FACES, adversarial, with_norm
from tests.unit.torch_training.programs import (
    Building,
    loaded,
    mlp,
    one_step,
    opened,
    penalised,
    tensor,
    updated,
)

RNG = np.random.default_rng(0)
X, TARGET = RNG.standard_normal((8, 3)), RNG.standard_normal((8, 1))
START = {
    "hidden.weight": RNG.standard_normal((4, 3)),
    "hidden.bias": RNG.standard_normal(4),
    "y.weight": RNG.standard_normal((1, 4)),
    "y.bias": RNG.standard_normal(1),
}
KERNELS = ("hidden.weight", "y.weight")
_, GRADIENT = reference.mlp_gradient(START, X, TARGET)


def one_update(tmp_path: Any, train_of: Any = lambda program, train: train, **fields: Any) -> Any:
    """The change of each weight by one update of SGD at rate 1: the negative gradient that arrived; the figures."""
    program, train = one_step(mlp(), {"mse": Mse()}, optimizers=[Sgd(lr=1.0)], **fields)
    session = opened(tmp_path, program, train_of(program, train))
    session.load_weights(START)
    (figures,) = updated(session, {"x": X, "target": TARGET}, 1)
    return {name: START[name] - value for name, value in session.weights().items()}, figures


# ---------------------------------------------------------------- penalties


def elastic(w: np.ndarray) -> Any:
    return 0.3 * np.abs(w).sum() + 0.2 * (w**2).sum(), 0.3 * np.sign(w) + 0.4 * w


@pytest.mark.parametrize(
    ("penalty", "formula"),
    [
        (penalties.L1(rate=0.3), lambda w: (0.3 * np.abs(w).sum(), 0.3 * np.sign(w))),
        (penalties.L2(rate=0.2), lambda w: (0.2 * (w**2).sum(), 0.4 * w)),
        (penalties.Elastic(l1=0.3, l2=0.2), elastic),
    ],
)
def test_penalties_leave_biases_alone(tmp_path, penalty, formula) -> None:
    arrived, figures = one_update(tmp_path, lambda program, train: penalised(program, train, penalty))
    assert figures["penalty"] == pytest.approx(sum(formula(START[name])[0] for name in KERNELS), rel=1e-12)
    for name, gradient in GRADIENT.items():
        extra = formula(START[name])[1] if name in KERNELS else 0.0
        np.testing.assert_allclose(arrived[name], gradient + extra, rtol=1e-10, atol=1e-12)


def test_a_penalty_on_chosen_weights_adds_to_the_one_on_all(tmp_path) -> None:
    def both(program: Program, train: Train) -> Train:
        train = penalised(program, train, penalties.L2(rate=0.1))
        return penalised(program, train, penalties.L1(rate=0.5), weights=["hidden.bias"])

    arrived, figures = one_update(tmp_path, both)
    wanted = 0.1 * sum((START[name] ** 2).sum() for name in KERNELS) + 0.5 * np.abs(START["hidden.bias"]).sum()
    assert figures["penalty"] == pytest.approx(wanted, rel=1e-12)
    np.testing.assert_allclose(
        arrived["hidden.bias"], GRADIENT["hidden.bias"] + 0.5 * np.sign(START["hidden.bias"]), rtol=1e-10
    )


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


# ---------------------------------------------------------------- clipping


@pytest.mark.parametrize("limit", [0.01, 0.5, 1e6])
def test_clip_value(tmp_path, limit) -> None:
    arrived, _ = one_update(tmp_path, clip_value=limit)
    for name, gradient in GRADIENT.items():
        np.testing.assert_allclose(arrived[name], gradient.clip(-limit, limit), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("limit", [1e-7, 0.01, 0.5, 1e6])
def test_clip_norm(tmp_path, limit) -> None:
    arrived, _ = one_update(tmp_path, clip_norm=limit)
    norm = np.sqrt(sum((gradient**2).sum() for gradient in GRADIENT.values()))
    scale = min(1.0, limit / norm)
    for name, gradient in GRADIENT.items():
        # The update is a difference from weights of size 1, so it carries their rounding.
        np.testing.assert_allclose(arrived[name], gradient * scale, rtol=1e-10, atol=1e-15)


def test_clip_norm_of_no_gradient_at_all(tmp_path) -> None:
    program, train = one_step(mlp(), {"mse": Mse()}, clip_norm=1.0)
    code = loaded(tmp_path, program, train)
    p = torch.nn.Parameter(torch.ones(2))
    p.grad = torch.zeros(2)
    code.clip_norm([p], 1.0)
    assert p.grad.tolist() == [0.0, 0.0]


# ---------------------------------------------------------------- batch norm


def test_running_statistics_of_frozen_layers_stand_still(tmp_path) -> None:
    held = Freeze(weights=("norm.weight", "norm.bias", "hidden.weight"), until=1)
    program, train = one_step(with_norm("net", 3, 1), {"mse": Mse()}, optimizers=[Sgd(lr=0.1)], freezes=(held,))
    session = opened(tmp_path, program, train)
    before = session.weights()
    session.start_epoch(0)
    updated(session, {"x": X, "target": TARGET}, 3)
    frozen = session.weights()
    for name in ("norm.running_mean", "norm.running_var", "norm.weight", "norm.bias", "hidden.weight"):
        np.testing.assert_array_equal(frozen[name], before[name], err_msg=name)
    assert not np.array_equal(frozen["hidden.bias"], before["hidden.bias"])
    session.start_epoch(1)
    updated(session, {"x": X, "target": TARGET}, 1)
    after = session.weights()
    for name in ("norm.running_mean", "norm.running_var", "norm.bias", "hidden.weight"):
        assert not np.array_equal(after[name], frozen[name]), name


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
    changed = {each.partition(".")[0] for each in before if not np.array_equal(before[each], after[each])}
    assert changed == {name}
    moved = {each for each in before if not np.array_equal(before[each], after[each])}
    assert {f"{name}.norm.running_mean", f"{name}.norm.running_var", f"{name}.hidden.weight"} <= moved


def test_other_models_normalise_by_the_batch_and_those_without_a_step_by_their_statistics(tmp_path) -> None:
    session = opened(tmp_path, *adversarial())
    session.start_epoch(0)
    model = session._model
    assert model["generator"].training
    assert model["discriminator"].training
    assert not model["judge"].training


def test_no_gradient_reaches_another_model(tmp_path) -> None:
    session = opened(tmp_path, *adversarial())
    updated(session, FACES, 1, step="generator")
    assert all(p.grad is None for p in session._model["discriminator"].parameters())
    assert all(p.grad is None for p in session._model["judge"].parameters())
    assert all(p.grad is not None for p in session._model["generator"].parameters())


def test_each_step_sees_the_weights_of_the_moment(tmp_path) -> None:
    """The generator's step after the discriminator's, on the same draws, is that of a session that begins there."""
    program, train = adversarial()
    first, second = opened(tmp_path, program, train), opened(tmp_path, program, train)
    updated(first, FACES, 1, step="discriminator")
    second.load_weights(first.weights())
    ours, wanted = updated(first, FACES, 1, step="generator"), updated(second, FACES, 1, step="generator")
    assert ours == wanted


def test_draws_come_from_the_seed_and_the_step_alone(tmp_path) -> None:
    code = loaded(tmp_path, *adversarial())
    drawn = code.draw(6, 3, 5)["noise.random_normal"]
    np.testing.assert_array_equal(drawn, np.random.default_rng([3, 7919, 5]).standard_normal((6, 2)))
    assert code.draw(6, 3, 5)["noise.random_normal"].tolist() == drawn.tolist()
    assert code.draw(6, 3, 6)["noise.random_normal"].tolist() != drawn.tolist()


def test_draws_of_each_kind(tmp_path) -> None:
    building = Building("step train", {"x": tensor(3), "target": tensor(1)})
    model = mlp()
    prediction = building.call("net", model, building.input("x"))
    bell = building.layer("bell", RandomNormal(shape=(2, 3), mean=1.0, std=0.5))
    flat = building.layer("flat", RandomUniform(shape=(), low=-2.0, high=3.0))
    program, train = one_step(model, {"mse": Mse()})
    terms = (
        LossTerm(name="mse", loss=Mse(), inputs=(prediction, building.input("target"))),
        LossTerm(name="flat", loss=Mse(), inputs=(prediction, flat)),
    )
    step = train.steps[0].model_copy(update={"module": building.done("step", bell=bell), "losses": terms})
    code = loaded(tmp_path, program, train.model_copy(update={"steps": (step,)}))
    drawn, generator = code.draw(4, 0, 2), np.random.default_rng([0, 7919, 2])
    np.testing.assert_array_equal(drawn["bell"], 1.0 + 0.5 * generator.standard_normal((4, 2, 3)))
    np.testing.assert_array_equal(drawn["flat"], generator.uniform(-2.0, 3.0, (4,)))


def test_terms_of_one_name_in_two_steps_are_told_apart(tmp_path) -> None:
    session = opened(tmp_path, *adversarial())
    assert updated(session, FACES, 1, step="discriminator")[0].keys() == {"real", "discriminator.fake", "loss"}
    assert updated(session, FACES, 1, step="generator")[0].keys() == {"fool", "generator.fake", "loss"}
    figures = session.evaluate(session.put(FACES), 4).losses
    assert figures.keys() == {"real", "discriminator.fake", "fool", "generator.fake", "loss"}
    assert figures["loss"] == pytest.approx(sum(value for name, value in figures.items() if name != "loss"))


def test_repetitions_take_the_next_batch(tmp_path) -> None:
    code = loaded(tmp_path, *adversarial(repeat=3))
    seen = [(place, step.name[0]) for place, step in code.updates(7)]
    assert seen == [
        (0, "d"), (1, "d"), (2, "d"), (2, "g"),
        (3, "d"), (4, "d"), (5, "d"), (5, "g"),
        (6, "d"),
    ]  # fmt: skip
    rows = code.fit(code.build(), {"image": RNG.standard_normal((10, 3)).astype(np.float32)})
    assert [row["step"] for row in rows] == [3, 6]


def test_names_that_a_dictionary_of_modules_refuses() -> None:
    taken = {name for name in dir(torch.nn.ModuleDict()) if not name.startswith("_")}
    assert taken <= MODULE_DICT


def test_several_models_are_named_in_the_weights(tmp_path) -> None:
    program, train = adversarial()
    code = loaded(tmp_path, program, train)
    assert code.WEIGHTS["generator.norm.running_mean"] == "generator.norm.running_mean"
    assert set(code.WEIGHTS.values()) <= set(code.build().state_dict())
    assert "track_statistics" in emit_train_file(program, train)


def test_each_model_predicts(tmp_path) -> None:
    session = opened(tmp_path, *adversarial())
    noise = RNG.standard_normal((6, 2))
    images = session.predict({"x": noise})["y"]
    assert images.shape == (6, 3)
    np.testing.assert_array_equal(session.predict({"x": noise}, model="generator")["y"], images)
    assert session.predict({"x": images}, model="judge")["y"].shape == (6, 1)


@pytest.mark.parametrize("names", [("train", "items", "forward"), ("Gen", "gen", "GEN"), ("model", "losses", "F")])
def test_names_that_mean_something_in_the_code(tmp_path, names) -> None:
    plain, odd = opened(tmp_path, *adversarial()), opened(tmp_path, *adversarial(names=names))
    renamed = dict(zip(("generator", "discriminator", "judge"), names, strict=True))
    weights = plain.weights()
    odd.load_weights({f"{renamed[name.partition('.')[0]]}.{name.partition('.')[2]}": w for name, w in weights.items()})
    for name in ("discriminator", "generator"):
        ours, wanted = updated(odd, FACES, 2, step=renamed[name]), updated(plain, FACES, 2, step=name)
        assert [each["loss"] for each in ours] == [each["loss"] for each in wanted]
