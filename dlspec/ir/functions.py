"""The compile-time functions: range, len, min, max, sum, abs, round and chain."""

from __future__ import annotations

from typing import Any

from dlspec.catalog.base import parameters
from dlspec.catalog.index import find
from dlspec.diagnostics.codes import names as codes
from dlspec.diagnostics.report import DlspecError, fail
from dlspec.diagnostics.span import Span
from dlspec.ir.apply import sequence
from dlspec.ir.binding import bind
from dlspec.ir.builder import Tensor
from dlspec.ir.context import Expressions
from dlspec.ir.scope import Scope
from dlspec.ir.values import Recipe, SequenceRecipe, Value, describe, is_number
from dlspec.syntax import ast
from dlspec.tensor import Sym

MAX_RANGE = 100_000


def call_function(evaluator: Expressions, name: str, expr: ast.Call, scope: Scope) -> Value:
    """The value of a call of a compile-time function."""
    cls = find("function", name)
    assert cls is not None
    bound = bind(expr.arguments, parameters(cls), name, expr.span)
    values: list[Any] = []
    for info in parameters(cls):
        if info.name not in bound:
            continue
        found = [_argument(evaluator, each.value, scope, name) for each in bound[info.name].arguments]
        values.append(found[0] if len(found) == 1 else tuple(found))
    match name:
        case "range":
            return _range(values[0], expr.span)
        case "len":
            return len(_list(values[0], name, expr.span))
        case "min" | "max":
            return _extreme(name, values[0], expr.span)
        case "sum":
            return _sum(_list(values[0], name, expr.span), expr.span)
        case "abs":
            return abs(_number(values[0], name, expr.span))
        case "round":
            return _round(values, expr.span)
    return _chain(values[0], expr.span)


def _argument(evaluator: Expressions, expr: ast.Expr, scope: Scope, name: str) -> Value:
    if name == "chain" and isinstance(expr, ast.Tuple | ast.List):
        return tuple(evaluator.value(item, scope) for item in expr.items)
    return evaluator.value(expr, scope)


def _wrong(name: str, wanted: str, value: Value, span: Span) -> DlspecError:
    help = f"right of an arrow `{name}` is a layer: `x -> {name}`" if isinstance(value, Tensor) else ""
    return fail(codes.BAD_OPERATION, f"'{name}' takes {wanted}, got {describe(value)}", span, help=help)


def _list(value: Value, name: str, span: Span) -> tuple[Any, ...]:
    if not isinstance(value, tuple):
        raise _wrong(name, "a list", value, span)
    return value


def _number(value: Value, name: str, span: Span) -> Any:
    if not is_number(value):
        raise _wrong(name, "a number", value, span)
    return value


def _range(bounds: Value, span: Span) -> tuple[int, ...]:
    values = bounds if isinstance(bounds, tuple) else (bounds,)
    for value in values:
        if isinstance(value, Sym):
            message = f"`range` needs numbers, and {value} is known only when the model runs"
            raise fail(codes.NOT_KNOWN_YET, message, span, help="write a number, or make it a parameter")
        if not isinstance(value, int) or isinstance(value, bool):
            raise _wrong("range", "whole numbers", value, span)
    if not 1 <= len(values) <= 3 or (len(values) == 3 and values[2] == 0):
        raise fail(
            codes.BAD_OPERATION, "`range` takes stop; start and stop; or start, stop and a step that is not 0", span
        )
    numbers = range(*values)
    if len(numbers) > MAX_RANGE:
        raise fail(codes.BAD_OPERATION, f"a range of {len(numbers)} is too long", span, help=f"at most {MAX_RANGE}")
    return tuple(numbers)


def _extreme(name: str, values: Value, span: Span) -> Value:
    items = _list(values if isinstance(values, tuple) else (values,), name, span)
    if not items:
        raise fail(codes.BAD_OPERATION, f"'{name}' of an empty list", span)
    for item in items:
        if isinstance(item, Sym):
            message = f"'{name}' needs numbers, and {item} is known only when the model runs"
            raise fail(codes.NOT_KNOWN_YET, message, span, help="write a number, or make it a parameter")
        _number(item, name, span)
    return min(items) if name == "min" else max(items)


def _sum(items: tuple[Any, ...], span: Span) -> Value:
    total: Any = 0
    for item in items:
        if not is_number(item) and not isinstance(item, Sym):
            raise _wrong("sum", "a list of numbers", item, span)
        total = total + item
    return total


def _round(values: list[Any], span: Span) -> Value:
    number = _number(values[0], "round", span)
    digits = values[1] if len(values) > 1 else 0
    if not isinstance(digits, int) or isinstance(digits, bool):
        raise _wrong("round", "a whole number of digits", digits, span)
    return round(number, digits) if digits > 0 else int(round(number, digits))


def _chain(layers: Value, span: Span) -> Recipe:
    items = layers if isinstance(layers, tuple) else (layers,)
    for item in items:
        if not isinstance(item, Recipe):
            raise _wrong("chain", "layers", item, span)
    return sequence(list(items)) if items else SequenceRecipe(())
