"""Dense layers, embeddings and tensors that need no input."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from dlspec.backends.onnx.call import Call, Lowering
from dlspec.catalog import dense as catalog


def project(call: Call, x: str, weight: str, bias: str | None, rank: int) -> str:
    """`x @ weight.T + bias` over the last dimension of a tensor of `rank` dimensions: Gemm for a matrix."""
    if rank == 2:
        return call.op("Gemm", x, weight, *([bias] if bias else []), transB=1)
    product = call.op("MatMul", x, call.op("Transpose", weight, perm=[1, 0]))
    return call.op("Add", product, bias) if bias else product


def _project(call: Call, *, bias: bool) -> str:
    added = call.weight("bias") if bias else None
    return project(call, call.x, call.weight("weight"), added, call.type.rank + call.lead)


def _dense(call: Call, layer: catalog.Dense) -> str:
    return _project(call, bias=layer.bias)


def _bilinear(call: Call, layer: catalog.Bilinear) -> str:
    left, right = call.inputs
    value = call.op("Einsum", left, call.weight("weight"), right, equation="...i,oij,...j->...o")
    return call.op("Add", value, call.weight("bias")) if layer.bias else value


def _maxout(call: Call, layer: catalog.Maxout) -> str:
    """The pieces of one output stand side by side."""
    pieces = call.reshape(_project(call, bias=True), (*call.output.shape, layer.pieces), batched=call.type.batched)
    return call.reduce("ReduceMax", pieces, [call.type.rank + call.lead])


def _embedding(call: Call, _layer: catalog.Embedding) -> str:
    return call.op("Gather", call.weight("weight"), call.x, axis=0)


def _parameter(call: Call, _layer: catalog.Parameter) -> str:
    return call.weight("weight")


def _constant(call: Call, layer: catalog.Constant) -> str:
    types = {"float": np.float32, "int": np.int64, "bool": np.bool_}
    return call.constant(np.array(layer.values, dtype=types[call.output.element]))


LOWERINGS: Mapping[type[Any], Lowering] = {
    catalog.Dense: _dense,
    catalog.Bilinear: _bilinear,
    catalog.Maxout: _maxout,
    catalog.Embedding: _embedding,
    catalog.Parameter: _parameter,
    catalog.Constant: _constant,
}
