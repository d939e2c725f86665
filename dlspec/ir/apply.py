"""Applying layers to data: recipes become units and nodes."""

from __future__ import annotations

from dlspec.catalog.base import Layer
from dlspec.catalog.index import make_layer
from dlspec.diagnostics.codes import names as codes
from dlspec.diagnostics.codes import shapes
from dlspec.diagnostics.report import fail
from dlspec.diagnostics.span import Span
from dlspec.ir.builder import Namer, Tensor
from dlspec.ir.context import Modules
from dlspec.ir.models import ModelInstance
from dlspec.ir.scope import Scope
from dlspec.ir.values import (
    BlockRecipe,
    BoundLayer,
    LayerRecipe,
    Recipe,
    SequenceRecipe,
    Value,
    describe,
    is_number,
    numeric_tuple,
)
from dlspec.tensor import Sym


def constant(scope: Scope, value: Value, span: Span, *, like: Tensor | None = None) -> Tensor:
    """A number or list of numbers as a tensor without a batch dimension; a float where `like` holds floats."""
    if like is not None and like.type.element == "float":
        value = _floats(value)
    return scope.call(make_layer("layer", "constant", values=value), [], span)


def size_number(scope: Scope, value: Sym, span: Span) -> Tensor:
    """A symbolic size as a tensor of one whole number, without a batch dimension."""
    return scope.call(make_layer("operator", "size", value=value), [], span)


def _floats(value: Value) -> Value:
    return tuple(_floats(each) for each in value) if isinstance(value, tuple) else float(value)


def as_tensors(scope: Scope, value: Value, span: Span) -> list[Tensor]:
    """What stands left of an arrow, as a list of tensors."""
    values = value if isinstance(value, tuple) and not numeric_tuple(value) else (value,)
    tensors: list[Tensor] = []
    for each in values:
        if isinstance(each, Tensor):
            tensors.append(each)
        elif is_number(each) or isinstance(each, bool) or numeric_tuple(each):
            tensors.append(constant(scope, each, span))
        elif isinstance(each, tuple):
            raise fail(
                codes.NOT_A_TENSOR,
                "a tuple of tuples is no data",
                span,
                help="write the tensors in one tuple: `(a, b, c) -> …`",
            )
        else:
            help = "give it data with an arrow: `x -> …`" if isinstance(each, Recipe) else "data belongs here"
            raise fail(codes.NOT_A_TENSOR, f"{describe(each)} is no tensor", span, help=help)
    return tensors


def result_of(tensors: tuple[Tensor, ...]) -> Value:
    """One result as itself, several as a tuple."""
    return tensors[0] if len(tensors) == 1 else tensors


class Applier:
    """Applies recipes in a scope."""

    def __init__(self, modules: Modules) -> None:
        self.modules = modules

    def apply(self, recipe: Recipe, data: Value, scope: Scope, span: Span) -> Value:
        """`data -> recipe`: a tensor, or a tuple of them."""
        if scope.builder is None or scope.namer is None:
            raise fail(
                codes.NOT_A_TENSOR, "data flows in models and blocks only, and this stands outside of them", span,
                help="write it inside a model or block",
            )  # fmt: skip
        tensors = as_tensors(scope, data, span)
        if isinstance(recipe, BoundLayer):
            return self._bound(recipe, tensors, scope, span)
        for simple in _simple(recipe):
            if isinstance(simple, BoundLayer):
                value = self._bound(simple, tensors, scope, span)
                tensors = list(value) if isinstance(value, tuple) else [value]
            else:
                tensors = list(self._fresh(simple, tensors, scope.namer, span, None))
        return result_of(tuple(tensors))

    def _fresh(
        self, recipe: Recipe, tensors: list[Tensor], namer: Namer, span: Span, name: str | None
    ) -> tuple[Tensor, ...]:
        """One application with a unit of its own."""
        builder = namer.builder
        if isinstance(recipe, LayerRecipe):
            assert isinstance(recipe.entry, Layer)
            return builder.layer(recipe.entry, tensors, namer, recipe.span, keywords=recipe.keywords, name=name)
        if isinstance(recipe, ModelInstance):
            return recipe.call(tensors, namer, span)
        assert isinstance(recipe, BlockRecipe)
        module, inputs = self.modules.instantiate(recipe, tensors, namer, span)
        unit = builder.unit(name or namer.next(recipe.declaration.name.id), module=module.name)
        return builder.node(unit, inputs, self.modules.output_types(module), recipe.span)

    def _bound(self, bound: BoundLayer, tensors: list[Tensor], scope: Scope, span: Span) -> Value:
        """An application of a bound layer: its units are made once."""
        builder = bound.builder
        if scope.builder is not builder:
            raise fail(
                codes.BOUND_REPEATED,
                f"'{bound.name}' is one layer of another block, and its weights cannot be used here",
                span,
                help="write the layer itself where a block takes a layer, as in `norm=batch_norm`",
            )
        parts = list(_simple(bound.inner))
        first = not bound.units
        single = len(parts) == 1
        for index, part in enumerate(parts):
            if isinstance(part, BoundLayer):
                value = self._bound(part, tensors, scope, span)
                tensors = list(value) if isinstance(value, tuple) else [value]
                if first:
                    bound.units.append(-1)
            elif first:
                name = bound.name if single else None
                if single:
                    builder.taken.add(bound.name)
                tensors = list(self._fresh(part, tensors, builder.namer(bound.name), span, name))
                bound.units.append(builder.nodes[-1].unit)
            else:
                tensors = list(self._again(part, bound.units[index], tensors, builder.namer(bound.name), span))
        return result_of(tuple(tensors))

    def _again(self, recipe: Recipe, unit: int, tensors: list[Tensor], namer: Namer, span: Span) -> tuple[Tensor, ...]:
        """Another call of a unit that exists."""
        builder = namer.builder
        if isinstance(recipe, LayerRecipe):
            assert isinstance(recipe.entry, Layer)
            return builder.layer(recipe.entry, tensors, namer, span, keywords=recipe.keywords, unit=unit)
        assert isinstance(recipe, BlockRecipe)
        module, inputs = self.modules.instantiate(recipe, tensors, namer, span)
        owner = builder.units[unit]
        if module.name != owner.module:
            assert owner.module is not None
            if not self.modules.same_weights(module.name, owner.module):
                raise fail(
                    shapes.SHARED_SHAPES,
                    f"'{owner.name}' is one layer, and data of type {tensors[0].type} would need other weights",
                    span,
                    help="write the layer out twice for two sets of weights",
                )
            unit = builder.unit(owner.name, module=module.name, shares=unit)
        return builder.node(unit, inputs, self.modules.output_types(module), span)


def _simple(recipe: Recipe) -> tuple[Recipe, ...]:
    return recipe.items if isinstance(recipe, SequenceRecipe) else (recipe,)


def sequence(recipes: list[Recipe]) -> Recipe:
    """The layers one after another, flat."""
    items: list[Recipe] = []
    for recipe in recipes:
        items.extend(_simple(recipe))
    return items[0] if len(items) == 1 else SequenceRecipe(tuple(items))
