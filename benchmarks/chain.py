"""Chains of layers through check and both compilers: seconds for 10,000 layers, and in times of 1,000 layers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import dlspec
from benchmarks.table import Row, Spread
from benchmarks.timing import PAIRS, timed

LONG, SHORT = 10_000, 1_000


def flow(layers: int) -> str:
    """One flow."""
    stages = "\n".join("    -> dense(64) -> relu" for _ in range(layers // 2))
    return f"model chain {{\n  input x: float[64]\n  output y = x\n{stages}\n}}\n"


def bindings(layers: int) -> str:
    """A binding for each layer."""
    lines = "\n".join(
        f"  h{place} = h{place - 1} -> {'relu' if place % 2 == 0 else 'dense(64)'}" for place in range(1, layers + 1)
    )
    return f"model chain {{\n  input h0: float[64]\n{lines}\n  output y = h{layers}\n}}\n"


def repeated(layers: int) -> str:
    """A block of two layers, repeated."""
    block = "block pair {\n  return in -> dense(64) -> relu\n}\n"
    return f"{block}\nmodel chain {{\n  input x: float[64]\n  output y = x -> pair * {layers // 2}\n}}\n"


FORMS: dict[str, Callable[[int], str]] = {"a flow": flow, "bindings": bindings, "a block * n": repeated}


def check(path: Path) -> None:
    """All that `dlspec check` does; an error where it finds anything."""
    found = dlspec.load(path).check()
    if found:
        raise RuntimeError(f"the chain has errors: {found[0].message}")


def compile_to(backend: str, path: Path) -> None:
    """From the text to the code or graph, without weights."""
    dlspec.load(path).compile("onnx" if backend == "onnx" else "torch")


STAGES: dict[str, Callable[[Path], None]] = {
    "check": check,
    "compile to torch": partial(compile_to, "torch"),
    "compile to onnx": partial(compile_to, "onnx"),
}


def measure() -> Iterator[Row]:
    """Two rows for each stage and form."""
    with TemporaryDirectory() as folder:
        for form, text in FORMS.items():
            long, short = (_written(Path(folder), form, text(layers), layers) for layers in (LONG, SHORT))
            for stage, action in STAGES.items():
                yield from _rows(f"{stage}, {form}", partial(action, long), partial(action, short))


def _rows(what: str, long: Callable[[], None], short: Callable[[], None]) -> Iterator[Row]:
    short()
    pairs = [(timed(long), timed(short)) for _ in range(PAIRS)]
    yield Row(f"{what}, 10,000 layers", Spread.of([each for each, _ in pairs]), "s", most=5)
    yield Row(f"{what}, 10,000 / 1,000 layers", Spread.of([a / b for a, b in pairs]), "ratio", most=12)


def _written(folder: Path, form: str, text: str, layers: int) -> Path:
    path = folder / f"{form.replace(' ', '_').replace('*', 'by')}_{layers}.dl"
    path.write_text(text, encoding="utf-8")
    return path
