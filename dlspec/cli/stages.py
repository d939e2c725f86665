"""The stages of the compiler as text: the tree, and the flat graph."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from dlspec.cli.spelling import call_text
from dlspec.ir.flat import FlatGraph, flatten
from dlspec.ir.program import INPUT, Program, Ref
from dlspec.syntax.ast import File, Node
from dlspec.tensor import TensorType


def tree_text(tree: File) -> str:
    """A node a line, set in under what holds it, with its place and its plain values."""
    return "\n".join(_node(tree, "", 0))


def _node(node: Node, role: str, depth: int) -> Iterator[str]:
    # The parser limits how deep brackets nest, and chains are flat.
    plain, inner = [], []
    for field in fields(node):
        value = getattr(node, field.name)
        nested = [(field.name, each) for each in _nodes(value)]
        if nested:
            inner += nested
        elif "span" not in field.name and value not in (None, ()):
            plain.append(f"{field.name}={value!r}")
    line, column = node.span.line, node.span.column
    head = f"{role}: {type(node).__name__}" if role else type(node).__name__
    yield "  " * depth + " ".join([head, *plain, f"({line}:{column})"])
    for name, each in inner:
        yield from _node(each, name, depth + 1)


def _nodes(value: Any) -> Iterator[Node]:
    """The nodes in a value of a field."""
    if isinstance(value, Node):
        yield value
    elif isinstance(value, tuple):
        for each in value:
            yield from _nodes(each)


def graph_text(program: Program, model: str) -> str:
    """A model as a flat list of layers: `name = layer(arguments) <- inputs : types`."""
    graph = flatten(program, program.models[model])
    lines = [f"model {model}"]
    lines += [f"  input {port.name} : {port.type}" for port in graph.inputs]
    for node in graph.nodes:
        inputs = ", ".join(_name(graph, ref) for ref in node.inputs)
        lines.append(f"  {node.path} = {call_text(node.layer)} <- {inputs} : {_types(node.outputs)}")
    lines += [f"  output {each.name} = {_name(graph, each.ref)} : {graph.type_of(each.ref)}" for each in graph.outputs]
    return "\n".join(lines)


def _name(graph: FlatGraph, ref: Ref) -> str:
    place, which = ref
    if place == INPUT:
        return graph.inputs[which].name
    node = graph.nodes[place]
    return node.path if len(node.outputs) == 1 else f"{node.path}[{which}]"


def _types(types: tuple[TensorType, ...]) -> str:
    return ", ".join(map(str, types))
