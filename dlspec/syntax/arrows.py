"""What may stand right of an arrow, and where parentheses go where something else does."""

from __future__ import annotations

from dlspec.diagnostics.codes import syntax as codes
from dlspec.diagnostics.report import Diagnostic
from dlspec.diagnostics.span import Span
from dlspec.syntax import ast

_LONGEST = 60

_KINDS: dict[type[ast.Expr], str] = {
    ast.Number: "a number",
    ast.Size: "a size",
    ast.String: "a string",
    ast.Boolean: "a truth value",
    ast.NoneLiteral: "'none'",
    ast.Tuple: "a tuple",
    ast.List: "a list",
    ast.Comprehension: "a list",
    ast.Unary: "an operator",
}
_RULE = "right of '->' stands a layer: a name, a call or a layer in parentheses, optionally '* n'"


def is_layer(expr: ast.Expr) -> bool:
    """Whether an expression has the form of a layer: a name, a dotted name, a call or something in parentheses."""
    while isinstance(expr, ast.Attribute):
        expr = expr.value
        if isinstance(expr, ast.Call | ast.Group):
            return False
    return isinstance(expr, ast.Name | ast.Call | ast.Group)


def wrong_stage(first: ast.Expr, stage: ast.Expr) -> Diagnostic | None:
    """The diagnostic for a stage that is no layer; `first` is what the flow begins with."""
    if is_layer(stage):
        return None
    if isinstance(stage, ast.Operators):
        return _operators(first, stage)
    if isinstance(stage, ast.Index | ast.Attribute):
        return _taken_from(first, stage)
    help = "give a layer its numbers as arguments, such as 'dense(64)'"
    if isinstance(stage, ast.Tuple | ast.List):
        help = "layers in sequence are joined by arrows, 'x -> a -> b'; branches are a tuple, '(x -> a, x -> b)'"
    elif isinstance(stage, ast.String):
        help = f"a layer is a name, without quotes: '-> {stage.value}'" if stage.value.isidentifier() else help
    elif isinstance(stage, ast.Unary):
        flow = _text(Span(first.span.source, first.span.start, stage.span.start)).removesuffix("->").rstrip()
        help = f"put the operator in front of the flow: '{stage.operator} ({flow} -> {_text(stage.operand.span)})'"
    kind = _KINDS.get(type(stage), "an expression")
    return Diagnostic(codes.ARROW_TARGET, f"right of '->' stands a layer, not {kind}", stage.span, help, ())


def _operators(first: ast.Expr, stage: ast.Operators) -> Diagnostic | None:
    operand = stage.rest[0]
    if operand.operator == "*" and is_layer(stage.first) and len(stage.rest) == 1:
        return None
    if operand.operator == "*" and len(stage.rest) == 1 and is_layer(operand.value):
        layer, count = _text(operand.value.span), _text(stage.first.span)
        help = f"the layer stands first: '{layer} * {count}'"
        return Diagnostic(codes.ARROW_TARGET, _RULE, stage.first.span, help)
    repeats = operand.operator == "*" and is_layer(stage.first)
    at = 1 if repeats else 0
    operand = stage.rest[at]
    before = Span(first.span.source, first.span.start, stage.rest[at - 1].span.end if at else stage.first.span.end)
    rest = _text(Span(before.source, operand.span.start, stage.span.end))
    help = f"write '({_text(before)}) {rest}'"
    if isinstance(first, ast.Operators) and not at:
        *_, last = first.rest
        alone = Span(before.source, last.value.span.start, before.end)
        help += f", or '{_text(Span(before.source, first.span.start, alone.start))} ({_text(alone)}) {rest}'"
    message = f"'{operand.operator}' binds tighter than '->', so this is no layer"
    return Diagnostic(codes.ARROW_TARGET, message, operand.operator_span, help)


def _taken_from(first: ast.Expr, stage: ast.Index | ast.Attribute) -> Diagnostic:
    base: ast.Expr = stage
    while isinstance(base, ast.Index | ast.Attribute):
        base = base.value
    source = first.span.source
    flow = _text(Span(source, first.span.start, base.span.end))
    rest = source.text[base.span.end : stage.span.end]
    help = f"write '({flow}){rest}' for a part of the result, or '-> ({_text(stage.span)})' for a layer of a list"
    return Diagnostic(codes.ARROW_TARGET, f"'{rest}' belongs to the layer here, not to the flow", stage.span, help)


def _text(span: Span) -> str:
    """The text on one line, its middle left out where it is long."""
    text = " ".join(span.text.split())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST // 2].rstrip()} ... {text[-_LONGEST // 2 :].lstrip()}"
