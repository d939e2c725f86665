"""Python expressions and statements as trees: what a lowering builds and only the layout turns into text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from dlspec.tensor import Dim


class Unset:
    """No default."""

    def __repr__(self) -> str:
        return ""


UNSET = Unset()
LiteralValue = int | float | bool | str | None | tuple["LiteralValue", ...]


@dataclass(frozen=True, slots=True)
class Expr:
    """An expression."""


@dataclass(frozen=True, slots=True)
class Lit(Expr):
    """A number, string, `None`, or a tuple of them.

    As the value of a keyword it is left out of the text where it equals `default`. It is not left out of the tree,
    so that calls with and without it have one structure.
    """

    value: LiteralValue
    default: LiteralValue | Unset = UNSET

    @property
    def omitted(self) -> bool:
        return type(self.value) is type(self.default) and self.value == self.default


@dataclass(frozen=True, slots=True)
class Global(Expr):
    """A global name, dotted or not: `torch.cat`, `nn.Linear`, a helper, a class of the file."""

    path: str


@dataclass(frozen=True, slots=True)
class Local(Expr):
    """A variable."""

    name: str


@dataclass(frozen=True, slots=True)
class In(Expr):
    """The layer's input of that number."""

    index: int


@dataclass(frozen=True, slots=True)
class Own(Expr):
    """The attribute that holds what the unit owns."""


@dataclass(frozen=True, slots=True)
class Value(Expr):
    """The result of a node before it has a name: (node, which of its results)."""

    ref: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Size(Expr):
    """A size that is worked out from the shapes of the module's inputs."""

    dim: Dim


@dataclass(frozen=True, slots=True)
class FloatType(Expr):
    """The floating element type that the module runs in."""


@dataclass(frozen=True, slots=True)
class Draws(Expr):
    """The mapping of drawn numbers that the function was given."""


@dataclass(frozen=True, slots=True)
class UnitName(Expr):
    """The name of the unit, as a string."""

    suffix: str = ""


@dataclass(frozen=True, slots=True)
class WeightRef(Expr):
    """A weight of another unit of the module."""

    owner: str
    weight: str


@dataclass(frozen=True, slots=True)
class Get(Expr):
    """`base.name`."""

    base: Expr
    name: str


@dataclass(frozen=True, slots=True)
class Call(Expr):
    """`function(*arguments, **keywords)`."""

    function: Expr
    arguments: tuple[Expr, ...] = ()
    keywords: tuple[tuple[str, Expr], ...] = ()


@dataclass(frozen=True, slots=True)
class Op(Expr):
    """`left symbol right`."""

    symbol: str
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class Unary(Expr):
    """`-operand`, `~operand`."""

    symbol: str
    operand: Expr


@dataclass(frozen=True, slots=True)
class Index(Expr):
    """`base[items]`."""

    base: Expr
    items: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Cut(Expr):
    """`start:stop:step` in an index; what is None is left out."""

    start: Expr | None = None
    stop: Expr | None = None
    step: Expr | None = None


@dataclass(frozen=True, slots=True)
class Sequence(Expr):
    """`(a, b)`, or `[a, b]`."""

    items: tuple[Expr, ...]
    brackets: str = "()"


@dataclass(frozen=True, slots=True)
class Repeated(Expr):
    """`element for _ in range(count)`, as the only argument of a call."""

    element: Expr
    count: Expr


OWN = Own()
X = In(0)


@dataclass(frozen=True, slots=True)
class Assign:
    """`target = value`; with several targets the value is taken apart."""

    targets: tuple[Expr, ...]
    value: Expr


@dataclass(frozen=True, slots=True)
class Do:
    """An expression for its effect."""

    value: Expr


@dataclass(frozen=True, slots=True)
class Return:
    """`return value`."""

    value: Expr


@dataclass(frozen=True, slots=True)
class Loop:
    """`for variables in zip(sequences): body`."""

    variables: tuple[str, ...]
    sequences: tuple[Expr, ...]
    body: tuple[Simple, ...]


Simple = Assign | Do | Return
Statement = Simple | Loop


def expr(value: Expr | LiteralValue | list[Expr]) -> Expr:
    """A plain value as an expression."""
    if isinstance(value, Expr):
        return value
    return Sequence(tuple(value), "[]") if isinstance(value, list) else Lit(value)


Argument = Expr | LiteralValue | list[Expr]


def unless(value: LiteralValue, default: LiteralValue) -> Lit:
    """A keyword's value that is left out where it is the function's own default."""
    return Lit(value, default)


def call(function: str | Expr, *arguments: Argument, **keywords: Argument) -> Call:
    """A call of a global function, or of any expression."""
    target = Global(function) if isinstance(function, str) else function
    return Call(target, tuple(map(expr, arguments)), tuple((name, expr(value)) for name, value in keywords.items()))


def method(base: Expr, name: str, *arguments: Argument, **keywords: Argument) -> Call:
    """`base.name(…)`."""
    return call(Get(base, name), *arguments, **keywords)


def index(base: Expr, *items: Argument) -> Index:
    """`base[items]`."""
    return Index(base, tuple(map(expr, items)))


def op(symbol: str, left: Argument, right: Argument) -> Op:
    """`left symbol right`."""
    return Op(symbol, expr(left), expr(right))


_CHILDREN: dict[type[Expr], Callable[[Any], tuple[Expr, ...]]] = {
    Get: lambda tree: (tree.base,),
    Call: lambda tree: (tree.function, *tree.arguments, *(value for _, value in tree.keywords)),
    Op: lambda tree: (tree.left, tree.right),
    Unary: lambda tree: (tree.operand,),
    Index: lambda tree: (tree.base, *tree.items),
    Cut: lambda tree: tuple(part for part in (tree.start, tree.stop, tree.step) if part is not None),
    Sequence: lambda tree: tree.items,
    Repeated: lambda tree: (tree.element, tree.count),
}


def children(tree: Expr) -> tuple[Expr, ...]:
    """The expressions directly inside one."""
    inside = _CHILDREN.get(type(tree))
    return inside(tree) if inside is not None else ()


def rebuilt(tree: Expr, parts: Iterator[Expr]) -> Expr:
    """The same expression around other parts, given in the order of `children`."""
    match tree:
        case Get(_, name):
            return Get(next(parts), name)
        case Call(_, arguments, keywords):
            function = next(parts)
            positional = tuple(next(parts) for _ in arguments)
            return Call(function, positional, tuple((name, next(parts)) for name, _ in keywords))
        case Op(symbol, _, _):
            return Op(symbol, next(parts), next(parts))
        case Unary(symbol, _):
            return Unary(symbol, next(parts))
        case Index(_, items):
            return Index(next(parts), tuple(next(parts) for _ in items))
        case Cut(start, stop, step):
            return Cut(*(None if part is None else next(parts) for part in (start, stop, step)))
        case Sequence(items, brackets):
            return Sequence(tuple(next(parts) for _ in items), brackets)
        case Repeated():
            return Repeated(next(parts), next(parts))
    return tree


def walk(tree: Expr) -> Iterator[Expr]:
    """The expression and everything in it, in the order of the text."""
    waiting = [tree]
    while waiting:
        part = waiting.pop()
        yield part
        waiting.extend(reversed(children(part)))


def substitute(tree: Expr, change: Callable[[Expr], Expr | None]) -> Expr:
    """The expression with every leaf and branch replaced for which `change` gives another."""
    changed = change(tree)
    if changed is not None:
        return changed
    parts = children(tree)
    return rebuilt(tree, iter([substitute(part, change) for part in parts])) if parts else tree


def expressions(statement: Statement) -> Iterator[Expr]:
    """The expressions of a statement, in the order of the text."""
    match statement:
        case Assign(targets, value):
            yield from targets
            yield value
        case Do(value) | Return(value):
            yield value
        case Loop(_, sequences, body):
            yield from sequences
            for inner in body:
                yield from expressions(inner)


def substituted(statement: Statement, change: Callable[[Expr], Expr | None]) -> Statement:
    """The statement with its expressions changed, in the order of `expressions`."""
    match statement:
        case Assign(targets, value):
            return Assign(tuple(substitute(each, change) for each in targets), substitute(value, change))
        case Loop(variables, sequences, body):
            over = tuple(substitute(each, change) for each in sequences)
            return Loop(variables, over, tuple(_simple(substituted(each, change)) for each in body))
    return replace(statement, value=substitute(statement.value, change))


def _simple(statement: Statement) -> Simple:
    if isinstance(statement, Loop):
        raise TypeError("a loop inside a loop")
    return statement
