"""Where gradients go: which weights stand behind a tensor, and whether a step moves any."""

from __future__ import annotations

from collections.abc import Iterable

from dlspec.catalog.base import Weighted
from dlspec.catalog.operators import WeightOf
from dlspec.ir.flat import FlatNode, flatten_module
from dlspec.ir.program import INPUT, Module, Program, Ref, Result, Step
from dlspec.tensor import TensorType

STOPPING = frozenset({"stop_gradient", "binary_step"})
"""Layers through which no gradient goes back."""


def trained_owners(program: Program, module: Module, refs: Iterable[Ref]) -> set[str]:
    """The paths of the layers whose weights a gradient of these tensors of the module reaches."""
    outputs = tuple(Result(name=str(place), ref=ref) for place, ref in enumerate(refs))
    graph = flatten_module(program, module.model_copy(update={"outputs": outputs}))
    waiting = {result.ref for result in graph.outputs}
    found: set[str] = set()
    for place in reversed(range(len(graph.nodes))):
        node = graph.nodes[place]
        reached = [type.element == "float" and (place, which) in waiting for which, type in enumerate(node.outputs)]
        # A penalty on the outputs of a layer is a loss of its own.
        penalised = isinstance(node.layer, Weighted) and node.layer.activity is not None
        if penalised or (any(reached) and node.layer.entry not in STOPPING):
            waiting |= {ref for ref in node.inputs if ref[0] != INPUT}
            if _has_weights(node, tuple(graph.type_of(ref) for ref in node.inputs)):
                found.add(node.owner)
    return found


def _has_weights(node: FlatNode, types: tuple[TensorType, ...]) -> bool:
    if isinstance(node.layer, WeightOf):
        return True
    given = types[: len(node.layer.inputs)] if not node.layer.many else types
    return any(weight.trainable for weight in node.layer.weights(*given))


def moving_weights(program: Program, step: Step, known: Iterable[str], *, several: bool) -> set[str]:
    """The weights among the `known` of a step's model that get a gradient by its losses and are not frozen, at first
    or for ever. `several`: names begin with the model's."""
    refs = [ref for term in step.losses for ref in term.inputs]
    owners = tuple(f"{owner}." for owner in trained_owners(program, step.module, refs))
    prefix = "" if several else f"{step.model}."
    reached = {name for name in known if f"{prefix}{name}".startswith(owners)}
    return reached - {name for freeze in step.freezes for name in freeze.weights}
