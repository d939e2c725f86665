"""Functions of each element."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dlspec.backends.onnx.call import Call, Lowering
from dlspec.backends.onnx.operators import plain, relation
from dlspec.catalog import elementwise as catalog


def _log1p(call: Call, _layer: catalog.Log1p) -> str:
    """Near 0 as `2 atanh(x / (2 + x))`, since `1 + x` loses the digits of a small x."""
    x, half = call.x, call.number(0.5)
    plain = call.op("Log", call.op("Add", x, call.number(1.0)))
    near = call.op("Atanh", call.op("Div", x, call.op("Add", x, call.number(2.0))))
    return call.op("Where", call.op("Less", call.op("Abs", x), half), call.op("Div", near, half, name="near"), plain)


def _rsqrt(call: Call, _layer: catalog.Rsqrt) -> str:
    return call.op("Reciprocal", call.op("Sqrt", call.x))


def _square(call: Call, _layer: catalog.Square) -> str:
    return call.op("Mul", call.x, call.x)


def _clamp(call: Call, layer: catalog.Clamp) -> str:
    low = "" if layer.min is None else call.number(layer.min)
    high = "" if layer.max is None else call.number(layer.max)
    return call.op("Clip", call.x, low, high)


def _where(call: Call, _layer: catalog.Where) -> str:
    """Where chooses no bools in ONNX Runtime, so they are chosen as numbers."""
    condition, yes, no = call.inputs
    if call.types[1].element != "bool":
        return call.op("Where", condition, yes, no)
    return call.cast(call.op("Where", condition, call.cast(yes, "int"), call.cast(no, "int")), "bool")


LOWERINGS: Mapping[type[Any], Lowering] = {
    catalog.Exp: plain("Exp"),
    catalog.Log: plain("Log"),
    catalog.Log1p: _log1p,
    catalog.Sqrt: plain("Sqrt"),
    catalog.Rsqrt: _rsqrt,
    catalog.Square: _square,
    catalog.Abs: plain("Abs"),
    catalog.Sign: plain("Sign"),
    catalog.Sin: plain("Sin"),
    catalog.Cos: plain("Cos"),
    catalog.Tan: plain("Tan"),
    catalog.Atan: plain("Atan"),
    catalog.Erf: plain("Erf"),
    catalog.Floor: plain("Floor"),
    catalog.Ceil: plain("Ceil"),
    catalog.Round: plain("Round"),
    catalog.Clamp: _clamp,
    catalog.Maximum: plain("Max"),
    catalog.Minimum: plain("Min"),
    catalog.Equal: relation("Equal"),
    catalog.Less: relation("Less"),
    catalog.Greater: relation("Greater"),
    catalog.Where: _where,
}
