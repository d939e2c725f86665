"""The layers of a model with their shapes, parameters, multiply-adds and activation memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dlspec.ir.flat import FlatGraph, flatten
from dlspec.ir.program import Program
from dlspec.ir.weights import parameter_count, weights_of
from dlspec.tensor import Dim, TensorType, product

BYTES = {"float": 4, "int": 8, "bool": 1, "string": 0, "any": 4}


@dataclass(frozen=True, slots=True)
class LayerSummary:
    """A layer: its path, its name in the catalogue, the shapes of its results, and what it costs for one example."""

    name: str
    layer: str
    output: tuple[tuple[Dim, ...], ...]
    parameters: Dim
    macs: Dim


@dataclass(frozen=True, slots=True)
class ModelSummary:
    """A model. Parameters count weights, not running statistics; activations are the results of all layers."""

    name: str
    parameters: Dim
    trainable: Dim
    macs: Dim
    activation_bytes: Dim
    inputs: dict[str, TensorType]
    outputs: dict[str, TensorType]
    layers: tuple[LayerSummary, ...]

    def as_json(self) -> dict[str, Any]:
        """The JSON that others rely on; a symbolic size is a string."""
        return {
            "parameters": _plain(self.parameters),
            "trainable": _plain(self.trainable),
            "macs": _plain(self.macs),
            "activation_bytes": _plain(self.activation_bytes),
            "inputs": {name: [_plain(dim) for dim in type.shape] for name, type in self.inputs.items()},
            "outputs": {name: [_plain(dim) for dim in type.shape] for name, type in self.outputs.items()},
            "layers": [
                {
                    "name": layer.name,
                    "layer": layer.layer,
                    "output": [_plain(dim) for dim in layer.output[0]]
                    if len(layer.output) == 1
                    else [[_plain(dim) for dim in shape] for shape in layer.output],
                    "parameters": _plain(layer.parameters),
                    "macs": _plain(layer.macs),
                }
                for layer in self.layers
            ],
        }


def _plain(dim: Dim) -> int | str:
    return dim if isinstance(dim, int) else str(dim)


def summarize(program: Program, model: str) -> ModelSummary:
    """The summary of a model of the program, by its name."""
    module = program.module(program.models[model])
    graph = flatten(program, module.name)
    weights = weights_of(program, module.name)
    counts: dict[str, Dim] = {}
    for name, weight in weights.items():
        if weight.trainable:
            owner = name.rpartition(".")[0]
            counts[owner] = counts.get(owner, 0) + product(weight.shape)
    layers: list[LayerSummary] = []
    macs: Dim = 0
    activation: Dim = 0
    for node in graph.nodes:
        cost = node.layer.macs(tuple(graph.type_of(ref) for ref in node.inputs), node.outputs)
        macs = macs + cost
        activation = activation + _bytes(node.outputs)
        # A layer that is used again has its parameters counted at its first use.
        own = counts.pop(node.owner, 0) if node.layer.entry != "weight_of" else 0
        layers.append(LayerSummary(node.path, node.layer.entry, tuple(type.shape for type in node.outputs), own, cost))
    total = parameter_count(weights)
    return ModelSummary(
        name=model,
        parameters=total,
        trainable=total,
        macs=macs,
        activation_bytes=activation,
        inputs={port.name: port.type for port in module.inputs},
        outputs=_outputs(graph),
        layers=tuple(layers),
    )


def _bytes(types: tuple[TensorType, ...]) -> Dim:
    total: Dim = 0
    for type in types:
        total = total + product(type.shape) * BYTES[type.element]
    return total


def _outputs(graph: FlatGraph) -> dict[str, TensorType]:
    return {result.name: graph.type_of(result.ref) for result in graph.outputs}
