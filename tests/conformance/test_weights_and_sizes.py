"""`layer.weight` and `x.shape` as tensors: operators that stand for something else than an input."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from dlspec.backends.keras.emit import emit_model_file as emit_keras
from dlspec.backends.onnx.emit import emit_model
from dlspec.backends.onnx.runtime import OnnxSession
from dlspec.backends.torch.emit import emit_model_file as emit_torch
from dlspec.diagnostics.span import SourceFile
from dlspec.ir.flat import flatten
from dlspec.ir.program import Program
from dlspec.ir.weights import weights_of
from dlspec.pipeline import checked, resolve

keras = pytest.importorskip("keras")

Array = np.ndarray[Any, np.dtype[Any]]
Weights = dict[str, Array]

CASES: dict[str, tuple[str, Callable[[Weights, Array], Array]]] = {
    "weight_of": (
        "input x: float[3]\nhidden = dense(4)\noutput y = (x -> hidden) @ hidden.weight",
        lambda w, x: (x @ w["hidden.weight"].T + w["hidden.bias"]) @ w["hidden.weight"],
    ),
    "size": (
        "input x: float[T, 3]\noutput y = (x -> sum(axis=0)) / x.shape[0]",
        lambda w, x: x.mean(1),
    ),
}
INPUTS = {
    "weight_of": np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32),
    "size": np.random.default_rng(0).normal(size=(5, 7, 3)).astype(np.float32),
}


def program_of(body: str) -> Program:
    text = f"model net {{\n{body}\n}}\n"
    return checked(resolve(Path("net.dl"), source=SourceFile("net.dl", text))).program


def by_torch(program: Program, weights: Weights, x: Array) -> tuple[Array, int]:
    code: dict[str, Any] = {}
    exec(compile(emit_torch(program, "net"), "net.py", "exec"), code)
    model = code["build"]()
    code["load_weights"](model, weights)
    return model(torch.from_numpy(x)).detach().numpy(), sum(each.numel() for each in model.parameters())


def by_keras(program: Program, weights: Weights, x: Array) -> tuple[Array, int]:
    code: dict[str, Any] = {"__name__": "generated"}
    exec(compile(emit_keras(program, "net"), "net.py", "exec"), code)
    model = code["build"]()
    code["load_weights"](model, weights)
    count = sum(int(np.prod(each.shape)) for each in model.trainable_variables)
    return keras.ops.convert_to_numpy(model(x)), count


def by_onnx(program: Program, weights: Weights, x: Array) -> tuple[Array, int]:
    model = emit_model(program, "net", weights)
    count = sum(int(np.prod(each.dims)) for each in model.graph.initializer if each.name in weights)
    return OnnxSession(model.SerializeToString()).predict({"x": x})["y"], count


def assert_is(name: str, run: Callable[[Program, Weights, Array], tuple[Array, int]]) -> None:
    """What comes out is the formula, and no weight is there twice."""
    body, formula = CASES[name]
    program = program_of(body)
    assert name in {node.layer.entry for node in flatten(program, "net").nodes}
    rng = np.random.default_rng(1)
    weights = {
        path: rng.normal(size=[int(str(size)) for size in weight.shape]).astype(np.float32)
        for path, weight in weights_of(program, "net").items()
    }
    found, count = run(program, weights, INPUTS[name])
    wanted = formula(weights, INPUTS[name])
    assert found.shape == wanted.shape
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)
    assert count == sum(each.size for each in weights.values())


@pytest.mark.proves("shape", "count", "forward", on="torch", of=("operator weight_of", "operator size"))
@pytest.mark.parametrize("name", CASES)
def test_on_pytorch(name: str) -> None:
    assert_is(name, by_torch)


@pytest.mark.proves("shape", "count", "forward", on="keras", of=("operator weight_of", "operator size"))
@pytest.mark.parametrize("name", CASES)
def test_on_keras(name: str) -> None:
    assert_is(name, by_keras)


@pytest.mark.proves("shape", "count", "forward", on="onnx", of=("operator weight_of", "operator size"))
@pytest.mark.parametrize("name", CASES)
def test_on_onnx(name: str) -> None:
    assert_is(name, by_onnx)
