"""`dlspec check`: every error of some specs in one run."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from dlspec.cli.console import colour_on, put, say
from dlspec.cli.errors import exit_code
from dlspec.cli.files import STDIN, shown, source_of
from dlspec.cli.options import FilesArgument
from dlspec.diagnostics.report import Diagnostic, DlspecError

if TYPE_CHECKING:
    from dlspec.diagnostics.render import Format as RenderFormat
    from dlspec.ir.program import Program

EXAMPLE = "dlspec check digits.dl --format json"


class Format(StrEnum):
    """How the findings are written."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"
    SARIF = "sarif"


def check(
    files: FilesArgument,
    format: Annotated[
        Format, typer.Option("--format", help="How to report; all but text go to standard output.")
    ] = Format.TEXT,
    max_parameters: Annotated[
        int | None,
        typer.Option(min=0, metavar="N", help="Refuse models with more parameters.", show_default="20 billion"),
    ] = None,
    data: Annotated[bool, typer.Option("--data", help="Read the data wholly, not its headers alone.")] = False,
) -> int:
    """Find everything that is wrong: form, names, arguments, shapes, data, training.

    Each finding has its place, its reason and a way out; `dlspec explain CODE` tells more.
    """
    found: list[Diagnostic] = []
    for file in files:
        findings, fine = _checked(file, max_parameters, data)
        found += findings
        if fine and format is Format.TEXT:
            say(f"{shown(file)}: {fine}")
    from dlspec.diagnostics.render import render

    if format is Format.TEXT:
        say(render(found, colour=colour_on(sys.stderr)))
    elif text := render(found, cast("RenderFormat", format.value)):
        put(text)
    return exit_code(found)


def _checked(file: Path, max_parameters: int | None, read_data: bool) -> tuple[list[Diagnostic], str]:
    """The findings of one spec, and where none is an error, a line that says so."""
    from dlspec import pipeline
    from dlspec.ir.resolve import MAX_PARAMETERS

    limit = MAX_PARAMETERS if max_parameters is None else max_parameters
    try:
        # Standard input's relative paths begin where the command was called.
        path = Path(file.name) if file == STDIN else file
        source = source_of(file)
        resolution = pipeline.check(path, source=source, max_parameters=limit)
        found = list(resolution.report)
        read = ""
        if read_data and not resolution.report.errors:
            from dlspec.cli.reading import read_all

            read = read_all(path, source, resolution.program, limit)
    except DlspecError as error:
        return list(error.diagnostics), ""
    return found, "" if resolution.report.errors else _fine(resolution.program, read)


def _fine(program: Program, read: str) -> str:
    """`no errors (1 data block, 1 model, 1 training)`."""
    counts = (
        (len(program.data), "data block"),
        (len(program.models), "model"),
        (len(program.trains), "training"),
        (len(program.tunes), "search"),
    )
    parts = [f"{count} {what}{_ending(what) if count > 1 else ''}" for count, what in counts if count]
    return f"no errors ({', '.join(parts) or 'it declares nothing to build'}){read}"


def _ending(what: str) -> str:
    return "es" if what.endswith("ch") else "s"
