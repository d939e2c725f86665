"""Paths of a training, for `search` and `--set`: parameters of the models, settings, and their arguments.

`width` is a parameter, `epochs` a setting, `optimizer.lr` an argument of what the setting takes, and
`discriminator.optimizer.lr` the same in a step.
"""

from __future__ import annotations

from collections.abc import Iterator

from dlspec.catalog.base import Entry, parameters
from dlspec.catalog.index import find
from dlspec.diagnostics.span import Span
from dlspec.ir.entries import named_call
from dlspec.ir.files import FileScope
from dlspec.syntax import ast

KINDS = {
    "optimizer": "optimizer", "schedule": "schedule", "penalty": "penalty", "constraint": "constraint", "loss": "loss",
    "metrics": "metric",
}  # fmt: skip


def paths_of(block: ast.Train, file: FileScope) -> dict[str, Span]:
    """Every path that a search in this training may name."""
    found: dict[str, Span] = {}
    for target in block.targets:
        name = named_call(target)[0]
        declaration = file.declared.get(name or "")
        if isinstance(declaration, ast.Model):
            for parameter in declaration.parameters:
                found.setdefault(parameter.name.id, parameter.span)
    for statement in block.body:
        if isinstance(statement, ast.Setting):
            found.update(dict(setting_paths(statement)))
        elif isinstance(statement, ast.Step):
            for inner in statement.body:
                if isinstance(inner, ast.Setting):
                    paths = dict(setting_paths(inner))
                    found.update({f"{statement.model.id}.{path}": span for path, span in paths.items()})
                    found.update(paths)
    return found


def setting_paths(setting: ast.Setting) -> Iterator[tuple[str, Span]]:
    """The paths of one setting, with their places."""
    yield setting.keyword, setting.span
    cls = find("train setting", setting.keyword)
    if cls is not None:
        for name in _names(cls):
            yield f"{setting.keyword}.{name}", setting.span
    for argument in setting.arguments:
        for stage in _stages(argument.value):
            entry = find(KINDS.get(setting.keyword, ""), named_call(stage)[0] or "")
            if entry is not None:
                for each in _names(entry):
                    yield f"{setting.keyword}.{each}", stage.span


def _names(cls: type[Entry]) -> list[str]:
    return [info.name for info in parameters(cls)]


def _stages(expr: ast.Expr) -> list[ast.Expr]:
    return [expr.first, *expr.stages] if isinstance(expr, ast.Flow) else [expr]
