"""The flat view of a module: blocks inlined, one list of nodes with full paths."""

from __future__ import annotations

from dataclasses import dataclass

from dlspec.catalog.base import Layer
from dlspec.catalog.operators import WeightOf
from dlspec.ir.program import INPUT, Module, Node, Port, Program, Ref, Result
from dlspec.tensor import TensorType


@dataclass(frozen=True, slots=True)
class FlatNode:
    """A call of a layer. `owner` is the path of the unit that has the weights: where a layer is called again, the
    path of its first call's unit; for `weight_of`, the path of the layer whose weight it is."""

    path: str
    layer: Layer
    inputs: tuple[Ref, ...]
    keywords: tuple[str, ...]
    outputs: tuple[TensorType, ...]
    owner: str
    origin: str


@dataclass(frozen=True, slots=True)
class FlatGraph:
    """Inputs, nodes in order of evaluation, and named outputs; references count the flat nodes."""

    inputs: tuple[Port, ...]
    nodes: tuple[FlatNode, ...]
    outputs: tuple[Result, ...]

    def type_of(self, ref: Ref) -> TensorType:
        return self.inputs[ref[1]].type if ref[0] == INPUT else self.nodes[ref[0]].outputs[ref[1]]


def flatten(program: Program, module_name: str) -> FlatGraph:
    """The flat view of a module of the program."""
    return flatten_module(program, program.module(module_name))


def flatten_module(program: Program, module: Module) -> FlatGraph:
    """The flat view of any module that refers to the program's."""
    nodes: list[FlatNode] = []
    inputs = [(INPUT, place) for place in range(len(module.inputs))]
    refs = _inline(program, module, inputs, "", "", nodes)
    outputs = tuple(Result(name=result.name, ref=ref) for result, ref in zip(module.outputs, refs, strict=True))
    return FlatGraph(module.inputs, tuple(nodes), outputs)


def _inline(
    program: Program, module: Module, inputs: list[Ref], path: str, owner: str, nodes: list[FlatNode]
) -> list[Ref]:
    """Append the module's nodes; gives the references of its outputs. Recursion follows nested blocks only."""
    results: list[tuple[Ref, ...]] = []
    calls: dict[int, int] = {}

    def resolve(ref: Ref) -> Ref:
        return inputs[ref[1]] if ref[0] == INPUT else results[ref[0]][ref[1]]

    for node in module.nodes:
        unit = module.units[node.unit]
        own = unit if unit.shares is None else module.units[unit.shares]
        calls[node.unit] = calls.get(node.unit, 0) + 1
        call_name = unit.name if calls[node.unit] == 1 else f"{unit.name}/{calls[node.unit]}"
        sources = tuple(resolve(ref) for ref in node.inputs)
        if unit.module is not None:
            inner = program.module(unit.module)
            results.append(
                tuple(_inline(program, inner, list(sources), f"{path}{call_name}.", f"{owner}{own.name}.", nodes))
            )
        else:
            owned = unit.layer.owner if isinstance(unit.layer, WeightOf) else own.name
            results.append(_append(nodes, node, unit.layer, sources, path + call_name, owner + owned))
    return [resolve(result.ref) for result in module.outputs]


def _append(
    nodes: list[FlatNode], node: Node, layer: object, sources: tuple[Ref, ...], path: str, owner: str
) -> tuple[Ref, ...]:
    assert isinstance(layer, Layer)
    place = len(nodes)
    nodes.append(FlatNode(path, layer, sources, node.keywords, node.outputs, owner, node.origin))
    return tuple((place, which) for which in range(len(node.outputs)))
