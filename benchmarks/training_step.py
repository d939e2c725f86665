"""A training step of generated PyTorch code, in times of the same step written by hand."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from benchmarks import handwritten
from benchmarks.small_cnn import SPEC, fields, generated
from benchmarks.table import Row
from benchmarks.timing import ratio

BATCH = 64
STEPS = 100
"""In each pair, of both kinds by turns."""


def measure() -> Iterator[Row]:
    """The ratio, from equal weights on one batch."""
    code = generated(SPEC, "small_cnn_train.py")
    batch = {name: column[:BATCH] for name, column in code.tensors(fields(), "cpu").items()}
    ours, theirs = code.build(), handwritten.SmallCnn()
    theirs.load_state_dict(dict(zip(theirs.state_dict(), ours.state_dict().values(), strict=True)))
    our_optimizer, their_optimizer = code.make_optimizer(ours), torch.optim.Adam(theirs.parameters(), lr=1e-3)
    spread = ratio(
        lambda: code.train_step(ours, our_optimizer, batch, 1e-3),
        lambda: handwritten.train_step(theirs, their_optimizer, batch["image"], batch["label"]),
        rounds=STEPS,
    )
    with torch.no_grad():
        if not torch.equal(ours(batch["image"]), theirs(batch["image"])):
            raise RuntimeError("the two have not learned the same")
    yield Row("training step, generated / by hand (PyTorch)", spread, "ratio", most=1.02)
