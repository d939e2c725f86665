"""Parameters of blocks and models: declared types, defaults, and what is given."""

from __future__ import annotations

from dlspec.diagnostics.codes import names as codes
from dlspec.diagnostics.report import did_you_mean, fail
from dlspec.diagnostics.span import Span
from dlspec.ir.builder import Tensor
from dlspec.ir.context import Expressions
from dlspec.ir.scope import Scope
from dlspec.ir.values import BoundLayer, Choice, FileNames, Recipe, Value, describe, is_number
from dlspec.syntax import ast
from dlspec.tensor import Sym

TYPES = {
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "str": "a string",
    "size": "a whole number or a size such as 3x3",
    "list": "a list",
    "choice": "a bare name",
    "layer": "a layer",
}


def convert(
    evaluator: Expressions, what: str, parameter: ast.Parameter, expr: ast.Expr, scope: Scope, home: FileNames
) -> Value:
    """The value given to a parameter, checked against its declared type."""
    kind = declared_type(parameter)
    is_choice = kind == "choice" or (kind is None and _default_is_choice(evaluator, parameter, home))
    if is_choice and isinstance(expr, ast.Name) and expr.id not in scope.names:
        return Choice(expr.id)
    value = evaluator.stage(expr, scope) if kind == "layer" else evaluator.value(expr, scope)
    if isinstance(value, BoundLayer):
        raise fail(
            codes.BOUND_REPEATED,
            f"'{value.name}' is one layer with its own weights, and '{parameter.name.id}' of '{what}' makes fresh ones",
            expr.span,
            help="write the layer itself, as in `norm=batch_norm`",
        )
    _check(what, parameter, kind, value, expr.span)
    return value


def default_value(evaluator: Expressions, parameter: ast.Parameter, scope: Scope) -> Value:
    """The default of a parameter; a bare name that nothing binds is a choice."""
    assert parameter.default is not None
    kind = declared_type(parameter)
    default = parameter.default
    if isinstance(default, ast.Name) and default.id not in scope.names:
        unknown = kind is None and not evaluator.is_known(default, scope)
        if kind == "choice" or unknown:
            return Choice(default.id)
    value = evaluator.stage(default, scope) if kind == "layer" else evaluator.value(default, scope)
    _check("", parameter, kind, value, default.span)
    return value


def _default_is_choice(evaluator: Expressions, parameter: ast.Parameter, home: FileNames) -> bool:
    default = parameter.default
    return isinstance(default, ast.Name) and not evaluator.is_known(default, Scope(home))


def declared_type(parameter: ast.Parameter) -> str | None:
    """The declared type's name, or None where there is none."""
    if parameter.type is not None and parameter.type not in TYPES:
        raise fail(
            codes.BAD_TYPE, f"a parameter has no type '{parameter.type}'", _type_span(parameter),
            help=did_you_mean(parameter.type, TYPES) or f"the types are {', '.join(TYPES)}",
        )  # fmt: skip
    return parameter.type


def _type_span(parameter: ast.Parameter) -> Span:
    """The place of the declared type, behind the name and its colon."""
    name = parameter.name.span
    start = name.source.text.index(parameter.type or "", name.end)
    return Span(name.source, start, start + len(parameter.type or ""))


def _check(what: str, parameter: ast.Parameter, kind: str | None, value: Value, span: Span) -> None:
    if kind is None:
        return
    whole = isinstance(value, int) and not isinstance(value, bool)
    fits = {
        "int": whole or isinstance(value, Sym),
        "float": is_number(value),
        "bool": isinstance(value, bool),
        "str": isinstance(value, str),
        "size": whole
        or isinstance(value, Sym)
        or (isinstance(value, tuple) and all(isinstance(each, int) for each in value)),
        "list": isinstance(value, tuple),
        "choice": isinstance(value, Choice),
        "layer": isinstance(value, Recipe),
    }[kind]
    if not fits and not isinstance(value, Tensor) and value is None and parameter.default is not None:
        fits = isinstance(parameter.default, ast.NoneLiteral)
    if not fits:
        of = f" of '{what}'" if what else ""
        raise fail(codes.BAD_ARGUMENT, f"'{parameter.name.id}'{of} takes {TYPES[kind]}, got {describe(value)}", span)
