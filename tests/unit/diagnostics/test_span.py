"""Places in a source text."""

from __future__ import annotations

import pytest

from dlspec.diagnostics.span import SourceFile, Span

SOURCE = SourceFile("a.dl", "one\ntwo\r\n\nfour")


@pytest.mark.parametrize(
    ("offset", "position"),
    [(0, (1, 1)), (3, (1, 4)), (4, (2, 1)), (9, (3, 1)), (10, (4, 1)), (14, (4, 5))],
)
def test_position_counts_lines_and_columns_from_one(offset: int, position: tuple[int, int]) -> None:
    assert SOURCE.position(offset) == position


@pytest.mark.parametrize(("number", "text"), [(1, "one"), (2, "two"), (3, ""), (4, "four")])
def test_line_comes_without_its_break(number: int, text: str) -> None:
    assert SOURCE.line(number) == text


def test_span_knows_its_place_and_text() -> None:
    span = Span(SOURCE, 4, 7)
    assert (str(span), span.stop, span.text) == ("a.dl:2:1", (2, 4), "two")


def test_span_to_a_later_one_covers_both() -> None:
    assert Span(SOURCE, 0, 3).to(Span(SOURCE, 10, 14)) == Span(SOURCE, 0, 14)


def test_empty_source_has_one_empty_line() -> None:
    source = SourceFile("empty.dl", "")
    assert (source.position(0), source.line(1)) == ((1, 1), "")
