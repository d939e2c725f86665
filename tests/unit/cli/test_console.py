"""Tables, figures and JSON as commands print them."""

from __future__ import annotations

import json
import math

import pytest

from dlspec.cli.console import colour_on, figure, figures_of, put_json, table


def test_table_aligns_its_columns_under_a_rule() -> None:
    shown = table(("name", "count"), [("a", "1"), ("longer", "1,000")], right="lr")
    assert shown.split("\n") == ["name    count", "-------------", "a           1", "longer  1,000"]


@pytest.mark.parametrize("limit", [24, 30, 40])
def test_table_fits_the_terminal_by_cutting_names_in_the_middle(limit: int) -> None:
    name = "features.block_12.convolution.weight"
    lines = table(("name", "count"), [(name, "1,000")], right="lr", limit=limit).split("\n")
    assert {len(lines[0]), len(lines[1]), len(lines[2])} == {limit}
    begin, _, end = lines[2].split("  ")[0].partition("…")
    assert name.startswith(begin)
    assert name.endswith(end)


def test_table_without_rows_is_its_header() -> None:
    assert table(("a", "b"), []).split("\n") == ["a  b", "----"]


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.97123, "0.9712"), (0, "0.0000"), (1.5e-7, "1.500e-07"), (2e6, "2.000e+06"), (None, "–"), (math.nan, "–")],
)
def test_figure(value: float | None, text: str) -> None:
    assert figure(value) == text


def test_a_loss_term_that_is_the_total_is_not_said_twice() -> None:
    one = {"cross_entropy": 0.5, "loss": 0.5, "accuracy": 0.9}
    two = {"cross_entropy": 0.4, "loss": 0.4, "accuracy": 0.8}
    assert figures_of(one, two) == ["loss", "accuracy"]
    assert figures_of({"a": 1.0, "b": 2.0, "loss": 3.0}) == ["loss", "a", "b"]


def test_json_has_null_for_what_is_no_finite_number(capsys: pytest.CaptureFixture[str]) -> None:
    put_json({"a": [math.nan, 1.0], "b": {"c": -math.inf}, "d": (1, "x")})
    assert json.loads(capsys.readouterr().out) == {"a": [None, 1.0], "b": {"c": None}, "d": [1, "x"]}


class Terminal:
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_colours_can_be_switched_off(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert colour_on(Terminal())  # type: ignore[arg-type]
    monkeypatch.setenv(name, value)
    assert not colour_on(Terminal())  # type: ignore[arg-type]
