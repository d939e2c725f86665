"""The stages in order: text, tree, program, graph, code. Nothing here runs a framework."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from dlspec.data.schema import schema
from dlspec.diagnostics.codes.names import NOT_IN_THIS_VERSION
from dlspec.diagnostics.report import Diagnostic, DlspecError
from dlspec.diagnostics.span import SourceFile
from dlspec.ir.overrides import apply_overrides
from dlspec.ir.program import Program
from dlspec.ir.resolve import MAX_PARAMETERS, Resolution, Resolver, room
from dlspec.lint.rules import lint
from dlspec.syntax.source import read_source


@room()
def resolve(
    path: Path,
    *,
    source: SourceFile | None = None,
    overrides: Sequence[tuple[str, str]] = (),
    label: str | None = None,
    sizes: Mapping[str, int] | None = None,
    max_parameters: int = MAX_PARAMETERS,
) -> Resolution:
    """Text to program, with every diagnostic in the report.

    `source` stands in for the file's text (standard input); `overrides` are the pairs of `--set`, limited to the
    training `label` where that is given; `sizes` are the sizes learned from data, by symbol. DlspecError where the
    file cannot be read or an override fits nothing.
    """
    text = source or read_source(path)
    resolver = Resolver(partial(schema, root=path.parent), sizes=dict(sizes or {}), max_parameters=max_parameters)
    edit = partial(apply_overrides, overrides=overrides, label=label) if overrides else None
    return resolver.resolve(text, path.parent, edit)


@room()
def check(path: Path, *, source: SourceFile | None = None, max_parameters: int = MAX_PARAMETERS) -> Resolution:
    """As `resolve`, with the linter's notes where the spec has no error."""
    return linted(resolve(path, source=source, max_parameters=max_parameters))


@room()
def linted(resolution: Resolution) -> Resolution:
    """The resolution with the linter's notes in its report, where that has no error; to be called once."""
    if not resolution.report.errors:
        resolution.report.add(*lint(resolution))
    return resolution


def checked(resolution: Resolution) -> Resolution:
    """The resolution, or its errors raised."""
    if resolution.report.errors:
        raise DlspecError(list(resolution.report))
    return resolution


def whole_part(resolution: Resolution) -> tuple[Program, list[Diagnostic]]:
    """The program without what this version cannot do, and the diagnostics that say what that is.

    A model is none the worse for a loss or a source that a later version brings. Errors of any other kind are raised,
    and so is everything where no model is whole.
    """
    left_out = resolution.report.errors
    if not resolution.program.models or any(each.code is not NOT_IN_THIS_VERSION for each in left_out):
        return checked(resolution).program, []
    return resolution.program, left_out
