"""The formatter: what it changes, what it keeps, and that a second time changes nothing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlspec.diagnostics.report import DlspecError
from dlspec.diagnostics.span import SourceFile
from dlspec.syntax import ast
from dlspec.syntax.lexing import lex
from dlspec.syntax.parser import parse
from dlspec.syntax.printer import expression_text, format_source

ACCEPTANCE = sorted((Path(__file__).parents[2] / "acceptance").glob("*.dl"))


def formatted(text: str) -> str:
    return format_source(SourceFile("test.dl", text))


def structure(text: str) -> str:
    file, problems = parse(SourceFile("test.dl", text))
    assert problems == []
    return repr(file)


def comments(text: str) -> list[str]:
    return [comment.rstrip() for _, comment, _ in lex(SourceFile("test.dl", text)).comments]


def test_the_acceptance_specs_are_there() -> None:
    assert len(ACCEPTANCE) >= 17


@pytest.mark.parametrize("file", ACCEPTANCE, ids=lambda file: file.stem)
def test_acceptance_specs_stay_as_they_are(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert formatted(text) == text


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("x=a->relu*2", "x = a -> relu * 2\n"),
        ("x = f( a ,b , k = 3 )", "x = f(a, b, k=3)\n"),
        ("x = f(k = (a,b), l= [1], m =-1)", "x = f(k=(a, b), l=[1], m=-1)\n"),
        ("x = a [ 1 : , - 1 ]", "x = a[1:, -1]\n"),
        ("x = a[ : - 1 ]", "x = a[:-1]\n"),
        ("x = f (a) . shape [0]", "x = f(a).shape[0]\n"),
        ("x = [ 1,2 , ]", "x = [1, 2,]\n"),
        ("x = ( a , )", "x = (a,)\n"),
        ("x = not(a)", "x = not (a)\n"),
        ("x = -a - -b + +c", "x = -a - -b + +c\n"),
        ("x = a**-b", "x = a ** -b\n"),
        ("x = 1/255 + 1 /8 + a/8", "x = 1/255 + 1 / 8 + a / 8\n"),
        ("x = a==b and(c or d)", "x = a == b and (c or d)\n"),
        ("x = (a)if(b)else(c)", "x = (a) if (b) else (c)\n"),
        ("x = [ c for a,c in[1,2]if a<c ]", "x = [c for a, c in [1, 2] if a < c]\n"),
        ("x = chain(f(c) for c in (a,b))", "x = chain(f(c) for c in (a, b))\n"),
        ("x,y=a", "x, y = a\n"),
        ('from "a.dl"   import x   as y,z', 'from "a.dl" import x as y, z\n'),
        ("from std . vision import x", "from std.vision import x\n"),
        ("model m(a=1,b :int=2){}", "model m(a = 1, b: int = 2) { }\n"),
        ("block b(n : layer = f( eps = 1 )){return in->f}", "block b(n: layer = f(eps=1)) { return in -> f }\n"),
        ("train m( a=x.y ),n on d as e{batch 1}", "train m(a = x.y), n on d as e { batch 1 }\n"),
        (
            "train m on d {\nstop  monitor = a , p=3\nloss a=(x,y)->f\n}",
            "train m on d {\n  stop monitor = a, p=3\n  loss a=(x, y) -> f\n}\n",
        ),
        (
            "train m on d {\nloss (x , y)->f\nlr -1\nsize [1]\n}",
            "train m on d {\n  loss (x, y) -> f\n  lr -1\n  size [1]\n}\n",
        ),
        (
            "model m {\ninput x:float[ 1,T ],y :int[]=3\n      output z=in[0]\n}",
            "model m {\n  input x: float[1, T], y: int[] = 3\n  output z = in[0]\n}\n",
        ),
        ("block b {\n\n\n  x = 1\n\n\n\n  return x\n\n}", "block b {\n  x = 1\n\n  return x\n}\n"),
        ("train m on d {\n step g {\n a 1\n }\n}", "train m on d {\n  step g {\n    a 1\n  }\n}\n"),
        ("\n\n# head\n\n\nx = 1\n\n\n", "# head\n\nx = 1\n"),
        ("x = 1   \n\t\ny = 2\t# two \n", "x = 1\n\ny = 2   # two\n"),
        ("x = 1#one", "x = 1 #one\n"),
        (
            "x = 1\nmodel m {\n}\n# b\nblock b { }\nblock c { }\n",
            "x = 1\n\nmodel m {\n}\n\n# b\nblock b { }\nblock c { }\n",
        ),
        ("", ""),
        ("# only\r\n", "# only\n"),
        ("a = x[0,:2]\n", "a = x[0, :2]\n"),
        ("a = x[ : ,::2, 1 :]\n", "a = x[:, ::2, 1:]\n"),
    ],
)
def test_usual_form(text: str, result: str) -> None:
    assert formatted(text) == result
    assert formatted(result) == result


@pytest.mark.parametrize(
    "text",
    [
        "x      = 1\nlonger = 2\n",
        "train m on d {\n  loss      f\n  optimizer g\n}\n",
        "train m on d {\n  search optimizer.lr = f\n  search batch        = g\n}\n",
        "model m {\n  output a    = x\n  output long = y\n}\n",
        "x = 1        # one\ny = 22       # two\n",
        "x = 1        # alone\n",
        "x = a -> f\n       -> g\n       -> h\n",
        "x = (\n  a,\n  # b is next\n  b,\n) -> f\n",
        "x = a\n  # why\n  -> f\n",
        "block b {\n  # in front\n  return in\n  # behind\n}\n",
        "x = f(\n      a,\n      b)\n",
        "x = a if b\n    else c\n",
        "x = f(1,   22,  333)\ny = f(111, 2,   3)\n",
    ],
)
def test_kept(text: str) -> None:
    assert formatted(text) == text


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("x    = 1\nlonger = 2\n", "x = 1\nlonger = 2\n"),
        ("x = f(1,   2)\n", "x = f(1, 2)\n"),
        (
            "block b {\n      x = a\n            -> f\n      return x\n}\n",
            "block b {\n  x = a\n        -> f\n  return x\n}\n",
        ),
        ("block b {\nx = a\n-> f\nreturn (\na,\n)\n}\n", "block b {\n  x = a\n    -> f\n  return (\n    a,\n  )\n}\n"),
        ("model m {\n    a      =1\n    longer = 2\n}\n", "model m {\n  a      = 1\n  longer = 2\n}\n"),
    ],
)
def test_not_kept(text: str, result: str) -> None:
    assert formatted(text) == result


def test_errors_are_not_formatted() -> None:
    with pytest.raises(DlspecError) as error:
        formatted("x = )\ny = (")
    assert len(error.value.diagnostics) == 2


PROGRAM = """\
# A program with a bit of everything.

from "a.dl" import x as y   # imported
width = 64

block b(n = 1, norm: layer = batch_norm(eps=1e-5)) {
  input x, mask = none
  main = x -> conv(n, 3x3, bias=false)   # main
           -> norm * 2
  skip = x if n == 1 and x.shape[-1] // 2 > 3
         else x -> conv(n, 1x1)
  return main + skip -> relu, [f(c) for c in [1, 2] if not c]
}

train m(a = d.x.size), k on d as quick {
  loss      kl = (mean, y) -> f(weight=0.5)
  optimizer adam(lr=1/16), on="a.*"

  step m {
    clip norm=1.0
  }
}
"""


@given(st.data())
def test_any_spacing_comes_to_rest_and_means_the_same(data: st.DataObject) -> None:
    """Spaces put in and taken out where they change no token; the result is stable and reads the same."""
    words = re.findall(r'"[^"\n]*"|#[^\n]*\n|\n+|[\w.]+|[^\w\s]+|[ ]+', PROGRAM)
    spaces = st.sampled_from([" ", "  ", "    ", "\t", "        "])
    text = "".join(data.draw(spaces) if word.isspace() and "\n" not in word else word for word in words)
    blank = st.sampled_from(["\n", "\n\n", "\n  \n\n", "\n\t\n"])
    text = "".join(data.draw(blank) if piece == "\n\n" else piece for piece in re.split(r"(\n\n)", text))
    once = formatted(text)
    assert formatted(once) == once
    assert structure(once) == structure(text)
    assert comments(once) == comments(text)


@given(st.lists(st.sampled_from(PROGRAM.split()), max_size=30).map(" ".join))
def test_what_is_accepted_can_be_formatted(text: str) -> None:
    if parse(SourceFile("soup.dl", text))[1]:
        with pytest.raises(DlspecError):
            formatted(text)
    else:
        assert structure(formatted(text)) == structure(text)


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(1, 9), st.integers(0, 9)), min_size=1, max_size=12))
def test_columns_come_to_rest(rows: list[tuple[int, int, int]]) -> None:
    """Names, gaps and arguments of any width: what is left aligned the first time stays aligned the second."""
    text = "".join(
        f"{'n' * (first + 1)}{' ' * gap}= f({'1, ' * (last % 3)}{' ' * last}2){' ' * gap}# c\n"
        for first, gap, last in rows
    )
    once = formatted(text)
    assert formatted(once) == once
    assert structure(once) == structure(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a->f( 1 ,k = 2 )", "a -> f(1, k=2)"),
        ("(\n  a,  # first\n  b,\n)  -> f", "(a, b,) -> f"),
        ("-a", "-a"),
        ('"a  # b"', '"a  # b"'),
        ("in [0]", "in[0]"),
    ],
)
def test_expression_text(text: str, shown: str) -> None:
    file, _ = parse(SourceFile("test.dl", f"x = {text}"))
    assert isinstance(file.declarations[0], ast.Binding)
    assert expression_text(file.declarations[0].value) == shown
