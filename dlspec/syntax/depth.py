"""How deep expressions are nested: passes over the tree recurse into them, so there is a limit."""

from __future__ import annotations

from collections.abc import Iterator

from dlspec.diagnostics.codes import syntax as codes
from dlspec.diagnostics.report import Diagnostic
from dlspec.syntax import ast

MAX_DEPTH = 200
"""Expressions in one another, from a statement down: two for each of the 100 brackets that may be nested."""

SHALLOWER = "give a part of it a name of its own"


def too_deep(file: ast.File) -> list[Diagnostic]:
    """A diagnostic for each statement or declaration of a file that is nested deeper than the limit.

    A step down takes at least one character, so short statements need no walk.
    """
    long = (node for node in _statements(file) if node.span.end - node.span.start > MAX_DEPTH)
    return [found for node in long for found in _check(node)]


def _statements(file: ast.File) -> Iterator[ast.Node]:
    """Statements that hold no others, and the headers of declarations."""
    pending: list[ast.Node] = list(file.declarations)
    while pending:
        node = pending.pop()
        yield node
        if isinstance(node, ast.Data | ast.Block | ast.Model | ast.Train | ast.Tune | ast.Step):
            pending.extend(node.body)


def _check(statement: ast.Node) -> list[Diagnostic]:
    pending = [(child, 1) for child in _children(statement)]
    while pending:
        node, depth = pending.pop()
        if depth > MAX_DEPTH:
            message = f"this is nested more than {MAX_DEPTH} steps deep"
            return [Diagnostic(codes.TOO_DEEP, message, node.span, SHALLOWER)]
        pending.extend((child, depth + isinstance(child, ast.Expr)) for child in _children(node))
    return []


def _children(node: ast.Node) -> Iterator[ast.Node]:
    """The parts of a node, statements in a body left out."""
    slots: tuple[str, ...] = vars(type(node))["__slots__"]
    for field in slots:
        value = getattr(node, field)
        if isinstance(value, ast.Node):
            yield value
        elif isinstance(value, tuple) and field != "body":
            for item in value:
                if isinstance(item, ast.Node):
                    yield item
