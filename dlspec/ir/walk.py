"""Questions about syntax trees and names: which names occur, which weights a pattern means."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import fields

from dlspec.syntax import ast


def nodes_in(node: ast.Node) -> Iterator[ast.Node]:
    """A node and everything below it."""
    stack: list[object] = [node]
    while stack:
        current = stack.pop()
        if isinstance(current, ast.Node):
            yield current
            stack.extend(getattr(current, field.name) for field in fields(current) if field.name != "span")
        elif isinstance(current, tuple):
            stack.extend(current)


def names_in(node: ast.Node) -> set[str]:
    """Every bare name that occurs in an expression or statement."""
    return {each.id for each in nodes_in(node) if isinstance(each, ast.Name)}


def matching(pattern: str, names: Iterable[str]) -> list[str]:
    """The names that a pattern means; `*` stands for anything, dots included."""
    expression = re.compile(".*".join(re.escape(part) for part in pattern.split("*")), re.DOTALL)
    return [name for name in names if expression.fullmatch(name)]
