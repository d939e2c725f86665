"""Initial weights: the moments and bounds of each distribution, PyTorch's own bounds, names and seeds."""

from __future__ import annotations

from math import pi, sqrt

import numpy as np
import pytest
import torch

from dlspec.backends.initial import FUNCTIONS, draw, generator, initial_weights
from dlspec.catalog import initializers
from dlspec.catalog.base import Initializer, Weight
from dlspec.tensor import Sym

SHAPE = (64, 32, 3, 5)
FAN_IN, FAN_OUT = 32 * 15, 64 * 15
# The variance of a standard normal distribution cut at 2: 1 - 4·φ(2)/(2·Φ(2) - 1).
CUT_STD = sqrt(1 - 4 * np.exp(-2) / sqrt(2 * pi) / 0.9544997361036416)


def values(init: Initializer, shape: tuple[int, ...] = SHAPE, name: str = "weight", seed: int = 0) -> np.ndarray:
    return draw(init, shape, generator(seed, name))


@pytest.mark.parametrize(
    ("init", "mean", "std", "bound"),
    [
        (initializers.Normal(), 0, 1, None),
        (initializers.Normal(std=0.02, mean=0.5), 0.5, 0.02, None),
        (initializers.TruncatedNormal(), 0, CUT_STD, 2),
        (initializers.TruncatedNormal(std=0.1, mean=1.0), 1.0, 0.1 * CUT_STD, 0.2),
        (initializers.Uniform(low=-1, high=3), 1, 4 / sqrt(12), 2),
        (initializers.XavierUniform(), 0, sqrt(2 / (FAN_IN + FAN_OUT)), sqrt(6 / (FAN_IN + FAN_OUT))),
        (initializers.XavierNormal(), 0, sqrt(2 / (FAN_IN + FAN_OUT)), None),
        (initializers.KaimingUniform(), 0, sqrt(2 / FAN_IN), sqrt(6 / FAN_IN)),
        (initializers.KaimingUniform(slope=sqrt(5)), 0, 1 / sqrt(3 * FAN_IN), 1 / sqrt(FAN_IN)),
        (initializers.KaimingNormal(slope=0.2), 0, sqrt(2 / 1.04 / FAN_IN), None),
        (initializers.LecunNormal(), 0, 1 / sqrt(FAN_IN), None),
        (initializers.UniformByFan(fan=9), 0, 1 / sqrt(27), 1 / 3),
    ],
    ids=lambda value: value.entry if isinstance(value, Initializer) else "",
)
def test_distribution(init: Initializer, mean: float, std: float, bound: float | None) -> None:
    """Mean and deviation of 30,720 draws within five standard errors; the bound reached to 1 % and never passed."""
    drawn = values(init).astype(np.float64)
    assert drawn.shape == SHAPE
    assert drawn.mean() == pytest.approx(mean, abs=5 * std / sqrt(drawn.size))
    assert drawn.std() == pytest.approx(std, rel=5 / sqrt(2 * drawn.size))
    furthest = abs(drawn - mean).max()
    if bound is None:
        assert furthest > 3.5 * std
    else:
        assert 0.99 * bound < furthest <= bound * (1 + 1e-6)


@pytest.mark.parametrize("shape", [(40, 30), (8, 4, 5), (6, 3, 3, 3)])
@pytest.mark.parametrize(
    ("init", "reference"),
    [
        (initializers.XavierUniform(), torch.nn.init.xavier_uniform_),
        (initializers.KaimingUniform(), lambda tensor: torch.nn.init.kaiming_uniform_(tensor)),
        (initializers.KaimingUniform(slope=sqrt(5)), lambda tensor: torch.nn.init.kaiming_uniform_(tensor, a=sqrt(5))),
    ],
    ids=["xavier", "kaiming", "default"],
)
def test_bounds_are_pytorchs(init: Initializer, reference: object, shape: tuple[int, ...]) -> None:
    """The widest of many of PyTorch's draws and the widest of ours agree to 2 %."""
    assert callable(reference)
    torch.manual_seed(0)
    theirs = max(float(reference(torch.empty(shape)).abs().max()) for _ in range(30))
    ours = max(float(abs(values(init, shape, seed=seed)).max()) for seed in range(30))
    assert ours == pytest.approx(theirs, rel=0.02)


@pytest.mark.parametrize("shape", [(12, 5), (5, 12), (6, 6), (8, 3, 2, 2), (1, 7)])
def test_orthogonal(shape: tuple[int, ...]) -> None:
    matrix = values(initializers.Orthogonal(gain=2.0), shape).reshape(shape[0], -1) / 2.0
    product = matrix @ matrix.T if matrix.shape[0] <= matrix.shape[1] else matrix.T @ matrix
    np.testing.assert_allclose(product, np.eye(len(product)), atol=1e-6)


def test_orthogonal_matrices_have_no_preferred_sign() -> None:
    """The trace of a uniform 4x4 orthogonal matrix has mean 0 and variance 1."""
    traces = [np.trace(values(initializers.Orthogonal(), (4, 4), seed=seed)) for seed in range(2000)]
    assert np.mean(traces) == pytest.approx(0, abs=5 / sqrt(2000))
    assert np.var(traces) == pytest.approx(1, abs=0.2)


def test_fixed_values() -> None:
    np.testing.assert_array_equal(values(initializers.Zeros(), (2, 3)), np.zeros((2, 3)))
    np.testing.assert_array_equal(values(initializers.Ones(), (2,)), np.ones(2))
    np.testing.assert_array_equal(values(initializers.Constant(value=3.0), ()), np.float32(3.0))
    np.testing.assert_array_equal(values(initializers.Eye(), (2, 3)), [[1, 0, 0], [0, 1, 0]])
    np.testing.assert_array_equal(values(initializers.Given(values=(1, 2, 3, 4)), (2, 2)), [[1, 2], [3, 4]])
    np.testing.assert_array_equal(values(initializers.Given(values=((1, 2), (3, 4))), (2, 2)), [[1, 2], [3, 4]])


def test_padding_row_is_zero() -> None:
    table = Weight("weight", (5, 3), initializers.Normal(), zero_row=2)
    plain = Weight("weight", (5, 3), initializers.Normal())
    drawn = initial_weights({"embed.weight": table}, seed=0)["embed.weight"]
    whole = initial_weights({"embed.weight": plain}, seed=0)["embed.weight"]
    assert not drawn[2].any()
    np.testing.assert_array_equal(np.delete(drawn, 2, 0), np.delete(whole, 2, 0))


def test_each_weight_depends_on_its_name_and_the_seed_alone() -> None:
    normal = Weight("weight", (4, 4), initializers.Normal())
    both = initial_weights({"a.weight": normal, "b.weight": normal}, seed=3)
    alone = initial_weights({"b.weight": normal}, seed=3)
    other = initial_weights({"b.weight": normal}, seed=4)
    np.testing.assert_array_equal(both["b.weight"], alone["b.weight"])
    assert not np.isclose(both["a.weight"], both["b.weight"]).any()
    assert not np.isclose(other["b.weight"], alone["b.weight"]).any()


def test_draws_of_two_names_are_not_correlated() -> None:
    left = values(initializers.Normal(), (100_000,), "a.weight")
    right = values(initializers.Normal(), (100_000,), "a.bias")
    assert np.corrcoef(left, right)[0, 1] == pytest.approx(0, abs=5 / sqrt(100_000))


def test_draws_are_pinned() -> None:
    """What a seed gave once it gives for ever: runs are repeated by it."""
    normal = values(initializers.Normal(), (3,), "features.conv.weight", seed=7)
    uniform = values(initializers.Uniform(low=0, high=1), (3,), "features.conv.weight", seed=7)
    assert normal.tolist() == [-1.4753822088241577, 1.0605024099349976, -0.4140472412109375]
    assert uniform.tolist() == [0.6079861521720886, 0.7126502990722656, 0.32520586252212524]
    assert (normal.dtype, uniform.dtype) == (np.float32, np.float32)


def test_every_initializer_has_a_function() -> None:
    assert set(FUNCTIONS) == set(initializers.ENTRIES)


def test_size_that_is_not_known_is_refused() -> None:
    with pytest.raises(ValueError, match="has no size yet"):
        initial_weights({"embed.weight": Weight("weight", (Sym.named("a.size"), 2), initializers.Zeros())}, seed=0)
