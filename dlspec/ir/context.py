"""What the parts of the resolver ask of each other: values of expressions, and modules of blocks.

The evaluator and the instantiator need each other; the parts between them know only these.
"""

from __future__ import annotations

from typing import Protocol

from dlspec.catalog.base import Entry
from dlspec.diagnostics.span import Span
from dlspec.ir.builder import Namer, Tensor
from dlspec.ir.program import Module, Program
from dlspec.ir.scope import Scope
from dlspec.ir.values import BlockRecipe, DataName, FileNames, Recipe, Value
from dlspec.syntax import ast
from dlspec.tensor import TensorType


class Modules(Protocol):
    """Blocks and models to modules."""

    def recipe(self, value: BlockRecipe, expr: ast.Call, scope: Scope) -> BlockRecipe:
        """A block or model with the arguments of a call."""

    def instantiate(
        self, recipe: BlockRecipe, tensors: list[Tensor], namer: Namer, span: Span
    ) -> tuple[Module, list[Tensor]]:
        """The module of an application, and the tensors that go in."""

    def model(
        self, declaration: ast.Model, file: FileNames, arguments: dict[str, Value], span: Span | None = None
    ) -> Module:
        """A model by itself, its input types as declared."""

    def output_types(self, module: Module) -> tuple[TensorType, ...]:
        """The types of a module's outputs."""

    def same_weights(self, left: str, right: str) -> bool:
        """Whether two modules own weights of the same names and shapes."""

    def learned_size(self, data: DataName, field: ast.Attribute, expr: ast.Attribute) -> Value:
        """`corpus.tokens.size`: how many kinds a field of data counts."""

    def root(self, entry: Entry, scope: Scope, span: Span) -> Tensor:
        """A root of a flow of data, as an input of the data module."""

    def program(self, source: str = "") -> Program:
        """The modules that have been made so far."""


class Expressions(Protocol):
    """Values of expressions in a scope."""

    @property
    def modules(self) -> Modules:
        """What makes modules of blocks."""

    def value(self, expr: ast.Expr, scope: Scope) -> Value:
        """The value of an expression that does not stand right of an arrow."""

    def stage(self, expr: ast.Expr, scope: Scope) -> Recipe:
        """What stands right of an arrow: a layer."""

    def name(self, expr: ast.Name, scope: Scope, *, in_flow: bool = False) -> Value:
        """What a bare name means."""

    def is_bound(self, name: str, scope: Scope) -> bool:
        """Whether a binding or declaration has that name (the catalogue aside)."""

    def is_known(self, expr: ast.Name, scope: Scope) -> bool:
        """Whether a name means anything here."""
