"""What the conformance tests have shown of each entry on each backend: the record that `make conformance` writes."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from dlspec.catalog.base import Entry

RECORD = Path(__file__).with_name("conformance.json")

BACKENDS = ("torch", "keras", "onnx")

PASSED = "passed"


@cache
def _record() -> dict[str, dict[str, dict[str, dict[str, Any]]]]:
    found: dict[str, dict[str, dict[str, dict[str, Any]]]] = json.loads(RECORD.read_text(encoding="utf-8"))
    return found


def outcomes(entry: type[Entry]) -> dict[str, str]:
    """For each backend `passed`, or why not: `unsupported: …`, `not yet: …`, `not applicable: …`, `not shown: …`."""
    cells = _record().get(entry.kind, {}).get(entry.entry, {})
    return {
        backend: cells.get(backend, {}).get("outcome", "not shown: it is not in the record") for backend in BACKENDS
    }


def checks(entry: type[Entry]) -> dict[str, tuple[str, ...]]:
    """For each backend on which it passed, the checks that it passed."""
    cells = _record().get(entry.kind, {}).get(entry.entry, {})
    return {backend: tuple(cell["checks"]) for backend, cell in cells.items() if cell["outcome"] == PASSED}
