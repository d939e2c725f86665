"""The parse table: built from the grammar without conflicts, cached, and read like lark reads it."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lark import Lark, UnexpectedToken
from lark import Token as LarkToken
from lark import logger as lark_logger
from lark.lexer import Lexer

from dlspec.syntax.driver import Driver, Stacks
from dlspec.syntax.grammar import grammar_path, grammar_text
from dlspec.syntax.newlines import END
from dlspec.syntax.table import build_table, cache_file, load_table, read_table, write_table


class Handed(Lexer):
    """Hands on a list of kinds as tokens."""

    def __init__(self, *_: object) -> None: ...

    def lex(self, lexer_state: object, parser_state: object) -> Iterator[LarkToken]:
        return iter(())


LARK = Lark(grammar_text(), parser="lalr", start="file", lexer=Handed)
KINDS = sorted({terminal.name for terminal in LARK.terminals} - {"COMMENT", "SPACE"} | {"NEWLINE"})


def lark_accepts(kinds: list[str]) -> bool:
    parser = LARK.parse_interactive("")
    try:
        for kind in (*kinds, END):
            parser.feed_token(LarkToken(kind, ""))
    except UnexpectedToken:
        return False
    return True


def driver_accepts(kinds: list[str]) -> bool:
    table = load_table()
    refused: list[int] = []

    def give_up(stacks: Stacks, index: int) -> None:
        refused.append(index)

    driver = Driver(table, [lambda parts: True] * len(table.rules))
    return driver.run([(kind, "", 0) for kind in (*kinds, END)], give_up) is True and not refused


PIECES = [
    ["NAME", "EQUAL"],
    ["NAME"],
    ["NAME"],
    ["LPAR"],
    ["RPAR"],
    ["LSQB"],
    ["RSQB"],
    ["ARROW"],
    ["COMMA"],
    ["NUMBER"],
    ["NEWLINE"],
    ["MODEL", "NAME", "LBRACE"],
    ["RBRACE"],
    ["PLUS"],
    ["STAR"],
    ["IF"],
    ["ELSE"],
    ["NOT"],
    ["COLON"],
    ["INPUT", "NAME"],
    ["RETURN"],
    ["TRAIN", "NAME", "ON", "NAME", "LBRACE"],
    ["DOT", "NAME"],
    ["IN"],
    ["FOR"],
]


@given(st.lists(st.one_of(st.sampled_from(PIECES), st.sampled_from(KINDS).map(lambda kind: [kind])), max_size=12))
def test_the_driver_accepts_what_lark_accepts(pieces: list[list[str]]) -> None:
    kinds = [kind for piece in pieces for kind in piece]
    assert driver_accepts(kinds) == lark_accepts(kinds)


@pytest.mark.parametrize(
    "kinds",
    ["", "NAME EQUAL NAME ARROW NAME LPAR NUMBER RPAR STAR NUMBER", "MODEL NAME LBRACE RETURN IN DOT NAME RBRACE"],
)
def test_both_accept(kinds: str) -> None:
    assert driver_accepts(kinds.split())
    assert lark_accepts(kinds.split())


def test_the_kinds_that_are_accepted_are_those_that_lark_accepts() -> None:
    table = load_table()
    driver = Driver(table, [lambda parts: True] * len(table.rules))
    for kinds in ("NAME EQUAL NAME", "MODEL NAME", "NAME EQUAL NAME LPAR NAME", "TRAIN NAME ON"):
        states = driver.replay([table.start], kinds.split())
        parser = LARK.parse_interactive("")
        for kind in kinds.split():
            parser.feed_token(LarkToken(kind, ""))
        assert states is not None
        assert driver.accepted(states) == parser.accepts()
    assert driver.replay([table.start], ["NAME", "NAME"]) is None


def test_the_grammar_has_no_conflicts(caplog: pytest.LogCaptureFixture) -> None:
    level = lark_logger.level
    lark_logger.setLevel(logging.DEBUG)
    lark_logger.addHandler(caplog.handler)
    try:
        Lark('start: start start | A\nA: "a"', parser="lalr", debug=True)
        assert "conflict" in caplog.text.lower()
        caplog.clear()
        Lark(grammar_text(), parser="lalr", start="file", lexer=Handed, debug=True)
        assert "conflict" not in caplog.text.lower()
    finally:
        lark_logger.setLevel(level)
        lark_logger.removeHandler(caplog.handler)


def test_the_grammar_is_found() -> None:
    assert grammar_path().is_file()


def test_the_cache_gives_back_the_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    grammar = grammar_text()
    file = cache_file(grammar)
    assert file is not None
    assert file.is_relative_to(tmp_path)
    assert read_table(file, grammar) is None
    table = build_table(grammar)
    write_table(file, grammar, table)
    assert read_table(file, grammar) == table
    assert list(file.parent.iterdir()) == [file]


@pytest.mark.parametrize(
    "change", [lambda data: data[:-10], lambda data: b"", lambda data: data.replace(b"9", b"8"), bytes.upper]
)
def test_a_damaged_cache_is_passed_over(tmp_path: Path, change) -> None:  # type: ignore[no-untyped-def]
    file = tmp_path / "table.json"
    grammar = grammar_text()
    write_table(file, grammar, load_table())
    assert read_table(file, grammar) is not None
    file.write_bytes(change(file.read_bytes()))
    assert read_table(file, grammar) is None


def test_the_table_of_another_grammar_is_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "table.json"
    write_table(file, "another", load_table())
    assert read_table(file, grammar_text()) is None


def test_no_pickle_in_the_cache(tmp_path: Path) -> None:
    file = tmp_path / "table.json"
    write_table(file, grammar_text(), load_table())
    assert isinstance(json.loads(file.read_bytes().split(b"\n", 1)[1]), dict)


def test_a_cache_that_cannot_be_written_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    write_table(tmp_path / "file" / "table.json", grammar_text(), load_table())
    write_table(None, grammar_text(), load_table())
    assert read_table(tmp_path / "file" / "table.json", grammar_text()) is None
