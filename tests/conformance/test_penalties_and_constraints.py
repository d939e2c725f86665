"""Every sample of every penalty and constraint, on PyTorch and Keras, against its formula in NumPy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlspec.catalog import all_entries
from dlspec.catalog.base import Constraint, Entry, Penalty
from dlspec.catalog.losses import Mse
from dlspec.catalog.optimizers import Sgd
from dlspec.ir.program import WeightsUse
from tests.conformance.one_layer import Array
from tests.conformance.trainings import samples
from tests.unit.keras_training.programs import opened as opened_on_keras
from tests.unit.torch_training.programs import kernels, mlp, one_step, opened, updated

RNG = np.random.default_rng(0)
FIELDS = {"x": RNG.standard_normal((8, 3)), "target": RNG.standard_normal((8, 2))}
START = {
    "hidden.weight": RNG.standard_normal((4, 3)) * np.array([[2.0], [0.1], [1.0], [0.0]]),
    "hidden.bias": RNG.standard_normal(4),
    "y.weight": RNG.standard_normal((2, 4)) * np.array([1, 1, 1, 0]),
    "y.bias": RNG.standard_normal(2),
}
"""The last row of the one is 0 and, as nothing comes of it in the other, its gradient too."""
KERNELS = ("hidden.weight", "y.weight")
STILL = Sgd(lr=1e-30)
"""An update after which weights are where they were."""

VALUES: dict[str, Callable[[Any, Array], float]] = {
    "l1": lambda penalty, w: penalty.rate * np.abs(w).sum(),
    "l2": lambda penalty, w: penalty.rate * (w**2).sum(),
    "elastic": lambda penalty, w: penalty.l1 * np.abs(w).sum() + penalty.l2 * (w**2).sum(),
    "orthogonal": lambda penalty, w: penalty.rate * ((w @ w.T - np.eye(len(w))) ** 2).sum(),
}


def _norms(w: Array) -> Array:
    return np.asarray(np.sqrt((w**2).sum(1, keepdims=True)))


HELD: dict[str, Callable[[Any, Array], Array]] = {
    "clamp": lambda constraint, w: np.clip(w, constraint.min, constraint.max),
    "max_norm": lambda constraint, w: w * np.minimum(1, constraint.limit / np.maximum(_norms(w), 1e-300)),
    "non_negative": lambda constraint, w: np.maximum(w, 0),
    "unit_norm": lambda constraint, w: w / np.where(_norms(w) > 0, _norms(w), 1),
}


def each_sample(kind: str) -> Any:
    """Parametrizes with every sample of a kind."""
    return pytest.mark.parametrize("entry", list(_samples(kind)), ids=lambda entry: f"{entry.entry}({entry})")


def _samples(kind: str) -> Iterator[Entry]:
    for entry in all_entries()[kind]:
        yield from samples(entry)


def session_of(folder: Path, backend: str, **uses: Entry) -> Any:
    """A training with a penalty or a constraint on every kernel, at START."""
    model = mlp(outputs=2)
    program, train = one_step(model, {"mse": Mse()}, optimizers=[STILL])
    covered = {name: (WeightsUse(entry=entry, weights=kernels(program, train)),) for name, entry in uses.items()}
    train = train.model_copy(update={"steps": (train.steps[0].model_copy(update=covered),)})
    session = (opened if backend == "torch" else opened_on_keras)(folder, program, train)
    session.load_weights(START)
    return session


def assert_penalty(folder: Path, backend: str, penalty: Penalty) -> None:
    assert penalty.entry in VALUES, f"{__name__} does not say what '{penalty.entry}' adds"
    wanted = sum(VALUES[penalty.entry](penalty, START[name]) for name in KERNELS)
    found = updated(session_of(folder, backend, penalties=penalty), FIELDS, 1)[0]
    assert found.get("penalty", 0.0) == pytest.approx(wanted, rel=1e-12, abs=1e-300)


def assert_constraint(folder: Path, backend: str, constraint: Constraint) -> None:
    assert constraint.entry in HELD, f"{__name__} does not say what '{constraint.entry}' holds weights to"
    session = session_of(folder, backend, constraints=constraint)
    updated(session, FIELDS, 1)
    for name, value in session.weights().items():
        wanted = HELD[constraint.entry](constraint, START[name]) if name in KERNELS else START[name]
        np.testing.assert_allclose(value, wanted, rtol=1e-12, atol=1e-15, err_msg=name)


@pytest.mark.proves("value", on="torch")
@each_sample("penalty")
def test_penalty_on_pytorch(tmp_path: Path, entry: Penalty) -> None:
    assert_penalty(tmp_path, "torch", entry)


@pytest.mark.proves("value", on="keras")
@each_sample("penalty")
def test_penalty_on_keras(tmp_path: Path, entry: Penalty) -> None:
    assert_penalty(tmp_path, "keras", entry)


@pytest.mark.proves("value", on="torch")
@each_sample("constraint")
def test_constraint_on_pytorch(tmp_path: Path, entry: Constraint) -> None:
    assert_constraint(tmp_path, "torch", entry)


@pytest.mark.proves("value", on="keras")
@each_sample("constraint")
def test_constraint_on_keras(tmp_path: Path, entry: Constraint) -> None:
    assert_constraint(tmp_path, "keras", entry)
