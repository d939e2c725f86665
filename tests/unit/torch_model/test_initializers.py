"""Generated models start from the distributions that dlspec draws from, by PyTorch's own initializers."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.stats import ks_2samp

from dlspec.backends.initial import initial_weights
from dlspec.backends.torch.emit import emit_model_file
from dlspec.ir.weights import weights_of
from tests.unit.torch_model.specs import load, program_of

LAYERS = [
    "dense(200)",
    "dense(50) * 2",
    "conv(30, 5x5, padding=same) -> flatten -> dense(3)",
    "depthwise_conv(5x5, multiplier=20) -> separable_conv(40, 3x3)",
    "conv_transpose(20, 5x5, stride=2)",
    "maxout(60, pieces=3)",
    "dense(9) * 6",
    *(
        f"dense(120, init={each}, bias_init=normal(0.3, mean=2))"
        for each in (
            "normal(0.5, mean=1)",
            "truncated_normal(0.7, mean=-1)",
            "uniform(-1, 3)",
            "xavier_uniform",
            "xavier_normal",
            "kaiming_uniform(slope=0.2)",
            "kaiming_normal",
            "lecun_normal",
            "orthogonal(gain=2)",
        )
    ),
]


@pytest.mark.parametrize("flow", LAYERS)
def test_same_distribution(flow: str) -> None:
    """No weight of more than 100 numbers is told from dlspec's own draws at the level 1e-4."""
    program = program_of(f"model m {{\n  input x: float[4, 20, 20]\n  output y = x -> {flow}\n}}\n")
    torch.manual_seed(0)
    code = load(emit_model_file(program, "m"))
    state = code["build"]().state_dict()
    drawn = initial_weights(weights_of(program, "m"), seed=1)
    assert list(drawn) == list(code["WEIGHTS"])
    for name, values in drawn.items():
        own = state[code["WEIGHTS"][name]].numpy().ravel()
        if own.size > 100:
            assert ks_2samp(own, values.ravel()).pvalue > 1e-4, name


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
        ("prelu", "weight", [0.25, 0.25]),
        ("prelu(0.1)", "weight", [0.1, 0.1]),
        ("prelu(init=zeros)", "weight", [0, 0]),
    ],
)
def test_fixed_values(layer: str, weight: str, values: list[float]) -> None:
    program = program_of(f"model m {{\n  input x: float[2]\n  output y = x -> {layer}\n}}\n")
    code = load(emit_model_file(program, "m"))
    (name,) = [each for each in code["WEIGHTS"] if each.endswith(f".{weight}")]
    own = code["build"]().state_dict()[code["WEIGHTS"][name]].numpy()
    np.testing.assert_allclose(own, values)
    np.testing.assert_array_equal(own, initial_weights(weights_of(program, "m"), seed=0)[name])


def test_parameters_and_embeddings() -> None:
    program = program_of(
        "model m {\n  input x: int[]\n"
        "  output y = x -> embedding(5, 2, padding_index=1, init=normal(9))\n"
        "  output a = parameter([2, 2], init=[1, 2, 3, 4])\n"
        "  output b = parameter([], init=constant(3))\n"
        "  output c = parameter([2], init=ones)\n}\n"
    )
    code = load(emit_model_file(program, "m"))
    state = {name: code["build"]().state_dict()[key].tolist() for name, key in code["WEIGHTS"].items()}
    assert state["y.embedding.weight"][1] == [0, 0]
    assert 0 not in state["y.embedding.weight"][0]
    assert [state[f"{name}.parameter.weight"] for name in "abc"] == [[[1, 2], [3, 4]], 3, [1, 1]]
