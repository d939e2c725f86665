"""Generated models start from the distributions that dlspec draws from, by Keras's own initializers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import ks_2samp

from dlspec.backends.initial import initial_weights
from dlspec.backends.keras.emit import emit_model_file
from dlspec.ir.program import Program
from dlspec.ir.weights import weights_of
from tests.unit.keras_model.specs import keras
from tests.unit.torch_model.specs import load, program_of
from tests.unit.torch_model.test_initializers import LAYERS

MORE = [
    "conv(24, 3x3, groups=4)",
    "conv_transpose(20, 3x3, groups=2)",
    "conv_transpose(20, 3x3, init=kaiming_normal)",
    "conv(24, 3x3, groups=4, init=xavier_uniform)",
    "depthwise_conv(5x5, multiplier=8, init=kaiming_uniform)",
    "flatten -> reshape(40, 40) -> gru(20, init=kaiming_normal) -> last",
    "flatten -> reshape(40, 40) -> lstm(20, bidirectional=true) -> last",
    "flatten -> reshape(40, 40) -> gru(20) -> last",
]


def fresh(program: Program) -> dict[str, Any]:
    """The weights of a model that has just been built, by canonical name."""
    code = load(emit_model_file(program, "m"))
    found: dict[str, Any] = code["read_weights"](code["build"]())
    return found


@pytest.mark.parametrize("flow", [*LAYERS, *MORE])
def test_same_distribution(flow: str) -> None:
    """No weight of more than 100 numbers is told from dlspec's own draws at the level 1e-4."""
    program = program_of(f"model m {{\n  input x: float[4, 20, 20]\n  output y = x -> {flow}\n}}\n")
    keras.utils.set_random_seed(0)
    found, drawn = fresh(program), initial_weights(weights_of(program, "m"), seed=1)
    assert list(drawn) == list(found)
    for name, values in drawn.items():
        if values.size > 100 and values.any():
            assert ks_2samp(found[name].ravel(), values.ravel()).pvalue > 1e-4, name
        elif not values.any():
            assert not found[name].any(), name


@pytest.mark.parametrize(
    ("layer", "weight", "values"),
    [
        ("dense(2, init=zeros)", "weight", [[0, 0], [0, 0]]),
        ("dense(2, init=ones, bias_init=zeros)", "weight", [[1, 1], [1, 1]]),
        ("dense(2, init=eye)", "weight", [[1, 0], [0, 1]]),
        ("dense(2, init=[[1, 2], [3, 4]])", "weight", [[1, 2], [3, 4]]),
        ("dense(2, init=[1, 2, 3, 4])", "weight", [[1, 2], [3, 4]]),
        ("dense(2, bias_init=constant(0.5))", "bias", [0.5, 0.5]),
        ("layer_norm", "weight", [1, 1]),
        ("layer_norm(bias_init=constant(2))", "bias", [2, 2]),
        ("batch_norm(init=constant(3))", "weight", [3, 3]),
        ("batch_norm", "running_var", [1, 1]),
        ("rms_norm", "weight", [1, 1]),
        ("prelu", "weight", [0.25, 0.25]),
        ("prelu(0.1)", "weight", [0.1, 0.1]),
        ("prelu(init=zeros)", "weight", [0, 0]),
    ],
)
def test_fixed_values(layer: str, weight: str, values: list[float]) -> None:
    program = program_of(f"model m {{\n  input x: float[2]\n  output y = x -> {layer}\n}}\n")
    found = fresh(program)
    (name,) = [each for each in found if each.endswith(f".{weight}")]
    np.testing.assert_allclose(found[name], values)


def test_numbers_of_a_kernel_stand_where_the_spec_has_them() -> None:
    program = program_of(
        "model m {\n  input x: float[2, 9]\n"
        f"  output y = x -> conv(3, 4, init=[{', '.join(map(str, range(24)))}])\n}}\n"
    )
    np.testing.assert_array_equal(fresh(program)["y.conv.weight"], np.arange(24).reshape(3, 2, 4))


def test_parameters_and_embeddings() -> None:
    program = program_of(
        "model m {\n  input x: int[]\n"
        "  output y = x -> embedding(5, 2, padding_index=1, init=normal(9))\n"
        "  output a = parameter([2, 2], init=[1, 2, 3, 4])\n"
        "  output b = parameter([], init=constant(3))\n"
        "  output c = parameter([2], init=ones)\n}\n"
    )
    state = {name: value.tolist() for name, value in fresh(program).items()}
    assert state["y.embedding.weight"][1] == [0, 0]
    assert 0 not in state["y.embedding.weight"][0]
    assert [state[f"{name}.parameter.weight"] for name in "abc"] == [[[1, 2], [3, 4]], 3, [1, 1]]
