"""A `train` block to its IR."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from dlspec.catalog.base import Entry, TrainSetting
from dlspec.catalog.train_settings import Accumulate, Batch
from dlspec.diagnostics.codes import names
from dlspec.diagnostics.codes import training as codes
from dlspec.diagnostics.report import Diagnostic, DlspecError, did_you_mean, fail
from dlspec.diagnostics.span import Span
from dlspec.ir.context import Expressions
from dlspec.ir.covering import Coverage
from dlspec.ir.figures import check_figures
from dlspec.ir.files import FileScope
from dlspec.ir.program import Data, ModelUse, Module, Port, Step, Train
from dlspec.ir.reach import moving_weights
from dlspec.ir.scope import Scope
from dlspec.ir.settings import argument_span, check_no_setting, read_setting, setting_class
from dlspec.ir.stepblock import StepBlock, StepBody, Surroundings
from dlspec.ir.values import BlockRecipe, DataName, Poisoned
from dlspec.ir.walk import names_in
from dlspec.syntax import ast

DataOf = Callable[[DataName], Data]


class TrainBlock:
    """One `train` block on its way to the IR."""

    def __init__(self, evaluator: Expressions, declaration: ast.Train, file: FileScope, data_of: DataOf) -> None:
        self.evaluator = evaluator
        self.declaration = declaration
        self.file = file
        self.data_of = data_of
        self.scope = Scope(file)
        self.problems: list[Diagnostic] = []
        self.poisoned = False
        self.models: dict[str, Module] = {}
        self.data: Data | None = None
        self.in_other_fields: set[str] = set()
        self.bindings = [s for s in declaration.body if isinstance(s, ast.Binding)]
        self.steps = [s for s in declaration.body if isinstance(s, ast.Step)]
        self.settings: dict[str, Entry] = {}
        self.setting_places: dict[str, Span] = {}
        self.loads: list[Entry] = []

    @property
    def label(self) -> str:
        """The label, or the first model's name."""
        if self.declaration.label is not None:
            return self.declaration.label.id
        return target_name(self.declaration.targets[0])

    def resolve(self) -> Train:
        """The block; every error in it at once."""
        self._guarded(self._header)
        own, shared = self._sort_settings()
        for setting in shared:
            if setting.keyword not in ("metrics", "freeze", "rate"):
                self._guarded(partial(self._setting, setting))
        self._stop_if_wrong()
        coverage = Coverage(self.evaluator, self.models)
        steps: list[Step] = []
        surroundings = self._surroundings()
        for body in self._step_bodies(own):
            block = StepBlock(surroundings, body, coverage)
            metrics = [s for s in shared if s.keyword == "metrics"] if body.name == self._last_step() else []
            self._guarded(partial(self._add_step, steps, block, metrics))
            for setting in body.settings:
                if setting.keyword == "schedule":
                    self.setting_places[f"schedule of {body.name}"] = argument_span(setting, "flow")
        self._stop_if_wrong()
        steps = [coverage.with_shared(step, shared, self.scope) for step in steps]
        for step in steps:
            self._require_movement(step, coverage)
        train = Train(
            label=self.label,
            data=self.data.name if self.data else None,
            models=tuple(ModelUse(name=name, module=module.name) for name, module in self.models.items()),
            fields=_fields(steps),
            steps=tuple(steps),
            settings=self.settings,
            loads=tuple(self.loads),
            doc=self.declaration.doc,
        )
        self._guarded(partial(check_figures, train, self.data, self.setting_places))
        self._guarded(partial(self._check_batches, train))
        self._guarded(partial(self._check_truncation, train))
        self._stop_if_wrong()
        return train

    def _check_truncation(self, train: Train) -> None:
        if "truncate" in train.settings:
            from dlspec.ir.truncation import truncation_of  # most trainings are checked quicker without it

            truncation_of(self.evaluator.modules.program(), train, self.setting_places.get("truncate"))

    def _check_batches(self, train: Train) -> None:
        batch, accumulate = train.settings.get("batch"), train.settings.get("accumulate")
        if isinstance(batch, Batch) and batch.n == "all" and isinstance(accumulate, Accumulate):
            raise fail(
                codes.NOTHING_TO_ACCUMULATE, "`batch all` leaves one batch an epoch, and nothing to accumulate",
                self.setting_places.get("accumulate"),
                help=f"write `batch 32` and `accumulate {accumulate.n}` for updates of {32 * accumulate.n} examples",
            )  # fmt: skip

    def _add_step(self, steps: list[Step], block: StepBlock, metrics: list[ast.Setting]) -> None:
        steps.append(block.resolve(metrics))

    def _guarded(self, action: Callable[[], object]) -> None:
        try:
            action()
        except DlspecError as error:
            self.problems.extend(error.diagnostics)
        except Poisoned:
            self.poisoned = True

    def _stop_if_wrong(self) -> None:
        if self.problems:
            raise DlspecError(self.problems)
        if self.poisoned:
            raise Poisoned

    def _require_movement(self, step: Step, coverage: Coverage) -> None:
        """A diagnostic where no update of a step moves a weight."""
        known = coverage.trainable(step.model)
        program = self.evaluator.modules.program()  # with the blocks that the steps themselves call
        if not moving_weights(program, step, known, several=coverage.several):
            what = f"the loss of '{step.name}'" if len(self.models) > 1 else "the loss"
            raise fail(
                codes.NOTHING_TO_TRAIN, f"{what} depends on no weight of '{step.model}' that may move",
                self.declaration.targets[0].span,
                help="use an output behind a layer with weights, and neither freeze all of them "
                "nor stop the gradient on its way",
            )  # fmt: skip

    # -------------------------------------------------------------- header

    def _header(self) -> None:
        self._guarded(self._find_data)
        for target in self.declaration.targets:
            self._guarded(partial(self._find_model, target))

    def _find_data(self) -> None:
        name = self.declaration.data
        if name is None:
            raise fail(
                codes.UNKNOWN_DATA, f"'{self.label}' is trained on no data", self.declaration.targets[0].span,
                help="write `train MODEL on DATA { … }`",
            )  # fmt: skip
        value = self.file.value(name.id, self.evaluator, name.span) if self.file.has(name.id) else None
        if not isinstance(value, DataName):
            if self.file.has(name.id) and name.id in self.file.broken:
                raise Poisoned
            known = [each for each, d in self.file.declared.items() if isinstance(d, ast.Data)]
            raise fail(
                codes.UNKNOWN_DATA, f"there is no data '{name.id}'", name.span,
                help=did_you_mean(name.id, known)
                or (f"there are {', '.join(known)}" if known else "declare it: `data NAME { … }`"),
            )  # fmt: skip
        self.data = self.data_of(value)
        body = [s for s in value.declaration.body if isinstance(s, ast.Binding)]
        self.in_other_fields = {each for s in body for each in names_in(s.value)}

    def _find_model(self, target: ast.Expr) -> None:
        name = target_name(target)
        value = self.file.value(name, self.evaluator, target.span) if self.file.has(name) else None
        if not isinstance(value, BlockRecipe) or not isinstance(value.declaration, ast.Model):
            if name in self.file.broken:
                raise Poisoned
            known = [each for each, d in self.file.declared.items() if isinstance(d, ast.Model)]
            what = "a block, and a training needs a model" if isinstance(value, BlockRecipe) else "no model"
            raise fail(
                codes.UNKNOWN_MODEL, f"'{name}' is {what}", target.span,
                help=did_you_mean(name, known)
                or (f"the models are {', '.join(known)}" if known else "declare one: `model NAME { … }`"),
            )  # fmt: skip
        if name in self.models:
            raise fail(names.DUPLICATE_NAME, f"the model '{name}' stands twice", target.span)
        recipe = self.evaluator.modules.recipe(value, target, self.scope) if isinstance(target, ast.Call) else value
        self.models[name] = self.evaluator.modules.model(value.declaration, recipe.file, recipe.arguments, target.span)

    # ------------------------------------------------------------ settings

    def _sort_settings(self) -> tuple[list[ast.Setting], list[ast.Setting]]:
        """Those that belong to a step, and those of the whole block."""
        own: list[ast.Setting] = []
        shared: list[ast.Setting] = []
        for statement in self.declaration.body:
            if isinstance(statement, ast.Setting):
                self._guarded(partial(self._sort, statement, own, shared))
            elif isinstance(statement, ast.Binding):
                self._guarded(partial(check_no_setting, "train setting", statement))
        return own, shared

    def _sort(self, setting: ast.Setting, own: list[ast.Setting], shared: list[ast.Setting]) -> None:
        (own if self._of_step(setting, in_step=False) else shared).append(setting)

    def _of_step(self, setting: ast.Setting, *, in_step: bool) -> bool:
        cls = setting_class("train setting", setting)
        assert issubclass(cls, TrainSetting)
        if cls.step_only and not in_step:
            raise fail(
                names.MISPLACED_STATEMENT, f"'{setting.keyword}' belongs to a step", setting.keyword_span,
                help="write it in `step MODEL { … }`",
            )  # fmt: skip
        if in_step and not cls.in_step:
            raise fail(
                names.MISPLACED_STATEMENT, f"'{setting.keyword}' belongs to the whole training", setting.keyword_span,
                help="write it outside of the step",
            )  # fmt: skip
        if not in_step and cls.in_step and self.steps:
            raise fail(
                codes.MIXED_STEPS, f"'{setting.keyword}' stands outside of the steps", setting.keyword_span,
                help="each step has its own; move it into one",
            )  # fmt: skip
        return cls.in_step

    def _step_bodies(self, own: list[ast.Setting]) -> list[StepBody]:
        """What stands in each step; without `step` there is one, of the block's own settings."""
        if not self.steps:
            if len(self.models) > 1:
                place = self.declaration.targets[1].span
                self.problems.append(
                    Diagnostic(
                        codes.MISSING_SETTING,
                        "several models need a `step` for each that is trained",
                        place,
                        "write `step MODEL { loss … optimizer … }`",
                    )
                )
                self._stop_if_wrong()
            model = next(iter(self.models))
            return [StepBody("train", model, own, [], self.declaration.targets[0].span)]
        found: list[StepBody] = []
        for step in self.steps:
            self._guarded(partial(self._add_one, step, found))
        self._stop_if_wrong()
        return found

    def _add_one(self, step: ast.Step, found: list[StepBody]) -> None:
        found.append(self._one_step(step, [each.name for each in found]))

    def _one_step(self, step: ast.Step, taken: list[str]) -> StepBody:
        name = step.model.id
        if name not in self.models:
            raise fail(
                codes.UNKNOWN_MODEL, f"'{name}' is no model of this block's header", step.model.span,
                help=did_you_mean(name, self.models) or f"the models are {', '.join(self.models)}",
            )  # fmt: skip
        if name in taken:
            raise fail(names.DUPLICATE_NAME, f"'{name}' has two steps", step.model.span, help="put them together")
        body = StepBody(name, name, [], [], step.model.span)
        for statement in step.body:
            self._guarded(partial(self._add_to_step, statement, body))
        return body

    def _add_to_step(self, statement: ast.Statement, body: StepBody) -> None:
        if isinstance(statement, ast.Binding):
            check_no_setting("train setting", statement)
            body.bindings.append(statement)
        elif isinstance(statement, ast.Setting) and self._of_step(statement, in_step=True):
            body.settings.append(statement)

    def _last_step(self) -> str:
        return self.steps[-1].model.id if self.steps else "train"

    def _setting(self, setting: ast.Setting) -> None:
        entry = read_setting(self.evaluator, "train setting", setting, self.scope)
        if setting.keyword == "load":
            self.loads.append(entry)
            return
        if setting.keyword in self.settings:
            raise fail(
                names.REPEATED_SETTING, f"'{setting.keyword}' stands twice", setting.keyword_span, help="keep one"
            )
        self.settings[setting.keyword] = entry
        self.setting_places[setting.keyword] = setting.arguments[0].value.span if setting.arguments else setting.span

    # --------------------------------------------------------------- fields

    def _surroundings(self) -> Surroundings:
        return Surroundings(
            evaluator=self.evaluator,
            file=self.file,
            models=self.models,
            fields=self.field_ports(),
            in_other_fields=self.in_other_fields,
            bindings=self.bindings,
            header=self.declaration.targets[0].span,
            has_steps=bool(self.steps),
        )

    def field_ports(self) -> dict[str, Port]:
        """The fields of the data, as inputs of a step's module."""
        if self.data is None:
            return {}
        module = self.data.module
        return {r.name: Port(name=r.name, type=module.type_of(r.ref)) for r in module.outputs}


def target_name(target: ast.Expr) -> str:
    """The name of a model in a header."""
    function: Any = target.function if isinstance(target, ast.Call) else target
    assert isinstance(function, ast.Name)
    return function.id


def _fields(steps: list[Step]) -> tuple[Port, ...]:
    """The fields that some step uses, each once; an element type that one step knows holds for all."""
    found: dict[str, Port] = {}
    for step in steps:
        for port in step.module.inputs:
            if port.name not in found or found[port.name].type.element == "any":
                found[port.name] = port
    return tuple(found.values())
