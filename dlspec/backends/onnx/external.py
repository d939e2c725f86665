"""Weights that an ONNX file keeps in files beside it: only from its own folder, and only what is there."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import onnx
from onnx import TensorProto, helper

from dlspec.diagnostics.codes import runtime as codes
from dlspec.diagnostics.report import DlspecError, fail

_BITS: dict[int, int] = {TensorProto.INT4: 4, TensorProto.UINT4: 4, TensorProto.FLOAT4E2M1: 4}


def check_external_data(model: onnx.ModelProto, folder: Path) -> None:
    """A diagnostic where a tensor lies outside of the folder, or is not as long as its shape says."""
    for tensor in tensors(model):
        if tensor.data_location == TensorProto.EXTERNAL:
            _check(tensor, folder)


def tensors(model: onnx.ModelProto) -> Iterator[onnx.TensorProto]:
    """All tensors of a model, in nested graphs and functions too."""
    graphs = [model.graph]
    nodes = [node for function in model.functions for node in function.node]
    while graphs or nodes:
        if graphs:
            graph = graphs.pop()
            yield from graph.initializer
            for sparse in graph.sparse_initializer:
                yield from (sparse.values, sparse.indices)
            nodes += graph.node
            continue
        for attribute in nodes.pop().attribute:
            yield from (attribute.t, *attribute.tensors)
            graphs += [attribute.g, *attribute.graphs] if attribute.HasField("g") else attribute.graphs


def _check(tensor: onnx.TensorProto, folder: Path) -> None:
    where = {entry.key: entry.value for entry in tensor.external_data}
    root = folder.resolve()
    path = (root / where.get("location", "")).resolve()
    if not path.is_relative_to(root) or not path.is_file():
        raise _bad(tensor, f"names the file '{where.get('location', '')}', which is not in the model's folder")
    offset, length = _number(tensor, where, "offset", 0), _number(tensor, where, "length", _bytes(tensor))
    if length != _bytes(tensor):
        raise _bad(tensor, f"has {length} bytes where its shape {list(tensor.dims)} takes {_bytes(tensor)}")
    if offset + length > path.stat().st_size:
        raise _bad(tensor, f"ends at byte {offset + length} of '{path.name}', which has {path.stat().st_size}")


def _number(tensor: onnx.TensorProto, where: dict[str, str], key: str, default: int) -> int:
    text = where.get(key, str(default))
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        raise _bad(tensor, f"has no number as its {key}")
    return int(text)


def _bytes(tensor: onnx.TensorProto) -> int:
    if any(size < 0 for size in tensor.dims) or tensor.data_type not in helper.get_all_tensor_dtypes():
        raise _bad(tensor, "has no size")
    whole = 8 * int(helper.tensor_dtype_to_np_dtype(tensor.data_type).itemsize)
    bits = _BITS.get(tensor.data_type, whole)
    return int(-(-math.prod(tensor.dims) * bits // 8))


def _bad(tensor: onnx.TensorProto, what: str) -> DlspecError:
    return fail(codes.BAD_MODEL_FILE, f"the weight '{tensor.name}' {what}", help="export the model again")
