"""Random models mean the same on every backend: shapes as inferred, outputs within SEMANTICS' forward bounds."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlspec.backends.initial import initial_weights
from dlspec.backends.onnx.emit import emit_model
from dlspec.backends.onnx.runtime import OnnxSession
from dlspec.backends.torch.emit import emit_model_file
from dlspec.ir.program import Program
from dlspec.ir.verify import verify
from dlspec.ir.weights import weights_of
from dlspec.tensor import Dim
from tests.property.random_models import Model, random_model

QUICK = 60
LONG = 2000
ATOL, RTOL = 1e-5, 1e-4
BATCH = 2


def compared(model: Model, folder: Path, seed: int) -> None:
    """Fail where shapes or numbers differ."""
    program = model.resolution.program
    verify(program)
    assert Program.model_validate_json(program.model_dump_json()) == program
    module = program.module(program.models["m"])
    weights = initial_weights(weights_of(program, module.name), seed)
    net = torch_model(emit_model_file(program, "m"), folder, weights)
    session = OnnxSession(emit_model(program, "m", weights).SerializeToString())
    for length in (4, 7):
        shape = [BATCH, *(sized(dim, length) for dim in module.inputs[0].type.shape)]
        x = np.random.default_rng(seed).normal(size=shape).astype(np.float32)
        by_torch = net(x)
        by_onnx = session.predict({"x": x})["y"]
        expected = (BATCH, *(sized(dim, length) for dim in module.type_of(module.outputs[0].ref).shape))
        assert by_torch.shape == by_onnx.shape == expected, model.text
        np.testing.assert_allclose(by_onnx, by_torch, rtol=RTOL, atol=ATOL, err_msg=model.text)


def sized(dim: Dim, length: int) -> int:
    size = dim if isinstance(dim, int) else dim.substitute({"T": length})
    assert isinstance(size, int)
    return size


def torch_model(code: str, folder: Path, weights: dict[str, Any]) -> Any:
    """The generated model as a function of arrays."""
    import torch

    path = folder / "generated.py"
    path.write_text(code, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("generated", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["generated"] = module
    spec.loader.exec_module(module)
    net = module.build()
    module.load_weights(net, weights)
    net.eval()

    def run(x: Any) -> Any:
        with torch.no_grad():
            return net(torch.tensor(x)).numpy()

    return run


@pytest.mark.parametrize("seed", range(QUICK))
def test_random_model(seed: int, tmp_path: Path) -> None:
    compared(random_model(seed), tmp_path, seed)


@pytest.mark.fuzz
def test_many_random_models(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    coverage: dict[str, int] = {}
    for seed in range(QUICK, QUICK + LONG):
        model = random_model(seed, length=10)
        compared(model, tmp_path, seed)
        for layer in model.layers:
            coverage[layer] = coverage.get(layer, 0) + 1
    with capsys.disabled():
        for layer, count in sorted(coverage.items(), key=lambda item: item[1]):
            print(f"{count:6} {layer}")
    assert min(coverage.values()) >= 10
