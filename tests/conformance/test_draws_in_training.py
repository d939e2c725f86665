"""Layers that draw while they train, on PyTorch and Keras: what they draw is distributed as their formulas say.

Each sample is run on an input of ones. Masks give two values: the share of each lies within six standard errors of its
probability. What is continuous passes a test of Kolmogorov and Smirnov at the level 1e-6.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import sqrt
from typing import Any

import numpy as np
import pytest
import torch
from scipy.stats import kstest, norm

from dlspec.backends.keras.emit import emit_model_file as emit_keras
from dlspec.backends.torch.emit import emit_model_file as emit_torch
from dlspec.catalog.base import Sample
from dlspec.catalog.samples.tensors import floats
from tests.conformance.one_layer import LENGTHS, Array, Case, case, cases, fixed_layer, fixed_type, one_layer

keras = pytest.importorskip("keras")

MANY = 3000
OF_ATTENTION = ("attention", "scaled_dot_product")
CASES = [
    each
    for each in cases()
    if each.layer.random
    and each.layer.differs_in_training
    and each.name not in OF_ATTENTION
    and all(type.batched for type in each.inputs)
]


@dataclass(frozen=True)
class Mask:
    """Of each draw one of two values; `shared` counts the dimensions, from the last, that have one draw together."""

    dropped: float
    kept: float
    rate: float
    shared: Callable[[int], int] = lambda rank: 0


@dataclass(frozen=True)
class Normal:
    """A normal distribution around 1."""

    std: float


def _alpha(layer: Any) -> Mask:
    s = -1.7580993408473766
    a = 1 / sqrt((1 - layer.rate) * (1 + layer.rate * s**2))
    b = -a * layer.rate * s
    return Mask(a * s + b, a + b, layer.rate)


LAWS: dict[str, Callable[[Any], Mask | Normal]] = {
    "dropout": lambda layer: Mask(0, 1 / (1 - layer.rate), layer.rate),
    "spatial_dropout": lambda layer: Mask(0, 1 / (1 - layer.rate), layer.rate, lambda rank: rank - 1),
    "drop_path": lambda layer: Mask(0, 1 / (1 - layer.rate), layer.rate, lambda rank: rank),
    "alpha_dropout": _alpha,
    "gaussian_noise": lambda layer: Normal(layer.std),
    "gaussian_dropout": lambda layer: Normal(sqrt(layer.rate / (1 - layer.rate))),
}


def in_training(backend: str, case: Case, *inputs: Array, **weights: Array) -> Array:
    """The first result of the generated model in training mode."""
    text = (emit_torch if backend == "torch" else emit_keras)(one_layer(case), "net")
    code: dict[str, Any] = {"__name__": "generated"}
    exec(compile(text, str(case), "exec"), code)
    model = code["build"]()
    code["load_weights"](model, {f"layer.{name}": value for name, value in weights.items()})
    if backend == "torch":
        torch.manual_seed(1)
        found = model.train()(*map(torch.from_numpy, inputs))
        return np.asarray((found[0] if isinstance(found, tuple) else found).detach())
    keras.utils.set_random_seed(1)
    found = model(*inputs, training=True)
    return np.asarray(keras.ops.convert_to_numpy(found[0] if isinstance(found, tuple) else found))


def known(case: Case) -> Case:
    """The case with numbers for symbolic sizes."""
    inputs = tuple(fixed_type(type, LENGTHS[0]) for type in case.inputs)
    return replace(case, layer=fixed_layer(case.layer, LENGTHS[0]), inputs=inputs)


@pytest.mark.proves("training", on="torch")
@pytest.mark.parametrize("case", CASES, ids=str)
def test_draws_on_pytorch(case: Case) -> None:
    assert_drawn("torch", known(case))


@pytest.mark.proves("training", on="keras")
@pytest.mark.parametrize("case", CASES, ids=str)
def test_draws_on_keras(case: Case) -> None:
    assert_drawn("keras", known(case))


def assert_drawn(backend: str, case: Case) -> None:
    """What comes out of ones follows the layer's law."""
    assert case.name in LAWS, f"{__name__} does not say how '{case.name}' draws"
    law, shape = LAWS[case.name](case.layer), tuple(map(int, case.inputs[0].shape))  # type: ignore[arg-type]
    found = in_training(backend, case, np.ones((MANY, *shape), np.float32))
    if isinstance(law, Normal):
        if law.std == 0:
            assert (found == 1).all()
        else:
            assert kstest(found.ravel(), norm(1, law.std).cdf).pvalue > 1e-6
        return
    shared = law.shared(len(shape))
    rows = found.reshape(*found.shape[: found.ndim - shared], -1)
    assert (rows == rows[..., :1]).all()
    draws = rows[..., 0].ravel()
    dropped, kept = np.isclose(draws, law.dropped, atol=1e-5), np.isclose(draws, law.kept, rtol=1e-5)
    assert (dropped | kept).all()
    error = sqrt(law.rate * (1 - law.rate) / draws.size)
    assert abs(dropped.mean() - law.rate) <= 6 * error


@pytest.mark.proves("training", on="torch", of=("layer attention", "layer scaled_dot_product"))
@pytest.mark.parametrize("name", OF_ATTENTION)
def test_dropout_of_attention_on_pytorch(name: str) -> None:
    assert_weights_dropped("torch", name)


@pytest.mark.proves("training", on="keras", of=("layer attention", "layer scaled_dot_product"))
@pytest.mark.parametrize("name", OF_ATTENTION)
def test_dropout_of_attention_on_keras(name: str) -> None:
    assert_weights_dropped("keras", name)


def assert_weights_dropped(backend: str, name: str) -> None:
    """Queries of 0 attend to 4 values of 1 alike: what is left of the weights, over 1 - rate, adds up to multiples."""
    arguments = {"dropout": 0.5, **({"heads": 1} if name == "attention" else {})}
    one = case("layer", name, Sample(arguments, (floats(4, 4),) * 3, ((4, 4),)))
    through = {
        weight.name: np.eye(4, dtype=np.float32) * ("value" in weight.name or "output" in weight.name)
        if weight.name.endswith("weight")
        else np.zeros(4, np.float32)
        for weight in one.layer.weights(*one.inputs)
    }
    zeros, ones = np.zeros((MANY, 4, 4), np.float32), np.ones((MANY, 4, 4), np.float32)
    rows = in_training(backend, one, zeros, zeros, ones, **through)[..., 0].ravel()
    assert np.allclose(np.round(2 * rows), 2 * rows, atol=1e-5)
    for left, share in enumerate((1, 4, 6, 4, 1)):
        error = sqrt(share / 16 * (1 - share / 16) / rows.size)
        assert abs(np.isclose(2 * rows, left, atol=1e-4).mean() - share / 16) <= 6 * error
