"""Expressions: what is built for each form, and how tightly the operators bind."""

from __future__ import annotations

import ast as python_ast
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlspec.diagnostics.span import SourceFile
from dlspec.syntax import ast
from dlspec.syntax.parser import parse

Value = Callable[[str], ast.Expr]


def bracketed(expr: ast.Node | None) -> str:
    """The expression with all of its structure in brackets."""
    match expr:
        case ast.Name(_, name):
            return name
        case ast.Number(_, value) | ast.String(_, value) | ast.Boolean(_, value):
            return repr(value)
        case ast.Size(_, value):
            return "x".join(map(str, value))
        case ast.NoneLiteral():
            return "none"
        case ast.Attribute(_, inner, name):
            return f"{bracketed(inner)}.{name}"
        case ast.Argument(_, name, inner):
            return f"{name}={bracketed(inner)}" if name else bracketed(inner)
        case ast.Call(_, function, arguments):
            return f"{bracketed(function)}({', '.join(map(bracketed, arguments))})"
        case ast.Slice(_, start, stop, step):
            return ":".join(bracketed(part) for part in (start, stop, step))
        case ast.Index(_, inner, items):
            return f"{bracketed(inner)}[{', '.join(map(bracketed, items))}]"
        case ast.Unary(_, operator, operand):
            return f"<{operator} {bracketed(operand)}>"
        case ast.Operators(_, first, rest):
            return "<" + bracketed(first) + "".join(f" {one.operator} {bracketed(one.value)}" for one in rest) + ">"
        case ast.Flow(_, first, stages):
            return "{" + " -> ".join(map(bracketed, (first, *stages))) + "}"
        case ast.Conditional(_, cases, otherwise):
            return (
                "<" + "".join(f"{bracketed(c.value)} if {bracketed(c.condition)} else " for c in cases)
            ) + f"{bracketed(otherwise)}>"
        case ast.Group(_, inner):
            return f"({bracketed(inner)})"
        case ast.Tuple(_, items):
            return f"({', '.join(map(bracketed, items))},)"
        case ast.List(_, items):
            return f"[{', '.join(map(bracketed, items))}]"
        case ast.Comprehension(_, element, targets, iterable, condition, _):
            end = f" if {bracketed(condition)}" if condition else ""
            return f"[{bracketed(element)} for {', '.join(map(bracketed, targets))} in {bracketed(iterable)}{end}]"
        case _:
            return ""


@pytest.mark.parametrize(
    ("text", "structure"),
    [
        ("a", "a"),
        ("in", "in"),
        ("in.shape[0]", "in.shape[0]"),
        ("3", "3"),
        ("1_000", "1000"),
        ("0.5", "0.5"),
        ("1e-3", "0.001"),
        ("1e3", "1000.0"),
        ("9223372036854775807", "9223372036854775807"),
        ("3x3", "3x3"),
        ("1x7x12", "1x7x12"),
        ("0x3", "0x3"),
        ('"a.*"', "'a.*'"),
        (r'"a\"b\\n\n\t"', repr('a"b\\n\n\t')),
        ('"é"', "'é'"),
        ("true", "True"),
        ("false", "False"),
        ("none", "none"),
        ("data", "data"),
        ("model.train.step", "model.train.step"),
        ("f()", "f()"),
        ("f(a)(b)", "f(a)(b)"),
        ("f(a, b,)", "f(a, b)"),
        ("f(a, k=b, on=1)", "f(a, k=b, on=1)"),
        ("f(optimizer.lr=1)", "f(optimizer.lr=1)"),
        ("f(x=a if b else c)", "f(x=<a if b else c>)"),
        ("f(a -> g)", "f({a -> g})"),
        ("x[1:, -1]", "x[1::, <- 1>]"),
        ("x[:-1]", "x[:<- 1>:]"),
        ("x[:]", "x[::]"),
        ("x[1:2:3]", "x[1:2:3]"),
        ("x[::2]", "x[::2]"),
        ("x[0][a + 1:b]", "x[0][<a + 1>:b:]"),
        ("(a)", "(a)"),
        ("(a,)", "(a,)"),
        ("(a, b)", "(a, b,)"),
        ("(a, b,)", "(a, b,)"),
        ("[]", "[]"),
        ("[1, 2,]", "[1, 2]"),
        ("[f(c) for c in list]", "[f(c) for c in list]"),
        ("[f(a, b) for a, b in list if a > b]", "[f(a, b) for a, b in list if <a > b>]"),
        ("chain(f(c) for c in [1, 2])", "chain([f(c) for c in [1, 2]])"),
        ("chain(f -> g for c in d)", "chain([{f -> g} for c in d])"),
        ("chain(in -> f for c in in)", "chain([{in -> f} for c in in])"),
        ("a -> b", "{a -> b}"),
        ("a -> b -> c(1) -> d.e", "{a -> b -> c(1) -> d.e}"),
        ("(a, b) -> c", "{(a, b,) -> c}"),
        ("a + b -> c", "{<a + b> -> c}"),
        ("a -> b * 2", "{a -> <b * 2>}"),
        ("a -> (b -> c) * n -> d", "{a -> <({b -> c}) * n> -> d}"),
        ("a -> b * 2 ** n", "{a -> <b * <2 ** n>>}"),
        ("(a -> b) * 2", "<({a -> b}) * 2>"),
        ("a - b - c", "<a - b - c>"),
        ("a + b * c", "<a + <b * c>>"),
        ("a * b + c", "<<a * b> + c>"),
        ("a * b / c // d % e @ f", "<a * b / c // d % e @ f>"),
        ("-a ** -b", "<- <a ** <- b>>>"),
        ("a ** b ** c", "<a ** <b ** c>>"),
        ("-a * b", "<<- a> * b>"),
        ("not a == b", "<not <a == b>>"),
        ("not not a", "<not <not a>>"),
        ("a or b and not c", "<a or <b and <not c>>>"),
        ("a + 1 <= b", "<<a + 1> <= b>"),
        ("a if b else c", "<a if b else c>"),
        ("a if b else c if d else e", "<a if b else c if d else e>"),
        ("a if b else (c if d else e)", "<a if b else (<c if d else e>)>"),
        ("a -> f if b == 1 else c -> g", "<{a -> f} if <b == 1> else {c -> g}>"),
        (
            "tokens + parameter(s, init=normal(0.02)) -> dropout(0.1)",
            "{<tokens + parameter(s, init=normal(0.02))> -> dropout(0.1)}",
        ),
    ],
)
def test_structure(value: Value, text: str, structure: str) -> None:
    assert bracketed(value(text)) == structure


def test_a_comprehension_knows_its_brackets(value: Value) -> None:
    bare, bracketed_one = value("chain(a for a in b)"), value("[a for a in b]")
    assert isinstance(bare, ast.Call)
    assert isinstance(bare.arguments[0].value, ast.Comprehension)
    assert not bare.arguments[0].value.bracketed
    assert isinstance(bracketed_one, ast.Comprehension)
    assert bracketed_one.bracketed


@pytest.mark.parametrize("text", ["in", "f(a, k=b) -> g * 2", "x[1:, -1].shape", "(a, b)", "a if b else c", "[1, 2]"])
def test_span_covers_the_text(value: Value, text: str) -> None:
    assert value(text).span.text == text


def test_every_part_has_its_place(value: Value) -> None:
    flow = value("a + bb -> conv(64, stride=2) * 3")
    assert isinstance(flow, ast.Flow)
    assert flow.first.span.text == "a + bb"
    (stage,) = flow.stages
    assert isinstance(stage, ast.Operators)
    assert stage.rest[0].operator_span.text == "*"
    assert isinstance(stage.first, ast.Call)
    keyword = stage.first.arguments[1]
    assert keyword.span.text == "stride=2"
    assert keyword.name_span is not None
    assert keyword.name_span.text == "stride"


SIGNS = {
    "Add": "+",
    "Sub": "-",
    "Mult": "*",
    "Div": "/",
    "FloorDiv": "//",
    "Mod": "%",
    "MatMult": "@",
    "Pow": "**",
    "Eq": "==",
    "NotEq": "!=",
    "Lt": "<",
    "LtE": "<=",
    "Gt": ">",
    "GtE": ">=",
    "And": "and",
    "Or": "or",
    "USub": "-",
    "UAdd": "+",
    "Not": "not",
}


def from_python(node: python_ast.AST) -> str:
    """Python's own reading of an expression, every operation in brackets."""
    match node:
        case python_ast.Expression(body):
            return from_python(body)
        case python_ast.Name(name):
            return name
        case python_ast.BinOp(left, operator, right):
            return f"<{from_python(left)} {SIGNS[type(operator).__name__]} {from_python(right)}>"
        case python_ast.Compare(left, [operator], [right]):
            return f"<{from_python(left)} {SIGNS[type(operator).__name__]} {from_python(right)}>"
        case python_ast.BoolOp(operator, [first, *rest]):
            text = from_python(first)
            for operand in rest:
                text = f"<{text} {SIGNS[type(operator).__name__]} {from_python(operand)}>"
            return text
        case python_ast.UnaryOp(operator, operand):
            return f"<{SIGNS[type(operator).__name__]} {from_python(operand)}>"
        case python_ast.IfExp(test, yes, no):
            return f"<{from_python(yes)} if {from_python(test)} else {from_python(no)}>"
    raise AssertionError(node)


def from_ours(node: ast.Expr) -> str:
    """Our reading of it, operators of one level applied from left to right."""
    match node:
        case ast.Name(_, name):
            return name
        case ast.Group(_, inner):
            return from_ours(inner)
        case ast.Unary(_, operator, operand):
            return f"<{operator} {from_ours(operand)}>"
        case ast.Operators(_, first, rest):
            text = from_ours(first)
            for operand in rest:
                text = f"<{text} {operand.operator} {from_ours(operand.value)}>"
            return text
        case ast.Conditional(_, cases, otherwise):
            text = from_ours(otherwise)
            for case in reversed(cases):
                text = f"<{from_ours(case.value)} if {from_ours(case.condition)} else {text}>"
            return text
    raise AssertionError(node)


def expressions() -> st.SearchStrategy[str]:
    """Texts of arithmetic, logic and choices that Python reads as well; one comparison at a time."""
    names = st.sampled_from("abcd")
    operators = st.sampled_from(["+", "-", "*", "/", "//", "%", "@", "**", "and", "or"])
    comparisons = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])

    def grow(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        chain = st.lists(st.tuples(operators, inner), min_size=1, max_size=5)
        return st.one_of(
            st.tuples(inner, chain).map(lambda t: t[0] + "".join(f" {sign} {right}" for sign, right in t[1])),
            st.tuples(inner, comparisons, inner).map(lambda t: f"({t[0]}) {t[1]} ({t[2]})").map(lambda t: f"({t})"),
            st.tuples(st.sampled_from(["-", "+"]), inner).map("".join),
            inner.map(lambda text: f"({text})"),
            inner.map(lambda text: f"(not {text})"),
            st.tuples(inner, inner, inner).map(lambda t: f"({t[0]} if {t[1]} else {t[2]})"),
        )

    return st.recursive(names, grow, max_leaves=12)


@given(expressions())
def test_operators_bind_as_in_python(text: str) -> None:
    file, diagnostics = parse(SourceFile("test.dl", f"x = ({text})"))
    assert diagnostics == []
    (binding,) = file.declarations
    assert isinstance(binding, ast.Binding)
    assert from_ours(binding.value) == from_python(python_ast.parse(f"({text})", mode="eval"))
