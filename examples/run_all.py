"""Train every example and print a table of what each reached. Run by `make examples`."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import dlspec

HERE = Path(__file__).parent

BOUNDS: dict[str, tuple[str, float | None, float | None]] = {
    "digits.dl": ("test.accuracy", 0.97, None),
    "diabetes.dl": ("test.rmse", None, 0.85),
    "iris.dl": ("test.accuracy", 0.9, None),
    "perceptron.dl": ("train.accuracy", 1.0, None),
    "residual.dl": ("test.accuracy", 0.97, None),
    "vae.dl": ("validation.loss", None, 25.5),
    "xor.dl": ("train.accuracy", 1.0, None),
}
"""Spec -> the figure of `result.json`, and the least or most that it may be."""


def main() -> int:
    """All of them; exit status 1 where one misses its bound."""
    print(f"{'example':16}{'figure':20}{'value':>9}{'bound':>10}{'seconds':>9}")
    missed = 0
    for name, (figure, least, most) in BOUNDS.items():
        start = time.perf_counter()
        run = dlspec.load(HERE / name).train()
        seconds = time.perf_counter() - start
        part, key = figure.split(".")
        value = run.result[part][key]
        good = (least is None or value >= least) and (most is None or value <= most)
        missed += not good
        bound = f">= {least}" if least is not None else f"<= {most}"
        print(f"{name:16}{figure:20}{value:>9.4f}{bound:>10}{seconds:>9.1f}{'' if good else '  MISSED'}", flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
