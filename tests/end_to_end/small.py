"""A small training, and what the tests of trainings share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from dlspec.training.run import Run

REPOSITORY = Path(__file__).parents[2]
ACCEPTANCE = REPOSITORY / "tests" / "acceptance"

SMALL = """
data digits {
  source builtin("digits")
  image  = column("pixel_*") -> rescale(1/16)
  label  = column("digit") -> category(10)
  split  train=0.6, validation=0.2, test=0.2, stratify=label, seed=0
}

model net(width = 24) {
  input image: float[64]
  hidden = image -> dense(width) -> batch_norm -> relu -> dropout(0.3)
  output logits = hidden -> dense(10)
}

train net on digits {
  loss       cross_entropy
  metrics    accuracy
  optimizer  adam(lr=3e-3)
  schedule   warmup(steps=10) -> cosine
  epochs     8
  batch      32
  stop       monitor=validation.loss, patience=6
  checkpoint every=2, steps=7, keep=2
  seed       3
}
"""


def written(folder: Path) -> Path:
    """The small spec in a folder."""
    spec = folder / "small.dl"
    spec.write_text(SMALL)
    return spec


def history(run: Run) -> list[dict[str, Any]]:
    """The rows without what depends on the clock."""
    return [{k: v for k, v in row.items() if k not in ("seconds", "examples_per_second")} for row in run.history]


def same(one: Run, other: Run) -> None:
    assert history(one) == history(other)
    ours, theirs = one.weights(), other.weights()
    assert ours.keys() == theirs.keys()
    for name, array in ours.items():
        assert np.array_equal(array, theirs[name]), name
    results = [{k: v for k, v in run.result.items() if k != "seconds"} for run in (one, other)]
    assert results[0] == results[1]
