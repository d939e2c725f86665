"""The typed syntax tree: what was written, with its places, and nothing resolved.

Chains (flows, operators of one level, `A if C else B else …`) are flat lists, so that no pass recurses in the
length of a model; only brackets nest, and the parser limits how deep.

Nodes are compared by identity, and frozen for the type checker alone: making them is half as dear that way, in every
process (the classes) and for every token (the nodes).
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal, TypeVar, dataclass_transform

from dlspec.diagnostics.span import Span

_Class = TypeVar("_Class")


@dataclass_transform(frozen_default=True, eq_default=False)
def node(cls: type[_Class]) -> type[_Class]:
    """A class of nodes: a data class with slots."""
    return dataclass(slots=True, eq=False, repr=False)(cls)


@node
class Node:
    """Anything that stands somewhere in a file."""

    span: Span

    def __repr__(self) -> str:
        own = ", ".join(
            f"{field.name}={getattr(self, field.name)!r}" for field in fields(self) if "span" not in field.name
        )
        return f"{type(self).__name__}({own})"


# ---------------------------------------------------------------- expressions


@node
class Expr(Node):
    """An expression."""


@node
class Number(Expr):
    value: int | float


@node
class Size(Expr):
    """`3x3`: one whole number for each dimension."""

    value: tuple[int, ...]


@node
class String(Expr):
    value: str


@node
class Boolean(Expr):
    value: bool


@node
class NoneLiteral(Expr):
    """`none`."""


@node
class Name(Expr):
    """A bare name: a binding, a layer, a choice, a size; the place decides. `in` inside a block too."""

    id: str


@node
class Attribute(Expr):
    """`x.shape`, `embed.weight`, `validation.loss`, `corpus.tokens.size`: a path is nested attributes."""

    value: Expr
    name: str


@node
class Argument(Node):
    """An argument; `name` is a dotted path where it has one (`lr`, `optimizer.lr`), with its own place."""

    name: str | None
    value: Expr
    name_span: Span | None = None


@node
class Call(Expr):
    function: Expr
    arguments: tuple[Argument, ...]


@node
class Slice(Node):
    """`a:b:c` between the brackets of an index; a side left out is None."""

    start: Expr | None
    stop: Expr | None
    step: Expr | None


@node
class Index(Expr):
    """`x[1:, -1]`."""

    value: Expr
    items: tuple[Expr | Slice, ...]


@node
class Unary(Expr):
    """`-x`, `+x` or `not x`."""

    operator: Literal["-", "+", "not"]
    operand: Expr


BinaryOperator = Literal["+", "-", "*", "/", "//", "%", "@", "**", "==", "!=", "<", "<=", ">", ">=", "and", "or"]


@node
class Operand(Node):
    """An operator and what stands right of it."""

    operator: BinaryOperator
    value: Expr
    operator_span: Span


@node
class Operators(Expr):
    """Operators of one level of precedence, applied from left to right (`**` has exactly one operand)."""

    first: Expr
    rest: tuple[Operand, ...]


@node
class Flow(Expr):
    """`X -> L -> M`; every stage is a Name, Attribute, Call, parenthesised expression, or one of these `* n`."""

    first: Expr
    stages: tuple[Expr, ...]


@node
class Case(Node):
    value: Expr
    condition: Expr


@node
class Conditional(Expr):
    """`A if C else B if D else E`: the cases in order, then what is left."""

    cases: tuple[Case, ...]
    otherwise: Expr


@node
class Group(Expr):
    """A parenthesised expression: kept, because right of an arrow it may hold what a bare one may not."""

    value: Expr


@node
class Tuple(Expr):
    """`(a, b)`, or `a, b` after `return`."""

    items: tuple[Expr, ...]


@node
class List(Expr):
    items: tuple[Expr, ...]


@node
class Comprehension(Expr):
    """`f(c) for c in list if cond`, in `[…]` (bracketed) or as the one argument of a call."""

    element: Expr
    targets: tuple[Name, ...]
    iterable: Expr
    condition: Expr | None
    bracketed: bool


# ----------------------------------------------------------------- statements


@node
class Statement(Node):
    """A line inside `{ }`."""


@node
class Binding(Statement):
    """`a = …` or `a, b = …`; also a declaration of a file."""

    names: tuple[Name, ...]
    value: Expr


@node
class Setting(Statement):
    """A call without parentheses: `epochs 20`, `loss kl = (mean, spread) -> kl_normal`."""

    keyword: str
    keyword_span: Span
    arguments: tuple[Argument, ...]


@node
class TypeExpr(Node):
    """`float[1, T]`; `kind` is as written, checked later."""

    kind: str
    dims: tuple[Expr, ...]


@node
class InputItem(Node):
    name: Name
    type: TypeExpr | None
    default: Expr | None


@node
class Input(Statement):
    items: tuple[InputItem, ...]


@node
class Output(Statement):
    name: Name
    value: Expr | None


@node
class Return(Statement):
    """`return a` or `return a, b` (then the value is a Tuple)."""

    value: Expr


@node
class Step(Statement):
    """`step MODEL { … }`."""

    model: Name
    body: tuple[Statement, ...]


# --------------------------------------------------------------- declarations


@node
class ImportedName(Node):
    name: str
    alias: str

    # `span` covers both; the alias is the name where none was given.


@node
class Import(Node):
    """`from "a/b.dl" import x as y`, or `from std.vision import x` (then `bundled`, the path dotted)."""

    path: str
    path_span: Span
    bundled: bool
    names: tuple[ImportedName, ...]


@node
class Parameter(Node):
    """`name`, `name = default`, `name: type = default`."""

    name: Name
    type: str | None
    default: Expr | None


@node
class Data(Node):
    name: Name
    body: tuple[Statement, ...]
    doc: str = ""


@node
class Block(Node):
    name: Name
    parameters: tuple[Parameter, ...]
    body: tuple[Statement, ...]
    doc: str = ""


@node
class Model(Node):
    name: Name
    parameters: tuple[Parameter, ...]
    body: tuple[Statement, ...]
    doc: str = ""


@node
class Train(Node):
    """`train M(a=1), N on DATA as LABEL { … }`; a target is a Name or a Call of one."""

    targets: tuple[Expr, ...]
    data: Name | None
    label: Name | None
    body: tuple[Statement, ...]
    doc: str = ""


@node
class Tune(Node):
    """`tune M on DATA { … }`, or `tune LABEL { … }` (then `data` is None)."""

    targets: tuple[Expr, ...]
    data: Name | None
    body: tuple[Statement, ...]
    doc: str = ""


Declaration = Import | Binding | Data | Block | Model | Train | Tune


@node
class File(Node):
    """A whole file; `doc` is the comment at its head."""

    declarations: tuple[Declaration, ...]
    doc: str = ""
