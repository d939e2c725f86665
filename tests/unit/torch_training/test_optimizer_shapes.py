"""Fifty steps of optimizers on weights of every shape, from given gradients, against NumPy in float64."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.unit.torch_training.many_shapes import (
    RULES,
    STEPS,
    assert_as_published,
    gradients_of,
    start_of,
    training,
)
from tests.unit.torch_training.programs import loaded


@pytest.fixture(autouse=True)
def _in_double_precision():
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(before)


@pytest.mark.parametrize(("optimizer", "rule"), RULES)
def test_weights_of_every_shape(tmp_path, optimizer, rule) -> None:
    whole = training(optimizer)
    code = loaded(tmp_path, *whole)
    model = code.build()
    parameters = dict(model.named_parameters())
    parameters = {name: parameters[key] for name, key in code.WEIGHTS.items() if key in parameters}
    shapes = {name: tuple(p.shape) for name, p in parameters.items()}
    start = start_of(shapes)
    code.load_weights(model, start)
    made = code.make_optimizer(model)
    for step in range(STEPS):
        for name, gradient in gradients_of(shapes, step).items():
            parameters[name].grad = torch.from_numpy(gradient)
        made.step()
    assert_as_published({name: p.detach().numpy() for name, p in parameters.items()}, rule, start, whole)


@pytest.mark.parametrize("name", ["Adafactor", "Lamb", "Muon", "Lion", "NAdam", "RAdam", "Adamax"])
def test_float32_gradients_that_are_0_or_tiny_or_huge(tmp_path, name) -> None:
    """Rows and columns without a gradient must not divide 0 by 0, though the product of their means is 0."""
    from dlspec.backends.torch.optimizer_helpers import HELPERS

    names = {"torch": torch, "nn": torch.nn, "Tensor": torch.Tensor, "Any": object, "Iterable": list}
    if name in HELPERS:
        exec(HELPERS[name], names)
    made_of = names.get(name) or getattr(torch.optim, name)
    rng = np.random.default_rng(0)
    for scale in (0.0, 1e-25, 1e-12, 1.0, 1e8):
        weight = torch.nn.Parameter(torch.ones(7, 5, dtype=torch.float32))
        gradient = torch.from_numpy(rng.standard_normal((7, 5)).astype(np.float32)) * scale
        gradient[2], gradient[:, 3] = 0, 0
        optimizer = made_of([weight], lr=1e-3)
        for _ in range(30):
            weight.grad = gradient.clone()
            optimizer.step()
        assert torch.isfinite(weight).all()
        assert (weight[2] == 1).all() or name == "Lamb"
