"""Diagnostics as text: carets under the right characters, and nothing that could steer a terminal."""

from __future__ import annotations

import re
from unicodedata import category

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlspec.diagnostics.codes.base import Code
from dlspec.diagnostics.render import render, summary
from dlspec.diagnostics.report import Diagnostic, Note
from dlspec.diagnostics.span import SourceFile, Span

ERROR = Code("DL203", "unknown_name", "meaning", "wrong", "right")
NOTE = Code("DL801", "a_note", "meaning", "wrong", "right", severity="note")


def found(text: str, part: str, *, path: str = "spec.dl", code: Code = ERROR, message: str = "wrong") -> Diagnostic:
    """A diagnostic at the first place of `part` in `text`."""
    start = text.index(part)
    return Diagnostic(code, message, Span(SourceFile(path, text), start, start + len(part)))


def test_whole_diagnostic() -> None:
    text = "block b {\n  return in -> denes(10)\n}\n\n\n\n\n\n\nmodel m {\n  output y = x -> b\n}\n"
    span = found(text, "denes").span
    assert span is not None
    call = Span(span.source, text.index("-> b\n") + 3, text.index("-> b\n") + 4)
    item = Diagnostic(
        ERROR,
        "there is no layer 'denes'",
        span,
        "did you mean 'dense'?",
        (Note("in block 'b' called here", call), Note("layers are listed by `dlspec explain layers`")),
    )
    assert render([item]) == "\n".join(
        [
            "error[DL203]: there is no layer 'denes'",
            "  --> spec.dl:2:16",
            "   |",
            " 2 |   return in -> denes(10)",
            "   |                ^^^^^",
            "   = help: did you mean 'dense'?",
            "note: in block 'b' called here",
            "  --> spec.dl:11:19",
            "   |",
            "11 |   output y = x -> b",
            "   |                   ^",
            "   = note: layers are listed by `dlspec explain layers`",
            "",
            "1 error",
        ]
    )


def test_no_place_no_place_lines() -> None:
    text = render([Diagnostic(ERROR, "no such file", help="look there\nor there")])
    assert text == "error[DL203]: no such file\n  = help: look there\n          or there\n\n1 error"


def test_nothing_renders_as_nothing() -> None:
    assert render([]) == ""


@pytest.mark.parametrize(
    ("line", "part", "shown", "offset", "length"),
    [
        ("\tx -> bad", "bad", "    x -> bad", 9, 3),
        ("a\tbad", "bad", "a    bad", 5, 3),
        ("日本 bad", "bad", "日本 bad", 5, 3),
        ("x = 日本", "日本", "x = 日本", 4, 4),
        ("e\u0301 bad", "bad", "e\u0301 bad", 2, 3),
        ("a \u0007 bad", "bad", "a ␇ bad", 4, 3),
        ("🙂 bad", "bad", "🙂 bad", 3, 3),
    ],
)
def test_carets_stand_under_the_place(line: str, part: str, shown: str, offset: int, length: int) -> None:
    rows = render([found(line, part)]).splitlines()
    assert rows[3] == f"1 | {shown}"
    assert rows[4] == "  | " + " " * offset + "^" * length


def test_of_several_lines_the_first_is_underlined_to_its_end() -> None:
    rows = render([found("x -> (  \n  relu\n)\n", "(  \n  relu\n)")]).splitlines()
    assert rows[3:5] == ["1 | x -> (", "  |      ^"]


@pytest.mark.parametrize(("text", "at", "row"), [("", 0, "  | ^"), ("abc", 3, "  |    ^"), ("abc\n", 3, "  |    ^")])
def test_an_empty_place_has_one_caret(text: str, at: int, row: str) -> None:
    assert render([Diagnostic(ERROR, "m", Span(SourceFile("a.dl", text), at, at))]).splitlines()[4] == row


@pytest.mark.parametrize("at", [0, 5_000, 99_997])
def test_a_long_line_is_cut_around_its_place(at: int) -> None:
    line = "." * at + "bad" + "." * (99_997 - at)
    rows = render([found(line, "bad")]).splitlines()
    source, carets = rows[3].removeprefix("1 | "), rows[4].removeprefix("  | ")
    assert len(source) <= 162
    assert source[carets.index("^") :][:3] == "bad"
    assert carets.strip() == "^^^"


def test_underline_stays_within_a_cut_line() -> None:
    rows = render([found("x" * 100_000, "x" * 100_000)]).splitlines()
    assert len(rows[4]) <= len(rows[3])


HOSTILE = "\x1b[31m\x07\x00\x9b\u202e\u2066\u200b\ud800\u2028\x7f"


def test_hostile_text_reaches_no_terminal() -> None:
    item = Diagnostic(
        ERROR,
        f"bad name '{HOSTILE}'",
        Span(SourceFile(f"a{HOSTILE}\n.dl", f"x{HOSTILE} = 1"), 0, 3),
        f"rename '{HOSTILE}'",
        (Note(f"note {HOSTILE}"),),
    )
    unsafe = {c for c in render([item]) if category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"}}
    assert unsafe == {"\n"}


@given(st.text(max_size=60), st.data())
def test_any_place_in_any_text_renders(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    shown = render([Diagnostic(ERROR, "m", Span(SourceFile("a.dl", text), start, end))])
    assert shown.count("\n") == 6
    assert re.search(r"^ +\| *\^+$", shown, re.MULTILINE)
    assert not any(category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for c in shown.replace("\n", ""))


def test_colour_adds_escapes_and_changes_no_text() -> None:
    items = [found("x -> bad", "bad"), found("x -> bad", "x", code=NOTE)]
    plain, coloured = render(items), render(items, colour=True)
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain
    assert "\x1b[1;31merror[DL203]\x1b[0m" in coloured
    assert "\x1b" not in plain


@pytest.mark.parametrize(
    ("codes", "text"),
    [([ERROR], "1 error"), ([ERROR, NOTE, ERROR], "2 errors, 1 note"), ([NOTE, NOTE], "2 notes"), ([], "")],
)
def test_summary_counts_severities(codes: list[Code], text: str) -> None:
    assert summary([Diagnostic(code, "m") for code in codes]) == text
