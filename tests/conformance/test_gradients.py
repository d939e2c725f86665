"""The gradients of every layer by its inputs and its weights: Keras against PyTorch, in float32.

The bound is that of SEMANTICS.md: abs(a - b) <= 1e-5 + 1e-3 * max(abs(b)). In float64, each is compared with the
gradient of PyTorch's own functions where the forward pass is.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from dlspec.backends.keras.emit import emit_model_file as emit_keras
from dlspec.backends.torch.emit import emit_model_file as emit_torch
from tests.conformance.one_layer import (
    LENGTHS,
    Array,
    Case,
    cases,
    named_inputs,
    one_layer,
    random_inputs,
    random_weights,
)
from tests.conformance.operator_cases import operator_cases
from tests.conformance.required import differentiable

keras = pytest.importorskip("keras")
tf = pytest.importorskip("tensorflow")


def compared(case: Case) -> bool:
    """Whether the numbers are the same in both, and some of them have gradients."""
    if case.layer.random and not case.layer.differs_in_training:
        return False
    return differentiable(type(case.layer)) and any(type.element == "float" for type in case.types)


CASES = [each for each in (*cases(), *operator_cases()) if compared(each)]


def loaded(text: str, case: Case) -> dict[str, Any]:
    """What a generated file defines."""
    names: dict[str, Any] = {"__name__": "generated"}
    exec(compile(text, str(case), "exec"), names)
    return names


def cotangent(shape: Any) -> Array:
    """What stands for the gradient by a result."""
    return np.random.default_rng(3).normal(size=tuple(shape)).astype(np.float32)


def by_torch(case: Case, inputs: list[Array]) -> dict[str, Array]:
    """Gradients by the inputs, and by the trained weights under their canonical names."""
    code = loaded(emit_torch(one_layer(case), "net"), case)
    model: torch.nn.Module = code["build"]()
    code["load_weights"](model, {f"layer.{name}": value for name, value in random_weights(case).items()})
    leaves = [torch.from_numpy(each).requires_grad_(each.dtype.kind == "f") for each in inputs]
    found = model.eval()(*leaves)
    outputs = [each for each in (found if isinstance(found, tuple) else (found,)) if each.requires_grad]
    if outputs:
        torch.stack([(each * torch.from_numpy(cotangent(each.shape))).sum() for each in outputs]).sum().backward()
    sources: dict[str, torch.Tensor] = {f"input {place}": each for place, each in enumerate(leaves)}
    parameters = dict(model.named_parameters())
    sources |= {name: parameters[key] for name, key in code["WEIGHTS"].items() if key in parameters}
    return {name: zeros_or(each.grad, each.shape) for name, each in sources.items() if each.is_floating_point()}


def by_keras(case: Case, inputs: list[Array]) -> dict[str, Array]:
    """The same on Keras."""
    code = loaded(emit_keras(one_layer(case), "net"), case)
    model = code["build"]()
    code["load_weights"](model, {f"layer.{name}": value for name, value in random_weights(case).items()})
    leaves = {f"input {place}": tf.constant(each) for place, each in enumerate(inputs)}
    floats = {name: each for name, each in leaves.items() if each.dtype.is_floating}
    variables = {each.path: each.value for each in model.trainable_variables}
    with tf.GradientTape() as tape:
        tape.watch(floats)
        # What no spec can write, a model without inputs, Keras calls by this name alone.
        outputs = tf.nest.flatten(model(*leaves.values()) if inputs else tf.convert_to_tensor(model.call()))
        total = tf.add_n([tf.reduce_sum(each * cotangent(each.shape)) for each in outputs if each.dtype.is_floating])
    by_input, by_variable = tape.gradient(total, (floats, variables))
    found = {name: zeros_or(by_input[name], each.shape) for name, each in floats.items()}
    for name, (path, layout) in code["WEIGHTS"].items():
        own = code["variable"](model, path)
        if own.path in variables:
            found[name] = code["from_keras"](zeros_or(by_variable[own.path], own.shape), layout)
    return found


def zeros_or(gradient: Any, shape: Any) -> Array:
    """A gradient as an array; where there is none, it is 0 (a step, a rounding)."""
    if gradient is None:
        return np.zeros(tuple(shape), np.float32)
    return gradient.numpy() if isinstance(gradient, torch.Tensor) else tf.convert_to_tensor(gradient).numpy()


@pytest.mark.proves("gradient", on=("torch", "keras"))
@pytest.mark.parametrize("case", CASES, ids=str)
def test_gradients_agree(case: Case) -> None:
    symbolic = any(type.symbols for type in (*case.inputs, *case.types))
    sizes = LENGTHS[0] if symbolic else {}
    inputs = list(named_inputs(case, random_inputs(case, sizes), sizes).values())
    wanted, found = by_torch(case, inputs), by_keras(case, inputs)
    assert set(found) == set(wanted)
    for name, other in wanted.items():
        assert found[name].shape == other.shape, name
        bound = 1e-5 + 1e-3 * np.abs(other).max(initial=0)
        assert np.abs(found[name] - other).max(initial=0) <= bound, name
