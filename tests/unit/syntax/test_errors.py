"""Errors of form: which code, where, and which way out is shown."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dlspec.diagnostics.codes import syntax as codes
from dlspec.diagnostics.codes.base import Code
from dlspec.diagnostics.report import Diagnostic
from dlspec.diagnostics.span import SourceFile
from dlspec.syntax.parser import parse

Problems = Callable[[str], list[Diagnostic]]
FROM_TEXT = [code for code in codes.CODES if not code.wrong.startswith("dlspec")]


@pytest.mark.parametrize("code", FROM_TEXT, ids=lambda code: code.id)
def test_the_examples_of_a_code(code: Code) -> None:
    assert [item.code.id for item in parse(SourceFile("wrong.dl", code.wrong))[1]] == [code.id]
    assert parse(SourceFile("right.dl", code.right))[1] == []


def check(problems: list[Diagnostic], code: str, place: str, words: str) -> None:
    (problem,) = problems
    assert problem.span is not None
    shown = f"{problem.message} / {problem.help}"
    assert (problem.code.id, f"{problem.span.line}:{problem.span.column}") == (code, place), shown
    assert words in shown
    assert problem.message[0] != problem.message[0].upper() or not problem.message[0].isalpha()
    assert not problem.message.endswith(".")


@pytest.mark.parametrize(
    ("text", "code", "place", "words"),
    [
        # arrows
        ("x = y + a -> f(0.1) + b", "DL110", "1:21", "'(y + a -> f(0.1)) + b', or 'y + (a -> f(0.1)) + b'"),
        ("x = a -> relu + b -> c", "DL110", "1:15", "'(a -> relu) + b'"),
        ("x = a -> relu * 2 + b", "DL110", "1:19", "'(a -> relu * 2) + b'"),
        ("x = a -> relu * 2 * 3", "DL110", "1:19", "'(a -> relu * 2) * 3'"),
        ("x = a -> relu == b", "DL110", "1:15", "'(a -> relu) == b'"),
        ("x = a -> relu and b", "DL110", "1:15", "'(a -> relu) and b'"),
        ("x = a -> 2 * relu", "DL110", "1:10", "'relu * 2'"),
        ("x = a -> -f", "DL110", "1:10", "'- (a -> f)'"),
        ("x = a -> not f", "DL110", "1:10", "'not (a -> f)'"),
        ("x = a -> f(3)[0]", "DL110", "1:10", "'(a -> f(3))[0]'"),
        ("x = a -> f(3).shape", "DL110", "1:10", "'(a -> f(3)).shape'"),
        ("x = a -> 3", "DL110", "1:10", "a number"),
        ("x = a -> 3x3", "DL110", "1:10", "a size"),
        ('x = a -> "f"', "DL110", "1:10", "a string"),
        ("x = a -> (b, c)", "DL110", "1:10", "a tuple"),
        ("x = a -> [b]", "DL110", "1:10", "a list"),
        ("x = a -> b -> 3 -> c", "DL110", "1:15", "a number"),
        ("x = a ->", "DL114", "1:7", "nothing follows this '->'"),
        ("x = a -> -> b", "DL101", "1:10", "between '->' and '->'"),
        # ends
        ("x =", "DL114", "1:3", "'='"),
        ("x = a +\n", "DL114", "1:7", "'+'"),
        ("x = a and", "DL114", "1:7", "'and'"),
        ("x = not", "DL114", "1:5", "'not'"),
        ("x = a.", "DL114", "1:6", "'.'"),
        ("x = f(a +)", "DL114", "1:9", "'+'"),
        ("x = a if b", "DL113", "1:7", "'a if condition else b'"),
        ("x = f(a if b, 3)", "DL113", "1:9", "no 'else'"),
        ("x = (a if b)", "DL113", "1:8", "no 'else'"),
        ("x = a if b else c if d\ny = 1", "DL113", "1:19", "no 'else'"),
        # brackets and strings
        ("x = f(a, b\ny = 3", "DL102", "1:6", "add ')'"),
        ("x = [1, 2", "DL102", "1:5", "add ']'"),
        ("model m {\n  input x: int[2]\n", "DL102", "1:9", "add '}'"),
        ("model a {\n  input x: int[2]\n\nmodel b { }", "DL102", "1:9", "add '}'"),
        ("x = (1]", "DL103", "1:7", "'(' is closed by ']'"),
        ("x = 1)", "DL103", "1:6", "closes nothing"),
        ("}", "DL103", "1:1", "closes nothing"),
        ('x = "abc', "DL104", "1:5", "close it"),
        ('x = f("abc)', "DL104", "1:7", "close it"),
        (r'x = "C:\dir"', "DL105", "1:8", r"'\d'"),
        (r'x = "\\\x"', "DL105", "1:8", r"'\x'"),
        # numbers and characters
        ("x = 2x", "DL106", "1:5", "'2 * x'"),
        ("x = 2width", "DL106", "1:5", "'2 * width'"),
        ("x = 3X3", "DL106", "1:5", "'3x3'"),
        ("x = .5", "DL106", "1:5", "'0.5'"),
        ("x = 5.", "DL106", "1:5", "'5.0'"),
        ("x = 1__0", "DL106", "1:5", "'1_000'"),
        ("x = 1.2.3", "DL106", "1:5", "not a number"),
        ("x = 3x3.5", "DL106", "1:5", "not a number"),
        ("x = 1e999", "DL106", "1:5", "too large"),
        ("x = 9223372036854775808", "DL106", "1:5", "too large"),
        ("x = 1x99999999999999999999", "DL106", "1:5", "too large"),
        ("x = 'abc'", "DL107", "1:5", '"abc"'),
        ("x = \u201cabc\u201d", "DL107", "1:5", '"abc"'),
        ("x = a && b", "DL107", "1:7", "'and'"),
        ("x = a || b", "DL107", "1:7", "'or'"),
        ("x = !a", "DL107", "1:5", "'not'"),
        ("x = a \u2192 b", "DL107", "1:7", "'->'"),
        ("x = a ^ b", "DL107", "1:7", "'**'"),
        ("x = a ? b : c", "DL107", "1:7", "'a if condition else b'"),
        ("x := 3", "DL107", "1:3", "'='"),
        ("x += 3", "DL107", "1:3", "a new name"),
        ("x = a\u00a0+ b", "DL107", "1:6", "U+00A0"),
        # names
        ("x = ünder", "DL109", "1:5", "'ü'"),
        (f"x = {'n' * 65}", "DL109", "1:5", "64"),
        ("model input { }", "DL108", "1:7", "'input'"),
        ("x = f(for=3)", "DL108", "1:7", "'for'"),
        ("x = f(in=3)", "DL108", "1:7", "'in'"),
        ("none = 3", "DL108", "1:1", "'none'"),
        ("for = 3", "DL108", "1:1", "'for'"),
        ("train m on d as true { }", "DL108", "1:17", "'true'"),
        ("a.b = 3", "DL101", "1:2", "plain name"),
        # equals, colons, commas
        ("x = a = b", "DL116", "1:7", "'=='"),
        ("x = a if b = c else d", "DL116", "1:12", "'=='"),
        ("x = [c for c in d if c = 1]", "DL116", "1:24", "'=='"),
        ("x = a < b <= c", "DL120", "1:11", "'a < b and b <= c'"),
        ("model x:\n", "DL119", "1:8", "'{'"),
        ("x = f(a: 3)", "DL119", "1:8", "'a=3'"),
        ("x: int = 3", "DL119", "1:2", "'x = ...'"),
        ("x = a[1:2:3:4]", "DL119", "1:12", "'x[start:stop:step]'"),
        ("x = lambda: 3", "DL119", "1:11", "slice"),
        ("x = f(3 4)", "DL118", "1:9", "'3, 4'"),
        ("x = f(a b=3)", "DL118", "1:9", "'a(b=3)'"),
        ("model m(a b) { }", "DL118", "1:11", "'a, b'"),
        ("x = f(,a)", "DL101", "1:7", "missing"),
        ("x = f(a,,b)", "DL101", "1:9", "missing"),
        ("x = f(a=1, b)", "DL115", "1:12", "'a'"),
        ("x = a b", "DL101", "1:7", "'a(b)'"),
        ("x = conv 3", "DL101", "1:10", "'conv(3)'"),
        ("x = a y = b", "DL101", "1:7", "a line of its own"),
        ("x, y = a, b", "DL101", "1:9", "'(a, b)'"),
        ("x = ()", "DL101", "1:6", "empty"),
        ("x = (a for a in b)", "DL101", "1:8", "chain"),
        ("x = f(a, b for b in c)", "DL101", "1:12", "chain"),
        ("// a comment", "DL101", "1:1", "'#'"),
        ("x = 3 // a comment", "DL101", "1:7", "'#'"),
        # declarations
        ("modle m {\n  input x: int[2]\n}", "DL111", "1:1", "did you mean 'model'?"),
        ("def f(x):", "DL111", "1:1", "'block NAME"),
        ("m { }", "DL111", "1:1", "'model'"),
        ("epochs 20", "DL112", "1:1", "braces"),
        ("input x: int[2]", "DL112", "1:1", "model or block"),
        ("step m { loss x }", "DL112", "1:1", "train"),
        ("x", "DL112", "1:1", "'x'"),
        ("x -> f", "DL126", "1:3", "'name = x -> ...'"),
        ("x + 1", "DL126", "1:3", "'name = x + ...'"),
        ("import torch", "DL117", "1:1", "from"),
        ('from "x.dl"', "DL117", "1:12", "what it imports"),
        ('from "x.dl" import *', "DL117", "1:20", "written out"),
        ('from "x.dl" import (a, b)', "DL117", "1:20", "without parentheses"),
        ("from layers/x import y", "DL117", "1:12", "a string"),
        ("from std.vision import a as", "DL117", "1:28", "as other_name"),
        ("model m\n{ }", "DL124", "1:8", "move it up"),
        ("model m\nx = 1", "DL124", "1:8", "braces"),
        ("data d = 3", "DL101", "1:8", "no '='"),
        ("train m d { }", "DL101", "1:9", "'m on d'"),
        ("model a { } model b { }", "DL101", "1:13", "line of its own"),
    ],
)
def test_file(problems: Problems, text: str, code: str, place: str, words: str) -> None:
    check(problems(text), code, place, words)


@pytest.mark.parametrize(
    ("text", "code", "place", "words"),
    [
        ("x -> f", "DL126", "3:5", "'name = x -> ...'"),
        ("(a, b) -> f", "DL126", "3:3", "begins with '('"),
        ("ouput z = x", "DL126", "3:3", "did you mean 'output'?"),
        ("dense(10)", "DL126", "3:3", "'name = dense(10)'"),
        ("x == 3", "DL126", "3:5", "no effect"),
        ("3", "DL126", "3:3", "no statement"),
        ("if x == 3 {\n  a = 3\n  }", "DL126", "3:3", "no 'if' statement"),
        ("a = x\n  if x == 3 {\n  b = 3\n  }", "DL126", "4:3", "no 'if' statement"),
        ("for i in range(3) {\n  a = 3\n  }", "DL126", "3:3", "chain"),
        ("-x", "DL101", "3:3", "goes on with the line above"),
        ("input x float[3]", "DL101", "3:11", "'x: float'"),
        ("input x: float", "DL125", "3:12", "'float[]'"),
        ("input x: float, y: int[]", "DL125", "3:12", "'float[]'"),
        ("input input: float[3]", "DL108", "3:9", "reserved"),
        ("input x:", "DL114", "3:10", "type"),
        ("a = output", "DL108", "3:7", "reserved"),
        ("output a, b", "DL101", "3:11", "'output a'"),
        ("output a b", "DL101", "3:12", "'output a = ...'"),
        ("return x", "DL123", "3:3", "block"),
        ("epochs 20", "DL123", "3:3", "settings"),
        ("step a { x 1 }", "DL123", "3:3", "train"),
        ("block b { return in }", "DL122", "3:3", "move it out"),
        ("x[0] = 3", "DL101", "3:8", "plain name"),
        ("a = b c = d", "DL101", "3:9", "line of its own"),
        ("a = b output c", "DL101", "3:9", "line of its own"),
        ("a = f(3, 4\n  b = a", "DL102", "3:8", "add ')'"),
    ],
)
def test_model_body(problems: Problems, text: str, code: str, place: str, words: str) -> None:
    check(problems(f"model m {{\n  input x: float[4]\n  {text}\n  output y = x\n}}"), code, place, words)


@pytest.mark.parametrize(
    ("text", "code", "place", "words"),
    [
        ("optimizer adam lr=3", "DL118", "2:18", "'adam(lr=3)'"),
        ("optimizer: adam", "DL119", "2:12", "'optimizer adam' for a setting"),
        ("split train=0.7 validation=0.1", "DL118", "2:19", "'0.7, validation=0.1'"),
        ("epochs 20,", "DL114", "2:12", "take the ',' out"),
        ("loss kl = (a, b) -> f, x", "DL115", "2:26", "'kl'"),
        ("output y = 3", "DL123", "2:3", "model"),
        ("stepp g {\n  loss x\n  }", "DL126", "2:3", "did you mean 'step'?"),
        ("group {\n  loss x\n  }", "DL126", "2:3", "only 'step"),
        ("step g h { }", "DL101", "2:10", "expected '{'"),
        ("step g\n  {\n  a 1\n  }", "DL124", "2:9", "move it up"),
        ("step g { return x }", "DL123", "2:12", "block"),
    ],
)
def test_train_body(problems: Problems, text: str, code: str, place: str, words: str) -> None:
    check(problems(f"train m on d {{\n  {text}\n  epochs 20\n}}"), code, place, words)
