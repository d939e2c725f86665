"""Writes flat graphs, layer by layer, into an ONNX graph."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from dlspec.backends.onnx.call import Call
from dlspec.backends.onnx.graph import Array, Graph
from dlspec.backends.onnx.table import LOWERINGS
from dlspec.backends.onnx.transforms import left_out
from dlspec.backends.python.fragment import Unsupported
from dlspec.catalog.base import Weight
from dlspec.diagnostics.codes import runtime as codes
from dlspec.diagnostics.report import fail, written_at
from dlspec.ir.flat import FlatGraph, FlatNode
from dlspec.ir.program import INPUT, Ref
from dlspec.tensor import TensorType


class Weights:
    """The weights of a model: initializers where arrays are given, inputs of the graph where not.

    Each is written at its first use, so that what only training needs stays out.
    """

    def __init__(self, graph: Graph, declared: Mapping[str, Weight], arrays: Mapping[str, Array] | None) -> None:
        self._graph = graph
        self._declared = declared
        self._arrays = arrays
        self._written: set[str] = set()
        for name in declared:
            graph.reserve(name)

    def value(self, name: str) -> str:
        """The value of a weight, by its canonical name."""
        if name not in self._written:
            self._written.add(name)
            self._write(name)
        return name

    def _write(self, name: str) -> None:
        shape = self._declared[name].shape
        if self._arrays is None:
            self._graph.add_input(name, TensorType("float", shape, batched=False))
            return
        if name not in self._arrays:
            raise fail(codes.WEIGHTS_MISFIT, f"there is no weight '{name}'", help="give all weights of the model")
        array = self._arrays[name]
        wrong = len(array.shape) != len(shape) or any(
            isinstance(size, int) and size != found for size, found in zip(shape, array.shape, strict=False)
        )
        if wrong:
            raise fail(
                codes.WEIGHTS_MISFIT,
                f"the weight '{name}' is {list(array.shape)}, the model's is {list(shape)}",
                help="give weights that were trained for this model",
            )
        self._graph.add_initializer(name, array.astype(np.float32, copy=False))


@dataclass(slots=True)
class Left:
    """A layer of preprocessing that stays outside, why, and what comes before it, which stays outside with it."""

    path: str
    reason: str
    before: tuple[str, ...] = ()


class Writer:
    """Writes the calls of one flat graph after another into the same ONNX graph."""

    def __init__(self, graph: Graph, weights: Weights, *, draws_as_inputs: bool = False) -> None:
        self.graph = graph
        self.left: list[Left] = []
        self._weights = weights
        self._draws_as_inputs = draws_as_inputs

    def write(
        self,
        flat: FlatGraph,
        inputs: Mapping[int, str],
        *,
        results: Mapping[Ref, str],
        reserved: bool,
        prefix: str = "",
        fitted: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> dict[Ref, str]:
        """Write what `results` needs; gives the value of each reference that was written.

        `inputs` has the value of each input that is used, `results` the name of each wanted result; `reserved` says
        that these names are taken for them.
        """
        values: dict[Ref, str] = {(INPUT, place): name for place, name in inputs.items()}
        alive = needed(flat, results)
        for index, node in enumerate(flat.nodes):
            if index not in alive:
                continue
            wanted = {which: results[index, which] for which in range(len(node.outputs)) if (index, which) in results}
            if reason := left_out(node.layer, node.outputs[0]):
                before = tuple(f"{prefix}{path}" for path in _before(flat, index))
                names = self._leave(node, Left(f"{prefix}{node.path}", reason, before))
            else:
                names = self._call(flat, node, values, wanted, reserved, prefix, (fitted or {}).get(node.owner))
            values.update({(index, which): name for which, name in enumerate(names)})
        return values

    def _call(
        self,
        flat: FlatGraph,
        node: FlatNode,
        values: Mapping[Ref, str],
        wanted: Mapping[int, str],
        reserved: bool,
        prefix: str,
        fitted: Mapping[str, Any] | None,
    ) -> list[str]:
        call = Call(
            self.graph,
            node,
            f"{prefix}{node.path}",
            [values[ref] for ref in node.inputs],
            [flat.type_of(ref) for ref in node.inputs],
            weight=lambda name: self._weights.value(f"{node.owner}.{name}"),
            draw=(lambda type: self._draw(node, type)) if self._draws_as_inputs else None,
            fitted=fitted,
        )
        start = len(self.graph.nodes)
        with written_at(node.origin):
            lowering = LOWERINGS[type(node.layer)]
            if isinstance(lowering, Unsupported):
                raise lowering.told(node.layer, "ONNX Runtime", node.origin)
            found = lowering(call, node.layer)
        results = (found,) if isinstance(found, str) else found
        return self._name_results(call, results, start, wanted, reserved)

    def _name_results(
        self, call: Call, results: tuple[str, ...], start: int, wanted: Mapping[int, str], reserved: bool
    ) -> list[str]:
        """Give the results of a call its name, or the one that is wanted for them."""
        written = self.graph.nodes[start:]
        makers = {value: node for node in written for value in node.output}
        names: list[str] = []
        for which, value in enumerate(results):
            if value in makers:
                if which == 0:
                    self.graph.rename_node(makers[value], call.path)
                name = wanted.get(which, call.path if which == 0 else f"{call.path}/{which}")
                value = self.graph.rename_output(written, value, name, reserved=reserved and which in wanted)
                if which not in wanted:
                    self.graph.describe(value, call.outputs[which])
            names.append(value)
        return names

    def _draw(self, node: FlatNode, type: TensorType) -> str:
        return self.graph.add_input(self.graph.take(node.path), type)

    def _leave(self, node: FlatNode, left: Left) -> list[str]:
        """What cannot be said stays outside: its results become inputs of the graph."""
        names = [left.path, *(f"{left.path}/{which}" for which in range(1, len(node.outputs)))]
        self.left.append(left)
        return [
            self.graph.add_input(self.graph.take(name), type) for name, type in zip(names, node.outputs, strict=True)
        ]


def _before(flat: FlatGraph, index: int) -> list[str]:
    """The layers that one is computed from."""
    before: set[int] = set()
    waiting = [node for node, _ in flat.nodes[index].inputs if node != INPUT]
    while waiting:
        node = waiting.pop()
        before.add(node)
        waiting += [each for each, _ in flat.nodes[node].inputs if each != INPUT and each not in before]
    return [flat.nodes[node].path for node in sorted(before)]


def needed(flat: FlatGraph, refs: Iterable[Ref]) -> set[int]:
    """The nodes that these references depend on; what is left out depends on nothing."""
    alive: set[int] = {node for node, _ in refs}
    for index in range(len(flat.nodes) - 1, -1, -1):
        if index in alive:
            alive.update(node for node, _ in _sources(flat.nodes[index]))
    return alive - {INPUT}


def needed_inputs(flat: FlatGraph, refs: Iterable[Ref]) -> list[int]:
    """The inputs that these references depend on, in order."""
    wanted = set(refs)
    used = wanted.union(*(_sources(flat.nodes[index]) for index in needed(flat, wanted)))
    return sorted(which for node, which in used if node == INPUT)


def _sources(node: FlatNode) -> tuple[Ref, ...]:
    return () if left_out(node.layer, node.outputs[0]) else node.inputs
