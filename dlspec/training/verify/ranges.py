"""How large the whole numbers of each input may be: embeddings and gathers take no other rows than they have."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from dlspec.catalog.base import Layer
from dlspec.catalog.dense import Constant, Embedding
from dlspec.catalog.shape import Gather, OneHot
from dlspec.ir.flat import FlatGraph, FlatNode
from dlspec.ir.program import INPUT, Ref
from dlspec.training.checks import MOVING

USUAL = 9
"""The largest number where nothing says otherwise."""


class Span(NamedTuple):
    """From the lowest to the highest number, and the inputs that they come from."""

    low: int
    high: int
    inputs: frozenset[int] = frozenset()


def largest_numbers(graph: FlatGraph) -> dict[int, int]:
    """For the place of each input of whole numbers, the largest that it may hold (the smallest is 0)."""
    limits = [limit for node in graph.nodes if (limit := _limit(graph, node))]
    start = max([USUAL, *(limit for _, limit in limits)])
    highest = {
        place: port.type.kinds - 1 if isinstance(port.type.kinds, int) else start if limits else USUAL
        for place, port in enumerate(graph.inputs)
        if port.type.element == "int"
    }
    while True:
        spans = _spans(graph, highest)
        broken = [spans[ref] for ref, limit in limits if ref in spans and spans[ref].high > limit]
        guilty = {place for span in broken for place in span.inputs if highest.get(place, 0)}
        if not guilty:
            return highest
        largest = max(guilty, key=lambda place: highest[place])
        direct = [limit for ref, limit in limits if limit < highest[largest] and _origin(graph, ref) == largest]
        highest[largest] = max(direct, default=highest[largest] // 2)


def _origin(graph: FlatGraph, ref: Ref) -> int | None:
    while ref[0] != INPUT:
        node = graph.nodes[ref[0]]
        if node.layer.entry not in MOVING:
            return None
        ref = node.inputs[0]
    return ref[1]


def _limit(graph: FlatGraph, node: FlatNode) -> tuple[Ref, int] | None:
    """Which input of the node chooses rows, and the number of the last row."""
    layer = node.layer
    if isinstance(layer, Embedding | OneHot) and isinstance(layer.n, int):
        return node.inputs[0], layer.n - 1
    if isinstance(layer, Gather) and len(node.inputs) == 2:
        size = graph.type_of(node.inputs[0]).shape[layer.axis]
        return (node.inputs[1], size - 1) if isinstance(size, int) else None
    return None


def _spans(graph: FlatGraph, highest: dict[int, int]) -> dict[Ref, Span]:
    """What the tensors of whole numbers hold, as far as it can be followed."""
    spans: dict[Ref, Span] = {
        (INPUT, place): Span(0, highest.get(place, 1), frozenset({place}))
        for place, port in enumerate(graph.inputs)
        if port.type.element in ("int", "bool")
    }
    for place, node in enumerate(graph.nodes):
        if node.outputs and node.outputs[0].element == "int" and (span := _result(node.layer, node, spans)):
            spans[place, 0] = span
    return spans


def _result(layer: Layer, node: FlatNode, spans: dict[Ref, Span]) -> Span | None:
    if isinstance(layer, Constant):
        values = np.asarray(layer.values)
        return Span(int(values.min()), int(values.max())) if values.size else None
    known = [spans[ref] for ref in node.inputs if ref in spans]
    if not known or len(known) < len(layer.inputs):
        return None
    if layer.entry in MOVING or layer.entry == "to_batch":
        return known[0]
    combine = ARITHMETIC.get(layer.entry)
    if combine is None:
        return None
    left, right = known[0], known[1]
    corners = [combine(a, b) for a in left[:2] for b in right[:2]]
    return Span(min(corners), max(corners), left.inputs | right.inputs)


ARITHMETIC: dict[str, Callable[[int, int], int]] = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "maximum": max,
    "minimum": min,
    "remainder": lambda a, b: abs(b) - 1 if b else a,
    "floor_divide": lambda a, b: a // b if b else a,
}
