"""Collecting diagnostics."""

from __future__ import annotations

import pytest

from dlspec.diagnostics.codes.base import Code
from dlspec.diagnostics.report import Diagnostic, DlspecError, Note, Report, did_you_mean, fail
from dlspec.diagnostics.span import SourceFile, Span

ERROR = Code("DL999", "test_error", "meaning", "wrong", "right")
NOTE = Code("DL998", "test_note", "meaning", "wrong", "right", severity="note")
SOURCE = SourceFile("a.dl", "abc\ndef\n")


def test_same_finding_is_kept_once() -> None:
    report = Report()
    report.add(Diagnostic(ERROR, "m", Span(SOURCE, 0, 1)), Diagnostic(ERROR, "m", Span(SOURCE, 0, 1)))
    report.add(Diagnostic(ERROR, "m", Span(SOURCE, 4, 5)))
    assert len(report.items) == 2


def test_findings_come_in_the_order_of_the_file_without_place_first() -> None:
    report = Report()
    report.add(Diagnostic(ERROR, "late", Span(SOURCE, 4, 5)), Diagnostic(ERROR, "early", Span(SOURCE, 0, 1)))
    report.add(Diagnostic(NOTE, "nowhere"))
    assert [item.message for item in report] == ["nowhere", "early", "late"]


def test_notes_alone_raise_nothing_and_an_error_raises_all() -> None:
    report = Report()
    report.add(Diagnostic(NOTE, "only a note"))
    report.raise_errors()
    report.add(Diagnostic(ERROR, "an error"))
    with pytest.raises(DlspecError) as caught:
        report.raise_errors()
    assert [item.message for item in caught.value.diagnostics] == ["only a note", "an error"]


def test_fail_carries_everything() -> None:
    note = Note("in block 'residual' called here", Span(SOURCE, 4, 5))
    error = fail(ERROR, "m", Span(SOURCE, 0, 1), help="h", notes=[note])
    assert error.diagnostics == (Diagnostic(ERROR, "m", Span(SOURCE, 0, 1), "h", (note,)),)
    assert str(error).startswith("error[DL999]: m\n")


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("denes", "did you mean 'dense'?"),
        ("RE_LU", "did you mean 'relu'?"),
        ("Conv", "did you mean 'conv'?"),
        ("zzz", ""),
    ],
)
def test_did_you_mean_names_the_nearest(name: str, answer: str) -> None:
    assert did_you_mean(name, ["dense", "conv", "relu"]) == answer
