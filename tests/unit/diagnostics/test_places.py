"""Places as text become spans where the source is at hand."""

from __future__ import annotations

import pytest

from dlspec.diagnostics.codes.data import MISSING_VALUES
from dlspec.diagnostics.report import DlspecError, fail, placed_in, written_at
from dlspec.diagnostics.span import SourceFile, Span, span_at

SOURCE = SourceFile("spec.dl", 'x = column("a)(") -> clamp(min=(0), max=1) -> log\nsplit train=0.8\n')


@pytest.mark.parametrize(
    ("line", "column", "text"),
    [
        (1, 1, "x"),
        (1, 5, 'column("a)(")'),
        (1, 22, "clamp(min=(0), max=1)"),
        (1, 47, "log"),
        (2, 1, "split"),
        (2, 6, " "),
    ],
)
def test_a_place_is_a_word_with_its_arguments(line: int, column: int, text: str) -> None:
    assert span_at(SOURCE, line, column).text == text


def test_a_call_that_is_not_closed_is_its_name() -> None:
    assert span_at(SourceFile("spec.dl", "dense(3"), 1, 1).text == "dense"


def test_the_innermost_place_stays_and_becomes_a_span() -> None:
    with (
        pytest.raises(DlspecError) as caught,
        placed_in([SOURCE]),
        written_at("spec.dl:2:1"),
        written_at("spec.dl:1:47"),
    ):
        raise fail(MISSING_VALUES, "m")
    (found,) = caught.value.diagnostics
    assert found.span == Span(SOURCE, 46, 49)


def test_a_span_that_is_known_stays() -> None:
    span = Span(SOURCE, 0, 1)
    with pytest.raises(DlspecError) as caught, placed_in([SOURCE]), written_at("spec.dl:2:1"):
        raise fail(MISSING_VALUES, "m", span)
    assert caught.value.diagnostics[0].span is span


def test_a_place_in_another_file_is_shown_as_it_is() -> None:
    with pytest.raises(DlspecError) as caught, placed_in([SOURCE]), written_at("other.dl:2:1"):
        raise fail(MISSING_VALUES, "m")
    assert caught.value.diagnostics[0].span is None
    assert str(caught.value).splitlines()[1] == " --> other.dl:2:1"
