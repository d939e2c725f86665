"""Operators, slices and the compiler's own adjustments."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from dlspec.backends.onnx.call import FAR, Call, Lowering
from dlspec.catalog import operators as catalog
from dlspec.tensor import Dim


def plain(op_type: str, **attributes: Any) -> Callable[[Call, Any], str]:
    """The ONNX operator that means just what the layer means."""

    def lower(call: Call, _layer: Any) -> str:
        return call.op(op_type, *call.inputs, **attributes)

    return lower


def pairwise(op_type: str) -> Callable[[Call, Any], str]:
    """An ONNX operator on pairs of elements, for all element types; with bools it counts, as in NumPy."""

    def lower(call: Call, _layer: Any) -> str:
        if call.type.element != "bool":
            return call.op(op_type, *call.inputs)
        return call.cast(call.op(op_type, *(call.cast(each, "int") for each in call.inputs)), "bool")

    return lower


def relation(op_type: str, *, negated: bool = False) -> Callable[[Call, Any], str]:
    """A comparison; ONNX orders no bools, so they are compared as numbers."""

    def lower(call: Call, _layer: Any) -> str:
        pair = call.inputs
        if call.type.element == "bool" and op_type != "Equal":
            pair = tuple(call.cast(each, "int") for each in pair)
        found = call.op(op_type, *pair)
        return call.op("Not", found) if negated else found

    return lower


def _remainder(call: Call, _layer: catalog.Remainder) -> str:
    """ONNX has Python's remainder for whole numbers and C's for floats."""
    left, right = call.inputs
    if call.type.element != "float":
        return call.op("Mod", left, right)
    rest, wrong = _float_remainder(call)
    return call.op("Where", wrong, call.op("Add", rest, right), rest)


def _float_remainder(call: Call) -> tuple[str, str]:
    """C's remainder, and where its sign is not the divisor's."""
    left, right = call.inputs
    zero = call.number(0.0)
    rest = call.op("Mod", left, right, fmod=1)
    differs = call.op("Xor", call.op("Less", rest, zero), call.op("Less", right, zero))
    return rest, call.op("And", differs, call.op("Not", call.op("Equal", rest, zero)))


def _floor_divide(call: Call, _layer: catalog.FloorDivide) -> str:
    """Through the remainder: `floor(left / right)` is off by one where the quotient is rounded up to a whole number."""
    left, right = call.inputs
    if call.type.element != "float":
        return call.op("Div", call.op("Sub", left, call.op("Mod", left, right)), right)
    rest, wrong = _float_remainder(call)
    quotient = call.op("Div", call.op("Sub", left, rest), right)
    floored = call.op("Round", call.op("Sub", quotient, call.cast(wrong, "float")))
    by_zero = call.op("Equal", right, call.number(0.0))
    return call.op("Where", by_zero, call.op("Div", left, right), floored)


def _matmul(call: Call, _layer: catalog.Matmul) -> str:
    """MatMul lines up dimensions from the right: vectors become rows and columns, and a batch stays in front."""
    (left, right), (a, b) = call.inputs, call.types
    if a.rank == 1 and a.batched and b.rank <= 2 and not b.batched:
        return call.op("MatMul", left, right)  # The examples are the rows.
    row, column = a.rank == 1, b.rank == 1
    left = call.unsqueeze(left, int(a.batched)) if row else left
    right = call.unsqueeze(right, 1 + int(b.batched)) if column else right
    ranks = max(a.rank, 2), max(b.rank, 2)
    if a.batched:
        left = call.unsqueeze(left, *range(1, 1 + max(ranks) - ranks[0]))
    if b.batched:
        right = call.unsqueeze(right, *range(1, 1 + max(ranks) - ranks[1]))
    return call.squeeze(call.op("MatMul", left, right), *[-2] * row, *[-1] * column)


def _slice(call: Call, layer: catalog.Slice) -> str:
    """Slice cuts, Gather takes one place and its dimension away."""
    starts: list[Dim] = []
    stops: list[Dim] = []
    steps: list[int] = []
    axes: list[int] = []
    taken: list[tuple[int, int]] = []
    for place, item in enumerate(layer.items):
        if not isinstance(item, tuple):
            taken.append((place + call.lead, item))
        elif item != (None, None, None):
            start, stop, step = item
            starts.append(0 if start is None else start)
            stops.append(FAR if stop is None else stop)
            steps.append(1 if step is None else step)
            axes.append(place + call.lead)
    value = call.x
    if axes:
        value = call.op("Slice", value, call.sizes(starts), call.sizes(stops), call.ints(axes), call.ints(steps))
    for axis, index in reversed(taken):
        value = call.op("Gather", value, call.number(index, "int"), axis=axis)
    return value


def _to_batch(call: Call, _layer: catalog.ToBatch) -> str:
    """Expand to the batch of `like`."""
    like = call.op("Shape", call.inputs[1], name="batch", start=0, end=1)
    ones = call.ints([1] * call.type.rank)
    shape = call.op("Concat", like, ones, axis=0) if call.type.rank else like
    return call.op("Expand", call.unsqueeze(call.x, 0), shape)


def _weight_of(call: Call, layer: catalog.WeightOf) -> str:
    return call.weight(layer.weight)


def _size(call: Call, layer: catalog.SizeNumber) -> str:
    return call.squeeze(call.sizes([layer.value]), 0)


LOWERINGS: Mapping[type[Any], Lowering] = {
    catalog.Add: pairwise("Add"),
    catalog.Subtract: pairwise("Sub"),
    catalog.Multiply: pairwise("Mul"),
    catalog.Divide: plain("Div"),
    catalog.FloorDivide: _floor_divide,
    catalog.Remainder: _remainder,
    catalog.Power: plain("Pow"),
    catalog.Negative: plain("Neg"),
    catalog.Matmul: _matmul,
    catalog.NotEqual: relation("Equal", negated=True),
    catalog.LessEqual: relation("LessOrEqual"),
    catalog.GreaterEqual: relation("GreaterOrEqual"),
    catalog.And: plain("And"),
    catalog.Or: plain("Or"),
    catalog.Not: plain("Not"),
    catalog.Slice: _slice,
    catalog.ToBatch: _to_batch,
    catalog.WeightOf: _weight_of,
    catalog.SizeNumber: _size,
}
