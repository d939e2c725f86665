"""The inference graph of a model as an ONNX ModelProto."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import onnx
from onnx import helper

from dlspec.backends.onnx.graph import IR_VERSION, LABELS_DOMAIN, LABELS_OPSET, OPSET, Array, Graph
from dlspec.backends.onnx.writer import Weights, Writer
from dlspec.ir.flat import FlatGraph, flatten
from dlspec.ir.program import FORMAT, INPUT, Program, Ref
from dlspec.ir.weights import weights_of
from dlspec.version import __version__

LARGEST_MESSAGE = 2**31 - 2**20
"""Bytes that go into one file; weights of larger models are put beside it."""


def emit_model(
    program: Program, model_name: str, weights: Mapping[str, Array] | None = None, *, draws_as_inputs: bool = False
) -> onnx.ModelProto:
    """The inference graph of a model, by the model's name or its module's.

    Weights are initializers under their canonical names; where none are given they are further inputs of the graph
    under those names. `draws_as_inputs` makes the tensors that random layers draw inputs too, named by unit path.
    """
    module_name = program.models.get(model_name, model_name)
    flat = flatten(program, module_name)
    graph = Graph()
    reserve_outputs(graph, flat)
    store = Weights(graph, weights_of(program, module_name), weights)
    inputs = {place: graph.add_input(port.name, port.type) for place, port in enumerate(flat.inputs)}
    write_outputs(Writer(graph, store, draws_as_inputs=draws_as_inputs), flat, inputs)
    return finish(graph, program, model_name, program.module(module_name).doc)


def reserve_outputs(graph: Graph, flat: FlatGraph) -> None:
    """Take the names of the outputs, which the graph must give them."""
    for result in flat.outputs:
        graph.reserve(result.name)


def write_outputs(writer: Writer, flat: FlatGraph, inputs: Mapping[int, str]) -> None:
    """Write a model; its outputs carry their declared names, by an Identity where the value has another already."""
    graph = writer.graph
    results: dict[Ref, str] = {}
    for result in flat.outputs:
        if result.ref[0] != INPUT:
            results.setdefault(result.ref, result.name)
    values = writer.write(flat, inputs, results=results or {result.ref: "" for result in flat.outputs}, reserved=True)
    for result in flat.outputs:
        value = values[result.ref]
        if value != result.name:
            copy = graph.add_node("Identity", [value], name=f"{result.name}/output")
            graph.rename_output([copy], copy.output[0], result.name, reserved=True)
        graph.add_output(result.name, flat.type_of(result.ref))


def finish(graph: Graph, program: Program, name: str, doc: str) -> onnx.ModelProto:
    """The graph in a model that says which versions it needs and where it comes from."""
    proto = helper.make_graph(
        graph.nodes,
        name,
        graph.inputs,
        graph.outputs,
        graph.initializers,
        doc_string=doc or None,
        value_info=graph.value_info,
    )
    opsets = [helper.make_opsetid("", OPSET)]
    if graph.uses_labels:
        opsets.append(helper.make_opsetid(LABELS_DOMAIN, LABELS_OPSET))
    model = helper.make_model(
        proto, opset_imports=opsets, ir_version=IR_VERSION, producer_name="dlspec", producer_version=__version__
    )
    helper.set_model_props(model, {"dlspec.source": program.source, "dlspec.format": str(FORMAT)})
    return model


def save_model(model: onnx.ModelProto, path: Path) -> list[Path]:
    """Write a model; gives the files. What is too large for one file has its weights beside it, in `NAME.onnx.data`."""
    size = sum(len(each.raw_data) for each in model.graph.initializer)
    if size < LARGEST_MESSAGE:
        path.write_bytes(model.SerializeToString(deterministic=True))
        return [path]
    data = path.with_name(f"{path.name}.data")
    data.unlink(missing_ok=True)
    onnx.save_model(model, str(path), save_as_external_data=True, location=data.name)
    return [path, data]
