"""Specs from files and standard input, and files written whole or not at all."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from dlspec.diagnostics.codes import runtime as codes
from dlspec.diagnostics.report import fail
from dlspec.diagnostics.span import SourceFile
from dlspec.syntax.source import LARGEST, decode_source, read_source

STDIN = Path("-")
SHOWN = "<stdin>"
"""What messages call standard input."""


def source_of(path: Path) -> SourceFile:
    """The text of a spec; of standard input for `-`."""
    if path != STDIN:
        return read_source(path)
    return decode_source(sys.stdin.buffer.read(LARGEST + 1), SHOWN)


def shown(path: Path) -> str:
    """The path as messages name it."""
    return SHOWN if path == STDIN else str(path)


def write_whole(path: Path, content: bytes) -> None:
    """Put the content in the file's place at once; links are followed and the file's mode stays."""
    target = Path(os.path.realpath(path))
    temporary = target.with_name(f".{target.name}.{os.getpid()}.new")
    try:
        try:
            temporary.write_bytes(content)
            if target.exists():
                shutil.copymode(target, temporary)
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise fail(codes.UNWRITABLE, f"'{path}' cannot be written: {reason}", help="choose another place") from error
