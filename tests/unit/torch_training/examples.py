"""Trainings and data that several tests share."""

from __future__ import annotations

from typing import Any

import numpy as np

from dlspec.catalog.activation import Tanh
from dlspec.catalog.dense import Dense
from dlspec.catalog.losses import Mae, Mse
from dlspec.catalog.optimizers import Adagrad, Adam
from dlspec.catalog.random import Dropout
from dlspec.ir.program import Module, WeightsUse
from tests.unit.torch_training.programs import Building, one_step, settings_of, tensor

RNG = np.random.default_rng(0)
FIELDS = {
    "x": RNG.standard_normal((21, 3)).astype(np.float32),
    "target": RNG.standard_normal((21, 1)).astype(np.float32),
}
CLASSES = {"x": FIELDS["x"], "target": RNG.integers(0, 4, 21)}
HELD_OUT = {name: RNG.standard_normal(value.shape).astype(np.float32) for name, value in FIELDS.items()}


def with_dropout() -> Module:
    building = Building("net", {"x": tensor(3)})
    inner = building.layer("hidden", Dense(size=8), building.input("x"))
    inner = building.layer("tanh", Tanh(), inner)
    inner = building.layer("dropout", Dropout(rate=0.5), inner)
    return building.done("model", y=building.layer("y", Dense(size=1), inner))


def training(**more: Any) -> Any:
    options = {"optimizers": [Adam(lr=0.01)], "train_settings": settings_of(epochs=3, batch=4, seed=5)} | more
    return one_step(with_dropout(), {"mse": Mse(), "mae": Mae(weight=0.5)}, **options)


TWO_OPTIMIZERS = (
    WeightsUse(entry=Adam(), weights=("y.weight", "y.bias")),
    WeightsUse(entry=Adagrad(lr=0.1), weights=("hidden.weight", "hidden.bias")),
)
