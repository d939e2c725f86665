"""A binding that nothing reads: often a slip in a name further down."""

from __future__ import annotations

from collections.abc import Iterator

from dlspec.diagnostics.codes import lint as codes
from dlspec.diagnostics.report import Diagnostic
from dlspec.ir.resolve import Resolution
from dlspec.ir.walk import names_in
from dlspec.syntax import ast


def unused_binding(resolution: Resolution) -> Iterator[Diagnostic]:
    """A note on each binding or input of a block or model that no other statement mentions."""
    for each in resolution.files.tree.declarations:
        if isinstance(each, ast.Block | ast.Model):
            yield from _in_body(each)


def _in_body(declaration: ast.Block | ast.Model) -> Iterator[Diagnostic]:
    used: set[str] = set()
    for statement in declaration.body:
        match statement:
            case ast.Binding() | ast.Return():
                used |= names_in(statement.value)
            case ast.Output():
                used |= names_in(statement.value) if statement.value is not None else {statement.name.id}
            case ast.Input():
                used |= {name for item in statement.items if item.type for name in names_in(item.type)}
    for statement in declaration.body:
        if isinstance(statement, ast.Binding) and not any(name.id in used for name in statement.names):
            yield _note(statement.names[0], "binding")
        elif isinstance(statement, ast.Input):
            yield from (_note(item.name, "input") for item in statement.items if item.name.id not in used)


def _note(name: ast.Name, what: str) -> Diagnostic:
    return Diagnostic(
        codes.UNUSED_BINDING, f"the {what} '{name.id}' is never used", name.span, "use it, or leave it out"
    )
