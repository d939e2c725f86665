"""Diagnostics as a SARIF 2.1.0 log, the format that code-scanning services read."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from dlspec.diagnostics.codes.base import Code
from dlspec.diagnostics.report import Diagnostic
from dlspec.diagnostics.span import Span

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def sarif_log(diagnostics: Sequence[Diagnostic]) -> dict[str, object]:
    """One run, with a rule for each code that occurs."""
    codes = {item.code.id: item.code for item in diagnostics}
    index = {name: at for at, name in enumerate(codes)}
    run = {
        "tool": {"driver": {"name": "dlspec", "rules": [_rule(code) for code in codes.values()]}},
        "columnKind": "unicodeCodePoints",
        "results": [_result(item, index[item.code.id]) for item in diagnostics],
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(code: Code) -> dict[str, object]:
    return {
        "id": code.id,
        "name": code.name,
        "shortDescription": {"text": code.name},
        "fullDescription": {"text": code.meaning},
        "help": {"text": f"{code.meaning}\n\nWrong:\n{code.wrong}\n\nRight:\n{code.right}"},
        "defaultConfiguration": {"level": code.severity},
    }


def _result(item: Diagnostic, rule: int) -> dict[str, object]:
    text = f"{item.message}\nhelp: {item.help}" if item.help else item.message
    result: dict[str, object] = {
        "ruleId": item.code.id,
        "ruleIndex": rule,
        "level": item.severity,
        "message": {"text": text},
        "locations": [_location(item.span)] if item.span else [],
    }
    related = [
        {**(_location(note.span) if note.span else {}), "id": at, "message": {"text": note.message}}
        for at, note in enumerate(item.notes)
    ]
    if related:
        result["relatedLocations"] = related
    return result


def _location(span: Span) -> dict[str, object]:
    (line, column), (end_line, end_column) = span.source.position(span.start), span.stop
    region = {"startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column}
    return {"physicalLocation": {"artifactLocation": {"uri": _uri(span.file)}, "region": region}}


def _uri(path: str) -> str:
    """A relative path as a relative reference, an absolute one as a `file:` URI."""
    quoted = quote(path.replace("\\", "/"), safe="/", errors="replace")
    return f"file://{quoted}" if quoted.startswith("/") else quoted
