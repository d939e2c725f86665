"""What the measurements say of their figures; nothing here measures time."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.__main__ import main
from benchmarks.chain import FORMS
from benchmarks.table import Row, Spread, table
from benchmarks.timing import ratio
from dlspec.diagnostics.span import SourceFile
from dlspec.ir.summary import summarize
from dlspec.pipeline import resolve


def test_spread_is_median_and_extremes() -> None:
    assert Spread.of([3.0, 1.0, 2.0, 9.0, 2.5]) == Spread(2.5, 1.0, 9.0)


@pytest.mark.parametrize(
    ("value", "unit", "most", "least", "ok"),
    [
        (0.3, "s", 0.3, None, True),
        (0.301, "s", 0.3, None, False),
        (1.004, "ratio", 1.0, None, True),
        (1.006, "ratio", 1.0, None, False),
        (9.99, "ratio", None, 10, False),
        (10.0, "ratio", None, 10, True),
    ],
)
def test_verdict(value: float, unit: str, most: float | None, least: float | None, ok: bool) -> None:
    assert Row("x", Spread(value, value, value), unit, most=most, least=least).ok is ok  # type: ignore[arg-type]


def test_table_has_aligned_lines_and_marks_what_is_broken() -> None:
    lines = table([Row("a", Spread(0.5, 0.4, 0.6), "s", most=0.3), Row("longer", Spread(2, 1, 3), "ratio")]).split("\n")
    assert len({len(line) for line in lines}) == 1
    assert [cell.strip() for cell in lines[2].strip("|").split("|")] == [
        "a", "0.500", "s", "0.400 - 0.600", "<= 0.3", "NO",
    ]  # fmt: skip
    assert lines[3].rstrip("| ").endswith("1.00 - 3.00")


def test_the_two_take_turns() -> None:
    calls: list[str] = []
    ratio(lambda: calls.append("a"), lambda: calls.append("b"), pairs=2, rounds=2)
    assert "".join(calls) == "ab" + "abab" + "baba"


@pytest.mark.parametrize("form", FORMS)
def test_chains_have_as_many_layers_as_they_say(form: str) -> None:
    source = SourceFile("chain.dl", FORMS[form](100))
    summary = summarize(resolve(Path("chain.dl"), source=source).program, "chain")
    assert len(summary.layers) == 100


def test_unknown_measurement_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["chian"]) == 2
    assert "chain" in capsys.readouterr().err
