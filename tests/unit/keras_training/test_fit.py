"""`fit` of the generated file against the loop over a session; early stopping; interruption."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlspec.backends.keras.training import emit_train_file
from dlspec.catalog.losses import CrossEntropy
from dlspec.catalog.metrics import Accuracy
from dlspec.catalog.optimizers import Adafactor, Adam, Muon, Nadam, Rmsprop, Sgd
from dlspec.catalog.penalties import L2
from dlspec.catalog.schedules import Cosine, InverseSqrt, OneCycle, Warmup
from dlspec.ir.program import Freeze
from tests.unit.keras_training.programs import drawn_weights, loaded, opened
from tests.unit.torch_training.adversarial import FACES, adversarial, with_norm
from tests.unit.torch_training.examples import CLASSES, FIELDS, HELD_OUT, TWO_OPTIMIZERS, training
from tests.unit.torch_training.programs import mlp, one_step, penalised, settings_of, tensor
from tests.unit.torch_training.test_fit import loop, stopping


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
        {"optimizers": TWO_OPTIMIZERS},
        {"freezes": (Freeze(weights=("hidden.weight",), until=1),)},
        {"train_settings": settings_of(epochs=3, batch=4, seed=5, shuffle=False)},
    ],
)
def test_fit_is_the_loop_bit_for_bit(tmp_path, more) -> None:
    program, train = training(**more)
    train = penalised(program, train, L2(rate=1e-3))
    session = opened(tmp_path, program, train, "float32")
    start = drawn_weights(session)
    session.load_weights(start)
    shuffle = "shuffle" not in train.settings
    wanted = loop(session, FIELDS, epochs=3, batch=4, seed=5, shuffle=shuffle, held_out=HELD_OUT)
    code = loaded(tmp_path, program, train)
    model = code.build()
    code.load_weights(model, start)
    assert code.fit(model, FIELDS, HELD_OUT) == wanted
    for name, value in session.weights().items():
        np.testing.assert_array_equal(code.read_weights(model)[name], value)


def test_fit_of_several_steps_is_the_loop_bit_for_bit(tmp_path) -> None:
    program, train = adversarial()
    faces = {"image": FACES["image"].astype(np.float32)}
    session = opened(tmp_path, program, train, "float32")
    start = drawn_weights(session)
    session.load_weights(start)
    wanted = loop(session, faces, epochs=2, batch=4, seed=0, held_out=faces)
    code = loaded(tmp_path, program, train)
    model = code.build()
    code.load_weights(model, start)
    assert code.fit(model, faces, faces) == wanted


def test_fit_repeats_itself_and_another_seed_draws_other_numbers(tmp_path) -> None:
    code = loaded(tmp_path, *training(train_settings=settings_of(epochs=2, batch=4, seed=5, shuffle=False)))
    start = code.read_weights(code.build())
    histories = []
    for seed in (5, 5, 6):
        model = code.build()
        code.load_weights(model, start)
        histories.append(code.fit(model, FIELDS, seed=seed))
    assert histories[0] == histories[1]
    assert histories[0] != histories[2]


def test_fit_runs_without_dlspec(tmp_path) -> None:
    (tmp_path / "net.py").write_text(emit_train_file(*training()))
    np.savez(tmp_path / "fields.npz", **FIELDS)
    script = (
        "import sys, numpy as np, net\n"
        "rows = net.fit(net.build(), dict(np.load('fields.npz')))\n"
        "assert not [name for name in sys.modules if name.startswith('dlspec')]\n"
        "print(len(rows))\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "KERAS_BACKEND": "tensorflow"}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "3"


def test_all_examples_at_once(tmp_path) -> None:
    code = loaded(tmp_path, *training(train_settings=settings_of(epochs=2, batch="all")))
    assert code.BATCH is None
    assert [row["step"] for row in code.fit(code.build(), FIELDS)] == [1, 2]


def test_no_size_of_batch_is_traced_again(tmp_path) -> None:
    code = loaded(tmp_path, *training())
    model = code.build()
    optimizer, columns = code.make_optimizer(model), code.tensors(FIELDS)
    for size in (4, 1, 21, 7):
        code.train_step(model, optimizer, {name: column[:size] for name, column in columns.items()}, 0.1)
    assert code.compiled(code.update, model, optimizer).function.experimental_get_tracing_count() == 1


# ---------------------------------------------------------------- early stopping


class Fake:
    """Gives `evaluate` of a generated module the figures of a script, and notes the weights at each."""

    def __init__(self, code: Any, figures: list[float]) -> None:
        self.code, self.figures, self.seen = code, iter(figures), []
        code.evaluate = self

    def __call__(self, model: Any, batches: Any) -> Any:
        self.seen.append(self.code.read_weights(model))
        return {"loss": next(self.figures)}, {"accuracy": (np.zeros(1), np.zeros(1))}


@pytest.mark.parametrize("restore_best", [True, False])
def test_early_stopping(tmp_path, restore_best) -> None:
    code = loaded(tmp_path, *stopping("validation.loss", 2, restore_best=restore_best))
    fake = Fake(code, [3.0, 2.0, 2.0, 1.5, 1.6, float("nan"), 1.5, 0.1])
    model = code.build()
    assert len(code.fit(model, CLASSES, CLASSES)) == 7
    for name, value in code.read_weights(model).items():
        np.testing.assert_array_equal(value, fake.seen[3 if restore_best else 6][name])


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

    few = {name: value[:5] for name, value in CLASSES.items()}
    code.fit(code.build(), CLASSES, few, metrics={"accuracy": accuracy})
    assert [len(prediction) for prediction, _ in seen] == [21, 5, 21, 5]
    np.testing.assert_array_equal(seen[1][1], CLASSES["target"][:5])
    np.testing.assert_array_equal(seen[0][1], CLASSES["target"][np.random.default_rng([0, 0]).permutation(21)])


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
    held = (Freeze(weights=("norm.weight", "hidden.weight"), until=1), Freeze(weights=("y.weight",)))
    normed = one_step(with_norm("net", 3, 1), {"own": CrossEntropy()}, targets={"target": tensor(1)}, freezes=held)
    cases = [
        training(),
        training(schedule=(Warmup(steps=3), Cosine()), clip_norm=1.0, train_settings=settings_of(stop=stop)),
        adversarial(),
        adversarial(repeat=2),
        training(optimizers=TWO_OPTIMIZERS, clip_value=1.0),
        training(optimizers=[Adam(weight_decay=0.1, amsgrad=True)]),
        training(optimizers=[Rmsprop(centered=True)]),
        normed,
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
