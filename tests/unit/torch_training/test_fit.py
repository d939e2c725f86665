"""`fit` of the generated file against the loop over a session; early stopping; interruption."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from dlspec.backends.torch.runtime import TorchSession
from dlspec.backends.torch.training import emit_train_file
from dlspec.catalog.base import Metric
from dlspec.catalog.losses import CrossEntropy
from dlspec.catalog.metrics import Accuracy
from dlspec.catalog.optimizers import Adafactor, Muon, Nadam, Rmsprop, Sgd
from dlspec.catalog.penalties import L2
from dlspec.catalog.schedules import Cosine, InverseSqrt, OneCycle, Warmup
from tests.unit.torch_training.adversarial import FACES, adversarial
from tests.unit.torch_training.examples import CLASSES, FIELDS, HELD_OUT, TWO_OPTIMIZERS, training
from tests.unit.torch_training.programs import loaded, mlp, one_step, opened, penalised, settings_of, tensor


def start_of(session: TorchSession) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(9)
    return {name: rng.random(value.shape).astype(np.float32) for name, value in session.weights().items()}


def loop(
    session: TorchSession,
    fields: Any,
    *,
    epochs: int,
    batch: int,
    seed: int,
    shuffle: bool = True,
    held_out: Any = None,
) -> list[dict[str, Any]]:
    """The runtime's loop, as the contract words it."""
    columns, validation = session.put(fields), None if held_out is None else session.put(held_out)
    count = len(next(iter(fields.values())))
    steps_per_epoch = math.ceil(count / batch)
    session.seed(seed)
    rows = []
    for epoch in range(epochs):
        session.start_epoch(epoch)
        order = np.random.default_rng([seed, epoch]).permutation(count) if shuffle else np.arange(count)
        results: dict[str, list[Any]] = {name: [] for name in session.steps}
        sizes = []
        for place in range(steps_per_epoch):
            step, taken = epoch * steps_per_epoch + place, order[place * batch : (place + 1) * batch]
            sizes.append(len(taken))
            draws = session.draw(len(taken), seed, step)
            for name in session.steps:
                rate = session.learning_rate(name, step, steps_per_epoch)
                results[name].append(session.train_step(name, columns, taken, rate, draws))
        figures: dict[str, float] = {}
        for made in results.values():
            read = session.read_losses(made)
            for name in read[0]:
                mean = sum(each[name] * size for each, size in zip(read, sizes, strict=True)) / sum(sizes)
                figures[name] = figures.get(name, 0.0) + mean
        lr = session.learning_rate(session.steps[0], step, steps_per_epoch)
        rows.append({"epoch": epoch, "step": step + 1, "train": figures, "lr": lr})
        if validation is not None:
            rows[-1]["validation"] = session.evaluate(validation, batch).losses
    return rows


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"schedule": (Warmup(steps=4), Cosine())},
        {"clip_norm": 0.5, "clip_value": 0.2},
        {"optimizers": [Rmsprop(lr=0.01, momentum=0.5)]},
        {"optimizers": [Muon(weight_decay=0.1)], "schedule": (Warmup(steps=4), InverseSqrt())},
        {"optimizers": [Adafactor()], "schedule": (OneCycle(),)},
        {"optimizers": [Nadam()]},
        {"train_settings": settings_of(epochs=3, batch=4, seed=5, shuffle=False)},
    ],
)
def test_fit_is_the_loop_bit_for_bit(tmp_path, more) -> None:
    program, train = training(**more)
    train = penalised(program, train, L2(rate=1e-3))
    session = opened(tmp_path, program, train, "float32")
    start = start_of(session)
    session.load_weights(start)
    wanted = loop(
        session, FIELDS, epochs=3, batch=4, seed=5, shuffle="shuffle" not in train.settings, held_out=HELD_OUT
    )
    code = loaded(tmp_path, program, train)
    model = code.build()
    code.load_weights(model, start)
    assert code.fit(model, FIELDS, HELD_OUT) == wanted
    state = model.state_dict()
    for name, value in session.weights().items():
        np.testing.assert_array_equal(state[code.WEIGHTS[name]].numpy(), value)


def test_fit_of_several_steps_is_the_loop_bit_for_bit(tmp_path) -> None:
    program, train = adversarial()
    faces = {"image": FACES["image"].astype(np.float32)}
    session = opened(tmp_path, program, train, "float32")
    start = start_of(session)
    session.load_weights(start)
    wanted = loop(session, faces, epochs=2, batch=4, seed=0, held_out=faces)
    code = loaded(tmp_path, program, train)
    model = code.build()
    code.load_weights(model, start)
    assert code.fit(model, faces, faces) == wanted


def test_fit_runs_without_dlspec(tmp_path) -> None:
    program, train = training()
    (tmp_path / "net.py").write_text(emit_train_file(program, train))
    np.savez(tmp_path / "fields.npz", **FIELDS)
    script = (
        "import sys, numpy as np, net\n"
        "rows = net.fit(net.build(), dict(np.load('fields.npz')))\n"
        "assert not [name for name in sys.modules if name.startswith('dlspec')]\n"
        "print(len(rows))\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "3"


def test_all_examples_at_once(tmp_path) -> None:
    program, train = training(train_settings=settings_of(epochs=2, batch="all"))
    code = loaded(tmp_path, program, train)
    assert code.BATCH is None
    assert [row["step"] for row in code.fit(code.build(), FIELDS)] == [1, 2]


# ---------------------------------------------------------------- early stopping


class Fake:
    """Gives `evaluate` of a generated module the figures of a script, and notes the weights at each."""

    def __init__(self, code: Any, figures: list[float], name: str = "loss") -> None:
        self.code, self.figures, self.seen = code, iter(figures), []
        self.name = name
        code.evaluate = self

    def __call__(self, model: Any, batches: Any) -> Any:
        self.seen.append({name: value.clone() for name, value in model.state_dict().items()})
        return {self.name: next(self.figures)}, {"accuracy": (np.zeros(1), np.zeros(1))}


def stopping(monitor: str, patience: int, *, restore_best: bool = True, metrics: Any = None) -> Any:
    stop = {"monitor": monitor, "patience": patience, "restore_best": restore_best}
    return one_step(
        mlp(outputs=4), {"term": CrossEntropy()}, targets={"target": tensor(element="int")}, metrics=metrics,
        optimizers=[Sgd(lr=0.1)], train_settings=settings_of(epochs=20, batch=8, stop=stop),
    )  # fmt: skip


@pytest.mark.parametrize("restore_best", [True, False])
def test_early_stopping(tmp_path, restore_best) -> None:
    program, train = stopping("validation.loss", 2, restore_best=restore_best)
    code = loaded(tmp_path, program, train)
    fake = Fake(code, [3.0, 2.0, 2.0, 1.5, 1.6, float("nan"), 1.5, 0.1])
    model = code.build()
    rows = code.fit(model, CLASSES, CLASSES)
    # The best is epoch 3; epochs 4, 5 and 6 are more than two without a better one.
    assert len(rows) == 7
    kept = fake.seen[3 if restore_best else 6]
    assert all(torch.equal(value, kept[name]) for name, value in model.state_dict().items())


def test_early_stopping_with_no_patience(tmp_path) -> None:
    code = loaded(tmp_path, *stopping("validation.loss", 0))
    Fake(code, [3.0, 2.0, 2.5, 1.0])
    assert len(code.fit(code.build(), CLASSES, CLASSES)) == 3


def test_early_stopping_by_a_metric_wants_it_high(tmp_path) -> None:
    metrics: dict[str, Metric] = {"accuracy": Accuracy()}
    code = loaded(tmp_path, *stopping("validation.accuracy", 1, metrics=metrics))
    values = iter([0.1, 0.5, 0.4, 0.3, 0.9])
    Fake(code, [1.0] * 9)
    model = code.build()

    def accuracy(prediction: Any, target: Any) -> float:
        return next(values) if len(prediction) == 1 else 0.0

    rows = code.fit(model, CLASSES, CLASSES, metrics={"accuracy": accuracy})
    assert [row["validation"]["accuracy"] for row in rows] == [0.1, 0.5, 0.4, 0.3]


def test_metrics_of_both_parts(tmp_path) -> None:
    program, train = one_step(
        mlp(outputs=4), {"term": CrossEntropy()}, targets={"target": tensor(element="int")},
        metrics={"accuracy": Accuracy()}, optimizers=[Sgd(lr=0.1)], train_settings=settings_of(epochs=2, batch=8),
    )  # fmt: skip
    code = loaded(tmp_path, program, train)
    seen: list[tuple[Any, Any]] = []

    def accuracy(prediction: Any, target: Any) -> float:
        seen.append((prediction, target))
        return float((prediction.argmax(1) == target).mean())

    rows = code.fit(
        code.build(), CLASSES, {name: value[:5] for name, value in CLASSES.items()}, metrics={"accuracy": accuracy}
    )
    assert [len(prediction) for prediction, _ in seen] == [21, 5, 21, 5]
    np.testing.assert_array_equal(seen[1][1], CLASSES["target"][:5])
    order = np.random.default_rng([0, 0]).permutation(21)
    np.testing.assert_array_equal(seen[0][1], CLASSES["target"][order])
    assert 0.0 <= rows[0]["train"]["accuracy"] <= 1.0


def test_an_interrupted_fit_gives_what_it_has(tmp_path, capsys) -> None:
    code = loaded(tmp_path, *training())
    whole, calls = code.train_step, []

    def interrupted(*arguments: Any) -> Any:
        calls.append(1)
        if len(calls) == 8:
            raise KeyboardInterrupt
        return whole(*arguments)

    code.train_step = interrupted
    assert len(code.fit(code.build(), FIELDS)) == 1
    assert "interrupted after 1 epochs" in capsys.readouterr().out


def test_generated_files_are_clean(tmp_path) -> None:
    """Ruff, with this project's rules, on every shape of training in these tests."""
    stop = {"monitor": "validation.loss", "patience": 2}
    cases = [
        training(),
        training(schedule=(Warmup(steps=3), Cosine()), clip_norm=1.0, train_settings=settings_of(stop=stop)),
        adversarial(),
        adversarial(repeat=2),
        training(optimizers=TWO_OPTIMIZERS),
    ]
    for number, (program, train) in enumerate(cases):
        (tmp_path / f"case_{number}.py").write_text(emit_train_file(program, train))
    config = Path(__file__).parents[3] / "pyproject.toml"
    for arguments in (["check", "--no-cache"], ["format", "--check", "--no-cache"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *arguments, "--config", str(config), str(tmp_path)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
