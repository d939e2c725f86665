"""How a command ends: exit codes, and the last words for each way of failing."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable

from dlspec.cli.console import colour_on, say
from dlspec.diagnostics.codes import runtime, training
from dlspec.diagnostics.codes.base import Code
from dlspec.diagnostics.report import Diagnostic, DlspecError
from dlspec.diagnostics.text import printable

FINE = 0
WRONG = 1
"""The spec or the data is wrong."""
USAGE = 2
"""Wrong usage, or a missing backend."""
FAULT = 70
"""A fault of dlspec itself (EX_SOFTWARE of sysexits.h)."""
INTERRUPTED = 130

USAGE_CODES: frozenset[Code] = frozenset(
    {
        runtime.MISSING_BACKEND,
        runtime.NO_DEVICE,
        runtime.WHICH_MODEL,
        runtime.WHICH_TRAINING,
        runtime.FILE_EXISTS,
        runtime.UNKNOWN_RUN,
        runtime.UNWRITABLE,
    }
)
"""Diagnostics that are about the command and the machine, not about the spec."""


class UsageProblem(Exception):
    """A command that was not written as it should be; `help` says what to write instead."""

    def __init__(self, message: str, help: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.help = help


class Terminated(KeyboardInterrupt):
    """The process was asked to end (SIGTERM); what ends cleanly on Ctrl-C does so on this too."""

    exit_code = 143


def exit_code(diagnostics: Iterable[Diagnostic]) -> int:
    """1 where the spec or the data is wrong, 2 where only the command is, 0 where nothing is an error."""
    errors = [item for item in diagnostics if item.severity == "error"]
    if not errors:
        return FINE
    return USAGE if all(_is_usage(item) for item in errors) else WRONG


def _is_usage(item: Diagnostic) -> bool:
    if item.span is not None:
        return item.span.file.startswith("--set ")
    # Without a place, an unknown path comes from `--set`.
    return item.code in USAGE_CODES or item.code is training.UNKNOWN_PATH


def report(error: DlspecError) -> int:
    """Print the diagnostics of an error; gives the exit code."""
    from dlspec.diagnostics.render import render

    say(render(error.diagnostics, colour=colour_on(sys.stderr)))
    return exit_code(error.diagnostics)


def report_usage(message: str, help: str = "") -> int:
    """Print what is wrong with the command, in the form of a diagnostic; gives the exit code."""
    say(f"error: {printable(message)}" + (f"\n = help: {printable(help)}" if help else ""))
    return USAGE


def report_fault(error: BaseException) -> int:
    """Say that dlspec is at fault and where the traceback is; gives the exit code."""
    import platform
    import tempfile
    import traceback

    from dlspec.version import __version__

    text = "".join(traceback.format_exception(error))
    head = f"dlspec {__version__}, Python {platform.python_version()}, {platform.platform()}\n{sys.argv}\n\n"
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="dlspec-", suffix=".txt", delete=False, encoding="utf-8", errors="backslashreplace"
        ) as file:
            file.write(head + text)
        where = f"the details are in {file.name}"
    except OSError:
        where = "the details could not be written to the folder for temporary files"
    short = printable((str(error).splitlines() or [""])[0][:200])
    say(f"internal error: {type(error).__name__}: {short}")
    say(f" = help: this is a fault of dlspec, not of your spec; please report it: {where}")
    return FAULT


def leave_quietly() -> int:
    """The reader of standard output went away: nothing more can be said to it."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, sys.stdout.fileno())
    os.close(null)
    return FINE
