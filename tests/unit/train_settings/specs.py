"""Small specs for the settings of `train`, and what tests do with them on either backend."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file

from dlspec.pipeline import checked, resolve
from dlspec.training.figures import metric_terms, score
from dlspec.training.run import Run
from dlspec.training.setup import choose
from dlspec.training.signals import Interrupted
from dlspec.training.train import train

TABLE = """
data d {
  source npz("table.npz")
  x      = column("x")
  target = column("y")
  split  train=0.7, validation=0.3, seed=0
}
model net {
  input x: float[6]
  output p = x -> dense(8) -> batch_norm -> relu -> dropout(0.2) -> dense(1)
}
train net on d {
  loss      mse
  metrics   mae
  optimizer adam(lr=0.01)
  epochs    4
  batch     8
  seed      1
  SETTINGS
}
"""
"""43 examples in the training part: five batches of 8 and one of 3."""

SERIES = """
data d {
  source npz("series.npz")
  x      = column("x")
  target = column("y")
  split  train=0.7, validation=0.3, seed=0
}
model net {
  input x: float[T, 3]
  output p = x -> lstm(5) -> dropout(0.1) -> gru(4) -> dense(1)
}
train net on d {
  loss      (p, target) -> mse
  metrics   error = (p, target) -> mae
  optimizer adam(lr=0.01)
  epochs    3
  batch     8
  seed      1
  SETTINGS
}
"""
"""21 sequences of 11 steps in the training part."""


def written(folder: Path, text: str, settings: str = "") -> Path:
    """The spec and its data in a folder."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(61, 6)).astype(np.float32)
    y = x @ rng.normal(size=(6, 1)).astype(np.float32) + 0.3 * rng.normal(size=(61, 1)).astype(np.float32)
    np.savez(folder / "table.npz", x=x, y=y)
    x = rng.normal(size=(30, 11, 3)).astype(np.float32)
    np.savez(folder / "series.npz", x=x, y=np.cumsum(x.mean(-1, keepdims=True), 1))
    spec = folder / "spec.dl"
    spec.write_text(text.replace("SETTINGS", "\n  ".join(settings.split("; "))))
    return spec


def compiled(spec: Path) -> tuple[Any, Any]:
    """Program and training."""
    program = checked(resolve(spec)).program
    return program, choose(program, None)


def loaded(path: Path) -> Any:
    """A generated file as a module."""
    module = ModuleType(path.stem)
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), module.__dict__)
    return module


def fitted(run: Run) -> tuple[Any, Any, list[dict[str, Any]]]:
    """The generated file of a run, its model and what its own `fit` makes of the same start and data."""
    (path,) = (run.path / "code").glob("*.py")
    code = loaded(path)
    model = code.build()
    code.load_weights(model, load_file(run.path / "initial.safetensors"))
    parts = run.parts()
    terms = metric_terms(run.train)
    metrics = {name: lambda *arrays, name=name: score({name: terms[name]}, {name: arrays})[name] for name in terms}
    given = {"metrics": metrics} if metrics else {}
    return code, model, code.fit(model, parts["train"], parts.get("validation"), **given)


def assert_same_history(run: Run, rows: list[dict[str, Any]]) -> None:
    """Figures and rates, bit for bit."""
    assert len(run.history) == len(rows)
    for mine, theirs in zip(run.history, rows, strict=True):
        assert mine["lr"] == theirs["lr"]
        for part in ("train", "validation"):
            assert mine[part] == theirs[part], part


class StopAfter:
    """Sends this process Ctrl-C after some updates."""

    def __init__(self, updates: int) -> None:
        self.left = updates

    def begin(self, epochs: int, done: int, batches: int) -> None: ...
    def epoch(self, row: Any) -> None: ...
    def note(self, text: str) -> None: ...
    def end(self) -> None: ...

    def update(self, batches: int) -> None:
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGINT)


def resumed(spec: Path, updates: int, **options: Any) -> Run:
    """A run that is broken off after some steps, and gone on with."""
    with pytest.raises(Interrupted):
        train(spec, progress=StopAfter(updates), runs=spec.parent / "broken", **options)
    return train(spec, resume=True, runs=spec.parent / "broken", **options)


def assert_same_run(one: Run, other: Run) -> None:
    """History, final weights and results, bit for bit."""
    assert_same_history(one, other.history)
    ours, theirs = one.weights(), other.weights()
    assert ours.keys() == theirs.keys()
    for name, array in ours.items():
        assert array.dtype == theirs[name].dtype
        np.testing.assert_array_equal(array, theirs[name], err_msg=name)
    for part in ("train", "validation"):
        assert one.result[part] == other.result[part]


CASES: dict[str, tuple[str, str]] = {
    "plateau": (TABLE, "schedule warmup(steps=4) -> plateau(factor=0.5, patience=0)"),
    "accumulate": (TABLE, "accumulate 4; clip norm=1.0; penalty l2(1e-3)"),
    "frozen": (TABLE, 'accumulate 2; freeze "p.dense.*", until=1; freeze "p.dense_2.*", until=2; rate "*.bias", 0.5'),
    "average": (TABLE, "average 0.9; stop monitor=validation.loss, patience=9"),
    "float64": (TABLE, "precision float64; penalty l2(1e-3)"),
    "bf16": (TABLE, "precision bf16"),
    "fp16": (TABLE, "precision fp16; clip value=0.5"),
    "all": (TABLE, "precision fp16; accumulate 2; average 0.8; schedule plateau(monitor=train.mae, patience=0)"),
    "truncate": (SERIES, "truncate 4"),
    "truncate and more": (SERIES, "truncate 3; accumulate 2; average 0.9; clip norm=0.5; penalty l2(1e-3)"),
}
"""Of each setting, and of several together, a spec."""
