"""Where a line break ends a statement, and where it does not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dlspec.diagnostics.report import Diagnostic
from dlspec.syntax import ast

Tree = Callable[[str], ast.File]
INFIX = ["->", "+", "-", "*", "/", "//", "%", "@", "**", "==", "!=", "<", "<=", ">", ">=", "and", "or"]


@pytest.mark.parametrize("sign", [sign for sign in INFIX if sign != "->"])
@pytest.mark.parametrize(
    "template", ["x = a {}\nb", "x = a\n{} b", "x = a {}\n\n  # why\n\n  b", "x = a\n# why\n  {} b"]
)
def test_a_line_goes_on_around_an_operator(tree: Tree, sign: str, template: str) -> None:
    assert repr(tree(template.format(sign))) == repr(tree(f"x = a {sign} b"))


@pytest.mark.parametrize(
    ("broken", "whole"),
    [
        ("x =\n  a", "x = a"),
        ("x,\ny = a", "x, y = a"),
        ("x = a ->\n  b", "x = a -> b"),
        ("x = a\n  -> b\n  -> c", "x = a -> b -> c"),
        ("x = a if b\n  else c", "x = a if b else c"),
        ("x = a\n  if b else\n  c", "x = a if b else c"),
        ("x = f(\n  a\n  ,\n  b\n)", "x = f(a, b)"),
        ("x = [\n\n  1,\n  2\n]", "x = [1, 2]"),
        ("x = a[\n0\n]", "x = a[0]"),
        ("model m {\n\n\n}", "model m { }"),
        ("model m\t(\n) {\n  input x:\tfloat[2]\r\n  output x\r\n}\r\n", "model m() { input x: float[2]\noutput x }"),
    ],
)
def test_same_tree(tree: Tree, broken: str, whole: str) -> None:
    assert repr(tree(broken)) == repr(tree(whole))


def test_other_lines_end_a_statement(tree: Tree) -> None:
    assert len(tree("x = a\ny = b\n\n\nz = c").declarations) == 3


@pytest.mark.parametrize("text", ["x = a\n(b)", "x = a\n[0]", "x = a\n.b", "x = not\na", "x = f\n(a)", "x\n= a"])
def test_nothing_else_goes_on(problems: Callable[[str], list[Diagnostic]], text: str) -> None:
    assert problems(text) != []


def test_in_begins_a_line_of_its_own(problems: Callable[[str], list[Diagnostic]]) -> None:
    (problem,) = problems("block b {\n  x = a\n  in -> f\n}")
    assert str(problem.span) == "test.dl:3:3"
