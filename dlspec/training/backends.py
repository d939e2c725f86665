"""The backends that train: how the code of a training is written, and how it is run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from dlspec.backends.session import Session
from dlspec.diagnostics.codes import runtime as codes
from dlspec.diagnostics.report import did_you_mean, fail
from dlspec.ir.program import Program, Train

Precision = Literal["float32", "float64"]

TRAINING = ("torch", "keras")
"""The backends that train in this version."""


def emitted(backend: str, program: Program, train: Train) -> str:
    """The source of the training's module."""
    _known(backend)
    if backend == "keras":
        from dlspec.backends.keras.training import emit_train_file as emit_keras

        return emit_keras(program, train)
    from dlspec.backends.torch.training import emit_train_file

    return emit_train_file(program, train)


def opened(backend: str, path: Path, device: str, precision: Precision = "float32") -> Session:
    """The training in a generated file, ready on a device; floats have that precision."""
    _known(backend)
    if backend == "keras":
        from dlspec.backends.keras.runtime import open_session as open_keras

        return open_keras(path, device=device, precision=precision)
    from dlspec.backends.torch.runtime import open_session

    return open_session(path, device=device, precision=precision)


@contextmanager
def session_of(backend: str, program: Program, train: Train, device: str) -> Iterator[Session]:
    """A session on code that is written anew from the program: a run that somebody else sent brings none of its own."""
    with TemporaryDirectory(prefix="dlspec-") as folder:
        path = Path(folder) / f"{train.label}.py"
        path.write_text(emitted(backend, program, train), encoding="utf-8")
        yield opened(backend, path, device)


def _known(backend: str) -> None:
    if backend not in TRAINING:
        near = did_you_mean(backend, TRAINING) or f"this version trains with {', '.join(TRAINING)}"
        raise fail(codes.MISSING_BACKEND, f"there is no backend '{backend}' that trains", help=near)
