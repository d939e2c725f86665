"""The record that is shipped says what the suite shows: no more, no less."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from dlspec.catalog import all_entries
from dlspec.catalog.base import Entry
from dlspec.catalog.conformance import BACKENDS as SHIPPED_BACKENDS
from dlspec.catalog.conformance import RECORD, outcomes
from tests.conformance import required
from tests.conformance.claims import PROOFS, Claim
from tests.conformance.record import cell, missing_checks

pytest.importorskip("torch")
pytest.importorskip("keras")
pytest.importorskip("onnxruntime")

REPOSITORY = Path(__file__).parents[2]
ENTRIES = [entry for entries in all_entries().values() for entry in entries]
each_entry = pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: f"{entry.kind} {entry.entry}")
MARK = "mark.proves("


@pytest.fixture(scope="session")
def claims(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> set[Claim]:
    """What the tests of the whole suite claim, also where this session has a part of it."""
    proofs = request.config.stash[PROOFS]
    tests = {file for file in (REPOSITORY / "tests").rglob("test_*.py") if file != Path(__file__)}
    proving = sorted(file for file in tests if MARK in file.read_text(encoding="utf-8"))
    if proofs.files.issuperset(proving):
        return proofs.collected
    file = tmp_path_factory.mktemp("claims") / "claims.json"
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-m", "proves", "--claims", str(file)]
    done = subprocess.run([*command, *map(str, proving)], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr
    return {Claim(*each) for each in json.loads(file.read_text(encoding="utf-8"))}


@each_entry
def test_every_check_that_an_entry_needs_is_made(entry: type[Entry], claims: set[Claim]) -> None:
    missing = {backend: missing_checks(entry, backend, claims) for backend in required.BACKENDS}
    assert not any(missing.values()), f"no test shows this of the {entry.kind} '{entry.entry}': {missing}"


@each_entry
def test_the_record_says_what_the_suite_shows(entry: type[Entry], claims: set[Claim]) -> None:
    """Where a test fails, the suite does; a record of what has no test any more fails here."""
    recorded = json.loads(RECORD.read_text(encoding="utf-8")).get(entry.kind, {}).get(entry.entry)
    assert recorded is not None, f"the record lacks the {entry.kind} '{entry.entry}': run `make conformance`"
    wanted = {backend: cell(entry, backend, claims) for backend in required.BACKENDS}
    assert recorded == wanted, f"the record of the {entry.kind} '{entry.entry}' is out of date: run `make conformance`"
    assert outcomes(entry) == {backend: each["outcome"] for backend, each in wanted.items()}


def test_the_record_has_nothing_else() -> None:
    recorded = json.loads(RECORD.read_text(encoding="utf-8"))
    known = {(entry.kind, entry.entry) for entry in ENTRIES}
    assert {(kind, name) for kind, entries in recorded.items() for name in entries} == known
    assert required.BACKENDS == SHIPPED_BACKENDS


def test_few_pairs_are_unsupported() -> None:
    """At most ten, and each says why."""
    answers = [required.required(entry, backend) for entry in ENTRIES for backend in required.BACKENDS]
    unsupported = [each for each in answers if isinstance(each, str) and each.startswith("unsupported")]
    assert len(unsupported) <= 10
    assert all(each.removeprefix("unsupported: ") for each in unsupported)
