"""`x.shape`, `embed.weight`, `corpus.tokens.size`, and indices."""

from __future__ import annotations

from typing import Any

from dlspec.catalog.base import Layer
from dlspec.catalog.index import make_layer
from dlspec.diagnostics.codes import names as codes
from dlspec.diagnostics.report import did_you_mean, fail
from dlspec.diagnostics.span import Span
from dlspec.ir.builder import Tensor
from dlspec.ir.context import Expressions
from dlspec.ir.scope import Scope
from dlspec.ir.values import BoundLayer, DataName, Recipe, Value, describe
from dlspec.syntax import ast
from dlspec.tensor import Sym


def attribute(evaluator: Expressions, expr: ast.Attribute, scope: Scope) -> Value:
    """The value of `value.name`."""
    if isinstance(expr.value, ast.Attribute) and isinstance(expr.value.value, ast.Name):
        owner = expr.value.value
        if evaluator.is_bound(owner.id, scope):
            data = evaluator.name(owner, scope)
            if isinstance(data, DataName):
                return evaluator.modules.learned_size(data, expr.value, expr)
    value = evaluator.value(expr.value, scope)
    if isinstance(value, Tensor):
        if expr.name == "shape":
            return tuple(value.type.shape)
        known = ["shape"]
    elif isinstance(value, BoundLayer):
        return _weight(value, expr, scope)
    elif isinstance(value, DataName):
        raise fail(
            codes.BAD_ATTRIBUTE, f"'{expr.name}' of {describe(value)} is a field, not a value", expr.span,
            help=f"`{expr.span.text}.classes` or `.size` is the number of kinds that it learns",
        )  # fmt: skip
    else:
        known = []
    help = did_you_mean(expr.name, known) or (f"it has {', '.join(known)}" if known else "only tensors have a shape")
    if isinstance(value, Recipe):
        help = "bind the layer to a name and apply it; then its weights are `name.weight`"
    raise fail(codes.BAD_ATTRIBUTE, f"{describe(value)} has no attribute '{expr.name}'", expr.span, help=help)


def _weight(layer: BoundLayer, expr: ast.Attribute, scope: Scope) -> Tensor:
    """A weight of a bound layer, as a tensor without a batch dimension."""
    builder = scope.builder
    if builder is None or scope.namer is None or builder is not layer.builder or not layer.units:
        raise fail(
            codes.BAD_ATTRIBUTE,
            f"'{layer.name}' has no weights yet: they are made where it is first applied",
            expr.span,
            help=f"use `… -> {layer.name}` above this line",
        )
    unit = builder.units[layer.units[0]] if len(layer.units) == 1 and layer.units[0] >= 0 else None
    weights = unit.layer.weights(*builder.unit_inputs[layer.units[0]]) if unit and isinstance(unit.layer, Layer) else ()
    named = {weight.name: weight for weight in weights}
    if unit is None or expr.name not in named:
        has = f"it has {', '.join(named)}" if named else "only a single layer of the catalogue gives its weights"
        raise fail(
            codes.BAD_ATTRIBUTE, f"the layer '{layer.name}' has no weight '{expr.name}'", expr.span,
            help=did_you_mean(expr.name, named) or has,
        )  # fmt: skip
    shape = named[expr.name].shape
    operator = make_layer("operator", "weight_of", owner=unit.name, weight=expr.name, shape=shape)
    return scope.call(operator, [], expr.span)


def index(evaluator: Expressions, expr: ast.Index, scope: Scope) -> Value:
    """The value of `value[…]`: of a tensor over its written dimensions, of a list as in Python."""
    value = evaluator.value(expr.value, scope)
    items = [_item(evaluator, item, scope) for item in expr.items]
    if isinstance(value, Tensor):
        for item, written in zip(items, expr.items, strict=True):
            _check_item(item, written.span)
        return scope.call(make_layer("operator", "slice", items=tuple(items)), [value], expr.span)
    if isinstance(value, tuple):
        return _from_list(value, items, expr)
    raise fail(
        codes.BAD_OPERATION, f"{describe(value)} has no items", expr.span,
        help="give the layer data first" if isinstance(value, Recipe) else "",
    )  # fmt: skip


def _item(evaluator: Expressions, item: ast.Expr | ast.Slice, scope: Scope) -> Any:
    if not isinstance(item, ast.Slice):
        return evaluator.value(item, scope)
    sides = (item.start, item.stop, item.step)
    return tuple(None if side is None else evaluator.value(side, scope) for side in sides)


def _check_item(item: Any, span: Span) -> None:
    parts = item if isinstance(item, tuple) else (item,)
    for place, part in enumerate(parts):
        whole = isinstance(part, int) and not isinstance(part, bool)
        sized = isinstance(part, Sym) and isinstance(item, tuple) and place < 2
        missing = part is None and isinstance(item, tuple)
        if not (whole or sized or missing):
            raise fail(
                codes.BAD_OPERATION, f"an index is a whole number or a slice, got {describe(part)}", span,
                help="`x[0]`, `x[-1]`, `x[1:]`; rows are picked by values with `gather`",
            )  # fmt: skip


def _from_list(value: tuple[Any, ...], items: list[Any], expr: ast.Index) -> Value:
    if len(items) != 1:
        raise fail(codes.BAD_OPERATION, "a list has one dimension", expr.span)
    (item,) = items
    _check_item(item, expr.span)
    if isinstance(item, tuple):
        if any(isinstance(part, Sym) for part in item):
            raise fail(codes.NOT_KNOWN_YET, "a list is cut at whole numbers", expr.span)
        return value[slice(*item)]
    if not -len(value) <= item < len(value):
        raise fail(
            codes.BAD_OPERATION, f"index {item} is outside of a list of {len(value)}", expr.span,
            help=f"indices go from {-len(value)} to {len(value) - 1}",
        )  # fmt: skip
    return value[item]
