"""Expression trees as text, in the layout of the usual formatters."""

from __future__ import annotations

from collections.abc import Iterable

from dlspec.backends.python.expression import (
    Assign,
    Call,
    Cut,
    Do,
    Expr,
    Get,
    Global,
    Index,
    Lit,
    LiteralValue,
    Local,
    Loop,
    Op,
    Repeated,
    Return,
    Sequence,
    Statement,
    Unary,
)

WIDTH = 120
INDENT = "    "
_BINDS = {
    "==": 4, "!=": 4, "<": 4, "<=": 4, ">": 4, ">=": 4, "|": 5, "^": 6, "&": 7,
    "+": 9, "-": 9, "*": 10, "/": 10, "//": 10, "%": 10, "@": 10, "**": 12,
}  # fmt: skip
_UNARY = 11
_ATOM = 14


def literal(value: LiteralValue) -> str:
    """The text of a literal; strings by `repr` with double quotes."""
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, tuple):
        return "(" + ", ".join(map(literal, value)) + (",)" if len(value) == 1 else ")")
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return f'float("{value}")'
    return repr(value)


def quoted(text: str) -> str:
    """A string literal in double quotes (single ones where that needs fewer backslashes)."""
    plain = repr(text)
    if plain.startswith("'") and '"' not in text:
        return '"' + plain[1:-1].replace("\\'", "'") + '"'
    return plain


def flat(tree: Expr) -> str:
    """The expression on one line."""
    return _flat(tree)[0]


def _flat(tree: Expr) -> tuple[str, int]:
    match tree:
        case Lit(value):
            negative = isinstance(value, int | float) and not isinstance(value, bool) and value < 0
            return literal(value), _UNARY if negative else _ATOM
        case Global(name) | Local(name):
            return name, _ATOM
        case Get(base, name):
            return f"{_at(base, _ATOM)}.{name}", _ATOM
        case Call(function, arguments, keywords):
            return f"{_at(function, _ATOM)}({', '.join(_arguments(arguments, keywords))})", _ATOM
        case Op(symbol, left, right):
            before, after = _sides(symbol)
            return f"{_at(left, before)} {symbol} {_at(right, after)}", _BINDS[symbol]
        case Unary(symbol, operand):
            return f"{symbol}{_at(operand, _UNARY)}", _UNARY
        case Index(base, items):
            return f"{_at(base, _ATOM)}[{', '.join(map(flat, items))}]", _ATOM
        case Cut(start, stop, step):
            text = f"{_bound(start)}:{_bound(stop)}"
            return (f"{text}:{flat(step)}" if step is not None else text), _ATOM
        case Sequence(items, brackets):
            comma = "," if brackets == "()" and len(items) == 1 else ""
            inside = f"{', '.join(map(flat, items))}{comma}"
            return (f"{brackets[0]}{inside}{brackets[1]}", _ATOM) if brackets else (inside, 0)
        case Repeated(element, count):
            return f"{flat(element)} for _ in range({flat(count)})", 0
    raise TypeError(f"{type(tree).__name__} has no text of its own")


def _sides(symbol: str) -> tuple[int, int]:
    """How tightly the operands of an operator must bind to stand without parentheses."""
    level = _BINDS[symbol]
    if symbol == "**":
        return level + 1, level
    return (level + 1 if level == _BINDS["=="] else level), level + 1


def _at(tree: Expr, level: int) -> str:
    text, own = _flat(tree)
    if isinstance(tree, Lit) and isinstance(tree.value, int) and level == _ATOM:
        return f"({text})"
    return text if own >= level else f"({text})"


def _bound(tree: Expr | None) -> str:
    return "" if tree is None else flat(tree)


def _arguments(arguments: Iterable[Expr], keywords: Iterable[tuple[str, Expr]]) -> list[str]:
    return [*map(flat, arguments), *(f"{name}={flat(value)}" for name, value in _given(keywords))]


def _given(keywords: Iterable[tuple[str, Expr]]) -> list[tuple[str, Expr]]:
    return [(name, value) for name, value in keywords if not (isinstance(value, Lit) and value.omitted)]


def wrapped(head: str, tree: Expr, depth: int, tail: str = "") -> list[str]:
    """Lines of `head`, the expression and `tail`, at that depth of indentation, split where they are too long."""
    indent, inner = INDENT * depth, INDENT * (depth + 1)
    line = f"{indent}{head}{flat(tree)}{tail}"
    if len(line) <= WIDTH:
        return [line]
    if isinstance(tree, Op):
        before, after = _sides(tree.symbol)
        sides = [f"{inner}{_at(tree.left, before)}", f"{inner}{tree.symbol} {_at(tree.right, after)}"]
        return [f"{indent}{head}(", *sides, f"{indent}){tail}"]
    split = _split(tree)
    if split is None:
        return [line]
    opening, parts, closing = split
    body = inner + ", ".join(_named(name, flat(part)) for name, part in parts)
    if len(body) <= WIDTH and isinstance(tree, Call):
        return [f"{indent}{head}{opening}", body, f"{indent}{closing}{tail}"]
    comma = "" if any(isinstance(part, Repeated) for _, part in parts) else ","
    pieces = [line for name, part in parts for line in wrapped(_named(name, ""), part, depth + 1, comma)]
    return [f"{indent}{head}{opening}", *pieces, f"{indent}{closing}{tail}"]


def _named(name: str | None, text: str) -> str:
    return text if name is None else f"{name}={text}"


def _split(tree: Expr) -> tuple[str, list[tuple[str | None, Expr]], str] | None:
    """What stands before the last bracket, what inside, and what closes it."""
    match tree:
        case Call(function, arguments, keywords) if arguments or keywords:
            return f"{_at(function, _ATOM)}(", [*((None, each) for each in arguments), *_given(keywords)], ")"
        case Sequence(items, brackets) if items:
            brackets = brackets or "()"
            return brackets[0], [(None, each) for each in items], brackets[1]
        case Lit(value) if isinstance(value, tuple) and value:
            return "(", [(None, Lit(each)) for each in value], ")"
    return None


def rendered(statement: Statement, depth: int) -> list[str]:
    """The lines of a statement at that depth of indentation."""
    match statement:
        case Assign(targets, value):
            return wrapped(", ".join(map(flat, targets)) + " = ", value, depth)
        case Do(value):
            return wrapped("", value, depth)
        case Return(value):
            return wrapped("return ", value, depth)
        case Loop(variables, sequences, body):
            over = ", ".join(map(flat, sequences))
            over = over if len(sequences) == 1 else f"zip({over}, strict=True)"
            lines = [f"{INDENT * depth}for {', '.join(variables)} in {over}:"]
            return [*lines, *(line for inner in body for line in rendered(inner, depth + 1))]
    raise TypeError(type(statement).__name__)
