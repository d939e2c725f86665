"""The backends that are installed here, opened on code that is written from the program."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from dlspec.backends.session import Session
from dlspec.ir.program import Program, Train
from dlspec.training.backends import TRAINING, Precision, emitted, opened

PACKAGES = {"torch": ("torch",), "keras": ("tensorflow", "keras"), "onnx": ("onnx", "onnxruntime")}
"""backend -> the packages that it needs."""

TITLES = {"torch": "PyTorch", "keras": "Keras", "onnx": "ONNX"}

PRECISIONS: tuple[Precision, ...] = ("float32", "float64")

Write = Callable[[str, Program, Train], str]
"""Gives the source of a training for a backend."""

Open = Callable[[str, Path, str, Precision], Session]
"""Opens a source on a device."""

ChangeGraph = Callable[[Any], Any]
"""Takes and gives an ONNX ModelProto."""


@dataclass(frozen=True, slots=True)
class Engine:
    """A backend in one precision."""

    backend: str
    precision: Precision

    @property
    def trains(self) -> bool:
        """Whether it has gradients; ONNX files hold the inference graph."""
        return self.backend != "onnx"


def _unchanged(model: Any) -> Any:
    return model


@dataclass(frozen=True, slots=True)
class Engines:
    """What is compared. The functions stand between the compiler and the runtimes: tests plant errors there."""

    backends: tuple[str, ...]
    write: Write = emitted
    open: Open = opened
    graph: ChangeGraph = _unchanged

    def pairs(self, *, trains: bool = False) -> Iterator[tuple[Engine, Engine]]:
        """Every pair; ONNX Runtime has no float64 for many operators, and takes part in float32."""
        for precision in PRECISIONS:
            engines = [Engine(backend, precision) for backend in self.backends]
            engines = [each for each in engines if each.trains or (precision == "float32" and not trains)]
            yield from combinations(engines, 2)

    def each(self, *, trains: bool = False) -> tuple[Engine, ...]:
        """The engines that occur in a pair."""
        return tuple(dict.fromkeys(engine for pair in self.pairs(trains=trains) for engine in pair))

    @contextmanager
    def session(self, engine: Engine, program: Program, train: Train) -> Iterator[Session]:
        """A session on newly written code."""
        with TemporaryDirectory(prefix="dlspec-") as folder:
            path = Path(folder) / "training.py"
            path.write_text(self.write(engine.backend, program, train), encoding="utf-8")
            yield self.open(engine.backend, path, "cpu", engine.precision)


def pair_text(one: Engine, other: Engine) -> str:
    """`PyTorch and Keras, float64`."""
    return f"{TITLES[one.backend]} and {TITLES[other.backend]}, {one.precision}"


def installed() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The backends whose packages are here, and what to say of the others."""
    found, missing = [], []
    for backend, packages in PACKAGES.items():
        absent = [package for package in packages if find_spec(package) is None]
        if absent:
            what = f"{' and '.join(absent)} not installed (pip install 'dlspec[{backend}]')"
            missing.append(f"{TITLES[backend]}: {what}")
        elif backend in TRAINING or backend == "onnx":
            found.append(backend)
        else:
            missing.append(f"{TITLES[backend]}: this version does not train with it")
    return tuple(found), tuple(missing)
