"""What a test proves: the marker `proves`, and the record of a run.

`@pytest.mark.proves("forward", "shape", on="torch")` says that a test holds these checks on a backend (or on several:
a tuple) for every entry among its parameters: an entry, its class, or a dataclass with such fields. A test without such
parameters names them: `of=("layer batch_norm",)`. The hooks are called by `tests/conftest.py`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from dlspec.catalog.base import Entry

PROPERTY = "proves"
"""Under this name the claims of a test travel with its report, from the workers too."""


class Claim(NamedTuple):
    """A check of an entry on a backend."""

    kind: str
    entry: str
    backend: str
    check: str


def claims_of(item: pytest.Item) -> set[Claim]:
    """What a collected test proves when it passes."""
    claims: set[Claim] = set()
    for mark in item.iter_markers("proves"):
        on = mark.kwargs["on"]
        entries = {tuple(each.rsplit(" ", 1)) for each in mark.kwargs.get("of", ())} or set(_parameters(item))
        if not entries and not hasattr(item, "callspec"):
            raise pytest.UsageError(f"{item.nodeid} proves nothing: no parameter is an entry, and `of` names none")
        backends = (on,) if isinstance(on, str) else on
        claims |= {
            Claim(kind, entry, backend, check) for kind, entry in entries for backend in backends for check in mark.args
        }
    return claims


def _parameters(item: pytest.Item) -> Iterator[tuple[str, str]]:
    """Kind and name of each entry among the parameters."""
    values: dict[str, Any] = item.callspec.params if hasattr(item, "callspec") else {}
    for value in values.values():
        for entry in _entries(value):
            yield entry.kind, entry.entry


def _entries(value: Any) -> Iterator[Entry | type[Entry]]:
    if isinstance(value, Entry) or (isinstance(value, type) and issubclass(value, Entry)):
        yield value
    elif isinstance(value, tuple):
        for each in value:
            yield from _entries(each)
    elif is_dataclass(value):
        for field in fields(value):
            yield from _entries(getattr(value, field.name))


class Proofs:
    """The claims of a session's tests, and what became of them."""

    def __init__(self) -> None:
        self.collected: set[Claim] = set()
        self.files: set[Path] = set()
        self.passed: set[Claim] = set()
        self.failed: set[Claim] = set()
        self.tests = 0
        self.seconds = 0.0

    def collect(self, item: pytest.Item) -> None:
        """Take down what a test claims, also where it is not selected."""
        self.files.add(item.path)
        claims = claims_of(item)
        self.collected |= claims
        if claims:
            item.user_properties.append((PROPERTY, sorted(map(list, claims))))

    def report(self, report: pytest.TestReport) -> None:
        """Take down how a test went; what is skipped proves nothing."""
        found = [Claim(*each) for name, claims in report.user_properties if name == PROPERTY for each in claims]
        if found:
            self.seconds += report.duration
            self.tests += report.when == "call"
        if report.failed:
            self.failed |= set(found)
        elif report.when == "call" and report.passed:
            self.passed |= set(found)


PROOFS = pytest.StashKey[Proofs]()
"""Where a session has its proofs."""


class Reporting:
    """Takes down the reports, those of workers too, and writes record and claims where they are asked for."""

    def __init__(self, proofs: Proofs, record: Path | None, claims: Path | None) -> None:
        self.proofs = proofs
        self.record = record
        self.claims = claims

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.proofs.report(report)

    def pytest_sessionfinish(self) -> None:
        if self.claims is not None:
            self.claims.write_text(json.dumps(sorted(self.proofs.collected)), encoding="utf-8")
        if self.record is not None:
            from tests.conformance.record import write

            write(self.record, self.proofs.passed, self.proofs.failed)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.record is not None:
            terminalreporter.write_line(
                f"{self.proofs.tests} tests ({self.proofs.seconds:.0f} s) show {len(self.proofs.passed)} checks, "
                f"{len(self.proofs.failed)} failed: {self.record}"
            )
