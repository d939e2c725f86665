"""Expressions to values. Chains are lists in the tree, so only brackets recurse, and the parser limits those."""

from __future__ import annotations

from dlspec.catalog.base import Layer, Misfit
from dlspec.catalog.index import find
from dlspec.diagnostics.codes import names as codes
from dlspec.diagnostics.report import did_you_mean, fail
from dlspec.diagnostics.span import Span
from dlspec.ir.apply import Applier, sequence
from dlspec.ir.arithmetic import binary, unary
from dlspec.ir.attributes import attribute, index
from dlspec.ir.builder import Tensor
from dlspec.ir.context import Modules
from dlspec.ir.entries import make_entry, not_yet, planned
from dlspec.ir.functions import call_function
from dlspec.ir.habits import WORDS, meant
from dlspec.ir.scope import Scope
from dlspec.ir.values import (
    BlockRecipe,
    BoundLayer,
    Broken,
    Choice,
    FunctionName,
    LayerRecipe,
    Poisoned,
    Recipe,
    Value,
    describe,
    holds_tensor,
    is_number,
)
from dlspec.syntax import ast

TWO_FACED = ("min", "max", "sum", "abs", "round")
"""Layers right of an arrow, functions elsewhere."""


class Evaluator:
    """Evaluates expressions in a scope; `modules` turns blocks into modules."""

    def __init__(self, modules: Modules) -> None:
        self.modules = modules
        self.applier = Applier(modules)

    # ------------------------------------------------------------ anything

    def value(self, expr: ast.Expr, scope: Scope) -> Value:
        """The value of an expression that does not stand right of an arrow."""
        match expr:
            case ast.Number() | ast.String() | ast.Boolean() | ast.Size():
                return expr.value
            case ast.NoneLiteral():
                return None
            case ast.Name():
                return self.name(expr, scope)
            case ast.Group():
                return self.value(expr.value, scope)
            case ast.Flow():
                return self.flow(expr, scope)
            case ast.Call():
                return self.call(expr, scope, in_flow=False)
            case ast.Operators():
                return self.operators(expr, scope)
            case ast.Unary():
                return unary(expr.operator, self.value(expr.operand, scope), scope, expr.span)
            case ast.Tuple() | ast.List():
                return tuple(self.value(item, scope) for item in expr.items)
            case ast.Comprehension():
                return tuple(self.comprehension(expr, scope))
            case ast.Conditional():
                return self.value(self.chosen(expr, scope), scope)
            case ast.Attribute():
                return attribute(self, expr, scope)
            case ast.Index():
                return index(self, expr, scope)
        raise fail(codes.BAD_OPERATION, "this is no expression", expr.span)

    def chosen(self, expr: ast.Conditional, scope: Scope) -> ast.Expr:
        """The side of `A if C else B` that is built."""
        for case in expr.cases:
            if self.condition(case.condition, scope):
                return case.value
        return expr.otherwise

    def condition(self, expr: ast.Expr, scope: Scope) -> bool:
        """A compile-time condition."""
        value = self.value(expr, scope)
        if isinstance(value, bool):
            return value
        raise fail(
            codes.BAD_OPERATION,
            f"a condition is true or false, got {describe(value)}",
            expr.span,
            help="values of tensors choose by a layer: `(condition, a, b) -> where`"
            if isinstance(value, Tensor)
            else "compare it with something, as in `stride == 1` or `mask == none`",
        )

    def comprehension(self, expr: ast.Comprehension, scope: Scope) -> list[Value]:
        """The values of a comprehension, in order."""
        items = self.value(expr.iterable, scope)
        if not isinstance(items, tuple):
            raise fail(
                codes.BAD_OPERATION, f"`for` goes through a list, got {describe(items)}", expr.iterable.span,
                help="write `for i in range(n)`",
            )  # fmt: skip
        found: list[Value] = []
        for item in items:
            inner = scope.with_names(self._targets(expr, item))
            if expr.condition is None or self.condition(expr.condition, inner):
                found.append(self.value(expr.element, inner))
        return found

    def _targets(self, expr: ast.Comprehension, item: Value) -> dict[str, Value]:
        if len(expr.targets) == 1:
            return {expr.targets[0].id: item}
        if not isinstance(item, tuple) or len(item) != len(expr.targets):
            raise fail(
                codes.BAD_UNPACKING,
                f"`for` names {len(expr.targets)} values, and an item is {describe(item)}",
                expr.targets[0].span.to(expr.targets[-1].span),
            )
        return {target.id: each for target, each in zip(expr.targets, item, strict=True)}

    def operators(self, expr: ast.Operators, scope: Scope) -> Value:
        """Operators of one level, from left to right."""
        compared = any(operand.operator in ("==", "!=") for operand in expr.rest)
        value = self._operand(expr.first, scope, compared)
        for operand in expr.rest:
            span = expr.first.span.to(operand.value.span)
            if operand.operator in ("and", "or") and isinstance(value, bool):
                if value is (operand.operator == "or"):
                    continue
                value = self.value(operand.value, scope)
                if not isinstance(value, bool) and not holds_tensor(value):
                    raise fail(
                        codes.BAD_OPERATION, f"`{operand.operator}` joins conditions, got {describe(value)}", span
                    )
                continue
            value = binary(operand.operator, value, self._operand(operand.value, scope, compared), scope, span)
        return value

    def _operand(self, expr: ast.Expr, scope: Scope, compared: bool) -> Value:
        if compared and isinstance(expr, ast.Name) and not self.is_known(expr, scope):
            return Choice(expr.id)
        return self.value(expr, scope)

    # --------------------------------------------------------------- flows

    def flow(self, expr: ast.Flow, scope: Scope) -> Value:
        """`X -> L -> M`: data through layers, or layers in sequence."""
        value = self.value(expr.first, scope)
        if isinstance(value, Recipe) and not holds_tensor(value):
            recipes = [value, *(self.stage(stage, scope) for stage in expr.stages)]
            return sequence(recipes)
        self._check_data(expr.first, value)
        for stage in expr.stages:
            value = self.applier.apply(self.stage(stage, scope), value, scope, stage.span)
        return value

    def _check_data(self, expr: ast.Expr, value: Value) -> None:
        """Raise at what stands left of an arrow, beside data, and is a layer."""
        while isinstance(expr, ast.Group):
            expr = expr.value
        if isinstance(expr, ast.Tuple) and isinstance(value, tuple):
            for item, each in zip(expr.items, value, strict=True):
                if isinstance(each, Recipe):
                    raise fail(
                        codes.NOT_A_TENSOR, f"data belongs here, and this is {describe(each)}", item.span,
                        help=f"give it data with an arrow: `x -> {item.span.text}`",
                    )  # fmt: skip

    def stage(self, expr: ast.Expr, scope: Scope) -> Recipe:
        """What stands right of an arrow: a layer."""
        match expr:
            case ast.Name():
                value = self.name(expr, scope, in_flow=True)
            case ast.Call():
                value = self.call(expr, scope, in_flow=True)
            case ast.Group():
                value = self._group(expr.value, scope)
            case ast.Operators():
                value = self.stage(expr.first, scope)
                for operand in expr.rest:
                    span = expr.first.span.to(operand.value.span)
                    value = binary(operand.operator, value, self.value(operand.value, scope), scope, span)
            case ast.Attribute(value=ast.Name() as owner) if not self.is_known(owner, scope):
                raise fail(
                    codes.UNKNOWN_LAYER, f"there is no layer '{expr.span.text}'", expr.span,
                    help=f"layers are called by their own names: `{expr.name}`",
                )  # fmt: skip
            case _:
                value = self.value(expr, scope)
        if isinstance(value, Recipe):
            return value
        help = "write a layer such as `dense(10)`"
        if is_number(value):
            help = f"a layer takes its numbers as arguments: `dense({expr.span.text})`"
        elif holds_tensor(value):
            help = "tensors are combined with `+`, or as `(a, b) -> concat(axis=0)`; a flow may begin with one"
        raise fail(
            codes.NOT_A_LAYER, f"right of an arrow stands a layer, and this is {describe(value)}", expr.span, help=help
        )

    def _group(self, expr: ast.Expr, scope: Scope) -> Value:
        """A parenthesised layer: its first name is a layer too, as in `(sum(axis=-1) -> relu)`."""
        if isinstance(expr, ast.Flow):
            return sequence([self.stage(expr.first, scope), *(self.stage(each, scope) for each in expr.stages)])
        if isinstance(expr, ast.Conditional):
            return self._group(self.chosen(expr, scope), scope)
        return self.stage(expr, scope)

    # --------------------------------------------------------------- names

    def is_bound(self, name: str, scope: Scope) -> bool:
        """Whether a binding or declaration has that name (the catalogue aside)."""
        return name in scope.names or scope.file.has(name)

    def is_known(self, expr: ast.Name, scope: Scope) -> bool:
        """Whether a name means anything here."""
        return self.is_bound(expr.id, scope) or any(
            find(kind, expr.id) is not None for kind in (*scope.stages, *scope.roots, "function")
        )

    def name(self, expr: ast.Name, scope: Scope, *, in_flow: bool = False) -> Value:
        """What a bare name means: a binding, a declaration, a function, a layer."""
        name = expr.id
        if name in scope.names:
            value = scope.names[name]
        elif scope.file.has(name):
            value = scope.file.value(name, self, expr.span)
        else:
            return self._library(expr, scope, in_flow)
        if isinstance(value, Broken):
            raise Poisoned
        return value

    def _library(self, expr: ast.Name, scope: Scope, in_flow: bool) -> Value:
        name = expr.id
        if not in_flow and find("function", name) is not None:
            return FunctionName(name)
        for kind in scope.kinds(in_flow):
            cls = find(kind, name)
            if cls is not None:
                return self.library_call(ast.Call(expr.span, expr, ()), scope, cls_kind=kind)
        for kind in scope.kinds(in_flow):
            if planned(kind, name):
                raise not_yet(kind, name, expr.span)
        raise self.unknown(expr, scope, in_flow)

    def unknown(self, expr: ast.Name, scope: Scope, in_flow: bool) -> Exception:
        """The diagnostic for a name that nothing binds."""
        if in_flow:
            known = [each for each in scope.known() if each not in ("len", "range", "chain")]
            help = meant(expr.id, known)
            return fail(
                codes.UNKNOWN_LAYER,
                f"there is no layer '{expr.id}'",
                expr.span,
                help=help or "`dlspec explain --list` shows all layers; a block of your own is declared with `block`",
            )
        help = f"write `{WORDS[expr.id]}`" if expr.id in WORDS else did_you_mean(expr.id, scope.known())
        if expr.id == "in":
            help = "`in` is the one input of a block that declares none; others are called by their names"
        elif scope.in_data:
            help = did_you_mean(expr.id, scope.names) or f'a column of the source is `column("{expr.id}")`'
        elif expr.id in _choices():
            help = f'if "{expr.id}" is meant as a choice, declare the parameter as `name: choice`'
        return fail(
            codes.UNKNOWN_NAME, f"'{expr.id}' is not bound here", expr.span,
            help=help or "bind it above, or make it a parameter",
        )  # fmt: skip

    # --------------------------------------------------------------- calls

    def call(self, expr: ast.Call, scope: Scope, *, in_flow: bool) -> Value:
        """`f(…)`: a function, a layer, a block or a model."""
        function = expr.function
        if not isinstance(function, ast.Name):
            raise self._no_name(function, scope)
        name = function.id
        if self.is_bound(name, scope):
            return self.call_value(self.name(function, scope, in_flow=in_flow), expr, scope)
        as_layer = (in_flow and name != "chain") or (
            name in TWO_FACED and all(argument.name for argument in expr.arguments)
        )
        if not as_layer and find("function", name) is not None:
            return call_function(self, name, expr, scope)
        for kind in scope.kinds(in_flow):
            if find(kind, name) is not None:
                return self.library_call(expr, scope, cls_kind=kind)
            if planned(kind, name):
                raise not_yet(kind, name, function.span)
        raise self.unknown(function, scope, in_flow=True)

    def _no_name(self, function: ast.Expr, scope: Scope) -> Exception:
        """The diagnostic for a call of `a.b` or `(…)`."""
        help = "bind it to a name first"
        if isinstance(function, ast.Attribute):
            if isinstance(function.value, ast.Name) and self.is_bound(function.value.id, scope):
                self.name(function.value, scope)  # what is spoilt is not judged again
            help = f"layers, and what a file imports, are called by their own names: `{function.name}(…)`"
        return fail(codes.NOT_CALLABLE, "only a name can be called", function.span, help=help)

    def call_value(self, value: Value, expr: ast.Call, scope: Scope) -> Value:
        """A call of something that a name is bound to."""
        if isinstance(value, BlockRecipe) and not value.arguments and not value.keywords:
            return self.modules.recipe(value, expr, scope)
        if isinstance(value, LayerRecipe) and not expr.arguments:
            return value
        if isinstance(value, FunctionName):
            return call_function(self, value.name, expr, scope)
        name = expr.function.span.text
        help = "its arguments were given where it was bound" if isinstance(value, Recipe) else ""
        what = "a layer already" if isinstance(value, BoundLayer) else describe(value)
        if isinstance(value, Tensor):
            help = f"give it to a layer, `{name} -> dense(3)`, or take a part of it, `{name}[0]`"
        raise fail(codes.NOT_CALLABLE, f"'{name}' is {what} and takes no arguments", expr.span, help=help)

    def library_call(self, expr: ast.Call, scope: Scope, *, cls_kind: str) -> Value:
        """A layer of the catalogue with its arguments; what takes no data is a tensor at once."""
        assert isinstance(expr.function, ast.Name)
        cls = find(cls_kind, expr.function.id)
        assert cls is not None
        entry, tensors = make_entry(self, cls, expr.arguments, scope, expr.span)
        if cls_kind in scope.roots:
            return self.modules.root(entry, scope, expr.span)
        assert isinstance(entry, Layer)
        if not entry.inputs and not entry.many:
            return self._source(entry, scope, expr.span)
        return LayerRecipe(entry, expr.span, tensors)

    def _source(self, layer: Layer, scope: Scope, span: Span) -> Value:
        if scope.builder is None or scope.namer is None:
            raise fail(
                codes.NOT_A_TENSOR, f"'{layer.entry}' makes a tensor, and a file has none of its own", span,
                help="write it inside a model or block",
            )  # fmt: skip
        try:
            return scope.builder.layer(layer, [], scope.namer, span)[0]
        except Misfit as misfit:
            raise fail(codes.BAD_ARGUMENT, misfit.message, span, help=misfit.help) from misfit


def _choices() -> frozenset[str]:
    """Common choices of the catalogue, for a hint; nothing is imported for it."""
    return frozenset({"same", "valid", "causal", "zeros", "reflect", "nearest", "bilinear", "tanh", "none"})
