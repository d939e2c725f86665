"""Fifty steps on Keras against fifty steps of the generated PyTorch code, from the same weights, on the same rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import dlspec
from dlspec.backends.initial import initial_weights
from dlspec.catalog.dense import Dense, Embedding
from dlspec.catalog.losses import CrossEntropy, Mse
from dlspec.catalog.optimizers import Adam, Adamw, Rmsprop, Sgd
from dlspec.catalog.penalties import Elastic
from dlspec.catalog.reduction import Mean
from dlspec.catalog.schedules import Cosine, Warmup
from dlspec.ir.program import Module, Program, Train
from dlspec.ir.weights import train_weights
from tests.unit.keras_training.programs import opened, opened_on_torch
from tests.unit.torch_training.adversarial import FACES, adversarial
from tests.unit.torch_training.programs import Building, mlp, one_step, penalised, settings_of, tensor

STEPS = 50
EXAMPLES = Path(__file__).parents[3] / "examples"
RNG = np.random.default_rng(0)


def of_file(name: str, **replaced: str) -> tuple[Program, Train]:
    """The training of an example; `replaced` takes parts of its text away."""
    text = (EXAMPLES / name).read_text(encoding="utf-8")
    for part in replaced.values():
        assert part in text
        text = text.replace(part, "")
    path = Path(name)
    program = dlspec.Spec(EXAMPLES / name, source=source_of(text, path)).program
    return program, program.trains[0]


def source_of(text: str, path: Path) -> Any:
    from dlspec.diagnostics.span import SourceFile

    return SourceFile(str(path), text)


def drawn_fields(train: Train, count: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(1)
    shapes = {port.name: (count, *(int(size) for size in port.type.shape)) for port in train.fields}
    return {
        port.name: rng.integers(0, 10, shapes[port.name])
        if port.type.element == "int"
        else rng.random(shapes[port.name])
        for port in train.fields
    }


def losses_of(session: Any, fields: Any, weights: Any, inner: Any = None) -> list[dict[str, float]]:
    """The losses of each update; batches are of two sizes."""
    session.load_weights(weights)
    session.start_epoch(0)
    columns = session.put(fields)
    count = len(next(iter(fields.values())))
    rng, found = np.random.default_rng(2), []
    for step in range(STEPS):
        rows = rng.permutation(count)[: count // 2 if step % 5 else count // 3]
        draws = session.draw(len(rows), 0, step)
        for name, shape in (inner or {}).items():
            draws[name] = np.random.default_rng(step).standard_normal((len(rows), *shape))
        for name in session.steps:
            rate = session.learning_rate(name, step, 10)
            found += session.read_losses([session.train_step(name, columns, rows, rate, draws)])
    return found


def assert_alike(
    tmp_path: Path, program: Program, train: Train, fields: Any, bound: float, precision: str = "float64", **more: Any
) -> None:
    """Every loss of every step, relative to the larger of it and the first."""
    weights = initial_weights(train_weights(program, train), 0)
    ours = losses_of(opened(tmp_path, program, train, precision), fields, weights, **more)
    wanted = losses_of(opened_on_torch(tmp_path, program, train, precision), fields, weights, **more)
    assert len(ours) == len(wanted) >= STEPS
    for name in {name for row in wanted for name in row}:
        pairs = [(a[name], b[name]) for a, b in zip(ours, wanted, strict=True) if name in b]
        first = abs(pairs[0][1])
        worst = max(abs(a - b) / max(abs(b), first) for a, b in pairs)
        assert worst <= bound, (name, worst)


@pytest.mark.parametrize("optimizer", [Sgd(lr=0.1, momentum=0.9), Adamw(lr=0.01), Rmsprop(lr=0.01, momentum=0.5)])
def test_mlp(tmp_path, optimizer) -> None:
    program, train = one_step(
        mlp(), {"mse": Mse(), "again": Mse(weight=0.3)}, optimizers=[optimizer],
        schedule=(Warmup(steps=7), Cosine()), clip_norm=0.3, clip_value=0.2, train_settings=settings_of(epochs=9),
    )  # fmt: skip
    fields = {"x": RNG.standard_normal((40, 3)), "target": RNG.standard_normal((40, 1))}
    assert_alike(tmp_path, program, penalised(program, train, Elastic(l1=1e-3, l2=1e-2)), fields, 1e-9)


def words() -> Module:
    """embedding -> mean over the words -> dense."""
    building = Building("net", {"x": tensor(6, element="int")})
    inner = building.layer("words", Embedding(n=20, size=5), building.input("x"))
    inner = building.layer("mean", Mean(axis=0), inner)
    return building.done("model", y=building.layer("y", Dense(size=4), inner))


@pytest.mark.parametrize("optimizer", [Adam(lr=0.01), Adamw(lr=0.01), Sgd(lr=0.5, momentum=0.9)])
def test_an_embedding_whose_rows_occur_many_times(tmp_path, optimizer) -> None:
    """The gradient of a row that occurs again and again is added up before it is squared, or clipped with the rest."""
    program, train = one_step(
        words(), {"term": CrossEntropy()}, targets={"target": tensor(element="int")}, optimizers=[optimizer],
        clip_norm=0.1,
    )  # fmt: skip
    fields = {"x": RNG.integers(0, 5, (40, 6)), "target": RNG.integers(0, 4, 40)}
    assert_alike(tmp_path, program, train, fields, 1e-9)


def test_digits_with_batch_norm(tmp_path) -> None:
    program, train = of_file("digits.dl", dropout=" -> dropout(0.5)")
    assert_alike(tmp_path, program, train, drawn_fields(train, 30), 1e-6)


@pytest.mark.parametrize(("precision", "bound"), [("float64", 1e-6), ("float32", 1e-3)])
def test_digits_without_batch_norm(tmp_path, precision, bound) -> None:
    program, train = of_file("digits.dl", dropout=" -> dropout(0.5)", norm=" -> batch_norm")
    assert_alike(tmp_path, program, train, drawn_fields(train, 30), bound, precision)


def test_vae_with_the_same_draws(tmp_path) -> None:
    program, train = of_file("vae.dl")
    assert_alike(tmp_path, program, train, drawn_fields(train, 30), 1e-6, inner={"vae.z.random_normal": (8,)})


@pytest.mark.proves("trajectory", on=("torch", "keras"), of=("train setting repeat",))
@pytest.mark.parametrize("repeat", [1, 3])
def test_several_models(tmp_path, repeat) -> None:
    program, train = adversarial(repeat=repeat)
    assert_alike(tmp_path, program, train, FACES, 1e-6)
