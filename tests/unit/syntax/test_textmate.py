"""The grammar for editors: its patterns compile, and the words of the language have a colour."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dlspec.syntax.grammar import grammar_path

GRAMMAR = json.loads((Path(str(grammar_path())).parent / "dl.tmLanguage.json").read_text(encoding="utf-8"))


def patterns(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        if "match" in node or "begin" in node:
            yield node
        for value in node.values():
            yield from patterns(value)
    elif isinstance(node, list):
        for value in node:
            yield from patterns(value)


def scope_of(text: str, word: str) -> set[str]:
    """The scopes of the rules that match a word of a line."""
    found = set()
    for rule in patterns(GRAMMAR["repository"]):
        for match in re.finditer(rule.get("match", rule.get("begin", "")), text):
            named = {0: {"name": rule.get("name", "")}} | {int(k): v for k, v in rule.get("captures", {}).items()}
            found |= {scope["name"] for group, scope in named.items() if match.group(group) == word and scope["name"]}
    return found


@pytest.mark.parametrize(
    ("line", "word", "scope"),
    [
        ("model digits_cnn(width = 32) {", "model", "keyword.control.declaration.dl"),
        ("model digits_cnn(width = 32) {", "digits_cnn", "entity.name.type.dl"),
        ("  -> conv(2, 3x3, padding=same)", "conv", "entity.name.function.dl"),
        ("  -> conv(2, 3x3, padding=same)", "3x3", "constant.numeric.size.dl"),
        ("  -> conv(2, 3x3, padding=same)", "padding", "variable.parameter.dl"),
        ("  input image: float[1, 8, 8]", "input", "keyword.control.dl"),
        ("  input image: float[1, 8, 8]", "float", "storage.type.dl"),
        ("  x = a -> relu   # note", "->", "keyword.operator.arrow.dl"),
        ("  x = a -> relu   # note", "# note", "comment.line.number-sign.dl"),
        ("  mask = none", "none", "constant.language.dl"),
    ],
)
def test_words_have_their_scope(line: str, word: str, scope: str) -> None:
    assert scope in scope_of(line, word)


def test_every_include_exists() -> None:
    wanted = {each["include"].removeprefix("#") for each in GRAMMAR["patterns"]}
    assert wanted == set(GRAMMAR["repository"])
