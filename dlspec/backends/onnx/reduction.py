"""Reductions and what works along an axis."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from dlspec.backends.onnx.call import Call, Lowering
from dlspec.catalog import reduction as catalog


def axes_of(call: Call, axis: int | tuple[int, ...] | None) -> list[int]:
    """The axes of the tensor that a layer's `axis` means; none: all the written ones."""
    written = range(call.type.rank) if axis is None else (axis,) if isinstance(axis, int) else axis
    return sorted(call.axis(each) for each in written)


def _reduction(op_type: str) -> Callable[[Call, Any], str]:
    def lower(call: Call, layer: Any) -> str:
        return call.reduce(op_type, call.x, axes_of(call, layer.axis), layer.keepdims)

    return lower


def _sum(call: Call, layer: catalog.Sum) -> str:
    """Bools are counted."""
    x = call.cast(call.x, "int") if call.type.element == "bool" else call.x
    return call.reduce("ReduceSum", x, axes_of(call, layer.axis), layer.keepdims)


def _variance(call: Call, layer: catalog.Variance | catalog.Std) -> str:
    axes = axes_of(call, layer.axis)
    centred = call.op("Sub", call.x, call.reduce("ReduceMean", call.x, axes, keepdims=True))
    return call.reduce("ReduceMean", call.op("Mul", centred, centred), axes, layer.keepdims, name="variance")


def _std(call: Call, layer: catalog.Std) -> str:
    return call.op("Sqrt", _variance(call, layer))


def _power_norm(call: Call, x: str, p: float, axes: list[int], keepdims: bool) -> str:
    """`(Σ |x|^p)^(1/p)`."""
    if not axes:
        return call.op("Abs", x)
    if p in (1, 2):
        return call.reduce(f"ReduceL{p:g}", x, axes, keepdims)
    powers = call.op("Pow", call.op("Abs", x), call.floats(p))
    return call.op("Pow", call.reduce("ReduceSum", powers, axes, keepdims), call.floats(1 / p), name="root")


def _norm(call: Call, layer: catalog.Norm) -> str:
    return _power_norm(call, call.x, layer.p, axes_of(call, layer.axis), layer.keepdims)


def _arg(op_type: str) -> Callable[[Call, Any], str]:
    def lower(call: Call, layer: Any) -> str:
        return call.op(op_type, call.x, axis=call.axis(layer.axis), keepdims=0)

    return lower


def _top_k(call: Call, layer: catalog.TopK) -> tuple[str, ...]:
    return call.ops("TopK", call.x, call.ints([layer.k]), outputs=2, axis=call.axis(layer.axis))


def _cumsum(call: Call, layer: catalog.Cumsum) -> str:
    return call.op("CumSum", call.x, call.number(call.axis(layer.axis), "int"))


def _pair_axis(call: Call, axis: int) -> list[int]:
    """The axis, of the shape after broadcasting, counted from the end: a batch in front does not move it."""
    return [axis if axis < 0 else axis - max(each.rank for each in call.types)]


def _dot(call: Call, layer: catalog.Dot | catalog.CosineSimilarity) -> str:
    return call.reduce("ReduceSum", call.op("Mul", *call.inputs), _pair_axis(call, layer.axis))


def _cosine_similarity(call: Call, layer: catalog.CosineSimilarity) -> str:
    """Lengths are at least 1e-8, so that a vector of zeros gives 0."""
    axes = _pair_axis(call, layer.axis)
    tiny = call.number(1e-8)
    lengths = [call.op("Max", call.reduce("ReduceL2", each, axes), tiny) for each in _alike(call, axes[0])]
    return call.op("Div", _dot(call, layer), call.op("Mul", *lengths, name="lengths"))


def _alike(call: Call, axis: int) -> tuple[str, str]:
    """The pair, broadcast where they differ along the axis."""
    left, right = call.inputs
    sizes = {each.shape[axis] if each.rank >= -axis else None for each in call.types}
    if len(sizes) == 1:
        return left, right
    shapes = call.op("Shape", left), call.op("Shape", right)
    return call.op("Expand", left, shapes[1]), call.op("Expand", right, shapes[0])


def _distance(call: Call, layer: catalog.Distance) -> str:
    difference = call.op("Sub", *call.inputs)
    return _power_norm(call, difference, layer.p, _pair_axis(call, layer.axis), keepdims=False)


LOWERINGS: Mapping[type[Any], Lowering] = {
    catalog.Mean: _reduction("ReduceMean"),
    catalog.Sum: _sum,
    catalog.Prod: _reduction("ReduceProd"),
    catalog.Max: _reduction("ReduceMax"),
    catalog.Min: _reduction("ReduceMin"),
    catalog.Variance: _variance,
    catalog.Std: _std,
    catalog.Norm: _norm,
    catalog.Logsumexp: _reduction("ReduceLogSumExp"),
    catalog.Argmax: _arg("ArgMax"),
    catalog.Argmin: _arg("ArgMin"),
    catalog.TopK: _top_k,
    catalog.Cumsum: _cumsum,
    catalog.Dot: _dot,
    catalog.CosineSimilarity: _cosine_similarity,
    catalog.Distance: _distance,
}
