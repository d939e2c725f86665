"""The backends that train: how the code of a training is written, and how it is run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from dlspec.backends.session import Session
from dlspec.diagnostics.codes import runtime as codes
from dlspec.diagnostics.report import did_you_mean, fail
from dlspec.ir.program import Program, Train

TRAINING = ("torch",)
"""The backends that train in this version."""


def emitted(backend: str, program: Program, train: Train) -> str:
    """The source of the training's module."""
    _known(backend)
    from dlspec.backends.torch.training import emit_train_file

    return emit_train_file(program, train)


def opened(backend: str, path: Path, device: str) -> Session:
    """The training in a generated file, ready on a device."""
    _known(backend)
    from dlspec.backends.torch.runtime import open_session

    return open_session(path, device=device)


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
