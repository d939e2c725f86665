"""One step of a training: its module, losses, metrics, optimizers and the rest of its settings."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from dlspec.catalog import train_settings
from dlspec.catalog.base import Entry, Loss, Metric, Schedule
from dlspec.diagnostics.codes import names
from dlspec.diagnostics.codes import training as codes
from dlspec.diagnostics.report import Diagnostic, DlspecError, did_you_mean, fail
from dlspec.diagnostics.span import Span
from dlspec.ir.body import bind_statement
from dlspec.ir.builder import ModuleBuilder, Tensor
from dlspec.ir.context import Expressions
from dlspec.ir.covering import Coverage
from dlspec.ir.models import ModelInstance
from dlspec.ir.program import LossTerm, MetricTerm, Module, Port, Ref, Step
from dlspec.ir.prune import prune
from dlspec.ir.scope import Scope
from dlspec.ir.settings import read_setting
from dlspec.ir.terms import Term, TermReader, read_schedule
from dlspec.ir.values import Broken, FileNames, Poisoned
from dlspec.ir.walk import names_in
from dlspec.syntax import ast
from dlspec.tensor import TensorType

RESERVED_TERMS = ("loss", "penalty")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a step takes from its `train` block: the file, the models, the data's fields, the bindings.

    `in_other_fields` are the fields that flow into other fields; `header` is the place of the first model.
    """

    evaluator: Expressions
    file: FileNames
    models: dict[str, Module]
    fields: dict[str, Port]
    in_other_fields: set[str]
    bindings: list[ast.Binding]
    header: Span
    has_steps: bool


@dataclass(frozen=True, slots=True)
class StepBody:
    """What stands in a step: its name, the model that it updates, its settings and bindings, its place."""

    name: str
    model: str
    settings: list[ast.Setting]
    bindings: list[ast.Binding]
    place: Span


class StepBuilder(ModuleBuilder):
    """A step's module; a column whose type no header tells takes the type of its first use."""

    def want(self, tensor: Tensor, want: Any, what: str, namer: Any, span: Span) -> Tensor:
        if tensor.type.element == "any" and tensor.ref[0] == -1 and want not in ("any", "common"):
            place = tensor.ref[1]
            known = self.inputs[place].type
            type = known.with_element(want) if known.element == "any" else known
            self.inputs[place] = self.inputs[place].model_copy(update={"type": type})
            tensor = Tensor(self, tensor.ref, TensorType(type.element, type.shape, type.batched, tensor.type.kinds))
        return super().want(tensor, want, what, namer, span)


class StepBlock:
    """One step on its way to the IR."""

    def __init__(self, block: Surroundings, body: StepBody, coverage: Coverage) -> None:
        self.block = block
        self.name = body.name
        self.model = body.model
        self.settings = body.settings
        self.bindings = [*block.bindings, *body.bindings]
        self.coverage = coverage
        self.place = body.place
        self.evaluator = block.evaluator
        self.builder = StepBuilder(f"step {body.name}", body.name, "step")
        self.scope = Scope(block.file, self.builder, self.builder.namer(""))
        self.consumed: set[str] = set()
        self.single = len(block.models) == 1
        self.outputs: dict[str, str] = {}

    def resolve(self, metrics: list[ast.Setting]) -> Step:
        """The step; `metrics` are the block's, where this step reports them."""
        self._names()
        problems: list[Diagnostic] = []
        with _noting(problems):
            entries = self._entries()
        with _noting(problems):
            schedule = self._schedule()
        with _noting(problems):
            losses = self._losses()
            measured = self._metrics(metrics, losses)
        if problems:
            raise DlspecError(problems)
        needed: list[tuple[str, Ref]] = []
        for term in [*losses, *measured]:
            needed += [(f"{term.name}.{place}", tensor.ref) for place, tensor in enumerate(term.inputs)]
        module, moved = prune(self.builder, needed)
        optimizers = self.coverage.optimizers(self.model, entries.pop("optimizer"), self.place)
        return Step(
            name=self.name,
            model=self.model,
            module=module,
            losses=tuple(
                LossTerm(name=t.name, loss=t.entry, inputs=tuple(moved[i.ref] for i in t.inputs)) for t in losses
            ),
            metrics=tuple(
                MetricTerm(name=t.name, metric=t.entry, inputs=tuple(moved[i.ref] for i in t.inputs))
                for t in measured
                if t.entry is not None
            ),
            optimizers=optimizers,
            schedule=schedule,
            penalties=self.coverage.penalties(self.model, entries.pop("penalty", [])),
            constraints=self.coverage.constraints(self.model, entries.pop("constraint", [])),
            **{name: value for name, value in entries.items() if name != "schedule"},
        )

    # --------------------------------------------------------------- names

    def _names(self) -> None:
        """Fields, models, bindings and, with one model, its outputs by name."""
        bound = {name.id for statement in self.bindings for name in statement.names}
        for name, port in self.block.fields.items():
            if name not in bound:
                self.scope.names[name] = self.builder.input(name, port.type)
        for name, module in self.block.models.items():
            unit = self.builder.unit(name, module=module.name)
            self.builder.taken.add(name)
            self.scope.names[name] = ModelInstance(name, module, unit)
        if not self.single:
            for statement in self.bindings:
                self._bind(statement)
            return
        outputs = {result.name for result in self.block.models[self.model].outputs}
        called = False
        for statement in self.bindings:
            if not called and names_in(statement.value) & outputs:
                self._call_model()
                called = True
            self._bind(statement)
        if not called:
            self._call_model()

    def _bind(self, statement: ast.Binding) -> None:
        try:
            bind_statement(self.evaluator, statement, self.scope)
        except (DlspecError, Poisoned):
            for name in statement.names:
                self.scope.names.setdefault(name.id, Broken())
            raise
        self.consumed |= names_in(statement.value)

    def _call_model(self) -> None:
        """The one model, fed by the bindings and fields that have its inputs' names."""
        instance = self.scope.names[self.model]
        assert isinstance(instance, ModelInstance)
        target = self.block.header
        tensors: list[Tensor] = []
        for port in instance.module.inputs:
            value = self.scope.names.get(port.name)
            if isinstance(value, Broken):
                raise Poisoned
            if not isinstance(value, Tensor):
                fields = [name for name, each in self.scope.names.items() if isinstance(each, Tensor)]
                raise fail(
                    codes.UNFED_INPUT, f"nothing feeds the input '{port.name}' of '{self.model}'", target,
                    help=did_you_mean(port.name, fields)
                    or f"name a field like the input, or write `{port.name} = …`; the fields are {_listed(fields)}",
                )  # fmt: skip
            tensors.append(value)
            self.consumed.add(port.name)
        results = instance.call(tensors, self.builder.namer(""), target)
        for result, tensor in zip(instance.module.outputs, results, strict=True):
            if isinstance(self.scope.names.get(result.name), Tensor) and result.name not in self.consumed:
                raise fail(
                    codes.AMBIGUOUS, f"'{result.name}' is a field of the data and an output of '{self.model}'", target,
                    help="rename one of them",
                )  # fmt: skip
            self.scope.names[result.name] = tensor
            self.outputs[result.name] = result.name

    # ---------------------------------------------------------------- terms

    def _losses(self) -> list[Term]:
        reader = TermReader(self.evaluator, self.scope)
        found: list[Term] = []
        for setting in self.settings:
            if setting.keyword != "loss":
                continue
            if len(setting.arguments) != 1:
                raise fail(
                    codes.NOT_A_LOSS,
                    "`loss` takes one flow",
                    setting.span,
                    help="several losses stand on several lines",
                )
            argument = setting.arguments[0]
            found.append(reader.read(argument, ("loss",), self._pair))
            self.consumed |= names_in(argument.value)
        if not found:
            raise fail(
                codes.MISSING_SETTING,
                f"{self._what()} has no loss",
                self.place,
                help="write `loss …`, as in `loss mse`",
            )
        _check_names(found, "loss")
        return found

    def _what(self) -> str:
        return f"the step of '{self.name}'" if self.block.has_steps else f"the training of '{self.model}'"

    def _pair(self, entry: Loss | Metric, span: Span) -> list[Tensor]:
        """The one output, and the one field that nothing else consumes."""
        if not self.single:
            raise fail(
                codes.UNCLEAR_LOSS, f"with several models '{entry.entry}' needs a flow", span,
                help=f"write `loss (prediction, target) -> {entry.entry}`",
            )  # fmt: skip
        fields = self.block.fields
        free = [
            name for name in fields if name not in self.consumed and name not in self.block.in_other_fields
            and isinstance(self.scope.names.get(name), Tensor)
        ]  # fmt: skip
        outputs = list(self.outputs)
        example = f"({outputs[0] if outputs else 'output'}, {free[0] if free else 'field'})"
        if len(entry.inputs) != 2:
            example = f"({', '.join(entry.inputs)})"
        if len(outputs) != 1 or len(free) != 1 or len(entry.inputs) != 2:
            raise fail(
                codes.UNCLEAR_LOSS,
                f"it is not clear what '{entry.entry}' compares: the model's outputs are {_listed(outputs)}; the "
                f"fields that nothing else uses are {_listed(free)}",
                span,
                help=f"write `{example} -> {entry.entry}`",
            )
        return [self.scope.names[outputs[0]], self.scope.names[free[0]]]

    def _metrics(self, settings: list[ast.Setting], losses: list[Term]) -> list[Term]:
        reader = TermReader(self.evaluator, self.scope)

        def pair(entry: Loss | Metric, span: Span) -> list[Tensor]:
            paired = [term for term in losses if term.entry is not None and len(term.inputs) == len(entry.inputs)]
            if len(losses) != 1 or len(paired) != 1:
                message = f"it is not clear what '{entry.entry}' compares: there are several losses"
                help = f"write `metrics NAME = (prediction, target) -> {entry.entry}`"
                raise fail(codes.UNCLEAR_LOSS, message, span, help=help)
            return list(paired[0].inputs)

        found = [
            reader.read(argument, ("metric", "loss"), pair) for setting in settings for argument in setting.arguments
        ]
        for term in found:
            if term.entry is None:
                raise fail(codes.NOT_A_LOSS, "a metric of your own is not possible; a loss is", term.span)
        _check_names([*losses, *found], "metric")
        return found

    # ------------------------------------------------------------- settings

    def _entries(self) -> dict[str, Any]:
        """The settings that are entries, and the numbers of clip and repeat."""
        found: dict[str, Any] = {"optimizer": []}
        seen: set[str] = set()
        for setting in self.settings:
            if setting.keyword in ("loss", "schedule"):
                continue
            entry = read_setting(self.evaluator, "train setting", setting, self.scope)
            if setting.keyword in ("optimizer", "penalty", "constraint"):
                found.setdefault(setting.keyword, []).append((entry, setting))
                continue
            if setting.keyword in seen:
                raise fail(
                    names.REPEATED_SETTING, f"'{setting.keyword}' stands twice", setting.keyword_span, help="keep one"
                )
            seen.add(setting.keyword)
            found.update(_numbers(entry))
        return found

    def _schedule(self) -> tuple[Schedule, ...]:
        settings = [setting for setting in self.settings if setting.keyword == "schedule"]
        if len(settings) > 1:
            raise fail(names.REPEATED_SETTING, "'schedule' stands twice", settings[1].keyword_span, help="keep one")
        if not settings:
            return ()
        if len(settings[0].arguments) != 1:
            help = "write the phases one after another: `schedule warmup(steps=100) -> cosine`"
            place = settings[0].arguments[1].value.span if settings[0].arguments else settings[0].span
            raise fail(codes.BAD_SCHEDULE, "`schedule` takes one flow of phases", place, help=help)
        return read_schedule(self.evaluator, settings[0].arguments[0].value, self.scope)


@contextmanager
def _noting(problems: list[Diagnostic]) -> Iterator[None]:
    """Errors go into the list, so that what follows is judged too."""
    try:
        yield
    except DlspecError as error:
        problems.extend(error.diagnostics)


def _numbers(entry: Entry) -> dict[str, Any]:
    if isinstance(entry, train_settings.Clip):
        return {"clip_norm": entry.norm, "clip_value": entry.value}
    if isinstance(entry, train_settings.Repeat):
        return {"repeat": entry.n}
    return {}


def _listed(found: list[str]) -> str:
    return ", ".join(found) if found else "none"


def _check_names(terms: list[Term], what: str) -> None:
    seen: set[str] = set()
    for term in terms:
        if term.name in seen or term.name in RESERVED_TERMS:
            reason = "is the name of the total" if term.name in RESERVED_TERMS else "stands twice"
            raise fail(
                names.DUPLICATE_NAME, f"the {what} '{term.name}' {reason}", term.span,
                help=f"give it a name of its own: `{'loss' if what == 'loss' else 'metrics'} NAME = …`",
            )  # fmt: skip
        seen.add(term.name)
