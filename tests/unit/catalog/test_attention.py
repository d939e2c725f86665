"""Attention and places: weights, multiply-adds, and masks that are given by name."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from dlspec.catalog.attention import AdditiveAttention, Attention, ScaledDotProduct
from dlspec.catalog.base import Layer, Misfit
from dlspec.catalog.initializers import KaimingUniform, Normal, Ones, XavierUniform, Zeros
from dlspec.catalog.positions import LearnedPositions, RotaryPositions
from dlspec.catalog.samples.tensors import T, bools, floats
from dlspec.tensor import Dim, TensorType


def itself(time: Dim, features: Dim) -> tuple[TensorType, ...]:
    return (floats(time, features),) * 3


def shapes(layer: Layer, *inputs: TensorType) -> dict[str, tuple[Dim, ...]]:
    return {weight.name: weight.shape for weight in layer.weights(*inputs)}


def test_projections_are_four_matrices_with_biases() -> None:
    assert shapes(Attention(heads=2), *itself(T, 8)) == {
        "query_weight": (8, 8),
        "query_bias": (8,),
        "key_weight": (8, 8),
        "key_bias": (8,),
        "value_weight": (8, 8),
        "value_bias": (8,),
        "output_weight": (8, 8),
        "output_bias": (8,),
    }


@pytest.mark.parametrize("size", [6, 12, 768])
def test_parameters_are_as_many_as_those_of_pytorch(size: int) -> None:
    for bias in (True, False):
        theirs = sum(each.numel() for each in nn.MultiheadAttention(size, 3, bias=bias).parameters())
        ours = Attention(heads=3, bias=bias).weights(*itself(T, size))
        assert sum(torch.Size(each.shape).numel() for each in ours) == theirs  # type: ignore[arg-type]


def test_keys_and_values_of_other_widths_and_shared_heads() -> None:
    inputs = (floats(5, 8), floats(7, 6), floats(7, 3))
    assert shapes(Attention(heads=4, bias=False), *inputs) == {
        "query_weight": (8, 8),
        "key_weight": (8, 6),
        "value_weight": (8, 3),
        "output_weight": (8, 8),
    }
    shared = shapes(Attention(heads=4, kv_heads=2), *inputs)
    assert (shared["key_weight"], shared["key_bias"], shared["value_weight"]) == ((4, 6), (4,), (4, 3))
    assert shared["output_weight"] == (8, 8)


def test_initial_values_and_roles() -> None:
    weights = Attention(heads=2).weights(*itself(5, 4))
    assert {type(each.init) for each in weights if each.role == "kernel"} == {XavierUniform}
    assert {type(each.init) for each in weights if each.role == "bias"} == {Zeros}
    assert [each.role for each in weights] == ["kernel", "bias"] * 4
    chosen = Attention(heads=2, init=Normal(std=0.1), bias_init=Ones()).weights(*itself(5, 4))
    assert [each.init for each in chosen] == [Normal(std=0.1), Ones()] * 4
    additive = AdditiveAttention(size=3).weights(*itself(5, 4))
    assert [(each.name, each.shape, each.role) for each in additive] == [
        ("query_weight", (3, 4), "kernel"),
        ("key_weight", (3, 4), "kernel"),
        ("score_weight", (1, 3), "kernel"),
    ]
    assert {type(each.init) for each in additive} == {KaimingUniform}
    (table,) = LearnedPositions(n=9).weights(floats(T, 4))
    assert (table.name, table.shape, table.init) == ("weight", (9, 4), Normal(std=0.02))


@pytest.mark.parametrize("heads", [1, 4])
def test_multiply_adds_of_attention_are_half_the_operations_that_pytorch_counts(heads: int) -> None:
    query, key = torch.zeros(1, 5, 8), torch.zeros(1, 7, 8)
    with FlopCounterMode(display=False) as counter:
        nn.MultiheadAttention(8, heads, batch_first=True)(query, key, key, need_weights=True)
    types = (floats(5, 8), floats(7, 8), floats(7, 8))
    assert Attention(heads=heads).macs(types, (floats(5, 8),)) == counter.get_total_flops() / 2


def test_multiply_adds_of_the_others() -> None:
    types = (floats(5, 8), floats(7, 8), floats(7, 3))
    with FlopCounterMode(display=False) as counter:
        nn.functional.scaled_dot_product_attention(*(torch.zeros(1, 1, *type.shape) for type in types))  # type: ignore[arg-type]
    assert ScaledDotProduct().macs(types, (floats(5, 3),)) == counter.get_total_flops() / 2
    # Projections of 5 queries and 7 keys to 6, a product with 6 scores and one with 3 values for each of 35 pairs.
    assert AdditiveAttention(size=6).macs(types, (floats(5, 3),)) == 6 * 8 * (5 + 7) + 35 * (6 + 3)
    assert RotaryPositions().macs((floats(5, 8),), (floats(5, 8),)) == 0


def test_a_mask_that_does_not_fit_is_told_what_would() -> None:
    with pytest.raises(Misfit) as caught:
        Attention(heads=2).infer(*itself(T, 8), bools(5))
    assert caught.value.help == "a mask is bool[T] or bool[T, T] (true attends), or float[T, T] (added)"
