"""Which weights a setting covers: patterns, biases left alone, the first optimizer that matches."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from dlspec.catalog.base import Weight, Weighted
from dlspec.catalog.train_settings import Freeze, Rate
from dlspec.diagnostics.codes import names
from dlspec.diagnostics.codes import training as codes
from dlspec.diagnostics.report import did_you_mean, fail
from dlspec.diagnostics.span import Span
from dlspec.ir import program as ir
from dlspec.ir.context import Expressions
from dlspec.ir.scope import Scope
from dlspec.ir.settings import argument_span, read_setting
from dlspec.ir.walk import matching
from dlspec.ir.weights import weights_of
from dlspec.syntax import ast

Written = tuple[Any, ast.Setting]


class Coverage:
    """The weights of a training's models by canonical name, and what settings mean by their patterns."""

    def __init__(self, evaluator: Expressions, models: dict[str, ir.Module]) -> None:
        self.evaluator = evaluator
        self.program = evaluator.modules.program()
        self.models = models
        self.several = len(models) > 1
        self.weights: dict[str, dict[str, Weight]] = {
            name: {
                self._canonical(name, each): weight for each, weight in weights_of(self.program, module.name).items()
            }
            for name, module in models.items()
        }

    def _canonical(self, model: str, weight: str) -> str:
        return f"{model}.{weight}" if self.several else weight

    def trainable(self, model: str) -> dict[str, Weight]:
        """The weights of a model that are trained."""
        return {name: weight for name, weight in self.weights[model].items() if weight.trainable}

    def matched(self, pattern: str, known: dict[str, Weight], span: Span, model: str | None = None) -> list[str]:
        """The weights that a pattern means; none is an error. With several models the model's name may be left out."""
        found = matching(pattern, known)
        if not found and self.several and model is not None:
            found = matching(f"{model}.{pattern}", known)
        if not found:
            heads = sorted({name.partition(".")[0] for name in known})
            help = did_you_mean(pattern.partition(".")[0], heads) or f"the weights begin with {', '.join(heads[:12])}"
            raise fail(names.UNKNOWN_WEIGHTS, f'"{pattern}" matches no weight', span, help=help)
        return found

    # ---------------------------------------------------------- optimizers

    def optimizers(self, model: str, written: list[Written], place: Span) -> tuple[ir.WeightsUse, ...]:
        """Each optimizer with its weights: one with a pattern goes before one without."""
        if not written:
            raise fail(
                codes.MISSING_SETTING, f"the training of '{model}' has no optimizer", place,
                help="write `optimizer adam(lr=1e-3)`",
            )  # fmt: skip
        known = self.trainable(model)
        if not known:
            raise fail(
                codes.NOTHING_TO_TRAIN, f"the model '{model}' has no weights to train", place,
                help="give it a layer with weights, such as `dense(1)`",
            )  # fmt: skip
        owner: dict[str, int] = {}
        for narrow in (True, False):
            for place_of, (entry, setting) in enumerate(written):
                if entry.covers_what_matches is narrow:
                    for name in self.matched(entry.on, known, argument_span(setting, "on"), model):
                        owner.setdefault(name, place_of)
        left = [name for name in known if name not in owner]
        if left:
            raise fail(
                codes.UNCOVERED_WEIGHTS, f"no optimizer covers {', '.join(left[:3])}{' …' * (len(left) > 3)}",
                argument_span(written[-1][1], "on"), help="add an optimizer without `on=` for the rest",
            )  # fmt: skip
        uses: list[ir.WeightsUse] = []
        for place_of, (entry, setting) in enumerate(written):
            mine = tuple(name for name in known if owner.get(name) == place_of)
            if not mine:
                raise fail(
                    names.REPEATED_SETTING, "another optimizer covers all the weights of this one", setting.span,
                    help="give one of them a pattern: `on=\"…\"`",
                )  # fmt: skip
            uses.append(ir.WeightsUse(entry=entry.optimizer, weights=mine, selected=entry.covers_what_matches))
        return tuple(uses)

    # -------------------------------------------- penalties and constraints

    def penalties(self, model: str, written: list[Written]) -> tuple[ir.WeightsUse, ...]:
        """The block's penalties, then those of single layers."""
        return self._block_and_layers(model, written, "penalty")

    def constraints(self, model: str, written: list[Written]) -> tuple[ir.WeightsUse, ...]:
        """The block's constraints, then those of single layers."""
        return self._block_and_layers(model, written, "constraint")

    def _block_and_layers(
        self, model: str, written: list[Written], what: Literal["penalty", "constraint"]
    ) -> tuple[ir.WeightsUse, ...]:
        known = self.trainable(model)
        uses: list[ir.WeightsUse] = []
        for entry, setting in written:
            found = self.matched(entry.on, known, argument_span(setting, "on"), model)
            if not entry.covers_what_matches:
                found = [name for name in found if known[name].role == "kernel"]
            uses.append(ir.WeightsUse(entry=getattr(entry, what), weights=tuple(found)))
        return (*uses, *self._of_layers(model, what))

    def _of_layers(self, model: str, what: Literal["penalty", "constraint"]) -> Iterator[ir.WeightsUse]:
        """What single layers say of their own weights, biases left alone."""
        known = self.trainable(model)
        for path, layer in _layers(self.program, self.models[model], ""):
            entry = getattr(layer, what) if isinstance(layer, Weighted) else None
            if entry is not None:
                head = self._canonical(model, path) + "."
                covered = tuple(
                    name for name, weight in known.items()
                    if name.startswith(head) and "." not in name[len(head) :]
                    and weight.role != "bias" and name != f"{head}bias"
                )  # fmt: skip
                yield ir.WeightsUse(entry=entry, weights=covered)

    # -------------------------------------------------------------- shared

    def with_shared(self, step: ir.Step, settings: list[ast.Setting], scope: Scope) -> ir.Step:
        """The step with the block's `freeze` and `rate` settings for its model's weights."""
        known = self.trainable(step.model)
        everything = {name: weight for model in self.models for name, weight in self.weights[model].items()}
        rates: list[ir.Rate] = []
        freezes: list[ir.Freeze] = []
        for setting in settings:
            if setting.keyword not in ("freeze", "rate"):
                continue
            entry = read_setting(self.evaluator, "train setting", setting, scope)
            assert isinstance(entry, Freeze | Rate)
            place = argument_span(setting, "pattern")
            covered = [name for name in self.matched(entry.pattern, everything, place) if name in known]
            if isinstance(entry, Rate):
                rates.append(ir.Rate(factor=entry.factor, weights=tuple(covered)))
                continue
            if entry.except_ is not None:
                spared = set(matching(entry.except_, covered))
                covered = [name for name in covered if name not in spared]
            freezes.append(ir.Freeze(weights=tuple(covered), until=entry.until))
        return step.model_copy(update={"rates": tuple(rates), "freezes": tuple(freezes)})


def _layers(program: ir.Program, module: ir.Module, path: str) -> list[tuple[str, object]]:
    """Every unit's layer with its path; recursion follows nested blocks only."""
    found: list[tuple[str, object]] = []
    for unit in module.units:
        if unit.shares is not None:
            continue
        if unit.module is not None:
            found += _layers(program, program.module(unit.module), f"{path}{unit.name}.")
        else:
            found.append((path + unit.name, unit.layer))
    return found
