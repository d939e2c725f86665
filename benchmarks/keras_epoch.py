"""An epoch of generated Keras code in the runtime, in times of `model.fit` on the model written by hand."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from benchmarks.small_cnn import fields, runtime_epoch
from benchmarks.table import Row
from benchmarks.timing import ratio

BATCH = 64
ROUNDS = 5


def measure() -> Iterator[Row]:
    """On the digits in memory, both sides warm: graphs are traced and compiled before the clock starts."""
    ours = runtime_epoch("keras", BATCH)
    from benchmarks.keras_handwritten import small_cnn  # after the session: dlspec says which engine Keras runs on

    columns = fields()
    image, label = np.moveaxis(columns["image"], 1, -1), columns["label"]
    model = small_cnn()
    theirs = lambda: model.fit(image, label, batch_size=BATCH, verbose=0)  # noqa: E731
    yield Row("epoch, generated Keras code / model.fit", ratio(ours, theirs, rounds=ROUNDS), "ratio", most=1.0)
