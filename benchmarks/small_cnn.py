"""The small network of specs/small_cnn.dl, ready to be trained: its generated code, its data."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any

import numpy as np

import dlspec
from dlspec.backends.torch.runtime import TorchSession, open_session
from dlspec.data.prepare import prepare

SPECS = Path(__file__).parent / "specs"
SPEC = SPECS / "small_cnn.dl"


def generated(spec: Path, file: str, **settings: Any) -> ModuleType:
    """A module of the PyTorch code that a spec is compiled to."""
    code = dlspec.load(spec, settings).compile("torch")[file]
    module = ModuleType(file.removesuffix(".py"))
    exec(compile(code, file, "exec"), module.__dict__)
    return module


def session(**settings: Any) -> TorchSession:
    """The runtime's session on the generated training."""
    files = dlspec.load(SPEC, settings).compile("torch")
    with TemporaryDirectory() as folder:
        path = Path(folder) / "small_cnn_train.py"
        path.write_bytes(files[path.name])
        return open_session(path)


def fields() -> dict[str, np.ndarray[Any, Any]]:
    """All digits, prepared by the spec."""
    data = dlspec.load(SPEC).program.data[0]
    return prepare(data, SPECS).splits["train"]
