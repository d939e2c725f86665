"""The first line of a CSV file; no more is read, and NumPy is not loaded."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from dlspec.data.paths import unreadable
from dlspec.diagnostics.span import Span

LONGEST_VALUE = 1 << 20
"""Characters that one value of a CSV file may have."""
LONGEST_HEADER = 1 << 24
"""Characters that the header of a CSV file may have."""


def csv_rows(file: IO[str]) -> Iterator[list[str]]:
    """The rows of an open CSV file, header included; csv.Error where there is no making sense of it."""
    csv.field_size_limit(LONGEST_VALUE)
    return csv.reader(file, strict=True)


def open_csv(path: Path) -> IO[str]:
    """The file as text; a byte order mark is passed over."""
    return path.open(encoding="utf-8-sig", newline="")


def csv_header(path: Path, span: Span | None = None) -> list[str]:
    """The names in the first line of a CSV file."""
    try:
        with open_csv(path) as file:
            header = next(csv_rows(_Bounded(file)), [])  # type: ignore[arg-type]
    except (OSError, csv.Error, UnicodeDecodeError) as error:
        help = "save it as CSV in UTF-8" if isinstance(error, UnicodeDecodeError) else ""
        raise unreadable(path, _reason(error), span, help) from error
    if not header:
        raise unreadable(path, "it is empty", span, "the first line names the columns, as `age,city,price`")
    if any("\0" in name for name in header):
        raise unreadable(path, "it is no text", span, "save it as CSV in UTF-8")
    twice = [name for name, count in Counter(header).items() if count > 1]
    if twice:
        raise unreadable(path, f"its header has '{twice[0]}' twice", span, "give each column a name of its own")
    return header


def _reason(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "it is no UTF-8 text"
    return (error.strerror or str(error)) if isinstance(error, OSError) else str(error)


class _Bounded:
    """The lines of a file, up to the most that a header may take."""

    def __init__(self, file: IO[str]) -> None:
        self.file = file
        self.left = LONGEST_HEADER

    def __iter__(self) -> _Bounded:
        return self

    def __next__(self) -> str:
        line = self.file.readline(self.left + 1)
        self.left -= len(line)
        if self.left < 0:
            raise csv.Error("its first line does not end")
        if not line:
            raise StopIteration
        return line
