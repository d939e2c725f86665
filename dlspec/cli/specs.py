"""Specs as the verbs take them: a file, standard input, or what a run was made of."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dlspec.cli.console import say
from dlspec.cli.files import STDIN, source_of
from dlspec.cli.options import settings

if TYPE_CHECKING:
    from dlspec.api import Spec
    from dlspec.diagnostics.span import SourceFile
    from dlspec.ir.program import Program


def spec_of(file: Path, set: list[str]) -> Spec:
    """The spec of a FILE argument, changed by `--set`."""
    from dlspec.api import Spec

    # Standard input's relative paths begin where the command was called.
    return Spec(file, dict(settings(set)), source=source_of(file) if file == STDIN else None)


def whole_of(file: Path, set: list[str]) -> tuple[Program, tuple[SourceFile, ...]]:
    """The program of a FILE argument and its texts; what this version cannot do is left out, and said."""
    spec = spec_of(file, set)
    program, left_out = spec.whole
    for each in left_out:
        say(f"left out: {each.message} ({each.span})")
    return program, spec.sources
