"""Programs as Keras models, compared with the oracle of whole models."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from dlspec.backends.keras.emit import emit_model_file
from dlspec.ir.program import Program
from tests.unit.torch_model.specs import load, oracle, random_input, random_weights

keras = pytest.importorskip("keras")
tf = pytest.importorskip("tensorflow")
if tf.config.threading.get_intra_op_parallelism_threads() != 1:
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)


def compiled(program: Program, model: str) -> tuple[dict[str, Any], Any, dict[str, Any]]:
    """What the generated file defines, the model with random weights, and these weights."""
    code = load(emit_model_file(program, model))
    weights = random_weights(program, program.models[model])
    made = code["build"]()
    code["load_weights"](made, weights)
    back = code["read_weights"](made)
    assert list(back) == list(weights)
    assert all(np.array_equal(back[name], weights[name]) for name in weights)
    return code, made, weights


def assert_like_the_oracle(
    program: Program, model: str, length: int = 5, draws: dict[str, torch.Tensor] | None = None
) -> Any:
    """The generated model gives what the flat graph gives; the model, for more."""
    _, made, weights = compiled(program, model)
    module = program.module(program.models[model])
    inputs = [random_input(port.type, length) for port in module.inputs]
    extra = {} if draws is None else {"draws": {name: value.numpy() for name, value in draws.items()}}
    with torch.no_grad():
        wanted = oracle(program, module.name, inputs, weights, draws or {}, length)
    found = made(*(each.numpy() for each in inputs), **extra)
    found = found if isinstance(found, tuple) else (found,)
    assert len(found) == len(wanted)
    for one, other in zip(found, wanted, strict=True):
        assert tuple(one.shape) == tuple(other.shape)
        np.testing.assert_allclose(keras.ops.convert_to_numpy(one), other.numpy(), rtol=1e-4, atol=1e-5)
    return made
