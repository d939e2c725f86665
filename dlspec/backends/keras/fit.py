"""How the generated `fit` says it in Keras."""

from __future__ import annotations

from dlspec.backends.python.fit import Words

FIT = Words(
    parameters=(),
    start=(),
    tensors="tensors({})",
    seed="seed_generators(model, seed)",
    order="{}",
    split="np.split(order, range(batch_size, count, batch_size))",
    batch="{name: tf.gather(column, rows) for name, column in columns.items()}",
    places="rows",
    keep="read_weights(model)",
    put_back="load_weights(model, kept)",
)
