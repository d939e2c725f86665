"""Trees as text: the text means the tree, however it is wrapped, and names are names."""

from __future__ import annotations

import ast
import builtins
import keyword

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlspec.backends.python.docs import docstring
from dlspec.backends.python.expression import (
    Assign,
    Call,
    Cut,
    Expr,
    Get,
    Index,
    Lit,
    Local,
    Op,
    Sequence,
    Unary,
    children,
    rebuilt,
    substitute,
    unless,
    walk,
)
from dlspec.backends.python.layout import WIDTH, flat, literal, rendered
from dlspec.backends.python.names import Names, class_name, identifier, plural
from dlspec.backends.python.repeats import Link, Run, find_runs

SIGNS = ["+", "-", "*", "/", "//", "%", "@", "**", "==", "<", "&", "|", "^"]
LEAVES = st.one_of(
    st.sampled_from([Local("a"), Local("some_long_name_of_a_variable")]),
    st.builds(Lit, st.one_of(st.integers(-9, 9), st.sampled_from([0.5, -1e-5, True, None, "text", (1, 2), (3,)]))),
)


def _keywords(values: list[Expr]) -> tuple[tuple[str, Expr], ...]:
    return tuple(zip("kvw", values, strict=False))


def _grow(inner: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
    several = st.lists(inner, max_size=4).map(tuple)
    cuts = st.builds(Cut, inner, st.none(), inner)
    return st.one_of(
        st.builds(Op, st.sampled_from(SIGNS), inner, inner),
        st.builds(Unary, st.sampled_from(["-", "~"]), inner),
        st.builds(Get, inner, st.just("shape")),
        st.builds(Call, inner, several, st.lists(inner, max_size=3).map(_keywords)),
        st.builds(Index, inner, st.lists(st.one_of(inner, cuts), min_size=1, max_size=3).map(tuple)),
        st.builds(Sequence, several, st.sampled_from(["()", "[]"])),
    )


TREES = st.recursive(LEAVES, _grow, max_leaves=25)


def tree_of(tree: Expr) -> str:
    """The syntax tree that an expression means, built without its text."""
    return ast.dump(_syntax(tree))


def _syntax(tree: Expr) -> ast.expr:
    match tree:
        case Lit(value):
            return ast.parse(repr(value), mode="eval").body
        case Local(name):
            return ast.Name(name, ast.Load())
        case Get(base, name):
            return ast.Attribute(_syntax(base), name, ast.Load())
        case Call(function, arguments, keywords):
            named = [ast.keyword(name, _syntax(value)) for name, value in keywords]
            return ast.Call(_syntax(function), [_syntax(each) for each in arguments], named)
        case Op(symbol, left, right):
            kind = ast.parse(f"a {symbol} b", mode="eval").body
            if isinstance(kind, ast.Compare):
                return ast.Compare(_syntax(left), kind.ops, [_syntax(right)])
            assert isinstance(kind, ast.BinOp)
            return ast.BinOp(_syntax(left), kind.op, _syntax(right))
        case Unary(symbol, operand):
            return ast.UnaryOp(ast.USub() if symbol == "-" else ast.Invert(), _syntax(operand))
        case Index(base, items):
            inside = [_syntax(each) for each in items]
            return ast.Subscript(
                _syntax(base), inside[0] if len(inside) == 1 else ast.Tuple(inside, ast.Load()), ast.Load()
            )
        case Cut(start, stop, step):
            return ast.Slice(*(None if part is None else _syntax(part) for part in (start, stop, step)))  # type: ignore[return-value]
        case Sequence(items, brackets):
            kind_of = ast.Tuple if brackets == "()" else ast.List
            return kind_of([_syntax(each) for each in items], ast.Load())
    raise TypeError(type(tree).__name__)


@given(TREES)
def test_text_means_the_tree(tree: Expr) -> None:
    assert ast.dump(ast.parse(flat(tree), mode="eval").body) == tree_of(tree)


@given(TREES)
def test_wrapping_changes_nothing(tree: Expr) -> None:
    lines = rendered(Assign((Local("result"),), tree), 0)
    (statement,) = ast.parse("\n".join(lines)).body
    assert isinstance(statement, ast.Assign)
    assert ast.dump(statement.value) == tree_of(tree)
    if len("result = " + flat(tree)) <= WIDTH:
        assert len(lines) == 1


@given(TREES)
def test_parts_of_trees(tree: Expr) -> None:
    assert rebuilt(tree, iter(children(tree))) == tree
    assert sum(isinstance(part, Local) for part in walk(tree)) == flat(tree).count("a_variable") + sum(
        part == Local("a") for part in walk(tree)
    )
    swapped = substitute(tree, lambda leaf: Lit(1) if isinstance(leaf, Local) else None)
    assert not any(isinstance(part, Local) for part in walk(swapped))


def test_a_default_is_left_out() -> None:
    assert (
        flat(Call(Local("f"), (), (("a", unless(1, 1)), ("b", unless(True, 1)), ("c", unless(2, 1)))))
        == "f(b=True, c=2)"
    )


@given(st.text(max_size=30))
def test_literal_is_the_text(text: str) -> None:
    assert ast.literal_eval(literal(text)) == text


@given(st.text(max_size=200), st.integers(0, 2))
def test_docstring_holds_any_text(text: str, depth: int) -> None:
    source = "\n".join(["def f():", *docstring(text, 1 + depth), "    " * (1 + depth) + "pass"])
    (function,) = ast.parse(source).body
    assert isinstance(function, ast.FunctionDef)
    assert len(function.body) == 2
    assert isinstance(function.body[0], ast.Expr)


@given(st.text(max_size=100))
def test_identifiers(text: str) -> None:
    for name in (identifier(text), class_name(text), plural(identifier(text))):
        assert name.isascii()
        assert name.isidentifier()
        assert not keyword.iskeyword(name)
        assert not name.startswith("_")
    assert identifier(text)[0].islower()
    assert class_name(text)[0].isupper()
    assert not hasattr(builtins, identifier(text))
    assert not hasattr(builtins, class_name(text))


@given(st.lists(st.sampled_from(["a", "a_2", "a_3", "b"]), max_size=20))
def test_names_are_given_once(wanted: list[str]) -> None:
    names = Names({"b"})
    found = [names.allocate(each) for each in wanted]
    assert len(set(found)) == len(found)
    assert "b" not in found


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        ("aaaa", [Run(0, 1, 4)]),
        ("ab", []),
        ("ababab", [Run(0, 2, 3)]),
        ("cababab", [Run(1, 2, 3)]),
        ("aab" * 3 + "c", [Run(0, 3, 3)]),
        ("aaaabbbb", [Run(0, 1, 4), Run(4, 1, 4)]),
        ("abcdeabcde", []),
        ("aaa|aaa", [Run(0, 1, 3), Run(4, 1, 3)]),
        ("xx", []),
    ],
)
def test_runs(text: str, runs: list[Run]) -> None:
    """Letters are equal calls that are worth a loop from 3; `x` owns nothing, `|` cannot be in a loop."""
    links = [
        None if each == "|" else Link(each, linked=place > 0, worth=None if each == "x" else 3)
        for place, each in enumerate(text)
    ]
    assert find_runs(links) == runs
