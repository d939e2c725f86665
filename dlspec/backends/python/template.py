"""Modules of one structure as one class: numbers that differ become its arguments (anti-unification)."""

from __future__ import annotations

from collections.abc import Callable, Collection
from collections.abc import Sequence as Row
from dataclasses import dataclass, field
from typing import Any

from dlspec.backends.python.expression import (
    Assign,
    Call,
    Cut,
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
    Sequence,
    Statement,
    Unary,
    children,
    expressions,
    substituted,
)
from dlspec.backends.python.names import Names, identifier

Number = int | float | bool | tuple[Any, ...]


@dataclass(slots=True)
class Body:
    """What a module becomes: how the parts are made, and how they are called."""

    init: list[Statement]
    forward: list[Statement]
    arguments: dict[str, Any] = field(default_factory=dict)
    """Parameters of the declaration."""
    sizes: dict[str, Any] = field(default_factory=dict)
    """Further numbers that an argument may be named after: `in_channels`."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """An argument of the constructor and its value in each member."""

    name: str
    values: tuple[Number, ...]

    @property
    def annotation(self) -> str:
        """The type as code has it."""
        return " | ".join(dict.fromkeys(_annotation(value) for value in self.values))


@dataclass(slots=True)
class Template:
    """The class of one or several members."""

    parameters: list[Parameter]
    init: list[Statement]
    forward: list[Statement]


def _annotation(value: Number) -> str:
    if isinstance(value, tuple):
        return f"tuple[{', '.join(map(_annotation, value))}]"
    return type(value).__name__


POSITIONS: dict[str, tuple[str, ...]] = {
    "nn.Linear": ("in_features", "out_features"),
    "nn.Bilinear": ("in1_features", "in2_features", "out_features"),
    "nn.Embedding": ("num_embeddings", "embedding_dim"),
    **{f"nn.{kind}{rank}d": ("in_channels", "out_channels", "kernel_size")
       for kind in ("Conv", "ConvTranspose") for rank in (1, 2, 3)},
    **{f"nn.BatchNorm{rank}d": ("num_features",) for rank in (1, 2, 3)},
    "nn.LayerNorm": ("shape",),
    "nn.GroupNorm": ("groups", "channels"),
    "nn.Dropout": ("rate",),
    "layers.Dense": ("units",),
    **{f"layers.Conv{rank}D{kind}": ("filters", "kernel_size") for kind in ("", "Transpose") for rank in (1, 2, 3)},
    **{f"layers.DepthwiseConv{rank}D": ("kernel_size",) for rank in (1, 2)},
    "layers.GroupNormalization": ("groups",),
    "layers.Dropout": ("rate",),
    "built": ("layer", "features"),
    "range": ("depth",),
}  # fmt: skip
"""What positional arguments are called, for the names of arguments made of them."""


@dataclass(slots=True)
class Skeleton:
    """The structure of a body as text, the numbers that were left out of it, and what each might be called."""

    parts: list[str] = field(default_factory=list)
    numbers: list[Number] = field(default_factory=list)
    hints: list[str] = field(default_factory=list)

    @property
    def key(self) -> str:
        return "\n".join(self.parts)


def skeleton(body: Body) -> Skeleton:
    """What is the same, and what may differ, between modules of one class."""
    found = Skeleton()
    for statement in (*body.init, None, *body.forward):
        if statement is None:
            found.parts.append("|forward|")
            continue
        found.parts.append(type(statement).__name__)
        if isinstance(statement, Loop):
            found.parts.append(repr(statement.variables))
        name = ""
        if isinstance(statement, Assign) and isinstance(statement.targets[0], Get):
            name = statement.targets[0].name
        for tree in expressions(statement):
            _structure(tree, found, name, name)
    return found


def _structure(tree: Expr, found: Skeleton, owner: str, hint: str) -> None:
    match tree:
        case Lit(value) if is_number(value):
            found.numbers.append(value)  # type: ignore[arg-type]
            found.hints.append(hint or "size")
            found.parts.append(f"{_kind(value)} {tree.default!r}")
            return
        case Lit(value):
            found.parts.append(repr(value))
            return
        case Call(function, arguments, keywords):
            found.parts.append(f"Call {len(arguments)} {[name for name, _ in keywords]}")
            _structure(function, found, owner, owner)
            known = POSITIONS.get(function.path, ()) if isinstance(function, Global) else ()
            for place, argument in enumerate(arguments):
                field_name = known[place] if place < len(known) else ""
                _structure(argument, found, owner, f"{owner}_{field_name}".strip("_") if field_name else hint)
            for name, argument in keywords:
                _structure(argument, found, owner, f"{owner}_{name}".strip("_"))
            return
        case Cut(start, stop, step):
            found.parts.append(f"Cut {start is None} {stop is None} {step is None}")
        case Repeated(element, count):
            found.parts.append("Repeated")
            _structure(element, found, owner, hint)
            _structure(count, found, owner, f"{owner}_depth".strip("_"))
            return
        case Get(_, name) | Local(name) | Global(name):
            found.parts.append(f"{type(tree).__name__} {name}")
        case Op(symbol, _, _) | Unary(symbol, _):
            found.parts.append(f"{type(tree).__name__} {symbol}")
        case Sequence(items, brackets):
            found.parts.append(f"{brackets} {len(items)}")
        case Index(_, items):
            found.parts.append(f"Index {len(items)}")
        case _:
            raise TypeError(f"{type(tree).__name__} is not settled")
    for child in children(tree):
        _structure(child, found, owner, hint)


def _kind(value: Any) -> str:
    if isinstance(value, tuple):
        return f"<{','.join(map(_kind, value))}>"
    return "<bool>" if isinstance(value, bool) else "<number>"


def is_number(value: LiteralValue) -> bool:
    """Whether a literal may become an argument."""
    if isinstance(value, tuple):
        return bool(value) and all(map(is_number, value))
    return isinstance(value, int | float)


def unify(
    members: Collection[Body], skeletons: Collection[Skeleton], attributes: Names, reserved: Collection[str] = ()
) -> Template:
    """One template of members of equal structure. `attributes` are the names taken on the instance, `reserved` those
    that no argument may have."""
    bodies, first = list(members), next(iter(members))
    if len(bodies) == 1:
        return Template([], list(first.init), list(first.forward))
    finder = _Finder(bodies, attributes, reserved)
    columns = zip(*(each.numbers for each in skeletons), strict=True)
    column_hints = zip(columns, next(iter(skeletons)).hints, strict=True)

    def change(stored: bool) -> Callable[[Expr], Expr | None]:
        def number(leaf: Expr) -> Expr | None:
            if isinstance(leaf, Lit) and is_number(leaf.value):
                value = finder.expression(*next(column_hints), stored=stored)
                return leaf if isinstance(value, Lit) else value
            return None

        return number

    init = [substituted(statement, change(False)) for statement in first.init]
    forward = [substituted(statement, change(True)) for statement in first.forward]
    kept: list[Statement] = [
        Assign((Get(Local("self"), attribute),), value) for attribute, value in finder.stored.values()
    ]
    return Template(finder.parameters, [*kept, *init], forward)


class _Finder:
    """Finds or makes the argument for numbers that differ between the members."""

    def __init__(self, members: Row[Body], attributes: Names, reserved: Collection[str]) -> None:
        self.parameters: list[Parameter] = []
        self.stored: dict[tuple[Any, ...], tuple[str, Expr]] = {}
        self._attributes = attributes
        self._names = Names({"self", *reserved})
        self._made: dict[tuple[Any, ...], Expr] = {}
        self._by_name: dict[str, str] = {}
        self._arguments = _columns([member.arguments for member in members])
        self._sizes = _columns([member.sizes for member in members])

    def expression(self, column: tuple[Number, ...], hint: str, *, stored: bool) -> Expr:
        """The literal, the argument, or an expression of one, that gives these numbers."""
        key = _typed(column)
        if len(set(key)) == 1:
            return Lit(column[0])
        if key not in self._made:
            self._made[key] = self._make(column, hint)
        value = self._made[key]
        if not stored:
            return value
        if key not in self.stored:
            wanted = value.name if isinstance(value, Local) else "size"
            self.stored[key] = (self._attributes.allocate(wanted), value)
        return Get(Local("self"), self.stored[key][0])

    def _make(self, column: tuple[Number, ...], hint: str) -> Expr:
        for known in (self._arguments, self._sizes):
            exact = next((name for name, values in known.items() if _typed(values) == _typed(column)), None)
            if exact is not None:
                return self._parameter(exact, column)
            for name, values in known.items():
                factor = _factor(values, column)
                if factor is not None:
                    return Op("*", Lit(factor), self._parameter(name, values))
        for known in (self._arguments, self._sizes):
            for name, values in known.items():
                factor = _factor(column, values)
                if factor is not None:
                    return Op("//", self._parameter(name, values), Lit(factor))
        return self._parameter(hint or "size", column)

    def _parameter(self, source: str, column: tuple[Number, ...]) -> Local:
        if source in self._by_name and any(
            each.name == self._by_name[source] and _typed(each.values) == _typed(column) for each in self.parameters
        ):
            return Local(self._by_name[source])
        name = self._names.allocate(identifier(source))
        self._by_name[source] = name
        self.parameters.append(Parameter(name, column))
        return Local(name)


def _typed(column: Row[Any]) -> tuple[Any, ...]:
    return tuple((type(value).__name__, value) for value in column)


def _columns(rows: Row[dict[str, Any]]) -> dict[str, tuple[Any, ...]]:
    """For each name that all rows have: its numbers."""
    return {
        name: tuple(row[name] for row in rows)
        for name in rows[0]
        if all(name in row and is_number(row[name]) for row in rows)
    }


def _factor(small: Row[Any], large: Row[Any]) -> int | None:
    """The whole number above 1 by which all of `small` must be multiplied to give `large`."""
    if any(type(value) is not int for value in (*small, *large)) or 0 in small:
        return None
    factors = {divmod(b, a) for a, b in zip(small, large, strict=True)}
    if len(factors) != 1:
        return None
    factor, rest = factors.pop()
    return factor if rest == 0 and factor > 1 else None
