"""Trainings of the tests of PyTorch, as Keras code; skips what imports it where TensorFlow is missing."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from dlspec.backends.keras.training import emit_train_file
from dlspec.backends.torch.training import emit_train_file as emit_torch
from dlspec.ir.program import Program, Train

pytest.importorskip("tensorflow")

if TYPE_CHECKING:
    from dlspec.backends.keras.runtime import KerasSession
    from dlspec.backends.torch.runtime import TorchSession


def written(folder: Path, program: Program, train: Train) -> Path:
    """The generated file, in the folder."""
    path = folder / f"{train.label}_keras.py"
    path.write_text(emit_train_file(program, train), encoding="utf-8")
    return path


def opened(folder: Path, program: Program, train: Train, precision: Any = "float64") -> KerasSession:
    """The training on Keras."""
    from dlspec.backends.keras.runtime import open_session

    return open_session(written(folder, program, train), precision=precision)


def opened_on_torch(folder: Path, program: Program, train: Train, precision: Any = "float64") -> TorchSession:
    """The same training on PyTorch."""
    from dlspec.backends.torch.runtime import open_session

    path = folder / f"{train.label}_torch.py"
    path.write_text(emit_torch(program, train), encoding="utf-8")
    return open_session(path, precision=precision)


def loaded(folder: Path, program: Program, train: Train) -> Any:
    """The generated module itself."""
    path = written(folder, program, train)
    module = ModuleType(path.stem)
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), module.__dict__)
    return module


def drawn_weights(session: Any, seed: int = 9) -> dict[str, np.ndarray]:
    """Weights for a session; running variances are positive."""
    rng = np.random.default_rng(seed)
    return {
        name: (0.3 * rng.standard_normal(value.shape) + name.endswith("running_var")).astype(value.dtype) ** (
            2 if name.endswith("running_var") else 1
        )
        for name, value in session.weights().items()
    }  # fmt: skip
