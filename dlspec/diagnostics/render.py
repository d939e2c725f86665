"""Diagnostics as text for people, as JSON, as GitHub workflow commands and as SARIF."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Literal

from dlspec.diagnostics.report import Diagnostic, Note
from dlspec.diagnostics.span import Span
from dlspec.diagnostics.text import excerpt, printable

Format = Literal["text", "json", "github", "sarif"]

_COLOURS = {"error": "1;31", "warning": "1;33", "note": "1;36"}
_FRAME, _BOLD = "1;34", "1"
_LEVELS = {"error": "error", "warning": "warning", "note": "notice"}


def render(diagnostics: Iterable[Diagnostic], format: Format = "text", *, colour: bool = False) -> str:
    """The diagnostics in the given order; without a line break at the end, and empty text for none of them.

    `colour` adds ANSI colours to the text format and is ignored by the others.
    """
    items = list(diagnostics)
    if format == "json":
        return json.dumps([_as_json(item) for item in items], indent=2)
    if format == "github":
        return "\n".join(_as_command(item) for item in items)
    if format == "sarif":
        from dlspec.diagnostics.sarif import sarif_log

        return json.dumps(sarif_log(items), indent=2)
    if not items:
        return ""
    return "\n\n".join([*(_as_text(item, _Paint(colour)) for item in items), summary(items)])


def summary(diagnostics: Sequence[Diagnostic]) -> str:
    """How many there are of each severity: `2 errors, 1 note`; empty for none."""
    counts = Counter(item.severity for item in diagnostics)
    severities: tuple[Literal["error", "warning", "note"], ...] = ("error", "warning", "note")
    return ", ".join(f"{counts[s]} {s}{'s' if counts[s] > 1 else ''}" for s in severities if counts[s])


# ---------------------------------------------------------------- text


class _Paint:
    """Wraps text in an ANSI colour, or leaves it alone."""

    def __init__(self, on: bool) -> None:
        self.on = on

    def __call__(self, style: str, text: str) -> str:
        return f"\x1b[{style}m{text}\x1b[0m" if self.on else text


def _as_text(item: Diagnostic, paint: _Paint) -> str:
    style = _COLOURS[item.severity]
    places = [span for span in (item.span, *(note.span for note in item.notes)) if span]
    gutter = max((len(str(span.line)) for span in places), default=1)
    margin = " " * gutter
    head = paint(style, f"{item.severity}[{item.code.id}]") + paint(_BOLD, f": {_lines(item.message, '  ')}")
    lines = [head, *_place(item.span, gutter, style, paint)]
    if item.span is None and item.where:
        lines.append(f"{margin}{paint(_FRAME, '-->')} {printable(item.where)}")
    if item.help:
        lines.append(f"{margin} {paint(_FRAME, '=')} {paint(_BOLD, 'help')}: {_lines(item.help, margin + ' ' * 9)}")
    for note in item.notes:
        lines += _note(note, gutter, paint)
    return "\n".join(lines)


def _note(note: Note, gutter: int, paint: _Paint) -> list[str]:
    if note.span is None:
        margin = " " * gutter
        body = _lines(note.message, margin + " " * 9)
        return [f"{margin} {paint(_FRAME, '=')} {paint(_BOLD, 'note')}: {body}"]
    head = paint(_COLOURS["note"], "note") + f": {_lines(note.message, '  ')}"
    return [head, *_place(note.span, gutter, _COLOURS["note"], paint)]


def _place(span: Span | None, gutter: int, style: str, paint: _Paint) -> list[str]:
    """Where: the file, the source line, and a caret under each of its characters; of several lines the first."""
    if span is None:
        return []
    line, column = span.source.position(span.start)
    text = span.source.line(line)
    first = column - 1
    stop_line, stop_column = span.stop
    last = stop_column - 1 if stop_line == line else len(text)
    shown = excerpt(text, first, last)
    bar, margin = paint(_FRAME, "|"), " " * gutter
    carets = " " * shown.offset + paint(style, "^" * shown.length)
    return [
        f"{margin}{paint(_FRAME, '-->')} {printable(span.file)}:{line}:{column}",
        f"{margin} {bar}",
        f"{paint(_FRAME, f'{line:>{gutter}}')} {bar} {shown.text}".rstrip(),
        f"{margin} {bar} {carets}",
    ]


def _lines(text: str, indent: str) -> str:
    """A message that may have several lines, the later ones indented."""
    return f"\n{indent}".join(printable(line) for line in text.split("\n"))


# ---------------------------------------------------------------- for programs


def _as_json(item: Diagnostic) -> dict[str, object]:
    line, column = (item.span.line, item.span.column) if item.span else (None, None)
    end_line, end_column = item.span.stop if item.span else (None, None)
    return {
        "code": item.code.id,
        "severity": item.severity,
        "message": item.message,
        "help": item.help,
        "file": item.span.file if item.span else None,
        "line": line,
        "column": column,
        "end_line": end_line,
        "end_column": end_column,
        "notes": [
            {
                "message": note.message,
                "file": note.span.file if note.span else None,
                "line": note.span.line if note.span else None,
                "column": note.span.column if note.span else None,
            }
            for note in item.notes
        ],
    }


def _as_command(item: Diagnostic) -> str:
    """A GitHub workflow command; columns go along only where the place is within one line, as GitHub wants it."""
    properties: list[tuple[str, object]] = []
    if item.span:
        (line, column), (end_line, end_column) = item.span.source.position(item.span.start), item.span.stop
        properties += [("file", item.span.file), ("line", line), ("endLine", end_line)]
        if end_line == line:
            properties += [("col", column), ("endColumn", end_column)]
    properties.append(("title", f"{item.code.id} {item.code.name}"))
    body = [item.message]
    body += [f"help: {item.help}"] if item.help else []
    body += [f"note: {note.message}" + (f" ({note.span})" if note.span else "") for note in item.notes]
    settings = ",".join(f"{name}={_property(str(value))}" for name, value in properties)
    return f"::{_LEVELS[item.severity]} {settings}::{_data(body)}"


def _data(lines: list[str]) -> str:
    whole = "\n".join(lines).split("\n")
    return "%0A".join(printable(line).replace("%", "%25") for line in whole)


def _property(text: str) -> str:
    return printable(text).replace("%", "%25").replace(":", "%3A").replace(",", "%2C")
