"""Reading a spec from a file."""

from __future__ import annotations

from pathlib import Path

from dlspec.diagnostics.codes import syntax as codes
from dlspec.diagnostics.report import did_you_mean, fail
from dlspec.diagnostics.span import SourceFile, Span

LARGEST = 16 * 2**20
"""Bytes of the largest file that is read."""


def read_source(path: str | Path, shown: str | None = None) -> SourceFile:
    """The text of a file; `shown` is the path for messages where it is another.

    Raises a diagnostic for what is no file, cannot be opened, is too large, or is not UTF-8.
    """
    name = shown or str(path)
    try:
        with open(path, "rb") as file:
            data = file.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        raise fail(codes.UNREADABLE, f"cannot read '{name}': {_reason(error)}", help=_way_out(Path(path))) from error
    return decode_source(data, name)


def decode_source(data: bytes, shown: str) -> SourceFile:
    """The text of bytes, from standard input for one; `shown` is the path for messages."""
    if len(data) > LARGEST:
        help = f"a spec has at most {LARGEST // 2**20} MiB; data belongs in files that a 'source' names"
        raise fail(codes.TOO_LARGE, f"'{shown}' is too large for a spec", help=help)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        readable = SourceFile(shown, _lines(data.decode("utf-8-sig", errors="replace")))
        at = len(_lines(data[: error.start].decode("utf-8-sig", errors="replace")))
        message = f"'{shown}' is not UTF-8: the byte 0x{data[error.start]:02x} belongs to no character"
        help = "save the file as UTF-8, or check that it is a spec"
        raise fail(codes.NOT_UTF8, message, Span(readable, at, at + 1), help=help) from error
    return SourceFile(shown, _lines(text))


def _lines(text: str) -> str:
    """Line breaks of every system as `\\n`."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _way_out(path: Path) -> str:
    """The nearest spec beside a path that was not found."""
    try:
        beside = [each.name for each in path.parent.glob("*.dl")]
    except (OSError, ValueError):
        beside = []
    return did_you_mean(path.name, beside) or "check the path"


def _reason(error: OSError | ValueError) -> str:
    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    if isinstance(error, IsADirectoryError):
        return "it is a folder"
    if isinstance(error, PermissionError):
        return "permission denied"
    return (error.strerror or "it cannot be opened").lower() if isinstance(error, OSError) else "this is no path"
