"""A model whose weights have every number of dimensions and every layout, and what optimizers must make of them."""

from __future__ import annotations

from typing import Any

import numpy as np

import dlspec
from dlspec.catalog import optimizers as catalog
from dlspec.catalog.base import Optimizer
from dlspec.catalog.losses import Mse
from dlspec.diagnostics.span import SourceFile
from dlspec.ir.program import Program, Train
from tests.unit.torch_training import reference
from tests.unit.torch_training.programs import kernels, one_step

TEXT = """
model net {
  input image: float[3, 9, 7]
  input words: int[4]
  input past: float[5, 2]
  seen = image -> conv(5, 3) -> depthwise_conv(3, multiplier=2) -> tanh -> conv_transpose(3, 2, stride=2) -> tanh
  read = words -> embedding(11, 3) -> layer_norm -> conv(3, 1) -> tanh -> flatten
  told = past -> gru(3) -> layer_norm([0, 1])
  mean = ((told, told, told) -> attention(1) -> last, seen -> flatten -> dense(5) -> tanh) -> bilinear(3)
  output y = (read -> dense(3)) * parameter([], init=ones) + mean
}
"""
RULES: list[tuple[Optimizer, Any]] = [
    (catalog.Sgd(lr=0.02, momentum=0.9, weight_decay=0.1), reference.Sgd(0.02, 0.9, weight_decay=0.1)),
    (catalog.Adamw(lr=0.02, weight_decay=0.1), reference.Adamw(0.02, weight_decay=0.1)),
    (catalog.Nadam(lr=0.02, weight_decay=0.1), reference.Nadam(0.02, weight_decay=0.1)),
    (catalog.Adamax(lr=0.02, weight_decay=0.1), reference.Adamax(0.02, weight_decay=0.1)),
    (catalog.Radam(lr=0.02, weight_decay=0.1), reference.Radam(0.02, weight_decay=0.1)),
    (catalog.Lamb(lr=0.02, weight_decay=0.1), reference.Lamb(0.02, weight_decay=0.1)),
    (catalog.Lion(lr=0.002, weight_decay=0.1), reference.Lion(0.002, weight_decay=0.1)),
    (catalog.Adafactor(lr=0.2, weight_decay=0.1), reference.Adafactor(0.2, weight_decay=0.1)),
    (catalog.Muon(lr=0.02, weight_decay=0.1), reference.Muon(0.02, weight_decay=0.1)),
]
STEPS = 50


def training(*optimizers: Any, **fields: Any) -> tuple[Program, Train]:
    """A training of the model."""
    program = dlspec.Spec("net.dl", source=SourceFile("net.dl", TEXT)).program
    return one_step(program.modules[0], {"mse": Mse()}, optimizers=optimizers, **fields)


def start_of(shapes: dict[str, tuple[int, ...]]) -> dict[str, Any]:
    rng = np.random.default_rng(5)
    return {name: np.asarray(rng.standard_normal(shape)) for name, shape in shapes.items()}


def gradients_of(shapes: dict[str, tuple[int, ...]], step: int) -> dict[str, Any]:
    """Gradients of sizes from 1e-6 to 1, with a row and a column that never get one."""
    rng = np.random.default_rng([6, step])
    found = {}
    for place, (name, shape) in enumerate(shapes.items()):
        found[name] = np.asarray(rng.standard_normal(shape) * 10.0 ** -(place % 7))
        if len(shape) > 1:
            found[name][0], found[name][:, -1] = 0, 0
    return found


def reference_weights(rule: Any, start: dict[str, Any], decaying: tuple[str, ...]) -> dict[str, Any]:
    """The weights after all steps, each moved by a rule of its own."""
    found, gradients = {}, [gradients_of({n: v.shape for n, v in start.items()}, step) for step in range(STEPS)]
    for name, value in start.items():
        own = type(rule).__new__(type(rule))
        own.__dict__ |= rule.__dict__ | {"weight_decay": rule.weight_decay if name in decaying else 0.0}
        if isinstance(rule, reference.Muon) and name not in decaying:
            # Biases and what normalises are no matrices, whatever their shape.
            own.__class__ = reference.Adamw
        found[name] = value
        for each in gradients:
            found[name] = own.update(found[name], each[name])
    return found


def assert_as_published(found: dict[str, Any], rule: Any, start: dict[str, Any], training_: Any) -> None:
    wanted = reference_weights(rule, start, kernels(*training_))
    assert {value.ndim for value in wanted.values()} == {0, 1, 2, 3, 4}
    for name, value in wanted.items():
        np.testing.assert_allclose(found[name], value, rtol=1e-9, atol=1e-11, err_msg=name)
