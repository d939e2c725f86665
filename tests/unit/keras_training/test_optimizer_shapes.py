"""Fifty steps of optimizers on weights of every shape and layout: against NumPy, and against the PyTorch code."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dlspec.catalog import optimizers as catalog
from dlspec.catalog.schedules import Cosine, Warmup
from dlspec.ir.program import Freeze, Rate, WeightsUse
from tests.unit.keras_training.programs import loaded, opened
from tests.unit.keras_training.test_trajectories import assert_alike
from tests.unit.torch_training.many_shapes import (
    RULES,
    STEPS,
    assert_as_published,
    gradients_of,
    start_of,
    training,
)
from tests.unit.torch_training.programs import trainable

RNG = np.random.default_rng(3)
FIELDS = {
    "image": RNG.standard_normal((12, 3, 9, 7)),
    "words": RNG.integers(0, 6, (12, 4)),
    "past": RNG.standard_normal((12, 5, 2)),
    "target": RNG.standard_normal((12, 3)),
}
NEWER = [optimizer for optimizer, _ in RULES[2:]]


@pytest.fixture
def _in_double_precision():
    import keras

    before, policy = keras.config.floatx(), keras.config.dtype_policy()
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")
    yield
    keras.config.set_floatx(before)
    keras.config.set_dtype_policy(policy)


@pytest.mark.usefixtures("_in_double_precision")
@pytest.mark.parametrize(("optimizer", "rule"), RULES)
def test_weights_of_every_shape(tmp_path, optimizer, rule) -> None:
    """The gradients are given in the canonical layout, and brought into that of each variable."""
    import tensorflow as tf

    whole = training(optimizer)
    code = loaded(tmp_path, *whole)
    model = code.build()
    shapes = {name: code.read_weights(model)[name].shape for name in trainable(*whole)}
    start = start_of(shapes)
    code.load_weights(model, start)
    made = code.make_optimizer(model)
    variables = code.parameters(model)
    apply = tf.function(lambda *gradients: made.apply(gradients, list(variables.values())), autograph=False)
    for step in range(STEPS):
        held = {name: np.zeros(p.shape) for name, p in variables.items()}
        owners = {id(p): name for name, p in variables.items()}
        for name, gradient in gradients_of(shapes, step).items():
            path, layout = code.WEIGHTS[name]
            owner = owners[id(code.variable(model, path))]
            held[owner] = code.to_keras(gradient, layout, held[owner])
        apply(*map(tf.constant, held.values()))
    assert_as_published(code.read_weights(model), rule, start, whole)


def optimizers_id(value: Any) -> str:
    return value.entry if isinstance(value, catalog.Decaying) else ""


@pytest.mark.parametrize("optimizer", NEWER, ids=optimizers_id)
def test_losses_are_pytorchs(tmp_path, optimizer) -> None:
    """With a rate that changes and with clipping."""
    more = {"schedule": (Warmup(steps=9), Cosine(steps=60)), "clip_norm": 2.0}
    program, train = training(optimizer, **more)
    assert_alike(tmp_path, program, train, FIELDS, 1e-9)


@pytest.mark.parametrize("optimizer", NEWER, ids=optimizers_id)
def test_losses_are_pytorchs_in_float32(tmp_path, optimizer) -> None:
    fields = {name: value.astype(np.float32) if value.dtype == float else value for name, value in FIELDS.items()}
    assert_alike(tmp_path, *training(optimizer), fields, 1e-3, "float32")


@pytest.mark.parametrize("made", [catalog.Adafactor, catalog.Lamb, catalog.Muon, catalog.Nadam], ids=lambda c: c.entry)
def test_shares_of_the_rate_and_weights_that_rest(tmp_path, made) -> None:
    """Two optimizers, one of them with decay for all that it moves, some weights slower, some frozen at first."""
    names = trainable(*training(catalog.Sgd()))
    mine = tuple(name for name in names if "gru" in name or "bilinear" in name or "embedding" in name)
    rest = tuple(name for name in names if name not in mine)
    first = WeightsUse(entry=made(lr=0.01, weight_decay=0.1), weights=mine, selected=True)
    second = WeightsUse(entry=catalog.Lion(lr=1e-3), weights=rest)
    slow = Rate(factor=0.3, weights=tuple(name for name in names if "weight_ih" in name or "gru.bias" in name))
    held = Freeze(weights=tuple(name for name in names if "embedding" in name), until=1)
    program, train = training(first, second, rates=(slow,), freezes=(held,))
    assert_alike(tmp_path, program, train, FIELDS, 1e-9)
    session = opened(tmp_path, program, train)
    assert {name.split("/")[2] for name in session.state() if name.startswith("optimizer/")} <= set(names)
