"""What commands print: data to standard output, messages to standard error."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any, TextIO


def prepare() -> None:
    """Make the streams print anything: what their encoding does not know is escaped, and a closed one takes all."""
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115 - it is open to the end
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def colour_on(stream: TextIO) -> bool:
    """Whether to colour: on a terminal, unless `NO_COLOR` is set or the terminal has none."""
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb" and stream.isatty()


def say(message: str) -> None:
    """A message for people, on standard error."""
    if message:
        print(message, file=sys.stderr)


def put(text: str) -> None:
    """Data on standard output, with a line break at its end."""
    print(text)


def put_exactly(text: str) -> None:
    """A file's text on standard output: UTF-8 on every system, and nothing changed or added."""
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode())
    sys.stdout.buffer.flush()


def put_json(value: Any) -> None:
    """JSON on standard output, with `null` for what is no finite number."""
    import json

    print(json.dumps(_finite(value), indent=2, allow_nan=False))


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _finite(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def width() -> int | None:
    """Columns of the terminal that standard output is, or None where it is none."""
    from shutil import get_terminal_size

    return get_terminal_size().columns if sys.stdout.isatty() else None


def table(header: Sequence[str], rows: Sequence[Sequence[str]], *, right: str = "", limit: int | None = None) -> str:
    """Aligned columns under a rule. `right` has an `r` at each column that is aligned right; `limit` is the width, to
    which the first column is cut in its middle."""
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    if limit is not None:
        widths[0] = max(min(widths[0], 12), widths[0] - max(0, sum(widths) + 2 * (len(widths) - 1) - limit))
    lines = [_line(row, widths, right) for row in (header, *rows)]
    return "\n".join([lines[0], "-" * (sum(widths) + 2 * (len(widths) - 1)), *lines[1:]])


def _line(cells: Sequence[str], widths: Sequence[int], right: str) -> str:
    cells = [_cut(cells[0], widths[0]), *cells[1:]]
    aligned = (
        cell.rjust(width) if right[place : place + 1] == "r" else cell.ljust(width)
        for place, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
    return "  ".join(aligned).rstrip()


def _cut(text: str, width: int) -> str:
    if len(text) <= width:
        return text
    front = (width - 1) // 2
    return f"{text[:front]}…{text[len(text) - (width - 1 - front) :]}"


def figure(value: float | None) -> str:
    """A figure with as many digits as anybody reads."""
    if value is None or not math.isfinite(value):
        return "–"
    return f"{value:.4f}" if 1e-3 <= abs(value) < 1e5 or value == 0 else f"{value:.3e}"


def figures_of(*parts: Mapping[str, float]) -> list[str]:
    """The names of the figures, the total first; a loss term that is the total is not said twice."""
    names = list(dict.fromkeys(["loss", *(name for part in parts for name in part)]))
    totals = [part.get("loss") for part in parts]
    return [
        name
        for name in names
        if any(name in part for part in parts) and (name == "loss" or [part.get(name) for part in parts] != totals)
    ]
