"""The small network of specs/small_cnn.dl, ready to be trained: its generated code, its data."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any

import numpy as np

import dlspec
from dlspec.backends.session import Session
from dlspec.data.prepare import prepare
from dlspec.training.backends import opened

SPECS = Path(__file__).parent / "specs"
SPEC = SPECS / "small_cnn.dl"


def generated(spec: Path, file: str, **settings: Any) -> ModuleType:
    """A module of the PyTorch code that a spec is compiled to."""
    code = dlspec.load(spec, settings).compile("torch")[file]
    module = ModuleType(file.removesuffix(".py"))
    exec(compile(code, file, "exec"), module.__dict__)
    return module


def session(target: str = "torch", **settings: Any) -> Session:
    """A backend's session on the generated training."""
    files = dlspec.load(SPEC, settings).compile(target)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "small_cnn_train.py"
        path.write_bytes(files[path.name])
        return opened(target, path, "cpu")


def fields() -> dict[str, np.ndarray[Any, Any]]:
    """All digits, prepared by the spec."""
    data = dlspec.load(SPEC).program.data[0]
    return prepare(data, SPECS).splits["train"]


def runtime_epoch(target: str, batch: int, **settings: Any) -> Callable[[], object]:
    """What the one training loop asks of a backend's session in an epoch over all digits."""
    running = session(target, **settings)
    columns = running.put(fields())
    count = len(next(iter(fields().values())))
    epochs = itertools.count()

    def run() -> object:
        epoch = next(epochs)
        running.start_epoch(epoch)
        order = np.random.default_rng([0, epoch]).permutation(count)
        batches = np.split(order, range(batch, count, batch))
        rate = running.learning_rate("train", 0, len(batches))
        return running.read_losses([running.train_step("train", columns, rows, rate, {}) for rows in batches])

    return run
