"""Which statements may stand in which body."""

from __future__ import annotations

from dlspec.diagnostics.codes import syntax as codes
from dlspec.diagnostics.report import Diagnostic, did_you_mean
from dlspec.diagnostics.span import Span
from dlspec.syntax import ast

_ALLOWED: dict[str, tuple[type[ast.Statement], ...]] = {
    "data": (ast.Binding, ast.Setting),
    "block": (ast.Binding, ast.Input, ast.Return),
    "model": (ast.Binding, ast.Input, ast.Output),
    "train": (ast.Binding, ast.Setting, ast.Step),
    "tune": (ast.Binding, ast.Setting),
    "step": (ast.Binding, ast.Setting),
}
_WORDS = {"block": ("input", "return"), "model": ("input", "output")}
_PLACES: dict[type[ast.Statement], tuple[str, str]] = {
    ast.Input: ("input", "it belongs in a model or a block; in 'data', a field is a binding: 'x = column(\"x\")'"),
    ast.Output: ("output", "it belongs in a model; a block gives its value by 'return'"),
    ast.Return: ("return", "it belongs in a block; a model gives its results by 'output name = ...'"),
    ast.Step: ("step", "it belongs in a train block"),
}


def misplaced(kind: str, statement: ast.Statement) -> Diagnostic | None:
    """The diagnostic for a statement that has no place in a body of this kind, or None."""
    if isinstance(statement, _ALLOWED[kind]):
        return None
    if isinstance(statement, ast.Setting):
        return _setting(kind, statement)
    word, help = _PLACES[type(statement)]
    span = Span(statement.span.source, statement.span.start, statement.span.start + len(word))
    return Diagnostic(codes.MISPLACED_STATEMENT, f"'{word}' has no place in a '{kind}' body", span, help)


def _setting(kind: str, setting: ast.Setting) -> Diagnostic:
    """In a model or block: a misspelt word, an expression that is not bound, or truly a setting."""
    word, span = setting.keyword, setting.keyword_span
    near = did_you_mean(word, _WORDS[kind])
    if near:
        return Diagnostic(codes.NOT_A_STATEMENT, f"'{word}' begins no statement", span, near)
    if span.source.text[span.end : span.end + 1] in ("(", "[") or not setting.arguments:
        text = setting.span.text if len(setting.span.text) <= 40 else f"{word}(...)"
        message = f"'{word}' alone has no effect"
        return Diagnostic(codes.NOT_A_STATEMENT, message, span, f"give the result a name: 'name = {text}'")
    message = f"'{word}' reads as a setting, and settings have no place in a '{kind}' body"
    help = "settings belong in data, train, tune and step; a value is bound by 'name = ...'"
    return Diagnostic(codes.MISPLACED_STATEMENT, message, span, help)
