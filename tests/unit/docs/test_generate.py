"""The generated reference pages and the colours of programs in the documentation."""

from __future__ import annotations

from pathlib import Path

import pytest
from pygments.token import Comment, Error, Keyword, Name, Number, String

from dlspec.catalog import all_entries
from dlspec.diagnostics.codes import all_codes
from docs.dl_lexer import DlLexer
from docs.generate import write_reference

REPOSITORY = Path(__file__).parents[3]


def test_every_code_and_entry_has_a_section(tmp_path: Path) -> None:
    write_reference(tmp_path)
    headings = {
        line
        for page in tmp_path.rglob("*.md")
        for line in page.read_text(encoding="utf-8").splitlines()
        if line.startswith("## ")
    }
    assert {f"## {code.id}: {code.name.replace('_', ' ')}" for code in all_codes().values()} <= headings
    assert {f"## {entry.entry}" for entries in all_entries().values() for entry in entries} <= headings


def test_writing_again_touches_nothing_and_removes_what_is_stale(tmp_path: Path) -> None:
    write_reference(tmp_path)
    before = {page: page.stat().st_mtime_ns for page in tmp_path.rglob("*.md")}
    (tmp_path / "catalogue" / "gone.md").parent.mkdir(exist_ok=True)
    (tmp_path / "catalogue" / "gone.md").write_text("# Gone\n")
    write_reference(tmp_path)
    assert {page: page.stat().st_mtime_ns for page in tmp_path.rglob("*.md")} == before


def test_lexer_tells_words_apart() -> None:
    program = 'model m {\n  input x: float[3x3] # c\n  y = x -> conv("a")\n}'
    tokens = {text: kind for kind, text in DlLexer().get_tokens(program)}
    assert tokens["model"] is Keyword.Declaration
    assert tokens["input"] is Keyword
    assert tokens["3x3"] is Number
    assert tokens["conv"] is Name.Function
    assert tokens['"a"'] is String
    assert tokens["# c"] is Comment.Single


@pytest.mark.parametrize("program", sorted((REPOSITORY / "examples").glob("*.dl")), ids=lambda path: path.name)
def test_lexer_knows_every_character_of_the_examples(program: Path) -> None:
    assert [text for kind, text in DlLexer().get_tokens(program.read_text(encoding="utf-8")) if kind is Error] == []
