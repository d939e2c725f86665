"""A call in a spec to an entry of the catalogue: arguments bound, evaluated and validated."""

from __future__ import annotations

import math
import re
from typing import Any, Literal, get_args, get_origin

from pydantic import ValidationError

from dlspec.catalog.base import Entry, Layer, Misfit, ParameterInfo, Spelling, parameters
from dlspec.catalog.index import PLANNED, find
from dlspec.catalog.index import names as catalogue_names
from dlspec.diagnostics.codes import names as codes
from dlspec.diagnostics.report import Diagnostic, DlspecError, did_you_mean, fail
from dlspec.diagnostics.span import Span
from dlspec.ir.binding import Bound, bind
from dlspec.ir.builder import Tensor
from dlspec.ir.context import Expressions
from dlspec.ir.habits import meant
from dlspec.ir.scope import Scope
from dlspec.ir.values import Choice, LayerRecipe, Recipe, Value, describe, numeric_tuple
from dlspec.syntax import ast
from dlspec.tensor import Sym


def planned(kind: str, name: str) -> bool:
    """Whether a name belongs to the language but not to this version."""
    return name in PLANNED.get(kind, ())


def not_yet(kind: str, name: str, span: Span) -> DlspecError:
    """The diagnostic for a name of a later version."""
    return fail(
        codes.NOT_IN_THIS_VERSION,
        f"the {kind} '{name}' is not in this version of dlspec",
        span,
        help="`dlspec explain --list` shows what this version has",
    )


def make_entry(
    evaluator: Expressions, cls: type[Entry], arguments: tuple[ast.Argument, ...], scope: Scope, span: Span
) -> tuple[Entry, dict[str, Tensor]]:
    """The entry, and the tensors that were given to its optional inputs by keyword."""
    infos = parameters(cls)
    optional = cls.optional if issubclass(cls, Layer) else ()
    is_setting = cls.kind.endswith("setting")
    bound = bind(arguments, infos, cls.entry, span, keyword_only=optional, is_setting=is_setting)
    problems: list[Diagnostic] = []
    values: dict[str, Any] = {}
    tensors: dict[str, Tensor] = {}
    for info in infos:
        if info.name in bound and info.name in optional:
            # Numbers are an argument, a tensor is an input: `gather([0, 2])`, `gather(index=chosen)`.
            value = evaluator.value(bound[info.name].arguments[0].value, scope)
            (tensors if isinstance(value, Tensor) else values)[info.name] = value
        elif info.name in bound:
            try:
                values[info.name] = argument(evaluator, cls, info, bound[info.name], scope)
            except DlspecError as error:
                problems.extend(error.diagnostics)
    for name in optional:
        if name in bound and name not in values and name not in tensors:
            value = evaluator.value(bound[name].arguments[0].value, scope)
            if isinstance(value, Tensor):
                tensors[name] = value
            elif value is not None:
                problems.append(_ill_typed(cls, name, "a tensor, or none", value, bound[name].span))
    if problems:
        raise DlspecError(problems)
    return validated(cls, values, bound, span), tensors


def validated(cls: type[Entry], values: dict[str, Any], bound: dict[str, Bound], span: Span) -> Entry:
    """The entry, its values checked against the declared constraints."""
    try:
        entry = cls.model_validate(values)
    except ValidationError as error:
        raise DlspecError(_problems(cls, error, values, bound, span)) from error
    try:
        entry.check()
    except Misfit as misfit:
        raise fail(codes.BAD_ARGUMENT, f"{cls.entry}: {misfit.message}", span, help=misfit.help) from misfit
    return entry


def _problems(
    cls: type[Entry], error: ValidationError, values: dict[str, Any], bound: dict[str, Bound], span: Span
) -> list[Diagnostic]:
    infos = {info.name: info for info in parameters(cls)}
    found: dict[str, Diagnostic] = {}
    for each in error.errors(include_url=False):
        name = str(each["loc"][0]) if each["loc"] else ""
        if name in found or name not in infos:
            continue
        place = bound[name].span if name in bound else span
        cause = each.get("ctx", {}).get("error")
        if isinstance(cause, Misfit):
            found[name] = Diagnostic(codes.BAD_ARGUMENT, f"{_of(cls, name)} {cause.message}", place, cause.help)
            continue
        custom = each["msg"] if each["type"] == "value_error" else ""
        found[name] = _ill_typed(cls, name, custom or expected(cls, infos[name]), values.get(name), place)
    return list(found.values()) or [Diagnostic(codes.BAD_ARGUMENT, f"{cls.entry}: {error.errors()[0]['msg']}", span)]


def _ill_typed(cls: type[Entry], name: str, wanted: str, value: Value, place: Span) -> Diagnostic:
    if isinstance(value, float) and "whole number" in wanted:
        help = "`//` divides to a whole number, `round` rounds to one"
    elif isinstance(value, str) and (_is_number(value) or any(find(kind, value) for kind in _kinds(cls, name))):
        help = f"write {value}, without quotes"
    else:
        help = f"`dlspec explain {cls.entry}` tells what it takes"
    return Diagnostic(codes.BAD_ARGUMENT, f"{_of(cls, name)} takes {wanted}, got {describe(value)}", place, help)


def _of(cls: type[Entry], name: str) -> str:
    """A parameter, for a message; that of a setting with a single one is the setting itself."""
    alone = cls.kind.endswith("setting") and (len(parameters(cls)) == 1 or name == cls.entry)
    return f"'{cls.entry}'" if alone else f"'{name}' of '{cls.entry}'"


def _kinds(cls: type[Entry], name: str) -> tuple[str, ...]:
    return next((info.kinds for info in parameters(cls) if info.name == name), ())


def _is_number(text: str) -> bool:
    if re.fullmatch(r"[0-9]+(x[0-9]+)*", text):
        return True
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def expected(cls: type[Entry], info: ParameterInfo) -> str:
    """What a parameter takes, in words: `a whole number of at least 1, a list, or one of same, valid`."""
    words: list[str] = []
    field = cls.model_fields.get(info.name)
    outer = list(field.metadata) if field else []
    _expected(info.annotation, outer, words)
    if info.choices:
        words.append(" or ".join(f"`{choice}`" for choice in info.choices))
    if info.spelling is not None:
        words = [info.spelling.value]
    return ", or ".join(dict.fromkeys(words)) or "another value"


def _expected(annotation: Any, markers: list[Any], words: list[str]) -> None:
    origin = get_origin(annotation)
    arguments = get_args(annotation)
    if hasattr(annotation, "__metadata__"):
        _expected(arguments[0], [*markers, *_flattened(arguments[1:])], words)
    elif origin is Literal or annotation is Sym:
        return
    elif origin in (tuple, list):
        inner: list[str] = []
        for each in arguments:
            if each is not Ellipsis:
                _expected(each, [], inner)
        what = inner[0] if inner else "a value"
        words.append(("a list of them" if what in words else f"a list of these: {what}") if inner else "a list")
    elif arguments:
        for each in arguments:
            _expected(each, markers, words)
    elif annotation is int:
        words.append("a whole number" + _limits(markers))
    elif annotation is float:
        words.append("a number" + _limits(markers))
    elif annotation is bool:
        words.append("true or false")
    elif annotation is str:
        words.append("a string")
    elif isinstance(annotation, type) and issubclass(annotation, Entry):
        known = catalogue_names(annotation.kind)
        words.append(f"{_article(annotation.kind)} (such as {', '.join(known[:3])})")


def _flattened(markers: tuple[Any, ...]) -> list[Any]:
    return [part for marker in markers for part in (getattr(marker, "metadata", None) or [marker])]


def _limits(markers: list[Any]) -> str:
    text = ""
    for marker in markers:
        for attribute, words in (("gt", "above"), ("ge", "of at least"), ("lt", "below"), ("le", "of at most")):
            value = getattr(marker, attribute, None)
            if value is not None:
                text += f"{' and' if text else ''} {words} {value}"
    return text


def _article(kind: str) -> str:
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"


# ------------------------------------------------------------- one argument


def argument(evaluator: Expressions, cls: type[Entry], info: ParameterInfo, bound: Bound, scope: Scope) -> Any:
    """The value of one argument, as the entry's class takes it."""
    exprs = [each.value for each in bound.arguments]
    if info.variadic:
        values = [_single(evaluator, cls, info, expr, scope) for expr in exprs]
        if len(values) == 1 and isinstance(values[0], tuple) and info.spelling is not Spelling.FLOW:
            return values[0]
        return tuple(values)
    return _single(evaluator, cls, info, exprs[0], scope)


def _single(evaluator: Expressions, cls: type[Entry], info: ParameterInfo, expr: ast.Expr, scope: Scope) -> Any:
    if info.spelling is not None:
        return _spelled(evaluator, cls, info, expr, scope)
    if isinstance(expr, ast.Name) and expr.id in info.choices:
        return expr.id
    for kind in info.kinds:
        entry = _nested(evaluator, kind, expr, scope)
        if entry is not None:
            return entry
    if isinstance(expr, ast.Name) and info.choices and not evaluator.is_known(expr, scope):
        raise _bad_choice(cls, info, expr)
    value = evaluator.value(expr, scope)
    return _converted(cls, info, value, expr.span)


def _converted(cls: type[Entry], info: ParameterInfo, value: Value, span: Span) -> Any:
    if isinstance(value, Choice):
        if value.name in info.choices:
            return value.name
        for kind in info.kinds:
            entry = find(kind, value.name)
            if entry is not None:
                return validated(entry, {}, {}, span)
        raise fail(
            codes.BAD_CHOICE,
            f"'{value.name}' is no choice for '{info.name}' of '{cls.entry}'",
            span,
            help=f"the choices are {', '.join(info.choices)}" if info.choices else f"it takes {expected(cls, info)}",
        )
    if isinstance(value, str) and info.choices and value in info.choices:
        raise fail(
            codes.BAD_CHOICE,
            f"'{info.name}' of '{cls.entry}' takes a bare name, not a string",
            span,
            help=f"write {info.name}={value}, without quotes",
        )
    if "initializer" in info.kinds and (numeric_tuple(value)):
        given = find("internal initializer", "given")
        if given is not None:
            return given.model_validate({"values": value})
    if isinstance(value, Tensor | Recipe):
        raise DlspecError([_ill_typed(cls, info.name, expected(cls, info), value, span)])
    return value


def _bad_choice(cls: type[Entry], info: ParameterInfo, expr: ast.Name) -> DlspecError:
    known = [*info.choices, *(name for kind in info.kinds for name in catalogue_names(kind))]
    return fail(
        codes.BAD_CHOICE,
        f"'{expr.id}' is no choice for {_of(cls, info.name)}",
        expr.span,
        help=did_you_mean(expr.id, known) or f"the choices are {', '.join(known)}",
    )


def _nested(evaluator: Expressions, kind: str, expr: ast.Expr, scope: Scope) -> Entry | None:
    """An entry given as an argument, such as `init=normal(0.1)`; None where the expression names none."""
    name, arguments = named_call(expr)
    if name is None or evaluator.is_bound(name, scope):
        return None
    cls = find(kind, name)
    if cls is not None:
        return make_entry(evaluator, cls, arguments, scope, expr.span)[0]
    if planned(kind, name):
        raise not_yet(kind, name, expr.span)
    if isinstance(expr, ast.Call) or not evaluator.is_known(ast.Name(expr.span, name), scope):
        raise fail(
            codes.UNKNOWN_NAME,
            f"'{name}' is no {kind}",
            expr.span,
            help=meant(name, catalogue_names(kind)) or f"there are {', '.join(catalogue_names(kind))}",
        )
    return None


def named_call(expr: ast.Expr) -> tuple[str | None, tuple[ast.Argument, ...]]:
    """The name and arguments of `name` or `name(…)`; (None, ()) for anything else."""
    if isinstance(expr, ast.Name):
        return expr.id, ()
    if isinstance(expr, ast.Call) and isinstance(expr.function, ast.Name):
        return expr.function.id, expr.arguments
    return None, ()


def _spelled(evaluator: Expressions, cls: type[Entry], info: ParameterInfo, expr: ast.Expr, scope: Scope) -> Any:
    match info.spelling:
        case Spelling.FLOW:
            return expr
        case Spelling.NAME:
            if isinstance(expr, ast.Name):
                return expr.id
            raise _misspelt(cls, info, expr, "write the field's name, without quotes")
        case Spelling.PATH:
            path = dotted(expr)
            if path is not None:
                return path
            raise _misspelt(cls, info, expr, "write a path such as `validation.loss`, without quotes")
        case Spelling.LAYER:
            value = evaluator.stage(expr, scope)
            if isinstance(value, LayerRecipe | Recipe):
                return value
    return _text(evaluator, cls, info, expr, scope)


def _text(evaluator: Expressions, cls: type[Entry], info: ParameterInfo, expr: ast.Expr, scope: Scope) -> Any:
    for kind in info.kinds:
        entry = _nested(evaluator, kind, expr, scope) if not isinstance(expr, ast.String) else None
        if entry is not None:
            return entry
    if isinstance(expr, ast.Name) and expr.id in info.choices:
        return expr.id
    if isinstance(expr, ast.NoneLiteral) and not info.required and info.default is None:
        return None
    if isinstance(expr, ast.Name) and not evaluator.is_bound(expr.id, scope):
        raise _misspelt(cls, info, expr, f'free text is a string: "{expr.id}"')
    value = evaluator.value(expr, scope)
    if isinstance(value, str) or (info.kinds and isinstance(value, Entry)):
        return value
    raise _misspelt(cls, info, expr, "write it in double quotes")


def _misspelt(cls: type[Entry], info: ParameterInfo, expr: ast.Expr, help: str) -> DlspecError:
    wanted = info.spelling.value if info.spelling else "a string"
    return fail(codes.BAD_ARGUMENT, f"{_of(cls, info.name)} takes {wanted}, got `{_short(expr)}`", expr.span, help=help)


def _short(expr: ast.Expr) -> str:
    text = " ".join(expr.span.text.split())
    return text if len(text) <= 40 else text[:37] + "…"


def dotted(expr: ast.Expr) -> str | None:
    """`a.b.c` as text, or None for anything that is no path."""
    parts: list[str] = []
    while isinstance(expr, ast.Attribute):
        parts.append(expr.name)
        expr = expr.value
    if not isinstance(expr, ast.Name):
        return None
    return ".".join([expr.id, *reversed(parts)])
