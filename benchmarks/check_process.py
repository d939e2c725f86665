"""`dlspec check` of a spec of 100 layers, as a whole process that loads no framework."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.table import Row
from benchmarks.timing import seconds

REPOSITORY = Path(__file__).parents[1]

SPEC = """\
data digits {
  source builtin("digits")
  image = column("pixel_*") -> reshape(1, 8, 8) -> rescale(1/16)
  label = column("digit") -> category(10)
  split train=0.7, validation=0.15, test=0.15, stratify=label, seed=0
}

model deep(classes = 10) {
  input image: float[1, 8, 8]
  features = image
LAYERS
  output logits = features -> global_avg_pool -> dense(classes)
}

train deep on digits {
  loss      cross_entropy
  metrics   accuracy
  optimizer adam(lr=1e-3)
  schedule  warmup(steps=50) -> cosine
  epochs    20
  batch     64
}
"""
UNLOADED = ("torch", "tensorflow", "keras", "onnx", "onnxruntime", "numpy", "pandas", "sklearn")
INSPECTED = """\
import sys
from dlspec.cli.main import main

code = main(["check", sys.argv[1]])
loaded = set(sys.argv[2:]) & sys.modules.keys()
sys.exit(f"check loaded {', '.join(sorted(loaded))}" if loaded else code)
"""


def measure() -> Iterator[Row]:
    """Seconds of the process; an error where it loads a framework."""
    layers = "\n".join("    -> conv(16, 3x3, padding=same) -> batch_norm -> relu" for _ in range(33))
    with TemporaryDirectory() as folder:
        spec = Path(folder) / "deep.dl"
        spec.write_text(SPEC.replace("LAYERS", layers), encoding="utf-8")
        _run(folder, "-c", INSPECTED, str(spec), *UNLOADED)
        spread = seconds(lambda: _run(folder, "-m", "dlspec", "check", str(spec)))
    yield Row("check, 101 layers, whole process", spread, "s", most=0.3)


def _run(folder: str, *arguments: str) -> None:
    """Run Python as it is installed: with compiled modules, which the first call writes, whatever the shell says."""
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY), "PYTHONPYCACHEPREFIX": folder}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    subprocess.run([sys.executable, *arguments], env=environment, check=True, capture_output=True)
