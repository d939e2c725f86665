"""What each layer must give, by PyTorch's own functions: the oracle of the conformance tests."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from dlspec.catalog.base import Layer
from dlspec.catalog.index import family_of
from dlspec.tensor import TensorType

Tensors = list[Tensor]
Weights = dict[str, Tensor]


class Given:
    """The call that an oracle works on: inputs with the batch in front, their types, the weights."""

    def __init__(self, layer: Layer, inputs: Tensors, types: tuple[TensorType, ...], weights: Weights) -> None:
        self.layer: Any = layer
        self.inputs = inputs
        self.types = types
        self.weights = weights

    @property
    def x(self) -> Tensor:
        return self.inputs[0]

    @property
    def lead(self) -> int:
        return int(self.types[0].batched)

    @property
    def rank(self) -> int:
        return max(type.rank for type in self.types)

    @property
    def spatial(self) -> int:
        return self.types[0].rank - 1

    def axis(self, axis: int) -> int:
        """A written axis as an axis of the tensor."""
        return axis % self.rank + int(any(type.batched for type in self.types))

    def only(self, axis: int | None) -> int:
        return self.axis(0 if axis is None else axis)

    def axes(self, axis: int | tuple[int, ...] | None) -> tuple[int, ...]:
        given = range(self.rank) if axis is None else (axis,) if isinstance(axis, int) else axis
        return tuple(sorted(self.axis(each) for each in given))

    def each(self, value: int | tuple[int, ...]) -> tuple[int, ...]:
        return (value,) * self.spatial if isinstance(value, int) else value


Oracle = Callable[[Given], Tensor | tuple[Tensor, ...]]


def expected(layer: Layer, inputs: Tensors, types: tuple[TensorType, ...], weights: Weights) -> Tensors:
    """The results of a layer."""
    from tests.conformance.reference_layers import ORACLES as LAYERS
    from tests.conformance.reference_sequences import ORACLES as SEQUENCES
    from tests.conformance.reference_tensors import ORACLES as TENSORS

    oracle = ({**LAYERS, **SEQUENCES, **TENSORS}).get(layer.entry) or shown_beside(layer)
    found = oracle(Given(layer, inputs, types, weights))
    return list(found) if isinstance(found, tuple) else [found]


def shown_beside(layer: Layer) -> Oracle:
    """The formula in NumPy that a family's samples give for a layer: a function of it, its inputs and its weights."""
    family = family_of(layer.kind, layer.entry)
    formulas = getattr(import_module(f"dlspec.catalog.samples.{family}"), "FORMULAS", {})
    assert layer.entry in formulas, (
        f"nothing says what '{layer.entry}' gives: neither tests/conformance/reference_*.py nor FORMULAS of "
        f"dlspec/catalog/samples/{family}.py"
    )

    def oracle(given: Given) -> Tensor | tuple[Tensor, ...]:
        weights = {name: value.detach().numpy() for name, value in given.weights.items()}
        found = formulas[layer.entry](layer, *(each.detach().numpy() for each in given.inputs), **weights)
        return tuple(map(torch.as_tensor, found)) if isinstance(found, tuple) else torch.as_tensor(found)

    return oracle


def of_input(function: Callable[..., Tensor], *names: str) -> Oracle:
    """A function of the first input and arguments of the layer."""
    return lambda given: function(given.x, *(getattr(given.layer, name) for name in names))


def of_inputs(function: Callable[..., Tensor]) -> Oracle:
    """A function of all inputs."""
    return lambda given: function(*given.inputs)


def pad_pairs(x: Tensor, pairs: list[tuple[int, int]], value: float = 0.0) -> Tensor:
    """Pad the last dimensions, given from the first of them."""
    return F.pad(x, [amount for pair in reversed(pairs) for amount in pair], value=value)
