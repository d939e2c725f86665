"""Which global names a piece of generated code uses."""

from __future__ import annotations

import ast


def global_names(source: str) -> frozenset[str]:
    """Every name that the source reads; variables of functions are among them, which does no harm."""
    return frozenset(node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name))
