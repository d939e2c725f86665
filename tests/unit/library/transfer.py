"""Models of the library as PyTorch models with random weights, and the same weights in other people's networks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, groupby
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from dlspec.backends.torch.emit import emit_model_file
from dlspec.diagnostics.span import SourceFile
from dlspec.ir.weights import weights_of
from dlspec.pipeline import checked, resolve
from tests.unit.library.small import Small
from tests.unit.torch_model.specs import load

Array = np.ndarray[Any, np.dtype[Any]]

FORWARD = (1e-5, 1e-4)
"""The bound of a forward pass: absolute, and relative to each output."""

TIGHT = (1e-9, 1e-9)
"""For what PyTorch calculates in float64 (the fixture `double`) on both sides."""

MODEL = "small"
"""What a spec of `Small` calls its model."""


class Compiled(NamedTuple):
    """A model of the library: its PyTorch code, ready to be run, and its weights by canonical name, in order."""

    model: nn.Module
    weights: dict[str, Array]


def compiled(
    name: str, small: Small, *, gain: float = 1.0, scaled: bool = True, seen: Tensor | None = None
) -> Compiled:
    """A model of the library in inference mode, with random weights and running statistics.

    `gain` is by how much a matrix enlarges the variance of what goes through; 2 makes up for a relu where nothing
    normalises. Without `scaled`, the scales of batch normalisations are 1. Running statistics are about those of
    `seen`, examples that are shown to the model first, so that a deep model neither loses nor drowns its signal.
    """
    source = SourceFile("spec.dl", small.spec(name))
    program = checked(resolve(Path(source.path), source=source)).program
    rng = np.random.default_rng(0)
    shapes = {key: tuple(map(int, each.shape)) for key, each in weights_of(program, program.models[MODEL]).items()}  # type: ignore[arg-type]
    weights = {key: _draw(rng, key, shape, gain) for key, shape in shapes.items()}
    if not scaled:
        weights |= {key: np.ones_like(array) for key, array in weights.items() if _is_scale(key)}
    code = load(emit_model_file(program, MODEL))
    model: nn.Module = code["build"]()
    code["load_weights"](model, weights)
    if seen is not None:
        weights |= _statistics(model, seen, code["WEIGHTS"], rng)
        code["load_weights"](model, weights)
    return Compiled(model.eval(), weights)


def _statistics(model: nn.Module, seen: Tensor, keys: dict[str, str], rng: np.random.Generator) -> dict[str, Array]:
    """Running statistics by canonical name: a little off those of what the model has seen."""
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = 1.0
    torch.manual_seed(0)
    with torch.no_grad():
        model.train()(seen)
    found: dict[str, Array] = {}
    for name, key in keys.items():
        value = model.state_dict()[key].numpy()
        if name.endswith("running_mean"):
            found[name] = value + rng.standard_normal(value.shape) * 0.1
        elif name.endswith("running_var"):
            found[name] = value * rng.uniform(0.7, 1.4, value.shape) + 0.01
    return found


def _is_scale(name: str) -> bool:
    owner, _, last = name.rpartition(".")
    return last == "weight" and owner.rpartition(".")[2].startswith("batch_norm")


def _draw(rng: np.random.Generator, name: str, shape: tuple[int, ...], gain: float) -> Array:
    """Matrices that keep the size of what goes through; scales and variances about 1, all else about 0."""
    last = name.rpartition(".")[2]
    if len(shape) > 1:
        values = rng.standard_normal(shape) * (gain / np.prod(shape[1:])) ** 0.5
    elif last in ("weight", "running_var"):
        values = rng.uniform(0.5, 1.5, shape)
    else:
        values = rng.standard_normal(shape) * 0.1
    return values


def layers(weights: dict[str, Array]) -> list[list[Array]]:
    """Weights layer by layer."""
    found = groupby(weights.items(), key=lambda item: item[0].rpartition(".")[0])
    return [[array for _, array in group] for _, group in found]


def fused(weights: dict[str, Array]) -> list[Array]:
    """Weights in order, with the queries', keys' and values' of an attention in one, as others have them."""
    return list(chain.from_iterable(_fused(dict(group)) for group in _by_owner(weights)))


def _by_owner(weights: dict[str, Array]) -> Iterator[list[tuple[str, Array]]]:
    for owner, group in groupby(weights.items(), key=lambda item: item[0].rpartition(".")[0]):
        yield [(name.removeprefix(f"{owner}."), array) for name, array in group]


def _fused(layer: dict[str, Array]) -> list[Array]:
    if "query_bias" not in layer:
        return list(layer.values())
    joined = [np.concatenate([layer[f"{part}_{kind}"] for part in ("query", "key", "value")]) for kind in KINDS]
    return [*joined, *(layer[f"output_{kind}"] for kind in KINDS)]


KINDS = ("weight", "bias")


def copy_into(reference: nn.Module, arrays: Sequence[Array]) -> None:
    """Give a network the weights, in the order of its `order()`, or else of its state; shapes must be the same."""
    order = getattr(reference, "order", None)
    own = order() if order is not None else states(reference)
    assert [tuple(each.shape) for each in own] == [array.shape for array in arrays]
    assert len({each.data_ptr() for each in own}) == len(states(reference)), "weights are left over"
    with torch.no_grad():
        for tensor, array in zip(own, arrays, strict=True):
            tensor.copy_(torch.from_numpy(array))


def states(module: nn.Module) -> list[Tensor]:
    """Weights and running statistics in the order in which a module has them."""
    return [each for name, each in module.state_dict().items() if not name.endswith("num_batches_tracked")]


def assert_equal(found: Any, wanted: Any, bound: tuple[float, float] = TIGHT) -> None:
    """Within the bound, and not for want of a signal: examples and outputs differ, by much more than it."""
    one, other = np.asarray(found), np.asarray(wanted)
    assert one.shape == other.shape
    assert one.dtype == other.dtype == np.float64
    assert np.all(np.isfinite(other))
    spread = np.abs(other - other.mean(0)).mean(), np.abs(other - other.mean(1, keepdims=True)).mean()
    assert min(spread) > 0.01, f"the outputs say nothing: {spread}"
    np.testing.assert_allclose(one, other, atol=bound[0], rtol=bound[1])
