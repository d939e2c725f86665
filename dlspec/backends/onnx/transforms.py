"""Transforms of data, with what they learned: the preprocessing that travels with an exported model.

Missing numbers are NaN and missing texts are empty.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from dlspec.backends.onnx.call import Call, Lowering
from dlspec.backends.onnx.graph import LABELS_DOMAIN, Array
from dlspec.catalog import texts
from dlspec.catalog import transforms as catalog
from dlspec.catalog.base import Layer
from dlspec.tensor import TensorType

NO_KIND = -1
"""What `category` gives for a kind that training never saw, where the spec makes it an error."""


def left_out(layer: Layer, result: TensorType) -> str | None:
    """Why a transform with such a result cannot be said in ONNX, if so."""
    if isinstance(layer, catalog.Window):
        return "it makes sequences of rows, and rows do not see each other there"
    if isinstance(layer, catalog.Impute) and layer.how == "previous":
        return "it takes the value of the row before, and rows do not see each other there"
    if isinstance(layer, catalog.Difference):
        return "it compares rows, and rows do not see each other there"
    if isinstance(layer, catalog.DatePart):
        return "there are no dates there"
    if isinstance(layer, texts.Words | texts.Characters | texts.Lowercase):
        return "there is nothing there that cuts or changes texts"
    if isinstance(layer, texts.Vocabulary) and layer.marks:
        return "it puts marks around sequences of different lengths"
    if isinstance(layer, texts.PadTo) and result.element == "string":
        return "texts cannot be padded there"
    return None


def _affine(call: Call, x: str, factor: Any, shift: Any) -> str:
    """`x * factor + shift`; what changes nothing is left out."""
    if np.any(np.asarray(factor) != 1):
        x = call.op("Mul", x, call.floats(factor))
    if np.any(np.asarray(shift) != 0):
        x = call.op("Add", x, call.floats(shift))
    return x


def _rescale(call: Call, layer: catalog.Rescale) -> str:
    return _affine(call, call.x, layer.scale, layer.offset)


def _standardized(call: Call, mean: Array, std: Array) -> str:
    return call.op("Div", call.op("Sub", call.x, call.floats(mean)), call.floats(std))


def _normalize(call: Call, layer: catalog.Normalize) -> str:
    """Numbers for each channel stand against the first dimension."""

    def aligned(numbers: float | Sequence[float]) -> Array:
        given = np.asarray(numbers, dtype=np.float64)
        return given.reshape(-1, *[1] * (call.type.rank - 1)) if given.ndim else given

    return _standardized(call, aligned(layer.mean), aligned(layer.std))


def _standardize(call: Call, _layer: catalog.Standardize) -> str:
    return _standardized(call, call.learned("mean"), call.learned("scale"))


def _min_max(call: Call, layer: catalog.MinMax) -> str:
    """What was the same in all training rows becomes `low`."""
    low, high = call.learned("low"), call.learned("high")
    span = np.where(high > low, high - low, np.inf)
    shifted = call.op("Sub", call.x, call.floats(low))
    return _affine(call, shifted, (layer.high - layer.low) / span, layer.low)


def _impute(call: Call, layer: catalog.Impute) -> str:
    """The value of each component where it is missing; whole numbers and bools have no mark for that."""
    values = call.fitted["value"]
    if call.type.element == "string":
        texts = np.array([str(value) for value in values], dtype=np.object_).reshape(_components(call))
        missing = call.op("Equal", call.x, call.constant(np.array("", dtype=np.object_)))
        return call.op("Where", missing, call.constant(texts), call.x)
    if call.type.element != "float":
        return call.x
    return call.op("Where", call.op("IsNaN", call.x), call.floats(call.learned("value")), call.x)


def _components(call: Call) -> tuple[int, ...]:
    return tuple(size for size in call.type.shape if isinstance(size, int))


def _category(call: Call, layer: catalog.Category) -> str:
    """A table from kinds to their numbers."""
    kinds = call.fitted["kinds"]
    x = call.x
    keys: dict[str, Any]
    if call.type.element == "string":
        keys = {"keys_strings": [str(kind) for kind in kinds]}
    elif call.type.element == "float":
        keys = {"keys_floats": [float(kind) for kind in kinds]}
    else:
        keys = {"keys_int64s": [int(kind) for kind in kinds]}
        x = call.cast(x, "int") if call.type.element == "bool" else x
    return call.op(
        "LabelEncoder",
        x,
        domain=LABELS_DOMAIN,
        values_int64s=list(range(len(kinds))),
        default_int64=call.fitted["size"] - 1 if layer.unseen == "other" else NO_KIND,
        **keys,
    )


def _vocabulary(call: Call, _layer: texts.Vocabulary) -> str:
    """A table from pieces to their numbers; an empty text is padding."""
    kinds = call.fitted["kinds"]
    pieces = dict(zip(kinds[texts.UNKNOWN + 1 :], range(texts.UNKNOWN + 1, len(kinds)), strict=True))
    pieces = {"": texts.PADDING, **pieces}
    return call.op(
        "LabelEncoder",
        call.x,
        domain=LABELS_DOMAIN,
        keys_strings=list(pieces),
        values_int64s=list(pieces.values()),
        default_int64=texts.UNKNOWN,
    )


def _pad_to(call: Call, layer: texts.PadTo) -> str:
    """Zeros behind the sequence, then a cut."""
    margins = np.zeros(2 * (call.type.rank + 1), dtype=np.int64)
    margins[call.type.rank + 2] = layer.length
    padded = call.op("Pad", call.x, call.constant(margins))
    bounds = [call.constant(np.array([each], dtype=np.int64)) for each in (0, layer.length, 1)]
    return call.op("Slice", padded, *bounds)


def _present(call: Call, _layer: texts.Present) -> str:
    if call.type.element == "string":
        empty = call.constant(np.array("", dtype=np.object_))
    else:
        empty = call.constant(np.array(0, dtype=np.int64 if call.type.element == "int" else np.float32))
    return call.op("Not", call.op("Equal", call.x, empty))


def _bucketize(call: Call, layer: catalog.Bucketize) -> str:
    """How many edges are not above the value: edges for all components, or for each its own."""
    edges = np.asarray([layer.edges] if isinstance(layer.edges, tuple) else call.fitted["edges"], dtype=np.float64)
    against = edges[0] if len(edges) == 1 else edges.reshape(*_components(call), -1)
    reached = call.op("GreaterOrEqual", call.unsqueeze(call.x, -1), call.floats(against))
    return call.reduce("ReduceSum", call.cast(reached, "int"), [-1])


LOWERINGS: Mapping[type[Any], Lowering] = {
    catalog.Rescale: _rescale,
    catalog.Normalize: _normalize,
    catalog.Standardize: _standardize,
    catalog.MinMax: _min_max,
    catalog.Impute: _impute,
    catalog.Category: _category,
    catalog.Bucketize: _bucketize,
    texts.Vocabulary: _vocabulary,
    texts.PadTo: _pad_to,
    texts.Present: _present,
}
