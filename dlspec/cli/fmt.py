"""`dlspec fmt`: specs in their usual form."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dlspec.cli.console import put, put_exactly, say
from dlspec.cli.errors import FINE, WRONG, report
from dlspec.cli.files import STDIN, shown, source_of, write_whole
from dlspec.cli.options import FilesArgument
from dlspec.diagnostics.report import DlspecError

EXAMPLE = "dlspec fmt digits.dl"


def fmt(
    files: FilesArgument,
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing; exit code 1 where something would be.")
    ] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Change nothing; show what would be.")] = False,
) -> int:
    """Put indentation, spaces and blank lines in order.

    Line breaks, column alignment and comments stay. A file in its usual form is not touched; standard input goes,
    formatted, to standard output.
    """
    codes = [_formatted(file, check=check, diff=diff) for file in files]
    return max(codes)


def _formatted(file: Path, *, check: bool, diff: bool) -> int:
    from dlspec.syntax.printer import format_source

    try:
        source = source_of(file)
        after = format_source(source)
        changed = after != source.text
        if diff:
            _show(source.text, after, shown(file))
        if check and changed:
            say(f"{shown(file)}: would be formatted")
            return WRONG
        if not check and not diff:
            _write(file, after, changed)
    except DlspecError as error:
        return report(error)
    return FINE


def _write(file: Path, text: str, changed: bool) -> None:
    if file == STDIN:
        put_exactly(text)
    elif changed:
        write_whole(file, _with_line_breaks_of(file, text))
        say(f"{file}: formatted")


def _show(before: str, after: str, name: str) -> None:
    from difflib import unified_diff

    lines = list(
        unified_diff(before.splitlines(), after.splitlines(), name, name, "as it is", "formatted", lineterm="")
    )
    if lines:
        put("\n".join(lines))


def _with_line_breaks_of(file: Path, text: str) -> bytes:
    """The text with the line breaks that the file has: Windows' where its first line ends so."""
    with file.open("rb") as opened:
        windows = opened.readline().endswith(b"\r\n")
    return (text.replace("\n", "\r\n") if windows else text).encode()
