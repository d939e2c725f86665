"""Weights: names, roles, default initial values as PyTorch draws them, and multiply-adds as PyTorch counts them."""

from __future__ import annotations

import math

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from dlspec.catalog.activation import Prelu
from dlspec.catalog.base import Layer, Weight
from dlspec.catalog.conv import Conv, ConvTranspose, DepthwiseConv, SeparableConv
from dlspec.catalog.dense import Bilinear, Dense, Embedding, Maxout, Parameter
from dlspec.catalog.initializers import (
    Constant,
    KaimingUniform,
    Normal,
    Ones,
    Uniform,
    UniformByFan,
    XavierNormal,
    Zeros,
    fans,
)
from dlspec.catalog.norm import BatchNorm, LayerNorm, RmsNorm
from dlspec.tensor import Dim, Sym, TensorType

SIZE = Sym.named("corpus.tokens.size")


def floats(*shape: Dim) -> TensorType:
    return TensorType("float", shape)


def by_name(layer: Layer, *inputs: TensorType) -> dict[str, Weight]:
    return {weight.name: weight for weight in layer.weights(*inputs)}


def bound(weight: Weight) -> float:
    """The largest value that the initial draws can have."""
    init = weight.init
    if isinstance(init, Uniform):
        assert init.low == -init.high
        return init.high
    assert isinstance(init, KaimingUniform)
    fan_in = fans(weight.shape)[0]
    assert isinstance(fan_in, int)
    return math.sqrt(6 / ((1 + init.slope**2) * fan_in))


@pytest.mark.parametrize(
    ("layer", "inputs", "module"),
    [
        (Dense(size=300), (floats(50),), lambda: torch.nn.Linear(50, 300)),
        (Bilinear(size=40), (floats(12), floats(20)), lambda: torch.nn.Bilinear(12, 20, 40)),
        (Conv(channels=300, kernel=3), (floats(8, 9),), lambda: torch.nn.Conv1d(8, 300, 3)),
        (
            Conv(channels=300, kernel=(3, 2), groups=2),
            (floats(8, 9, 9),),
            lambda: torch.nn.Conv2d(8, 300, (3, 2), groups=2),
        ),
        (ConvTranspose(channels=300, kernel=3), (floats(8, 9),), lambda: torch.nn.ConvTranspose1d(8, 300, 3)),
        (
            ConvTranspose(channels=200, kernel=3, groups=4),
            (floats(8, 9, 9),),
            lambda: torch.nn.ConvTranspose2d(8, 200, 3, groups=4),
        ),
        (
            DepthwiseConv(kernel=3, multiplier=2),
            (floats(150, 9, 9),),
            lambda: torch.nn.Conv2d(150, 300, 3, groups=150),
        ),
    ],
    ids=lambda part: type(part).__name__ if isinstance(part, Layer) else "",
)
def test_default_draws_have_the_bounds_of_pytorch(layer: Layer, inputs: tuple[TensorType, ...], module: object) -> None:
    torch.manual_seed(0)
    drawn = dict(module().named_parameters())  # type: ignore[operator]
    weights = by_name(layer, *inputs)
    assert {name: weight.shape for name, weight in weights.items()} == {n: tuple(p.shape) for n, p in drawn.items()}
    for name, weight in weights.items():
        # The largest of at least 200 uniform draws lies within 10 % of the bound, but for one seed in 10^9.
        assert 0.9 * bound(weight) <= float(drawn[name].detach().abs().max()) <= bound(weight) * (1 + 1e-6)


def test_roles_and_initial_values_of_batch_norm() -> None:
    weights = by_name(BatchNorm(), floats(4, 5, 5))
    assert [(w.name, w.role, type(w.init)) for w in weights.values()] == [
        ("weight", "norm", Ones),
        ("bias", "norm", Zeros),
        ("running_mean", "state", Zeros),
        ("running_var", "state", Ones),
    ]
    assert {w.shape for w in weights.values()} == {(4,)}
    assert [w.trainable for w in weights.values()] == [True, True, False, False]
    assert list(by_name(BatchNorm(scale=False, center=False), floats(4))) == ["running_mean", "running_var"]


def test_roles_of_kernels_biases_and_norms() -> None:
    assert [w.role for w in Dense(size=2).weights(floats(3))] == ["kernel", "bias"]
    assert [w.role for w in LayerNorm().weights(floats(3))] == ["norm", "norm"]
    assert [w.role for w in RmsNorm().weights(floats(3))] == ["norm"]
    assert [w.role for w in Embedding(n=3, size=2).weights(TensorType("int", ()))] == ["kernel"]


def test_initial_values_that_were_set_take_the_place_of_the_defaults() -> None:
    weights = by_name(Conv(channels=2, kernel=3, init=Normal(std=0.1), bias_init=Ones()), floats(3, 8))
    assert weights["weight"].init == Normal(std=0.1)
    assert weights["bias"].init == Ones()
    separable = by_name(SeparableConv(channels=2, kernel=3, init=XavierNormal()), floats(3, 8))
    assert {w.init for name, w in separable.items() if name != "bias"} == {XavierNormal()}


def test_names_and_shapes_of_a_separable_convolution() -> None:
    weights = by_name(SeparableConv(channels=5, kernel=(3, 2), multiplier=2), floats(4, 8, 8))
    assert {name: w.shape for name, w in weights.items()} == {
        "depthwise_weight": (8, 1, 3, 2),
        "pointwise_weight": (5, 8, 1, 1),
        "bias": (5,),
    }
    assert bound(weights["bias"]) == pytest.approx(1 / math.sqrt(8), rel=1e-12)


def test_embedding_begins_normal_with_a_zero_row_for_padding() -> None:
    (table,) = Embedding(n=10, size=4, padding_index=3).weights(TensorType("int", (5,)))
    assert (table.shape, table.init, table.zero_row) == ((10, 4), Normal(std=1.0, mean=0.0), 3)
    assert Embedding(n=10, size=4).weights(TensorType("int", ()))[0].zero_row is None


def test_parameter_prelu_and_maxout() -> None:
    (weight,) = Parameter(shape=(1, 6)).weights()
    assert (weight.name, weight.shape, weight.init) == ("weight", (1, 6), Zeros())
    (slope,) = Prelu().weights(floats(5, 3))
    assert (slope.name, slope.shape, slope.init) == ("weight", (5,), Constant(value=0.25))
    assert Prelu(init=Ones()).weights(floats(5))[0].init == Ones()
    assert [w.shape for w in Maxout(size=3, pieces=4).weights(floats(5))] == [(12, 5), (12,)]


def test_size_learned_from_data_can_be_a_size_of_weights() -> None:
    weight, bias = Dense(size=3).weights(floats(SIZE))
    assert weight.shape == (3, SIZE)
    assert bias.init == UniformByFan(fan=SIZE)
    assert Embedding(n=SIZE, size=3).weights(TensorType("int", ()))[0].shape == (SIZE, 3)


@pytest.mark.parametrize(
    ("layer", "input", "module"),
    [
        (Dense(size=7), (5,), lambda: torch.nn.Linear(5, 7)),
        (Dense(size=7, bias=False), (4, 5), lambda: torch.nn.Linear(5, 7, bias=False)),
        (Conv(channels=6, kernel=3, padding=1), (4, 9), lambda: torch.nn.Conv1d(4, 6, 3, padding=1)),
        (
            Conv(channels=6, kernel=(3, 2), stride=2, groups=2),
            (4, 9, 8),
            lambda: torch.nn.Conv2d(4, 6, (3, 2), stride=2, groups=2),
        ),
        (ConvTranspose(channels=6, kernel=3, stride=2), (4, 5, 6), lambda: torch.nn.ConvTranspose2d(4, 6, 3, stride=2)),
        (DepthwiseConv(kernel=3, multiplier=2), (4, 6, 6), lambda: torch.nn.Conv2d(4, 8, 3, groups=4)),
        (
            SeparableConv(channels=5, kernel=3, multiplier=2),
            (4, 6, 6),
            lambda: torch.nn.Sequential(torch.nn.Conv2d(4, 8, 3, groups=4, bias=False), torch.nn.Conv2d(8, 5, 1)),
        ),
        (Maxout(size=3, pieces=4), (5,), lambda: torch.nn.Linear(5, 12)),
    ],
    ids=lambda part: type(part).__name__ if isinstance(part, Layer) else "",
)
def test_multiply_adds_are_half_the_operations_that_pytorch_counts(
    layer: Layer, input: tuple[int, ...], module: object
) -> None:
    tensor = floats(*input)
    output = layer.infer(tensor)
    assert isinstance(output, TensorType)
    with FlopCounterMode(display=False) as counter:
        module()(torch.zeros(1, *input))  # type: ignore[operator]
    assert layer.macs((tensor,), (output,)) == counter.get_total_flops() / 2


def test_multiply_adds_of_a_bilinear_layer() -> None:
    left, right = floats(3), floats(5)
    output = Bilinear(size=4).infer(left, right)
    # 4 products of a 3x5 matrix by a vector of 5, each then multiplied by a vector of 3.
    assert Bilinear(size=4).macs((left, right), (output,)) == 4 * (3 * 5 + 3)
