"""Long and deep texts: length costs no recursion, depth has a limit."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

from dlspec.diagnostics.report import Diagnostic
from dlspec.diagnostics.span import SourceFile
from dlspec.syntax import ast
from dlspec.syntax.parser import parse
from dlspec.syntax.printer import format_source

Problems = Callable[[str], list[Diagnostic]]
Value = Callable[[str], ast.Expr]
LONG = 10_000


def test_the_recursion_limit_is_the_usual_one() -> None:
    assert sys.getrecursionlimit() <= 1000


def test_long_flow(value: Value) -> None:
    flow = value("x" + " -> dense(8) -> relu" * (LONG // 2))
    assert isinstance(flow, ast.Flow)
    assert len(flow.stages) == LONG


@pytest.mark.parametrize("sign", ["+", "*", "and", "or"])
def test_long_chain_of_operators(value: Value, sign: str) -> None:
    chain = value("x" + f" {sign} y" * LONG)
    assert isinstance(chain, ast.Operators)
    assert len(chain.rest) == LONG


def test_long_choice(value: Value) -> None:
    choice = value("a if b else " * LONG + "c")
    assert isinstance(choice, ast.Conditional)
    assert len(choice.cases) == LONG


def test_long_list(value: Value) -> None:
    items = value("[" + "1, " * LONG + "]")
    assert isinstance(items, ast.List)
    assert len(items.items) == LONG


def test_many_lines() -> None:
    lines = "\n".join(f"  h{i + 1} = h{i} -> dense(8) -> relu" for i in range(LONG))
    text = f"model m {{\n  input h0: float[8]\n{lines}\n  output h{LONG}\n}}\n"
    source = SourceFile("long.dl", text)
    file, problems = parse(source)
    assert problems == []
    assert isinstance(file.declarations[0], ast.Model)
    assert len(file.declarations[0].body) == LONG + 2
    assert format_source(source) == text


@pytest.mark.parametrize("text", ["({})", "[{}]", "f({})", "f(x={})", "a[{}]"])
def test_a_hundred_brackets_are_allowed(problems: Problems, text: str) -> None:
    nested = "1"
    for _ in range(100):
        nested = text.format(nested)
    assert problems(f"x = {nested}") == []
    assert [item.code.name for item in problems(f"x = {text.format(nested)}")] == ["nested-too-deep"]


@pytest.mark.parametrize(
    "text",
    [
        "(" * 1_000_000,
        "[(" * 300_000,
        "x = " + "-" * 300_000 + "1",
        "x = " + "not " * 100_000 + "a",
        "x = 1" + " ** 1" * 100_000,
        "x = a" + ".b" * 100_000,
        "x = f" + "()" * 100_000,
        "x = a" + "[0]" * 100_000,
        "x = " + "f(c or 1 + " * 90 + "1" + ")" * 90,
        "x = " + "- " * 300 + "1",
        "x = a" + "(b)" * 300,
    ],
    ids=lambda text: text[:12],
)
def test_depth_has_a_limit(problems: Problems, text: str) -> None:
    assert [item.code.name for item in problems(text)] == ["nested-too-deep"]


@pytest.mark.parametrize(
    "text", ["a" * 100_000, "1" * 100_000 + "z", '"' * 99_999, "1x" * 50_000, "1_" * 50_000, "\0" * 100_000]
)
def test_long_nonsense(problems: Problems, text: str) -> None:
    assert problems(text) != []
