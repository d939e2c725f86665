"""Specs as programs, programs as PyTorch models, and an oracle for whole models."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from dlspec.backends.torch.emit import emit_model_file
from dlspec.diagnostics.span import SourceFile
from dlspec.ir.flat import flatten
from dlspec.ir.program import INPUT, Program, Ref
from dlspec.ir.weights import weights_of
from dlspec.pipeline import check, checked
from dlspec.tensor import Dim, TensorType
from tests.conformance.one_layer import fixed_layer
from tests.conformance.reference import expected

torch.set_num_threads(1)

BATCH = 2
SPECS = Path(__file__).parents[2] / "acceptance"


def program_of(text: str) -> Program:
    """The program of a spec's text."""
    return checked(check(Path("spec.dl"), source=SourceFile("spec.dl", text))).program


def published(name: str) -> Program:
    """The program of an acceptance spec; what its training needs may not be there yet."""
    return check(SPECS / f"{name}.dl").program


def load(source: str) -> dict[str, Any]:
    """What generated code defines."""
    names: dict[str, Any] = {"__name__": "generated"}
    exec(compile(source, "generated.py", "exec"), names)
    return names


def random_weights(program: Program, module: str) -> dict[str, np.ndarray[Any, Any]]:
    """Weights by canonical name, small enough for deep models; variances are positive."""
    rng = np.random.default_rng(0)
    found: dict[str, np.ndarray[Any, Any]] = {}
    for name, weight in weights_of(program, module).items():
        shape = [int(size) for size in weight.shape]  # type: ignore[arg-type]
        values = rng.standard_normal(shape, np.float32) / np.float32(np.sqrt(max(np.prod(shape[1:]), 1)))
        found[name] = np.asarray(np.abs(values) + 0.5 if name.endswith("running_var") else values, np.float32)
    return found


def random_input(type: TensorType, length: int = 5) -> Tensor:
    """Numbers of a type; a symbolic size is `length`."""
    lengths: dict[str, Dim] = dict.fromkeys("THW", length)
    shape = [size if isinstance(size, int) else int(size.substitute(lengths)) for size in type.shape]  # type: ignore[arg-type]
    shape = [BATCH, *shape] if type.batched else shape
    generator = torch.Generator().manual_seed(len(shape))
    if type.element == "int":
        return torch.randint(0, 4, shape, generator=generator)
    return torch.randn(shape, generator=generator)


def oracle(
    program: Program,
    module: str,
    inputs: list[Tensor],
    weights: dict[str, Any],
    draws: dict[str, Tensor],
    length: int,
) -> list[Tensor]:
    """The outputs of a model, layer by layer over the flat graph, with the oracles of the conformance tests."""
    graph = flatten(program, module)
    values: dict[Ref, Tensor] = {(INPUT, place): value for place, value in enumerate(inputs)}
    owned: dict[str, dict[str, Tensor]] = {}
    for name, value in weights.items():
        owner, _, last = name.rpartition(".")
        owned.setdefault(owner, {})[last] = torch.from_numpy(value)
    for place, node in enumerate(graph.nodes):
        mine = owned.get(node.owner, {})
        types = tuple(graph.type_of(ref) for ref in node.inputs)
        layer = fixed_layer(node.layer, {"T": length, "H": length, "W": length})
        if node.path in draws:
            found = [draws[node.path]]
        elif node.layer.entry == "weight_of":
            found = [mine[node.layer.weight]]  # type: ignore[attr-defined]
        else:
            found = expected(layer, [values[ref] for ref in node.inputs], types, mine)
        values.update({(place, which): value for which, value in enumerate(found)})
    return [values[result.ref] for result in graph.outputs]


def compiled(program: Program, model: str) -> tuple[dict[str, Any], nn.Module, dict[str, Any]]:
    """What the generated file defines, the model with random weights in inference mode, and these weights."""
    code = load(emit_model_file(program, model))
    weights = random_weights(program, program.models[model])
    made: nn.Module = code["build"]()
    code["load_weights"](made, weights)
    return code, made.eval(), weights


def assert_like_the_oracle(
    program: Program, model: str, length: int = 5, draws: dict[str, Tensor] | None = None
) -> nn.Module:
    """The generated model gives what the flat graph gives; the model, for more."""
    _, made, weights = compiled(program, model)
    module = program.module(program.models[model])
    inputs = [random_input(port.type, length) for port in module.inputs]
    with torch.no_grad():
        wanted = oracle(program, module.name, inputs, weights, draws or {}, length)
        found = made(*inputs) if draws is None else made(*inputs, draws=draws)
    found = found if isinstance(found, tuple) else (found,)
    assert len(found) == len(wanted)
    for one, other in zip(found, wanted, strict=True):
        assert one.shape == other.shape
        np.testing.assert_allclose(one.numpy(), other.numpy(), rtol=1e-4, atol=1e-5)
    return made
