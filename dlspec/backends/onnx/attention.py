"""Attention by primitives: ONNX's own operator came after the opset that is written here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from dlspec.backends.onnx import positions
from dlspec.backends.onnx.call import Call, Lowering
from dlspec.backends.onnx.dense import project
from dlspec.catalog import attention as catalog
from dlspec.tensor import Dim

LOWEST = float(np.finfo(np.float32).min)
"""The score of what is not attended to: its weight is exactly 0 beside any other."""


def _attention(call: Call, layer: catalog.Attention) -> str:
    """Where heads share keys, a dimension for the heads that do so stands behind that of the keys' heads."""
    groups = layer.heads // layer.shared_heads
    heads = (layer.shared_heads,) if groups == 1 else (layer.shared_heads, groups)
    shared = (layer.shared_heads, *(1,) * (len(heads) - 1))
    rank = 3 + len(heads)
    order = [0, *range(2, rank - 1), 1, rank - 1]
    query = call.transpose(_heads(call, layer, 0, "query", heads), order)
    key = call.transpose(_heads(call, layer, 1, "key", shared), [*order[:-2], order[-1], order[-2]])
    value = call.transpose(_heads(call, layer, 2, "value", shared), order)
    scores = _scaled_product(call, query, key, call.number((_width(call) // layer.heads) ** -0.5))
    found = _weighted(call, scores, value, rank, causal=layer.causal)
    joined = call.op("Reshape", call.transpose(found, np.argsort(order).tolist()), call.ints([0, 0, -1]), name="joined")
    return _projected(call, joined, "output", bias=layer.bias)


def _heads(call: Call, layer: catalog.Attention, place: int, name: str, heads: tuple[int, ...]) -> str:
    """An input after its projection as `[N, time, *heads, features]`, turned by its places where that is wanted."""
    width = _width(call) // layer.heads
    projected = _projected(call, call.inputs[place], name, bias=layer.bias)
    split = call.op("Reshape", projected, call.ints([0, 0, *heads, width]), name=f"{name}_heads")
    if not layer.rotary or name == "value":
        return split
    return positions.rotated(call, split, call.types[place].shape[0], width, 10000.0, between=len(heads))


def _projected(call: Call, x: str, name: str, *, bias: bool) -> str:
    return project(call, x, call.weight(f"{name}_weight"), call.weight(f"{name}_bias") if bias else None, 3)


def _width(call: Call) -> int:
    """Features of a query."""
    width = call.type.shape[-1]
    assert isinstance(width, int)
    return width


def _scale(call: Call, width: Dim) -> str:
    """One over the root of the number of features."""
    if isinstance(width, int):
        return call.number(width**-0.5)
    return call.op("Reciprocal", call.op("Sqrt", call.cast(call.sizes([width]), "float"), name="root"), name="scale")


def _scaled_product(call: Call, query: str, key: str, scale: str) -> str:
    """The scores of queries and turned keys.

    Were it the queries that are scaled, ONNX Runtime would lose a factor that queries and values have in common: its
    fusion of scales takes away a node that is still used.
    """
    return call.op("Mul", call.op("MatMul", query, key, name="scores"), scale, name="scaled")


def _scaled_dot_product(call: Call, layer: catalog.ScaledDotProduct) -> str:
    rank = call.type.rank + 1
    key = call.transpose(call.inputs[1], [*range(rank - 2), rank - 1, rank - 2])
    scores = _scaled_product(call, call.x, key, _scale(call, call.type.shape[-1]))
    return _weighted(call, scores, call.inputs[2], rank, causal=layer.causal)


def _additive_attention(call: Call, layer: catalog.AdditiveAttention) -> str:
    query = project(call, call.inputs[0], call.weight("query_weight"), None, 3)
    key = project(call, call.inputs[1], call.weight("key_weight"), None, 3)
    hidden = call.op("Tanh", call.op("Add", call.unsqueeze(query, 2), call.unsqueeze(key, 1), name="pairs"))
    scores = call.squeeze(project(call, hidden, call.weight("score_weight"), None, 4), -1)
    return _weighted(call, scores, call.inputs[2], 3, causal=False)


# ---------------------------------------------------------------- scores to means


def _weighted(call: Call, scores: str, value: str, rank: int, *, causal: bool) -> str:
    """Means of the values by the softmax of the scores, which have `rank` dimensions; zeros where nothing is
    attended to."""
    allowed = _causal(call) if causal else None
    if len(call.inputs) == 4:
        mask = _aligned(call, rank)
        if call.types[3].element == "float":
            scores = call.op("Add", scores, mask, name="masked")
            mask = call.op("Greater", mask, call.floats(-np.inf))
        allowed = call.op("And", mask, allowed) if allowed else mask
    if allowed:
        scores = call.op("Where", allowed, scores, call.number(LOWEST, "float"))
    found = call.op("MatMul", call.op("Softmax", scores, axis=-1), value, name="values")
    if allowed is None or len(call.inputs) < 4:
        return found  # Each place attends to itself at least, or to the first key.
    any_allowed = call.reduce("ReduceMax", call.cast(allowed, "float"), [-1], keepdims=True)
    return call.op("Mul", found, any_allowed)


def _aligned(call: Call, rank: int) -> str:
    """The mask with dimensions of 1 between the batch and its own, as many as the scores have."""
    own = call.types[3].rank
    return call.unsqueeze(call.inputs[3], *range(1, rank - own))


def _causal(call: Call) -> str:
    """Which place attends to which: to itself and those before it."""
    queries, keys = (positions.places(call, call.types[which].shape[-2]) for which in (0, 1))
    return call.op("GreaterOrEqual", call.unsqueeze(queries, 1), keys, name="causal")


LOWERINGS: Mapping[type[Any], Lowering] = {
    catalog.Attention: _attention,
    catalog.ScaledDotProduct: _scaled_dot_product,
    catalog.AdditiveAttention: _additive_attention,
    **positions.LOWERINGS,
}
