"""A training on data without a split: nothing tells how the model does on what it has not seen."""

from __future__ import annotations

from collections.abc import Iterator

from dlspec.diagnostics.codes import lint as codes
from dlspec.diagnostics.report import Diagnostic
from dlspec.ir.resolve import Resolution
from dlspec.syntax import ast


def no_split(resolution: Resolution) -> Iterator[Diagnostic]:
    """A note on each trained data block without `split`."""
    trained = {train.data for train in resolution.program.trains}
    for each in resolution.files.tree.declarations:
        if isinstance(each, ast.Data) and each.name.id in trained:
            settings = {statement.keyword for statement in each.body if isinstance(statement, ast.Setting)}
            if "split" not in settings:
                yield Diagnostic(
                    codes.NO_SPLIT,
                    f"all of '{each.name.id}' trains: nothing shows how the model does on data it has not seen",
                    each.name.span,
                    "write `split train=0.8, validation=0.2`",
                )
