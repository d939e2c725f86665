"""`augment image -> random_flip(horizontal) -> …`: fields, and what changes them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from dlspec.catalog.base import Augmentation, Misfit
from dlspec.catalog.index import find
from dlspec.catalog.index import names as catalogue_names
from dlspec.diagnostics.codes import data as codes
from dlspec.diagnostics.codes import names
from dlspec.diagnostics.report import did_you_mean, fail
from dlspec.diagnostics.span import Span
from dlspec.ir.builder import Tensor
from dlspec.ir.context import Expressions
from dlspec.ir.entries import named_call
from dlspec.ir.program import Augment
from dlspec.ir.scope import Scope
from dlspec.ir.values import Broken, LayerRecipe, Poisoned, Recipe, SequenceRecipe, describe
from dlspec.syntax import ast
from dlspec.tensor import TensorType, shape_text

KIND = "augmentation"


def read_augment(
    evaluator: Expressions, expr: ast.Expr, scope: Scope, fields: Mapping[str, Tensor], taken: Collection[str]
) -> Augment:
    """The setting; a diagnostic where a field or an augmentation does not fit. `taken` are augmented already."""
    if not isinstance(expr, ast.Flow):
        raise fail(
            codes.BAD_AUGMENTATION, "`augment` takes a field through augmentations", expr.span,
            help="write `augment image -> random_flip(horizontal)`",
        )  # fmt: skip
    chosen = _fields(expr.first, scope, fields, taken)
    layers = _layers(evaluator, expr.stages, replace(scope, stages=(KIND,), roots=()))
    before = tuple(fields[name].type for name in chosen)
    types = before
    for layer, span in layers:
        types = _behind(layer, types, span)
    for name, was, now in zip(chosen, before, types, strict=True):
        if was.shape != now.shape:
            raise fail(
                codes.BAD_AUGMENTATION,
                f"'{name}' is {shape_text(was.shape)}, and {shape_text(now.shape)} when it is augmented",
                expr.stages[-1].span,
                help="all parts need one shape, and only the training part is augmented: take the size of the field",
            )
    return Augment(fields=chosen, steps=tuple(layer for layer, _ in layers))


def _fields(expr: ast.Expr, scope: Scope, fields: Mapping[str, Tensor], taken: Collection[str]) -> tuple[str, ...]:
    """The fields left of the first arrow."""
    while isinstance(expr, ast.Group):
        expr = expr.value
    found: list[str] = []
    for item in expr.items if isinstance(expr, ast.Tuple) else (expr,):
        name = item.id if isinstance(item, ast.Name) else ""
        if isinstance(scope.names.get(name), Broken):
            raise Poisoned
        if name not in fields:
            raise fail(
                names.UNKNOWN_NAME, f"there is no field '{name}'" if name else "`augment` takes fields by name",
                item.span, help=did_you_mean(name, fields) or f"the fields are {', '.join(fields)}",
            )  # fmt: skip
        if name in taken or name in found:
            raise fail(codes.BAD_AUGMENTATION, f"'{name}' is augmented twice", item.span, help="write one flow for it")
        found.append(name)
    return tuple(found)


def _layers(evaluator: Expressions, stages: tuple[ast.Expr, ...], scope: Scope) -> list[tuple[Augmentation, Span]]:
    """The augmentations right of the arrows, one after another."""
    found: list[tuple[Augmentation, Span]] = []
    for stage in stages:
        _check_name(stage, scope)
        for part in _parts(evaluator.stage(stage, scope)):
            layer = part.entry if isinstance(part, LayerRecipe) else None
            if not isinstance(layer, Augmentation):
                raise fail(codes.BAD_AUGMENTATION, f"{describe(part)} is no augmentation", stage.span, help=_listed())
            found.append((layer, part.span if isinstance(part, LayerRecipe) else stage.span))
    return found


def _parts(recipe: Recipe) -> tuple[Recipe, ...]:
    return recipe.items if isinstance(recipe, SequenceRecipe) else (recipe,)


def _check_name(stage: ast.Expr, scope: Scope) -> None:
    """Raise where a layer or transform stands in place of an augmentation."""
    name, _ = named_call(stage)
    if name is None or name in scope.names or scope.file.has(name) or find(KIND, name) is not None:
        return
    known = catalogue_names(KIND)
    raise fail(
        codes.BAD_AUGMENTATION, f"'{name}' is no augmentation", stage.span, help=did_you_mean(name, known) or _listed()
    )


def _listed() -> str:
    return f"there are {', '.join(catalogue_names(KIND))}"


def _behind(layer: Augmentation, types: tuple[TensorType, ...], span: Span) -> tuple[TensorType, ...]:
    try:
        return layer.infer(*types)
    except Misfit as misfit:
        message = f"'{layer.entry}' {misfit.message}"
        raise fail(codes.BAD_AUGMENTATION, message, span, help=misfit.help) from misfit
