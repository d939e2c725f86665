"""Builds the expressions of the tree: one method a rule of the grammar, given the values of the rule's parts."""

from __future__ import annotations

from typing import Any, cast

from dlspec.diagnostics.codes import syntax as codes
from dlspec.diagnostics.codes.base import Code
from dlspec.diagnostics.report import Diagnostic, Note, fail
from dlspec.diagnostics.span import SourceFile, Span
from dlspec.syntax import ast
from dlspec.syntax.arrows import wrong_stage
from dlspec.syntax.depth import MAX_DEPTH, SHALLOWER
from dlspec.syntax.lexing import Token

Parts = list[Any]

LARGEST = 2**63 - 1
_ESCAPES = {'\\"': '"', "\\\\": "\\", "\\n": "\n", "\\t": "\t"}


class ExpressionBuilder:
    """Methods named after the rules, and the diagnostics of what only shows on the tree."""

    def __init__(self, source: SourceFile) -> None:
        self.source = source
        self.diagnostics: list[Diagnostic] = []
        self.newest: ast.Expr | None = None
        self.chain = 0

    # ------------------------------------------------------------ places

    def token_span(self, token: Token) -> Span:
        _, text, start = token
        return Span(self.source, start, start + len(text))

    def between(self, first: Token, last: Token) -> Span:
        return Span(self.source, first[2], last[2] + len(last[1]))

    def join(self, first: ast.Node, last: ast.Node) -> Span:
        return Span(self.source, first.span.start, last.span.end)

    def up_to(self, first: ast.Node, last: Token) -> Span:
        return Span(self.source, first.span.start, last[2] + len(last[1]))

    def behind(self, first: Token, last: ast.Node) -> Span:
        return Span(self.source, first[2], last.span.end)

    def report(self, code: Code, message: str, span: Span, help: str = "", *notes: Note) -> None:
        self.diagnostics.append(Diagnostic(code, message, span, help, notes))

    # ------------------------------------------------------------- lists

    def first(self, parts: Parts) -> Parts:
        return parts

    def more(self, parts: Parts) -> Parts:
        items = cast(Parts, parts[0])
        items.append(parts[2])
        return items

    def nothing(self, parts: Parts) -> Parts:
        return []

    def second(self, parts: Parts) -> Any:
        return parts[1]

    def absent(self, parts: Parts) -> None:
        return None

    # ------------------------------------------------------------- atoms

    def name(self, parts: Parts) -> ast.Name:
        _, text, start = parts[0]
        return ast.Name(Span(self.source, start, start + len(text)), text)

    def number(self, parts: Parts) -> ast.Number:
        text = parts[0][1]
        span = self.token_span(parts[0])
        value: int | float = 0
        if text.isdigit() and len(text) < 19:
            value = int(text)
        else:
            digits = text.replace("_", "")
            try:
                value = int(digits) if digits.isdigit() and len(digits) < 30 else float(digits)
            except ValueError:  # reported by the lexer already
                return ast.Number(span, 0)
            if value > LARGEST and (isinstance(value, int) or digits.isdigit() or value == float("inf")):
                self.report(codes.BAD_NUMBER, "this number is too large", span, f"at most {LARGEST}, or 1e308")
                value = 0
        return ast.Number(span, value)

    def size(self, parts: Parts) -> ast.Size:
        span = self.token_span(parts[0])
        digits = parts[0][1].split("x")
        if any(len(number) > 18 for number in digits):
            self.report(codes.BAD_NUMBER, "this size is too large", span, f"at most {LARGEST} in each place")
            return ast.Size(span, (1,) * len(digits))
        return ast.Size(span, tuple(map(int, digits)))

    def string(self, parts: Parts) -> ast.String:
        text = parts[0][1][1:-1]
        if "\\" in text:
            pieces = text.split("\\\\")
            for escape, meant in _ESCAPES.items():
                pieces = [piece.replace(escape, meant) for piece in pieces]
            text = "\\".join(pieces)
        return ast.String(self.token_span(parts[0]), text)

    def true(self, parts: Parts) -> ast.Boolean:
        return ast.Boolean(self.token_span(parts[0]), True)

    def false(self, parts: Parts) -> ast.Boolean:
        return ast.Boolean(self.token_span(parts[0]), False)

    def none(self, parts: Parts) -> ast.NoneLiteral:
        return ast.NoneLiteral(self.token_span(parts[0]))

    # ------------------------------------------------- calls and indexing

    def chained(self, node: ast.Expr, inner: ast.Expr) -> None:
        """Count how long a chain `a.b.c`, `f()()` or `x[0][0]` has grown, and give up where it is no sensible one."""
        self.chain = self.chain + 1 if inner is self.newest else 1
        self.newest = node
        if self.chain > MAX_DEPTH:
            raise fail(codes.TOO_DEEP, f"this is nested more than {MAX_DEPTH} steps deep", node.span, help=SHALLOWER)

    def attribute(self, parts: Parts) -> ast.Attribute:
        value, _, name = parts
        node = ast.Attribute(self.join(value, name), value, name.id)
        self.chained(node, value)
        return node

    def call_empty(self, parts: Parts) -> ast.Call:
        node = ast.Call(self.up_to(parts[0], parts[-1]), parts[0], ())
        self.chained(node, parts[0])
        return node

    def call(self, parts: Parts) -> ast.Call:
        arguments = self.ordered(parts[2])
        return ast.Call(self.up_to(parts[0], parts[-1]), parts[0], arguments)

    def call_comprehension(self, parts: Parts) -> ast.Call:
        argument = ast.Argument(parts[2].span, None, parts[2])
        return ast.Call(self.up_to(parts[0], parts[-1]), parts[0], (argument,))

    def positional(self, parts: Parts) -> ast.Argument:
        return ast.Argument(parts[0].span, None, parts[0])

    def keyword(self, parts: Parts) -> ast.Argument:
        path, _, value = parts
        names = []
        part = path
        while isinstance(part, ast.Attribute):
            names.append(part.name)
            part = part.value
        names.append(part.id)
        return ast.Argument(self.join(path, value), ".".join(reversed(names)), value, path.span)

    def ordered(self, arguments: list[ast.Argument]) -> tuple[ast.Argument, ...]:
        """The arguments; one by place behind one by name is reported."""
        named: ast.Argument | None = None
        for argument in arguments:
            if argument.name is not None:
                named = named or argument
            elif named is not None:
                self.report(
                    codes.POSITIONAL_AFTER_KEYWORD,
                    f"this argument has no name, and stands behind '{named.name}', which has one",
                    argument.span,
                    f"move it in front of '{named.name}', or give it a name",
                    Note("the first argument with a name", named.span),
                )
                break
        return tuple(arguments)

    def index(self, parts: Parts) -> ast.Index:
        node = ast.Index(self.up_to(parts[0], parts[-1]), parts[0], tuple(parts[2]))
        self.chained(node, parts[0])
        return node

    def slice(self, parts: Parts) -> ast.Slice:
        bounds = parts[0::2]
        first, last = parts[0] or parts[1], parts[-1] or parts[-2]
        start = first[2] if isinstance(first, tuple) else first.span.start
        end = last[2] + 1 if isinstance(last, tuple) else last.span.end
        return ast.Slice(Span(self.source, start, end), bounds[0], bounds[1], bounds[2] if len(bounds) > 2 else None)

    # ---------------------------------------------------------- brackets

    def group(self, parts: Parts) -> ast.Group:
        return ast.Group(self.between(parts[0], parts[2]), parts[1])

    def tuple_one(self, parts: Parts) -> ast.Tuple:
        return ast.Tuple(self.between(parts[0], parts[-1]), (parts[1],))

    def tuple(self, parts: Parts) -> ast.Tuple:
        return ast.Tuple(self.between(parts[0], parts[-1]), (parts[1], *parts[3]))

    def list_empty(self, parts: Parts) -> ast.List:
        return ast.List(self.between(parts[0], parts[1]), ())

    def list(self, parts: Parts) -> ast.List:
        return ast.List(self.between(parts[0], parts[-1]), tuple(parts[1]))

    def list_comprehension(self, parts: Parts) -> ast.Comprehension:
        inner: ast.Comprehension = parts[1]
        span = self.between(parts[0], parts[2])
        return ast.Comprehension(span, inner.element, inner.targets, inner.iterable, inner.condition, True)

    def comprehension(self, parts: Parts) -> ast.Comprehension:
        element, _, targets, _, iterable = parts[:5]
        condition = parts[6] if len(parts) > 5 else None
        span = self.join(element, parts[-1])
        return ast.Comprehension(span, element, tuple(targets), iterable, condition, False)

    # --------------------------------------------------------- operators

    def unary(self, parts: Parts) -> ast.Unary:
        sign, operand = parts
        return ast.Unary(self.behind(sign, operand), sign[1], operand)

    def power(self, parts: Parts) -> ast.Operators:
        return self.operators([self.first_operand(parts)])

    def first_operand(self, parts: Parts) -> Parts:
        return [parts[0], self.operand(parts[1], parts[2])]

    def more_operands(self, parts: Parts) -> Parts:
        operands = cast(Parts, parts[0])
        operands.append(self.operand(parts[1], parts[2]))
        return operands

    def operand(self, operator: Token, value: ast.Expr) -> ast.Operand:
        sign = cast(ast.BinaryOperator, operator[1])
        return ast.Operand(self.behind(operator, value), sign, value, self.token_span(operator))

    def operators(self, parts: Parts) -> ast.Operators:
        first, *rest = parts[0]
        return ast.Operators(self.join(first, rest[-1]), first, tuple(rest))

    def comparison(self, parts: Parts) -> ast.Operators:
        whole = self.operators(parts)
        if len(whole.rest) > 1:
            one, two = whole.rest[:2]
            middle = one.value.span.text
            self.report(
                codes.COMPARISON_CHAIN,
                "comparisons do not chain",
                two.operator_span,
                f"write '{whole.first.span.text} {one.operator} {middle} and {middle} {two.operator} "
                f"{two.value.span.text}'",
            )
        return whole

    def case_first(self, parts: Parts) -> Parts:
        return [ast.Case(self.join(parts[0], parts[2]), parts[0], parts[2])]

    def case_more(self, parts: Parts) -> Parts:
        cases = cast(Parts, parts[0])
        cases.append(ast.Case(self.join(parts[1], parts[3]), parts[1], parts[3]))
        return cases

    def conditional(self, parts: Parts) -> ast.Conditional:
        cases, otherwise = parts
        return ast.Conditional(self.join(cases[0], otherwise), tuple(cases), otherwise)

    # -------------------------------------------------------------- flows

    def first_stage(self, parts: Parts) -> Parts:
        return [parts[0], parts[2]]

    def flow(self, parts: Parts) -> ast.Flow:
        first, *stages = parts[0]
        for stage in stages:
            wrong = wrong_stage(first, stage)
            if wrong is not None:
                self.diagnostics.append(wrong)
                break
        return ast.Flow(self.join(first, stages[-1]), first, tuple(stages))
