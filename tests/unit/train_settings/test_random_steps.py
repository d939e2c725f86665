"""Layers and blocks of a `train` block that draw numbers themselves: each update draws anew, and a run repeats."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlspec.training.backends import emitted, opened
from dlspec.training.train import train
from tests.unit.train_settings.specs import assert_same_history, assert_same_run, compiled, fitted, resumed, written

BACKENDS = ("torch", "keras")
SPEC = """
data d {
  source npz("table.npz")
  x      = column("x")
  target = column("y")
  split  train=0.7, validation=0.3, seed=0
}
block shaken(rate=0.3) {
  return in -> gaussian_noise(0.1) -> dropout(rate)
}
block jitter {
  noise = random_normal(6)
  return in + 0.1 * noise
}
model net {
  input x: float[6]
  output p = x -> dense(8) -> tanh -> dense(1)
}
train net on d {
  noisy     = x -> CHANCE
  loss      (noisy -> net, target) -> mse
  optimizer adam(lr=0.01)
  epochs    2
  batch     8
  seed      1
  SETTINGS
}
"""
TWO_MODELS = """
data d {
  source npz("table.npz")
  x      = column("x")
  target = column("y")
  split  train=0.7, validation=0.3, seed=0
}
model coder {
  input x: float[6]
  output code = x -> dense(3) -> tanh
}
model net {
  input code: float[3]
  output p = code -> dense(1)
}
train coder, net on d {
  noisy = x -> dropout(0.2)
  guess = noisy -> coder -> gaussian_noise(0.1) -> net
  step net {
    loss      (guess, target) -> mse
    optimizer sgd(lr=0.01)
  }
  step coder {
    loss      (x -> dropout(0.5) -> coder -> net, target) -> mae
    optimizer adam(lr=0.01)
  }
  epochs 2
  batch  8
  seed   1
}
"""
IN_TRAINING = {
    "dropout": "dropout(0.2)",
    "gaussian_noise": "gaussian_noise(0.3)",
    "gaussian_dropout": "gaussian_dropout(0.2)",
    "alpha_dropout": "alpha_dropout(0.2)",
    "drop_path": "drop_path(0.3)",
    "spatial_dropout": "reshape(2, 3) -> spatial_dropout(0.4) -> flatten",
    "several": "dropout(0.2) -> gaussian_noise(0.1) -> dropout(0.1)",
    "block": "shaken",
    "blocks": "shaken(rate=0.1) -> shaken(rate=0.5)",
}
"""What draws in training alone, and is the identity otherwise."""
ALWAYS = {"gumbel_softmax": "gumbel_softmax", "block with a tensor": "jitter"}
"""What draws in inference too."""
SETTINGS = ("accumulate 2", "average 0.5", "precision bf16", "precision float64")


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    """A backend that is installed."""
    name: str = request.param
    pytest.importorskip("tensorflow" if name == "keras" else name)
    return name


def spec_of(folder: Path, chance: str, settings: str = "") -> Path:
    """The spec with something that draws."""
    return written(folder, SPEC.replace("CHANCE", chance), settings)


def session_of(folder: Path, backend: str, chance: str) -> Any:
    """The training with fixed weights, and all examples."""
    path = folder / f"{backend}.py"
    program, training = compiled(spec_of(folder, chance))
    path.write_text(emitted(backend, program, training), encoding="utf-8")
    session = opened(backend, path, "cpu")
    rng = np.random.default_rng(3)
    session.load_weights({name: rng.normal(size=each.shape).astype("f") for name, each in session.weights().items()})
    arrays = np.load(folder / "table.npz")
    return session, session.put({"x": arrays["x"], "target": arrays["y"]})


def losses_of(session: Any, fields: Any, updates: int) -> list[float]:
    """Of several updates that move nothing."""
    session.start_epoch(0)
    results = [session.train_step("train", fields, np.arange(61), 0.0, {}) for _ in range(updates)]
    return [each["loss"] for each in session.read_losses(results)]


@pytest.mark.parametrize("chance", [*IN_TRAINING, *ALWAYS])
def test_each_update_draws_anew_and_the_seed_repeats_it(chance: str, backend: str, tmp_path: Path) -> None:
    session, fields = session_of(tmp_path, backend, (IN_TRAINING | ALWAYS)[chance])
    found = []
    for seed in (5, 5, 6):
        session.seed(seed)
        found.append(losses_of(session, fields, 3))
    assert len(set(found[0])) == 3
    assert found[0] == found[1]
    assert not set(found[0]) & set(found[2])


@pytest.mark.parametrize("chance", IN_TRAINING)
def test_evaluation_has_none_of_it(chance: str, backend: str, tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    session, fields = session_of(tmp_path, backend, IN_TRAINING[chance])
    plain, _ = session_of(tmp_path / "plain", backend, "stop_gradient")
    assert session.evaluate(fields, 16).losses == plain.evaluate(fields, 16).losses


@pytest.mark.parametrize("chance", ALWAYS)
def test_evaluation_repeats_itself_and_takes_no_numbers_from_the_training(
    chance: str, backend: str, tmp_path: Path
) -> None:
    session, fields = session_of(tmp_path, backend, ALWAYS[chance])
    session.seed(5)
    wanted = losses_of(session, fields, 2)
    session.seed(5)
    found = losses_of(session, fields, 1)
    figures = [session.evaluate(fields, 16).losses for _ in range(2)]
    assert figures[0] == figures[1]
    assert [*found, *losses_of(session, fields, 1)] == wanted


@pytest.mark.parametrize(
    ("chance", "settings"),
    [*((each, "") for each in ("several", "blocks", *ALWAYS)), *(("several", each) for each in SETTINGS)],
)
def test_fit_gives_the_run_and_so_does_one_that_was_broken_off(
    chance: str, settings: str, backend: str, tmp_path: Path
) -> None:
    spec = spec_of(tmp_path, (IN_TRAINING | ALWAYS)[chance], settings)
    whole = train(spec, backend=backend, runs=tmp_path / "whole")
    _, _, rows = fitted(whole)
    assert_same_history(whole, rows)
    assert_same_run(whole, resumed(spec, 3, backend=backend))


def test_several_steps_have_their_own(backend: str, tmp_path: Path) -> None:
    spec = written(tmp_path, TWO_MODELS)
    whole = train(spec, backend=backend, runs=tmp_path / "whole")
    _, _, rows = fitted(whole)
    assert_same_history(whole, rows)
    assert_same_run(whole, resumed(spec, 3, backend=backend))


def test_dropout_of_attention(backend: str, tmp_path: Path) -> None:
    """All queries are 0, so that each of two values counts half or, dropped, nothing."""
    chance = "reshape(2, 3) -> stop_gradient\n  mixed = (0 * noisy, noisy, noisy) -> scaled_dot_product(dropout=0.5)"
    text = SPEC.replace("CHANCE", chance).replace("(noisy -> net", "(mixed -> flatten -> net")
    text = text.replace("optimizer", "metrics mixed = (mixed, mixed) -> mae\n  optimizer")
    program, training = compiled(written(tmp_path, text))
    path = tmp_path / "net.py"
    path.write_text(emitted(backend, program, training), encoding="utf-8")
    session = opened(backend, path, "cpu")
    session.seed(1)
    fields = session.put({"x": np.ones((3000, 6), "f"), "target": np.zeros((3000, 1), "f")})
    session.start_epoch(0)
    result = session.train_step("train", fields, np.arange(3000), 0.0, {})
    drawn = session.read_outputs([result])["mixed"][0][..., 0].ravel()
    assert np.isin(np.round(drawn, 5), (0, 1, 2)).all()
    for value, share in ((0, 0.25), (1, 0.5), (2, 0.25)):
        error = (share * (1 - share) / drawn.size) ** 0.5
        assert abs(np.isclose(drawn, value, atol=1e-5).mean() - share) <= 6 * error


def test_without_chance_keras_keeps_nothing(tmp_path: Path) -> None:
    program, training = compiled(spec_of(tmp_path, "stop_gradient"))
    assert "of_training" not in emitted("keras", program, training)
