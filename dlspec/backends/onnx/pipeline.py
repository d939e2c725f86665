"""Preprocessing and model in one graph: raw columns in, the model's outputs out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import onnx

from dlspec.backends.onnx.columns import with_types
from dlspec.backends.onnx.emit import finish, reserve_outputs, write_outputs
from dlspec.backends.onnx.graph import ELEMENT_TYPES, Array, Graph
from dlspec.backends.onnx.transforms import NO_KIND
from dlspec.backends.onnx.writer import Left, Weights, Writer, needed, needed_inputs
from dlspec.catalog.base import Entry
from dlspec.catalog.roots import Column, Piece
from dlspec.catalog.transforms import Category
from dlspec.ir.flat import FlatGraph, flatten, flatten_module
from dlspec.ir.program import INPUT, Data, Port, Program, Ref
from dlspec.ir.weights import weights_of
from dlspec.tensor import TensorType


@dataclass(frozen=True, slots=True)
class Export:
    """A model with its preprocessing, and what of that could not go in, each with the reason."""

    model: onnx.ModelProto
    left_out: list[str]


def emit_pipeline(
    program: Program,
    data: Data,
    fitted: Mapping[str, Mapping[str, Any]],
    model_name: str,
    weights: Mapping[str, Array],
) -> Export:
    """The flows of the data for the fields that the model takes, then the model.

    Inputs are the raw columns that these fields need: a column by its name `[N]`, the columns of a pattern as one
    matrix `[N, columns]`, named by what stands before the `*`. Missing numbers are NaN, missing texts are empty.
    `fitted` has what each transform learned, by unit.
    """
    module_name = program.models.get(model_name, model_name)
    flat = flatten(program, module_name)
    fields = with_types(
        flatten_module(program, data.module), fitted, {port.name: port.type.element for port in flat.inputs}
    )
    graph = Graph()
    reserve_outputs(graph, flat)
    store = Weights(graph, weights_of(program, module_name), weights)
    writer = Writer(graph, store)
    inputs = _write_fields(writer, data, fields, fitted, flat)
    write_outputs(writer, flat, inputs)
    model = finish(graph, program, model_name, program.module(module_name).doc)
    left = [_told(each) for each in writer.left]
    return Export(model, left + _unseen(fields, needed(fields, _wanted(fields, flat).values())))


def _told(left: Left) -> str:
    """What a reader of the export is told of a layer that is not in it."""
    before = f", with {' and '.join(map(repr, left.before))} before it" if left.before else ""
    return f"'{left.path}' is not in the file: {left.reason}; '{left.path}' is an input{before}"


def _wanted(fields: FlatGraph, flat: FlatGraph) -> dict[str, Ref]:
    """The fields that the model's inputs are bound to, by name."""
    refs = {result.name: result.ref for result in fields.outputs}
    return {port.name: refs[port.name] for port in flat.inputs}


def _write_fields(
    writer: Writer, data: Data, fields: FlatGraph, fitted: Mapping[str, Mapping[str, Any]], flat: FlatGraph
) -> dict[int, str]:
    """Write the data's flows; gives the value of each of the model's inputs."""
    wanted = _wanted(fields, flat)
    graph = writer.graph
    columns = {
        place: graph.add_input(graph.take(input_name(data.roots[place].root)), fields.inputs[place].type)
        for place in needed_inputs(fields, wanted.values())
    }
    names: dict[Ref, str] = {}
    for name, ref in wanted.items():
        if ref[0] != INPUT:
            names.setdefault(ref, name)
    values = writer.write(fields, columns, results=names, reserved=False, prefix=f"{data.name}.", fitted=fitted)
    return {
        place: _as_taken(graph, values[wanted[port.name]], fields.type_of(wanted[port.name]), port)
        for place, port in enumerate(flat.inputs)
    }


def _as_taken(graph: Graph, value: str, found: TensorType, port: Port) -> str:
    """A field in the element type that the model takes: a file's header tells none."""
    if found.element == port.type.element:
        return value
    node = graph.add_node("Cast", [value], name=f"{port.name}/cast", to=ELEMENT_TYPES[port.type.element])
    return str(node.output[0])


def input_name(root: Entry) -> str:
    """The name of the input for a root: a column's own, or what stands before a pattern's `*` without trailing `_`."""
    assert isinstance(root, Column | Piece)
    if "*" not in root.pattern:
        return root.pattern
    return root.pattern.partition("*")[0].rstrip("_") or "columns"


def _unseen(fields: FlatGraph, alive: set[int]) -> list[str]:
    """A graph raises no error for a kind that training never saw."""
    return [
        f"'{node.path}' gives {NO_KIND} for a kind that training never saw, where the spec makes it an error"
        for index, node in enumerate(fields.nodes)
        if index in alive and isinstance(node.layer, Category) and node.layer.unseen == "error"
    ]
