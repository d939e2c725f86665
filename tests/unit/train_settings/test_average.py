"""`average`: what is evaluated and kept is `a = decay*a + (1-decay)*w`, from the initial weights on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlspec.backends.initial import initial_weights
from dlspec.catalog import train_settings as settings
from dlspec.catalog.losses import Mse
from dlspec.catalog.optimizers import Adam
from dlspec.ir.weights import train_weights
from tests.unit.torch_training.adversarial import FACES, adversarial, with_norm
from tests.unit.torch_training.programs import one_step, opened, settings_of, updated

DECAY = 0.8
RNG = np.random.default_rng(0)
FIELDS = {"x": RNG.standard_normal((12, 2)), "target": RNG.standard_normal((12, 1))}


def training(*, average: bool) -> Any:
    """dense -> batch_norm -> tanh -> dense."""
    own = (*settings_of(), *([settings.Average(decay=DECAY)] if average else []))
    return one_step(with_norm("net", 2, 1), {"mse": Mse()}, optimizers=[Adam(lr=0.05)], train_settings=own)


def session_of(folder: Path, *, average: bool) -> Any:
    folder.mkdir()
    program, train = training(average=average)
    session = opened(folder, program, train)
    session.load_weights(initial_weights(train_weights(program, train), 0))
    return session


def test_weights_and_statistics_are_the_recursion(tmp_path: Path) -> None:
    plain, averaged = session_of(tmp_path / "plain", average=False), session_of(tmp_path / "average", average=True)
    wanted = plain.weights()
    assert any(name.endswith("running_var") for name in wanted)
    for _ in range(7):
        assert updated(plain, FIELDS, 1) == updated(averaged, FIELDS, 1)  # the training goes on with the plain weights
        for name, array in plain.weights().items():
            wanted[name] = DECAY * wanted[name] + (1 - DECAY) * array
    for name, array in averaged.weights().items():
        np.testing.assert_allclose(array, wanted[name], rtol=0, atol=1e-12, err_msg=name)


def test_evaluation_and_prediction_are_those_of_the_average(tmp_path: Path) -> None:
    plain, averaged = session_of(tmp_path / "plain", average=False), session_of(tmp_path / "average", average=True)
    updated(averaged, FIELDS, 5)
    plain.load_weights(averaged.weights())
    ours, wanted = (each.evaluate(each.put(FIELDS), 5).losses for each in (averaged, plain))
    assert ours == wanted
    inputs = {"x": FIELDS["x"]}
    np.testing.assert_array_equal(averaged.predict(inputs)["y"], plain.predict(inputs)["y"])


def test_looking_at_it_changes_nothing(tmp_path: Path) -> None:
    looked, left = session_of(tmp_path / "looked", average=True), session_of(tmp_path / "left", average=True)
    for _ in range(4):
        looked.evaluate(looked.put(FIELDS), 12)
        looked.weights()
        looked.state()
        assert updated(looked, FIELDS, 1) == updated(left, FIELDS, 1)
    for name, array in left.weights().items():
        np.testing.assert_array_equal(looked.weights()[name], array)


def test_a_model_is_averaged_by_its_own_updates(tmp_path: Path) -> None:
    """Of two steps on each batch, only its own moves a model's average; one that no step updates stays."""
    program, train = adversarial()
    weights = initial_weights(train_weights(program, train), 0)
    sessions = []
    for average in (False, True):
        folder = tmp_path / str(average)
        folder.mkdir()
        more = {"average": settings.Average(decay=DECAY)} if average else {}
        sessions.append(opened(folder, program, train.model_copy(update={"settings": {**train.settings, **more}})))
        sessions[-1].load_weights(weights)
    plain, averaged = sessions
    wanted = plain.weights()
    for number in range(4):
        for step in plain.steps:
            for session in sessions:
                draws = session.draw(10, 0, number)
                session.train_step(step, session.put(FACES), np.arange(10), 0.05, draws)
            for name, array in plain.weights().items():
                if name.startswith(f"{step}."):
                    wanted[name] = DECAY * wanted[name] + (1 - DECAY) * array
    found = averaged.weights()
    assert any(name.startswith("judge.") for name in found)
    for name, array in wanted.items():
        np.testing.assert_allclose(found[name], array, rtol=0, atol=1e-12, err_msg=name)


@pytest.mark.parametrize("decay", [0.0])
def test_without_a_memory_it_is_the_weights(tmp_path: Path, decay: float) -> None:
    plain = session_of(tmp_path / "plain", average=False)
    program, train = training(average=True)
    settings_now = {**train.settings, "average": settings.Average(decay=decay)}
    same = opened(tmp_path, program, train.model_copy(update={"settings": settings_now}))
    same.load_weights(plain.weights())
    updated(plain, FIELDS, 3)
    updated(same, FIELDS, 3)
    for name, array in plain.weights().items():
        np.testing.assert_allclose(same.weights()[name], array, rtol=0, atol=1e-15)
