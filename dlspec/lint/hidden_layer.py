"""A binding with the name of a library layer: allowed, and easily read as the layer."""

from __future__ import annotations

from collections.abc import Iterator

from dlspec.catalog.index import names as catalogue_names
from dlspec.diagnostics.codes import lint as codes
from dlspec.diagnostics.report import Diagnostic
from dlspec.ir.resolve import Resolution
from dlspec.ir.walk import names_in, nodes_in
from dlspec.syntax import ast


def hidden_layer(resolution: Resolution) -> Iterator[Diagnostic]:
    """A note on each block, model or layer binding that hides a layer of the catalogue."""
    layers = set(catalogue_names("layer"))
    for each in resolution.files.tree.declarations:
        if isinstance(each, ast.Block | ast.Model):
            if each.name.id in layers:
                yield _note(each.name)
            called = {name for statement in each.body for name in _stages(statement)}
            for statement in each.body:
                for name in statement.names if isinstance(statement, ast.Binding) else ():
                    if name.id in layers and name.id in called:
                        yield _note(name)


def _stages(statement: ast.Statement) -> set[str]:
    """Names that stand right of an arrow."""
    found: set[str] = set()
    for node in nodes_in(statement):
        if isinstance(node, ast.Flow):
            found |= {name for stage in node.stages for name in names_in(stage)}
    return found


def _note(name: ast.Name) -> Diagnostic:
    return Diagnostic(
        codes.HIDDEN_LAYER, f"'{name.id}' hides the library layer of that name", name.span, "give it another name"
    )
