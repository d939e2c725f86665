"""Blocks and models to modules: one module for each declaration, arguments and input types."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dlspec.catalog.base import Entry
from dlspec.diagnostics.codes import names as codes
from dlspec.diagnostics.codes import shapes
from dlspec.diagnostics.report import DlspecError, Note, fail
from dlspec.diagnostics.span import Span
from dlspec.ir.apply import as_tensors
from dlspec.ir.binding import Plain, bind
from dlspec.ir.body import Body
from dlspec.ir.builder import ModuleBuilder, Namer, Tensor
from dlspec.ir.evaluate import Evaluator
from dlspec.ir.parameters import convert, default_value
from dlspec.ir.program import Module, Program
from dlspec.ir.scope import Scope
from dlspec.ir.signature import Signature, declared_inputs
from dlspec.ir.values import BlockRecipe, DataName, FileNames, Poisoned, Value, as_text, key_of
from dlspec.ir.weights import weights_of
from dlspec.syntax import ast
from dlspec.tensor import TensorType

MAX_NESTING = 100
ENDING = "a block that uses itself needs a condition that ends it: `… if depth > 0 else in`"


class Instantiator:
    """Makes modules, each once; holds what a whole program shares.

    `sizes` are the sizes learned from data that are known; `learned` gives the kinds of a field of data (set by the
    resolver of data blocks).
    """

    def __init__(self, sizes: dict[str, int] | None = None) -> None:
        self.evaluator = Evaluator(self)
        self.modules: dict[str, Module] = {}
        self._reserved: set[str] = set()
        self.sizes = sizes or {}
        self.learned: Callable[[DataName, ast.Attribute, ast.Attribute], Value] | None = None
        self._memo: dict[object, Module | None] = {}
        self._making: set[object] = set()
        self._depth = 0

    # ------------------------------------------------------------- recipes

    def recipe(self, value: BlockRecipe, expr: ast.Call, scope: Scope) -> BlockRecipe:
        """A block or model with the arguments of a call."""
        declaration = value.declaration
        name = declaration.name.id
        # The input of a block that declares none, `in`, cannot be given by keyword.
        inputs = [item.name.id for item in declared_inputs(declaration) if item.name.id != "in"]
        plain = [Plain(each.name.id, each.default is None) for each in declaration.parameters]
        bound = bind(expr.arguments, plain, name, expr.span, keyword_only=inputs)
        arguments: dict[str, Value] = {}
        keywords: dict[str, Value] = {}
        problems: list[Any] = []
        for parameter in declaration.parameters:
            given = bound.get(parameter.name.id)
            if given is None:
                continue
            try:
                arguments[parameter.name.id] = convert(
                    self.evaluator, name, parameter, given.arguments[0].value, scope, value.file
                )
            except DlspecError as error:
                problems.extend(error.diagnostics)
        for each in inputs:
            if each in bound:
                keywords[each] = self.evaluator.value(bound[each].arguments[0].value, scope)
        if problems:
            raise DlspecError(problems)
        return BlockRecipe(declaration, value.file, arguments, expr.span, keywords)

    def arguments(self, recipe: BlockRecipe) -> dict[str, Value]:
        """All arguments, defaults filled in; a missing one is reported where the block is used."""
        found = dict(recipe.arguments)
        scope = Scope(recipe.file, names=found)
        for parameter in recipe.declaration.parameters:
            name = parameter.name.id
            if name in found:
                continue
            if parameter.default is None:
                raise fail(
                    codes.MISSING_ARGUMENT,
                    f"'{recipe.declaration.name.id}' needs '{name}'",
                    recipe.span,
                    help=f"write `{recipe.declaration.name.id}({name}=…)`",
                )
            found[name] = default_value(self.evaluator, parameter, scope)
        return found

    # -------------------------------------------------------- applications

    def instantiate(
        self, recipe: BlockRecipe, tensors: list[Tensor], namer: Namer, span: Span
    ) -> tuple[Module, list[Tensor]]:
        """The module of an application, and the tensors that go in (cast where floats are wanted)."""
        arguments = self.arguments(recipe)
        signature = Signature(self.evaluator, recipe, arguments)
        values = signature.assign(tensors, recipe.keywords, span)
        scope = Scope(recipe.file, namer.builder, namer)
        for name, value in values.items():
            if not isinstance(value, Tensor) and signature.typed(name) and value is not None:
                values[name] = as_tensors(scope, value, span)[0]
        values = {name: self._prepared(signature, name, value, namer, span) for name, value in values.items()}
        signature.unify({name: value.type for name, value in values.items() if isinstance(value, Tensor)}, span)
        module = self._module(recipe, arguments, signature, values, span)
        return module, [value for value in values.values() if isinstance(value, Tensor)]

    def _prepared(self, signature: Signature, name: str, value: Value, namer: Namer, span: Span) -> Value:
        wanted = signature.element(name)
        if isinstance(value, Tensor) and wanted is not None:
            what = f"{signature.what}' input '{name}"
            return namer.builder.want(value, wanted, what, namer, span)
        return value

    def _module(
        self,
        recipe: BlockRecipe,
        arguments: dict[str, Value],
        signature: Signature,
        values: dict[str, Value],
        span: Span | None,
    ) -> Module:
        inputs = tuple(
            (name, value.type if isinstance(value, Tensor | TensorHolder) else key_of(value))
            for name, value in values.items()
        )
        key = (id(recipe.declaration), tuple((n, key_of(v)) for n, v in sorted(arguments.items())), inputs)
        if key in self._memo:
            known = self._memo[key]
            if known is None and key in self._making:
                name = recipe.declaration.name
                raise fail(
                    codes.ENDLESS_BLOCK, f"'{name.id}' uses itself without an end", span or name.span, help=ENDING
                )
            if known is None:
                raise Poisoned
            return known
        self._memo[key] = None
        self._making.add(key)
        try:
            module = self._guarded(recipe, arguments, signature, values, span)
        finally:
            self._making.discard(key)
        self._memo[key] = module
        self.modules[module.name] = module
        return module

    def _guarded(
        self, recipe: BlockRecipe, arguments: dict[str, Value], signature: Signature, values: dict[str, Value],
        span: Span | None,
    ) -> Module:  # fmt: skip
        """Build the module; what goes wrong inside leads back to the place of use."""
        name = recipe.declaration.name.id
        if self._depth >= MAX_NESTING:
            raise fail(
                codes.ENDLESS_BLOCK, f"'{name}' is nested more than {MAX_NESTING} deep",
                span or recipe.declaration.name.span,
                help=ENDING,
            )  # fmt: skip
        self._depth += 1
        try:
            return self._build(recipe, arguments, signature, values)
        except DlspecError as error:
            if span is None:
                raise
            kind = "model" if isinstance(recipe.declaration, ast.Model) else "block"
            note = Note(f"in {kind} '{name}', used here", span)
            kept = [
                each if len(each.notes) > 8 or note in each.notes else each.with_notes(note)
                for each in error.diagnostics
            ]
            raise DlspecError(kept) from error
        finally:
            self._depth -= 1

    def _build(
        self, recipe: BlockRecipe, arguments: dict[str, Value], signature: Signature, values: dict[str, Value]
    ) -> Module:
        declaration = recipe.declaration
        kind = "model" if isinstance(declaration, ast.Model) else "block"
        builder = ModuleBuilder(self._module_name(declaration.name.id), declaration.name.id, kind)
        scope = Scope(recipe.file, builder, builder.namer(""))
        for parameter in declaration.parameters:
            scope.bind(parameter.name.id, arguments[parameter.name.id], parameter.name.span)
        inputs: dict[str, Value] = {}
        for name, value in values.items():
            inputs[name] = builder.input(name, value.type) if isinstance(value, Tensor | TensorHolder) else value
        scope.names.update(signature.symbols)
        outputs = Body(self.evaluator, declaration, scope, inputs).run()
        documented = {name: as_text(value) for name, value in arguments.items()}
        return builder.finish(outputs, documented, declaration.doc)

    def _module_name(self, declared: str) -> str:
        name, number = declared, 1
        while name in self._reserved:
            number += 1
            name = f"{declared}.{number}"
        self._reserved.add(name)
        return name

    # ---------------------------------------------------------- root models

    def model(
        self, declaration: ast.Model, file: FileNames, arguments: dict[str, Value], span: Span | None = None
    ) -> Module:
        """A model by itself, its input types as declared."""
        recipe = BlockRecipe(declaration, file, arguments, span or declaration.name.span)
        full = self.arguments(recipe)
        signature = Signature(self.evaluator, recipe, full)
        values: dict[str, Value] = {}
        for name, type in signature.declared_types().items():
            values[name] = TensorHolder(type) if isinstance(type, TensorType) else type
        if not any(isinstance(value, TensorHolder) for value in values.values()):
            raise fail(
                codes.MISSING_INPUT, f"the model '{declaration.name.id}' has no input", declaration.name.span,
                help="write `input x: float[…]` in it",
            )  # fmt: skip
        return self._module(recipe, full, signature, values, span)

    # --------------------------------------------------------------- answers

    def output_types(self, module: Module) -> tuple[TensorType, ...]:
        """The types of a module's outputs."""
        return tuple(module.type_of(result.ref) for result in module.outputs)

    def program(self, source: str = "") -> Program:
        """What has been built so far, as a program of modules."""
        return Program.model_construct(source=source, modules=tuple(self.modules.values()))

    def same_weights(self, left: str, right: str) -> bool:
        """Whether two modules own weights of the same names and shapes."""
        program = self.program()
        a, b = weights_of(program, left), weights_of(program, right)
        return [(name, w.shape) for name, w in a.items()] == [(name, w.shape) for name, w in b.items()]

    def learned_size(self, data: DataName, field: ast.Attribute, expr: ast.Attribute) -> Value:
        """`corpus.tokens.size`: how many kinds a field of data counts."""
        if self.learned is None:
            raise fail(shapes.SHAPE_MISMATCH, "data has no sizes here", expr.span)
        return self.learned(data, field, expr)

    def root(self, entry: Entry, scope: Scope, span: Span) -> Tensor:
        """A root of a flow of data, as an input of the data module."""
        assert scope.make_root is not None
        return scope.make_root(entry, span)


class TensorHolder:
    """The type of an input of a model that stands by itself."""

    __slots__ = ("type",)

    def __init__(self, type: TensorType) -> None:
        self.type = type
