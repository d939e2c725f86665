"""Recurrent layers: weights, results and multiply-adds."""

from __future__ import annotations

from typing import Any

import pytest
from torch import nn

from dlspec.catalog.base import Layer, Types
from dlspec.catalog.conv import Conv
from dlspec.catalog.initializers import Normal, Ones, Orthogonal, XavierUniform, Zeros
from dlspec.catalog.recurrent import ConvLstm, Gru, Lstm, Rnn
from dlspec.catalog.samples.tensors import T, bools, floats
from dlspec.tensor import Dim, TensorType

LAYERS: list[tuple[type[Layer], Any, int]] = [(Rnn, nn.RNN, 1), (Gru, nn.GRU, 3), (Lstm, nn.LSTM, 4)]
each_layer = pytest.mark.parametrize(("cls", "theirs", "gates"), LAYERS, ids=lambda part: getattr(part, "__name__", ""))


def shapes(layer: Layer, *inputs: TensorType) -> dict[str, tuple[Dim, ...]]:
    return {weight.name: weight.shape for weight in layer.weights(*inputs)}


@each_layer
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("bias", [False, True])
def test_weights_are_those_of_pytorch_with_one_bias(
    cls: type[Layer], theirs: Any, gates: int, bidirectional: bool, bias: bool
) -> None:
    module = theirs(3, 5, bias=bias, bidirectional=bidirectional)
    state = {name: tuple(value.shape) for name, value in module.named_parameters()}
    wanted: dict[str, tuple[int, ...]] = {}
    for name, shape in state.items():
        stem, _, reverse = name.partition("_l0")
        if cls is Gru or not stem.startswith("bias"):
            wanted[f"{stem}{reverse}"] = shape
        elif stem == "bias_ih":
            wanted[f"bias{reverse}"] = shape
    assert shapes(cls(size=5, bias=bias, bidirectional=bidirectional), floats(T, 3)) == wanted
    assert wanted["weight_ih"] == (gates * 5, 3)


@each_layer
def test_initial_values_and_roles(cls: type[Layer], theirs: Any, gates: int) -> None:
    for weight in cls(size=4, bidirectional=True).weights(floats(T, 3)):
        kind = XavierUniform if "_ih" in weight.name else Orthogonal
        is_bias = weight.name.startswith("bias")
        assert (type(weight.init), weight.role) == ((Zeros, "bias") if is_bias else (kind, "kernel"))
    for weight in cls(size=4, init=Normal(std=0.1), bias_init=Ones()).weights(floats(T, 3)):
        assert weight.init == (Ones() if weight.role == "bias" else Normal(std=0.1))


def results(layer: Layer, *inputs: TensorType) -> Types:
    found = layer.infer(*inputs)
    return found if isinstance(found, tuple) else (found,)


def test_results_with_and_without_states() -> None:
    sequence, state = floats(T, 8), floats(8)
    assert results(Gru(size=8), floats(T, 3)) == (sequence,)
    assert results(Gru(size=8, return_state=True), floats(T, 3), state, bools(T)) == (sequence, state)
    assert results(Lstm(size=8, return_state=True), floats(T, 3)) == (sequence, state, state)
    both = results(Lstm(size=4, return_state=True, bidirectional=True), floats(T, 3), state, state)
    assert both == (sequence, state, state)


@each_layer
def test_multiply_adds_are_two_products_a_step(cls: type[Layer], theirs: Any, gates: int) -> None:
    assert cls(size=5).macs((floats(7, 3),), (floats(7, 5),)) == 7 * gates * 5 * (3 + 5)
    assert cls(size=5, bidirectional=True).macs((floats(T, 3),), (floats(T, 10),)) == T * 2 * gates * 5 * (3 + 5)


def test_weights_and_results_of_a_convolutional_lstm() -> None:
    """Laid out as a convolution's; the state has the places of the input."""
    layer = ConvLstm(channels=4, kernel=(3, 2), bidirectional=True, return_state=True)
    clip = floats(T, 3, 8, 9)
    assert shapes(layer, clip) == {
        "weight_ih": (16, 3, 3, 2), "weight_hh": (16, 4, 3, 2), "bias": (16,),
        "weight_ih_reverse": (16, 3, 3, 2), "weight_hh_reverse": (16, 4, 3, 2), "bias_reverse": (16,),
    }  # fmt: skip
    for weight in layer.weights(clip):
        kind = Zeros if "bias" in weight.name else XavierUniform if "_ih" in weight.name else Orthogonal
        assert (type(weight.init), weight.role) == (kind, "bias" if kind is Zeros else "kernel")
    assert results(layer, clip) == (floats(T, 8, 8, 9), floats(8, 8, 9), floats(8, 8, 9))


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_multiply_adds_of_a_convolutional_lstm_are_those_of_its_convolutions(rank: int) -> None:
    """For each step and direction one convolution of the input and one of the state."""
    places = (5, 4, 3)[:rank]
    step = Conv(channels=8, kernel=2, padding="same")
    one = floats(8, *places)
    wanted = [step.macs((floats(channels, *places),), (one,)) for channels in (3, 2)]
    layer = ConvLstm(channels=2, kernel=2)
    assert layer.macs((floats(7, 3, *places),), (floats(7, 2, *places),)) == 7 * (wanted[0] + wanted[1])
    both = ConvLstm(channels=2, kernel=2, bidirectional=True)
    assert both.macs((floats(T, 3, *places),), (floats(T, 4, *places),)) == T * 2 * (wanted[0] + wanted[1])
