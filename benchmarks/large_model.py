"""A model of 7 billion parameters through `check`, `summary` and `compile`: how much memory each process takes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.check_process import REPOSITORY
from benchmarks.table import Row, Spread

SPEC = """\
block layer(heads, hidden) {
  size = in.shape[-1]
  a = in -> rms_norm
  x = in + ((a, a, a) -> attention(heads, causal=true))
  return x + (x -> rms_norm -> dense(hidden) -> gelu -> dense(size))
}

model large(size = 4096, depth = 34) {
  input tokens: int[T]
  output logits = tokens -> embedding(32000, size) -> layer(32, 4 * size) * depth -> rms_norm -> dense(32000)
}
"""
COMMANDS = {
    "check": ("check", "large.dl"),
    "summary": ("summary", "large.dl"),
    "compile to torch": ("compile", "large.dl", "--to", "torch"),
    "compile to onnx": ("compile", "large.dl", "--to", "onnx"),
}
MEASURED = """\
import sys
from dlspec.cli.main import main

code = main(sys.argv[1:])
# `ru_maxrss` would remember the process that started this one.
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(peak.split()[1], file=sys.stderr)
sys.exit(code)
"""
"""A command that prints its largest memory in KiB, as Linux tells it."""


def measure() -> Iterator[Row]:
    """The largest memory of each command, in MiB; once, for it does not vary."""
    with TemporaryDirectory() as folder:
        (Path(folder) / "large.dl").write_text(SPEC, encoding="utf-8")
        for what, arguments in COMMANDS.items():
            most = _memory(Path(folder), arguments)
            yield Row(f"{what}, 7 billion parameters", Spread(most, most, most), "MiB", most=1024)


def _memory(folder: Path, arguments: tuple[str, ...]) -> float:
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY)}
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, *arguments],
        env=environment, cwd=folder, check=True, capture_output=True, text=True,
    )  # fmt: skip
    return int(done.stderr.split()[-1]) / 1024
