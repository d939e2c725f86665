"""What an expression can be worth while a spec is compiled: numbers, choices, tensors and recipes for layers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from dlspec.catalog.base import Entry, Layer, Loss, Metric
from dlspec.diagnostics.span import Span
from dlspec.ir.builder import ModuleBuilder, Tensor
from dlspec.syntax import ast
from dlspec.tensor import Dim, Sym


class Poisoned(Exception):
    """Something was used that an error reported before has spoilt; it is not reported again."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A bare name given to a parameter of type `choice`."""

    name: str


@dataclass(frozen=True, slots=True)
class Broken:
    """The value of a name whose binding had an error."""


class FileNames(Protocol):
    """What a file declares, as far as expressions need it; `folder` is where its relative paths begin."""

    folder: Path

    def has(self, name: str) -> bool:
        """Whether the file declares or imports the name."""

    def known(self) -> Iterator[str]:
        """The names of the file."""

    def value(self, name: str, evaluator: Any, span: Span) -> Any:
        """What the name means."""


class Recipe:
    """A layer that has not been applied: each application of an unbound one makes fresh weights."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, eq=False)
class LayerRecipe(Recipe):
    """A layer (or loss, or metric) of the catalogue with its arguments; `keywords` holds inputs given by keyword."""

    entry: Layer | Loss | Metric
    span: Span
    keywords: dict[str, Tensor] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class BlockRecipe(Recipe):
    """A block or model with its arguments."""

    declaration: ast.Block | ast.Model
    file: FileNames
    arguments: dict[str, Value]
    span: Span
    keywords: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class SequenceRecipe(Recipe):
    """Layers one after another; none of its items is a sequence that is not bound. Empty: the identity."""

    items: tuple[Recipe, ...]


@dataclass(slots=True, eq=False)
class BoundLayer(Recipe):
    """A layer bound to a name: one thing, whose units are made at its first application and shared from then on."""

    name: str
    inner: Recipe
    builder: ModuleBuilder
    units: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class FunctionName:
    """A function of compile time, not called yet."""

    name: str


@dataclass(frozen=True, slots=True, eq=False)
class DataName:
    """A `data` block's name, as in `corpus.tokens.size`."""

    declaration: ast.Data
    file: FileNames


Value = Any
"""int, float, bool, str, None, Sym, Choice, a tuple of values, Tensor, Recipe, FunctionName, DataName or Broken."""


def is_number(value: Value) -> bool:
    """Whether it is a number of compile time; a bool is none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def holds_tensor(value: Value) -> bool:
    """Whether it is a tensor, or a tuple with one in it."""
    return isinstance(value, Tensor) or (isinstance(value, tuple) and any(holds_tensor(each) for each in value))


def numeric_tuple(value: Value) -> bool:
    """Whether it is a list of numbers, or of such lists: a constant tensor."""
    return (
        isinstance(value, tuple)
        and bool(value)
        and all(is_number(each) or isinstance(each, bool) or numeric_tuple(each) for each in value)
    )


def describe(value: Value) -> str:
    """What a value is, for messages: `the number 3`, `a tensor float[64]`, `a layer`."""
    match value:
        case None:
            return "none"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return f"the number {value}"
        case str():
            return f'the string "{value}"'
        case Sym():
            return f"the size {value}"
        case Choice():
            return f"the choice {value.name}"
        case Tensor():
            return f"a tensor {value.type}"
        case LayerRecipe():
            return f"the {value.entry.kind} '{value.entry.entry}'"
        case BlockRecipe():
            return (
                f"the {'model' if isinstance(value.declaration, ast.Model) else 'block'} '{value.declaration.name.id}'"
            )
        case BoundLayer():
            return f"the layer '{value.name}'"
        case Recipe():
            return "a layer"
        case FunctionName():
            return f"the function '{value.name}'"
        case DataName():
            return f"the data '{value.declaration.name.id}'"
        case tuple() if value and len(value) <= 4 and all(isinstance(each, int | float | Sym) for each in value):
            return f"the list [{', '.join(map(str, value))}]"
        case tuple():
            return f"a list of {len(value)}"
        case Entry():
            return f"the {value.kind} '{value.entry}'"
    return type(value).__name__


def key_of(value: Value) -> object:
    """A hashable key: equal where two values make the same module."""
    match value:
        case bool() | int() | float() | str() | None:
            return (type(value).__name__, value)
        case tuple():
            return tuple(key_of(each) for each in value)
        case LayerRecipe():
            return ("layer", type(value.entry), value.entry, id(value) if value.keywords else None)
        case BlockRecipe():
            arguments = tuple((name, key_of(each)) for name, each in sorted(value.arguments.items()))
            return ("block", id(value.declaration), arguments, id(value) if value.keywords else None)
        case SequenceRecipe():
            return ("sequence", tuple(key_of(each) for each in value.items))
        case BoundLayer() | Tensor():
            return ("bound", id(value))
    return value


def as_text(value: Value) -> Any:
    """An argument for the IR's documentation: numbers as they are, the rest as text."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, tuple):
        return [as_text(each) for each in value]
    if isinstance(value, Sym):
        return str(value)
    if isinstance(value, Choice):
        return value.name
    return describe(value)


def size_value(value: Value) -> Dim | None:
    """The value as a size, where it is one."""
    if isinstance(value, bool):
        return None
    return value if isinstance(value, int | Sym) else None
