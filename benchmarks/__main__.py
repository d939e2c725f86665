"""`python -m benchmarks [NAME…]`: the measurements of those names, or all of them, as one table."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Sequence
from datetime import date
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version

from benchmarks.table import Row, table
from benchmarks.timing import PAIRS, THREADS

MEASUREMENTS = (
    "check_process",
    "chain",
    "resnet50",
    "large_model",
    "training_step",
    "epoch",
    "keras_epoch",
    "onnx_inference",
)
"""Modules of this package; each has a `measure` that gives its rows."""

PACKAGES = ("dlspec", "torch", "tensorflow", "keras", "onnx", "onnxruntime", "numpy")


def main(names: Sequence[str]) -> int:
    """Print the table; gives 1 where a bound is broken, 2 for an unknown name."""
    unknown = [name for name in names if name not in MEASUREMENTS]
    if unknown:
        print(f"there is no measurement '{unknown[0]}'; there are {', '.join(MEASUREMENTS)}", file=sys.stderr)
        return 2
    _fix_threads()
    rows: list[Row] = []
    for name in names or MEASUREMENTS:
        for row in import_module(f"benchmarks.{name}").measure():
            print(f"{name}: {' '.join(row.cells()[:3])}", file=sys.stderr, flush=True)
            rows.append(row)
    print(f"{_machine()}\n\n{table(rows)}")
    return 0 if all(row.ok for row in rows) else 1


def _fix_threads() -> None:
    """Before a library is loaded that asks for it."""
    for library in ("OMP", "MKL", "OPENBLAS", "TF"):
        kinds = ("INTRAOP_THREADS", "INTEROP_THREADS") if library == "TF" else ("THREADS",)
        os.environ.update({f"{library}_NUM_{kind}": str(THREADS) for kind in kinds})


def _machine() -> str:
    """What the figures hold for."""
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return "\n".join(
        [
            f"{date.today()}, {platform.platform()}, {os.cpu_count()} cores{load}",
            f"Python {platform.python_version()}, {', '.join(_version(each) for each in PACKAGES)}",
            f"{THREADS} thread; medians of {PAIRS} interleaved pairs; the spread is from the smallest to the largest",
        ]
    )


def _version(package: str) -> str:
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        return f"{package} from this folder"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
