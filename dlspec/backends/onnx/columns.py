"""What raw columns hold: a file's header does not say, but what the transforms learned from them does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from dlspec.catalog.base import Layer
from dlspec.catalog.texts import Characters, Lowercase, Vocabulary, Words
from dlspec.catalog.transforms import Category, DatePart
from dlspec.ir.flat import FlatGraph, FlatNode
from dlspec.ir.program import INPUT, Port, Ref
from dlspec.tensor import Element, TensorType

Fitted = Mapping[str, Mapping[str, Any]]

_OF_TEXT: tuple[type[Layer], ...] = (Characters, DatePart, Lowercase, Vocabulary, Words)
"""What takes text, whatever has been learned."""
_EXACT = 2**24
"""Up to here float32 holds every whole number."""


def with_types(flat: FlatGraph, fitted: Fitted, wanted: Mapping[str, Element]) -> FlatGraph:
    """The flows of a data block with all types known, from what the transforms learned.

    `wanted` has the element types that the model takes of fields.
    """
    elements = _elements(flat, fitted, wanted)
    ports = tuple(
        Port(name=port.name, type=replace(port.type, element=elements[place])) if place in elements else port
        for place, port in enumerate(flat.inputs)
    )
    nodes: list[FlatNode] = []
    for node in flat.nodes:
        types = [ports[which].type if at == INPUT else nodes[at].outputs[which] for at, which in node.inputs]
        found = node.layer.infer(*types)
        outputs = (found,) if isinstance(found, TensorType) else found
        if isinstance(node.layer, Category | Vocabulary):
            outputs = (replace(outputs[0], kinds=fitted[node.owner]["size"]),)
        nodes.append(replace(node, outputs=outputs))
    return FlatGraph(ports, tuple(nodes), flat.outputs)


def _elements(flat: FlatGraph, fitted: Fitted, wanted: Mapping[str, Element]) -> dict[int, Element]:
    """For each column of unknown type: text where text was learned from it, whole numbers where all that takes it
    takes those and floats could not tell them apart, else floats."""
    found: dict[int, Element] = {place: "float" for place, port in enumerate(flat.inputs) if port.type.element == "any"}
    whole: dict[int, set[bool]] = {place: set() for place in found}
    behind: dict[Ref, set[int]] = {(INPUT, place): {place} for place in found}
    for index, node in enumerate(flat.nodes):
        columns = set[int]().union(*(behind.get(ref, set()) for ref in node.inputs))
        learned = _learned(node, fitted)
        for place in columns:
            if isinstance(node.layer, _OF_TEXT) or any(isinstance(value, str) for value in learned):
                found[place] = "string"
            whole[place].add(isinstance(node.layer, Category) and _needs_int(learned))
        for which, type in enumerate(node.outputs):
            if type.element == "any":
                behind[index, which] = columns
    for result in flat.outputs:
        for place in behind.get(result.ref, ()):
            if result.name in wanted:
                whole[place].add(wanted[result.name] == "int")
    return {place: "int" if whole[place] == {True} and each == "float" else each for place, each in found.items()}


def _learned(node: FlatNode, fitted: Fitted) -> list[Any]:
    """The values of a column that a transform has kept."""
    state = fitted.get(node.owner, {})
    return list(state.get("kinds" if isinstance(node.layer, Category) else "value", ()))


def _needs_int(kinds: list[Any]) -> bool:
    """Whether kinds are whole numbers that floats cannot tell apart."""
    return all(isinstance(kind, int) for kind in kinds) and any(abs(kind) > _EXACT for kind in kinds)
