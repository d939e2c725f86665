"""An epoch of the runtime on data in memory, in times of the usual loop over a DataLoader without workers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import Tensor
from torch.utils.data import DataLoader, TensorDataset

from benchmarks import handwritten
from benchmarks.small_cnn import fields, runtime_epoch
from benchmarks.table import Row
from benchmarks.timing import ratio

BATCH = 256
WIDTH, HIDDEN = 8, 32
ROUNDS = 5


def measure() -> Iterator[Row]:
    """Beside a data set that makes each example when it is asked for, beside one that is tensors already, and beside
    the updates alone, on batches that lie ready."""
    digits = load_digits()
    made = handwritten.Digits(digits.data.astype(np.uint8), digits.target)
    tensors = TensorDataset(*(torch.tensor(column) for column in fields().values()))
    ready = list(DataLoader(tensors, batch_size=BATCH))
    ours = runtime_epoch("torch", BATCH, width=WIDTH, hidden=HIDDEN)
    spread = ratio(ours, usual_epoch(DataLoader(made, batch_size=BATCH, shuffle=True)), rounds=ROUNDS)
    yield Row("epoch, runtime / DataLoader over a Dataset", spread, "ratio", most=0.3)
    spread = ratio(ours, usual_epoch(DataLoader(tensors, batch_size=BATCH, shuffle=True)), rounds=ROUNDS)
    yield Row("epoch, runtime / DataLoader over a TensorDataset", spread, "ratio")
    yield Row("epoch, runtime / its updates alone", ratio(ours, usual_epoch(ready), rounds=ROUNDS), "ratio")


def usual_epoch(batches: Iterable[tuple[Tensor, Tensor]]) -> Callable[[], object]:
    """The loop that everybody writes."""
    model = handwritten.SmallCnn(WIDTH, HIDDEN)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

    def run() -> object:
        model.train()
        return [handwritten.train_step(model, optimizer, image, label).item() for image, label in batches]

    return run
