"""Several errors in one run, and texts that are no specs at all."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlspec.diagnostics.report import Diagnostic
from dlspec.diagnostics.span import SourceFile
from dlspec.syntax.lexical import MOST
from dlspec.syntax.parser import parse
from dlspec.syntax.table import load_table

Problems = Callable[[str], list[Diagnostic]]

MANY = """\
modle broken {
  input x: float[4]
}

model m {
  input x: float
  a = x -> conv(3 4)
  b = a -> -> relu
  good = x -> relu
  c = "open
  output y = a ->
}
width = 3;
train m on d {
  loss (a, b -> f
  step g {
    optimizer adam lr=3
    epochs 3 = 4
  }
  batch all
}
"""


def test_each_error_is_found(problems: Problems) -> None:
    found = [f"{item.code.id} {item.span.line}" for item in problems(MANY) if item.span]
    assert found == [
        "DL111 1",
        "DL125 6",
        "DL118 7",
        "DL101 8",
        "DL104 10",
        "DL114 11",
        "DL107 13",
        "DL102 15",
        "DL118 17",
        "DL116 18",
    ]


def test_what_is_right_is_in_the_tree() -> None:
    file, _ = parse(SourceFile("test.dl", MANY))
    assert [type(declaration).__name__ for declaration in file.declarations] == ["Model", "Binding", "Train"]
    model, _, train = file.declarations
    assert "good" in repr(model)
    assert "batch" in repr(train)
    assert "optimizer" not in repr(train)


def test_an_open_brace_does_not_swallow_the_next_declaration() -> None:
    file, problems = parse(SourceFile("test.dl", "model a {\n  x = f(1\n\nblock b {\n  return in\n}\nmodel c { }\n"))
    assert [f"{item.span}" for item in problems] == ["test.dl:1:9", "test.dl:2:8"]
    assert [type(declaration).__name__ for declaration in file.declarations] == ["Model", "Block", "Model"]


def test_errors_come_in_the_order_of_the_text(problems: Problems) -> None:
    places = [item.span.start for item in problems(MANY) if item.span]
    assert places == sorted(places)


def test_no_more_errors_than_anybody_reads(problems: Problems) -> None:
    for text in ("a b\n" * 500, "?\n" * 500, ")\n" * 500, "x = a -> 3\n" * 500):
        assert len(problems(text)) == MOST


SOUP = sorted({terminal.pattern for terminal in load_table().terminals if terminal.fixed})
PIECES = st.one_of(
    st.sampled_from(SOUP),
    st.sampled_from(
        [
            "x",
            "y",
            "conv(3)",
            "3",
            "3x3",
            '"s"',
            "\n",
            "\n",
            "# c\n",
            "model m {",
            "train m on d {\n",
            " ",
            "'",
            '"',
            ";",
        ]
    ),
    st.text(max_size=3),
)


@given(st.lists(PIECES, max_size=60), st.sampled_from(["", " "]))
def test_soup_gives_diagnostics_only(pieces: list[str], between: str) -> None:
    text = between.join(pieces)
    file, found = parse(SourceFile("soup.dl", text))
    assert file.span.end == len(text)
    for item in found:
        assert item.span is not None
        assert 0 <= item.span.start <= item.span.end <= len(text)
        assert item.message


@pytest.mark.parametrize("seed", range(5))
def test_random_bytes(seed: int, problems: Problems) -> None:
    text = random.Random(seed).randbytes(20_000).decode("latin-1")
    assert 0 < len(problems(text)) <= MOST


@given(st.integers(0, 10_000), st.sampled_from(list("(){}[]\"',=->*\n #")) | st.just(""))
def test_one_slip_in_a_good_program(place: int, slip: str) -> None:
    """A character put in, taken out or replaced: never anything but diagnostics, and never far too many."""
    good = MANY.replace("modle", "block").replace(";", "")
    at = place % len(good)
    for text in (good[:at] + slip + good[at:], good[:at] + slip + good[at + 1 :]):
        found = parse(SourceFile("slip.dl", text))[1]
        assert len(found) <= 20
