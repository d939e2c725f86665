"""Losses, metrics and schedules of a `train` block: flows that end in an entry of their own kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dlspec.catalog.base import Loss, Metric, Misfit, Schedule
from dlspec.catalog.index import find, make_layer
from dlspec.catalog.index import names as catalogue_names
from dlspec.catalog.schedules import check_phases
from dlspec.diagnostics.codes import shapes
from dlspec.diagnostics.codes import training as codes
from dlspec.diagnostics.report import did_you_mean, fail
from dlspec.diagnostics.span import Span
from dlspec.ir.apply import as_tensors
from dlspec.ir.builder import Tensor
from dlspec.ir.context import Expressions
from dlspec.ir.entries import make_entry, named_call, not_yet, planned
from dlspec.ir.habits import meant
from dlspec.ir.scope import Scope
from dlspec.ir.values import Value, describe, is_number
from dlspec.syntax import ast
from dlspec.tensor import shape_text


@dataclass(frozen=True, slots=True)
class Term:
    """A loss or metric with the tensors that go in."""

    name: str
    entry: Loss | Metric | None
    inputs: tuple[Tensor, ...]
    span: Span


class TermReader:
    """Reads the terms of one step. `pair` is what a term without a flow takes, or raises why there is none."""

    def __init__(self, evaluator: Expressions, scope: Scope) -> None:
        self.evaluator = evaluator
        self.scope = scope

    def read(self, argument: ast.Argument, kinds: Sequence[str], pair: Any) -> Term:
        """The term of one argument of `loss` or `metrics`: `kinds` are what it may end in, nearest first."""
        expr = argument.value
        head, last = split_flow(expr)
        entry = self._entry(last, kinds, scope=self.scope, alone=head is None)
        name = argument.name or (entry.entry if entry is not None else "loss_term")
        if entry is None:
            return self._own(name, expr, argument)
        if head is None:
            return self._checked(name, entry, pair(entry, expr.span), expr.span, reported="metric" in kinds)
        scope = self.scope.within(name)
        value = self.evaluator.value(head, scope)
        tensors = self._tensors(value, entry, head, scope)
        return self._checked(name, entry, tensors, last.span, reported="metric" in kinds)

    def _entry(self, last: ast.Expr, kinds: Sequence[str], *, scope: Scope, alone: bool) -> Loss | Metric | None:
        name, arguments = named_call(last)
        if name is None or self.evaluator.is_bound(name, scope):
            return None
        for kind in kinds:
            cls = find(kind, name)
            if cls is not None:
                entry = make_entry(self.evaluator, cls, arguments, scope, last.span)[0]
                assert isinstance(entry, Loss | Metric)
                return entry
        for kind in kinds:
            if planned(kind, name):
                raise not_yet(kind, name, last.span)
        if alone or find("layer", name) is None:
            known = [each for kind in kinds for each in catalogue_names(kind)]
            raise fail(
                codes.NOT_A_LOSS, f"there is no {' or '.join(kinds)} '{name}'", last.span,
                help=meant(name, known) or f"there are {', '.join(known)}",
            )  # fmt: skip
        return None

    def _own(self, name: str, expr: ast.Expr, argument: ast.Argument) -> Term:
        """A flow that gives one number for each example."""
        value = self.evaluator.value(expr, self.scope.within(name))
        if not isinstance(value, Tensor) or value.type.shape not in ((), (1,)) or not value.type.batched:
            got = describe(value)
            raise fail(
                codes.NOT_A_LOSS, f"this is neither a loss nor one number for each example, but {got}", expr.span,
                help="end the flow in a loss, as in `(logits, label) -> cross_entropy`, or take a mean first",
            )  # fmt: skip
        if argument.name is None:
            raise fail(codes.NOT_A_LOSS, "a loss of your own needs a name", expr.span, help="write `loss NAME = …`")
        return Term(name, None, (value,), expr.span)

    def _tensors(self, value: Value, entry: Loss | Metric, head: ast.Expr, scope: Scope) -> list[Tensor]:
        values = list(value) if isinstance(value, tuple) else [value]
        wanted = entry.inputs
        if len(values) != len(wanted):
            raise fail(
                shapes.WRONG_NUMBER_OF_INPUTS,
                f"'{entry.entry}' takes {len(wanted)} tensors ({', '.join(wanted)}), got {len(values)}",
                head.span,
                help=f"write `({', '.join(wanted)}) -> {entry.entry}`",
            )
        like = next((each for each in values if isinstance(each, Tensor)), None)
        answers = entry.answers if isinstance(entry, Loss) else ()
        return [
            each if isinstance(each, Tensor)
            else self._constant(each, None if name in answers else like, scope, head.span)
            for name, each in zip(wanted, values, strict=True)
        ]  # fmt: skip

    def _constant(self, value: Value, like: Tensor | None, scope: Scope, span: Span) -> Tensor:
        """A number beside a prediction of several elements stands for that number at each of them."""
        tensor = as_tensors(scope, float(value) if is_number(value) else value, span)[0]
        shape = like.type.shape if like is not None else ()
        if tensor.type.shape or shape in ((), (1,)):
            return tensor
        return scope.call(make_layer("layer", "expand", shape=shape), [tensor], span)

    def _checked(self, name: str, entry: Loss | Metric, tensors: list[Tensor], span: Span, *, reported: bool) -> Term:
        """The term, its tensors as the entry wants them; what is `reported` is collected over batches, so that all of
        it needs a batch."""
        builder, namer = self.scope.within(name).building
        wants = entry.wants if isinstance(entry.wants, tuple) else (entry.wants,) * len(tensors)
        fitted = [
            tensor if want in ("any", "common") else builder.want(tensor, want, entry.entry, namer, span)
            for tensor, want in zip(tensors, wants, strict=True)
        ]
        like = next((tensor for tensor in fitted if tensor.type.batched), None)
        if reported and like is not None:
            alone = [not tensor.type.batched and bool(tensor.type.shape) for tensor in fitted]
            fitted = [
                builder.to_batch(tensor, like, namer, span) if spread else tensor
                for tensor, spread in zip(fitted, alone, strict=True)
            ]
        types = [tensor.type for tensor in fitted]
        try:
            entry.infer(*types)
        except Misfit as misfit:
            message = f"{entry.entry}: {misfit.message}"
            if not any(shape_text(type.shape) in misfit.message for type in types):
                message += f" (given {' and '.join(str(type) for type in types)})"
            raise fail(shapes.SHAPE_MISMATCH, message, span, help=misfit.help) from misfit
        return Term(name, entry, tuple(fitted), span)


def split_flow(expr: ast.Expr) -> tuple[ast.Expr | None, ast.Expr]:
    """A flow without its last stage, and that stage; (None, expr) for what is no flow."""
    while isinstance(expr, ast.Group):
        expr = expr.value
    if not isinstance(expr, ast.Flow):
        return None, expr
    last = expr.stages[-1]
    if len(expr.stages) == 1:
        return expr.first, last
    rest = expr.stages[:-1]
    return ast.Flow(expr.first.span.to(rest[-1].span), expr.first, rest), last


def read_schedule(evaluator: Expressions, expr: ast.Expr, scope: Scope) -> tuple[Schedule, ...]:
    """The phases of a schedule, one after another."""
    stages = [expr.first, *expr.stages] if isinstance(expr, ast.Flow) else [expr]
    phases = tuple(_phase(evaluator, stage, scope) for stage in stages)
    try:
        check_phases(phases)
    except Misfit as misfit:
        raise fail(codes.BAD_SCHEDULE, misfit.message, expr.span, help=misfit.help) from misfit
    return phases


def _phase(evaluator: Expressions, stage: ast.Expr, scope: Scope) -> Schedule:
    name, arguments = named_call(stage)
    known = catalogue_names("schedule")
    if name is not None:
        cls = find("schedule", name)
        if cls is not None:
            entry = make_entry(evaluator, cls, arguments, scope, stage.span)[0]
            assert isinstance(entry, Schedule)
            return entry
        if planned("schedule", name):
            raise not_yet("schedule", name, stage.span)
    help = did_you_mean(name or "", known) or f"the phases are {', '.join(known)}"
    raise fail(codes.BAD_SCHEDULE, f"`{stage.span.text}` is no phase of a schedule", stage.span, help=help)
