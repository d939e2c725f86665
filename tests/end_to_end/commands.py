"""`dlspec` as a process, and a small spec to run it on."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
SPEC = """\
data flowers {
  source builtin("iris")
  facts  = (column("sepal_length"), column("petal_length"), column("petal_width")) -> concat -> standardize
  kind   = column("species") -> category(3)
  split  train=0.7, test=0.3, stratify=kind, seed=0
}

model net(width = 8) {
  input facts: float[3]
  output logits = facts -> dense(width) -> relu -> dense(3)
}

train net on flowers {
  loss      cross_entropy
  metrics   accuracy
  optimizer adam(lr=0.02)
  epochs    30
  batch     16
  seed      0
}
"""


def environment(**more: str) -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(REPOSITORY), "PYTHONUTF8": "1", "COLUMNS": "100", "NO_COLOR": "1"} | more


def dlspec(*arguments: str | Path, folder: Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "dlspec", *map(str, arguments)],
        cwd=folder,
        env=environment(),
        input=stdin,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


def fine(*arguments: str | Path, folder: Path, stdin: str = "") -> str:
    done = dlspec(*arguments, folder=folder, stdin=stdin)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
