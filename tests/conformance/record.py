"""The record of what conformance has shown: `dlspec/catalog/conformance.json`, written by `make conformance`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Set
from pathlib import Path
from typing import Any

from dlspec.catalog import all_entries
from dlspec.catalog.base import Entry
from tests.conformance.claims import Claim
from tests.conformance.required import BACKENDS, required

Cell = dict[str, Any]
"""The outcome of an entry on a backend and, where it passed, the checks."""


def cell(entry: type[Entry], backend: str, passed: Set[Claim], failed: Set[Claim] = frozenset()) -> Cell:
    """What can be said of an entry on a backend."""
    wanted = required(entry, backend)
    if isinstance(wanted, str):
        return {"outcome": wanted}
    own = (entry.kind, entry.entry, backend)
    if broken := sorted(claim.check for claim in failed if claim[:3] == own):
        return {"outcome": f"failed: {', '.join(broken)}"}
    if missing := missing_checks(entry, backend, passed):
        return {"outcome": f"not shown: {', '.join(missing)}"}
    return {"outcome": "passed", "checks": [*wanted, *_further(own, wanted, passed)]}


def _further(own: tuple[str, str, str], wanted: Iterable[str], passed: Set[Claim]) -> list[str]:
    """Checks that were made beyond those that are required."""
    return sorted({claim.check for claim in passed if claim[:3] == own} - set(wanted))


def missing_checks(entry: type[Entry], backend: str, claims: Set[Claim]) -> list[str]:
    """The required checks that no claim covers."""
    wanted = required(entry, backend)
    checks = () if isinstance(wanted, str) else wanted
    return [check for check in checks if Claim(entry.kind, entry.entry, backend, check) not in claims]


def table(passed: Set[Claim], failed: Set[Claim] = frozenset()) -> dict[str, dict[str, dict[str, Cell]]]:
    """Kind -> entry -> backend -> cell."""
    by_entry: dict[tuple[str, str], tuple[set[Claim], set[Claim]]] = {}
    for place, claims in enumerate((passed, failed)):
        for claim in claims:
            by_entry.setdefault(claim[:2], (set(), set()))[place].add(claim)
    nothing: tuple[set[Claim], set[Claim]] = (set(), set())
    return {
        kind: {
            entry.entry: {
                backend: cell(entry, backend, *by_entry.get((kind, entry.entry), nothing)) for backend in BACKENDS
            }
            for entry in entries
        }
        for kind, entries in all_entries().items()
    }


def text(found: dict[str, dict[str, dict[str, Cell]]]) -> str:
    """The record as JSON, a line an entry."""
    kinds = [
        f"{json.dumps(kind)}: {{\n"
        + ",\n".join(f"  {json.dumps(name)}: {json.dumps(cells)}" for name, cells in entries.items())
        + "\n}"
        for kind, entries in found.items()
    ]
    return "{\n" + ",\n".join(kinds) + "\n}\n"


def write(path: Path, passed: Set[Claim], failed: Set[Claim]) -> None:
    """Write the record of a run."""
    path.write_text(text(table(passed, failed)), encoding="utf-8")
