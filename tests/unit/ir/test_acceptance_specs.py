"""The acceptance specs: exact counts and shapes, JSON both ways, and what this version leaves out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dlspec.ir.program import Program
from dlspec.ir.summary import summarize
from dlspec.ir.verify import verify
from dlspec.pipeline import check
from dlspec.syntax.printer import format_source
from dlspec.syntax.source import read_source
from tests.unit.ir.specs import ACCEPTANCE

SPECS = sorted(ACCEPTANCE.glob("*.dl"))
EXPECTED = json.loads((ACCEPTANCE / "expected.json").read_text())
NOT_YET = "DL221"


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_check_finds_nothing_but_what_a_later_version_brings(path: Path) -> None:
    found = check(path).report
    assert [item.message for item in found.errors if item.code.id != NOT_YET] == []
    assert [item.message for item in found.items if item.severity == "warning"] == []


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_the_formatter_leaves_them_unchanged(path: Path) -> None:
    source = read_source(path)
    assert format_source(source) == source.text


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_counts_and_shapes_are_exact(path: Path) -> None:
    found = check(path)
    missing = {item.message.split("'")[1] for item in found.report.errors}
    for name, expected in EXPECTED[path.name].items():
        if name not in found.program.models:
            assert missing, f"{name} has no module, and nothing says why"
            continue
        summary = summarize(found.program, name).as_json()
        assert {key: summary[key] for key in expected} == expected


def test_most_models_are_within_reach() -> None:
    reached = [name for path in SPECS for name in check(path).program.models if name in EXPECTED[path.name]]
    assert len(reached) >= 19


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_programs_survive_json(path: Path) -> None:
    program = check(path).program
    verify(program)
    again = Program.model_validate_json(program.model_dump_json())
    assert again == program
    verify(again)
