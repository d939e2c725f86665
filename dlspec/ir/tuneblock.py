"""A `tune` block to its IR: what is searched, and what is made large or small."""

from __future__ import annotations

from typing import Any

from dlspec.catalog.base import Space, parameters
from dlspec.catalog.tune_settings import Maximize, Minimize
from dlspec.diagnostics.codes import names
from dlspec.diagnostics.codes import training as codes
from dlspec.diagnostics.report import Diagnostic, DlspecError, did_you_mean, fail
from dlspec.diagnostics.span import Span
from dlspec.ir.binding import Plain, bind
from dlspec.ir.body import bind_statement
from dlspec.ir.context import Expressions
from dlspec.ir.entries import argument
from dlspec.ir.figures import check_figure
from dlspec.ir.files import FileScope
from dlspec.ir.paths import paths_of
from dlspec.ir.program import Data, SearchSpace, Train, Tune
from dlspec.ir.scope import Scope
from dlspec.ir.settings import check_no_setting, read_setting, setting_class
from dlspec.ir.trainblock import target_name
from dlspec.ir.values import Poisoned
from dlspec.syntax import ast


def resolve_tune(
    evaluator: Expressions, declaration: ast.Tune, file: FileScope, trains: list[Train], data: dict[str, Data]
) -> Tune:
    """The block; raises Poisoned where the training it tunes had errors."""
    block, train = _train(declaration, file, trains)
    scope = Scope(file)
    paths = paths_of(block, file)
    spaces: list[SearchSpace] = []
    settings: dict[str, Any] = {}
    problems: list[Diagnostic] = []
    for statement in declaration.body:
        try:
            if isinstance(statement, ast.Binding):
                check_no_setting("tune setting", statement)
                bind_statement(evaluator, statement, scope)
                continue
            assert isinstance(statement, ast.Setting)
            if statement.keyword == "search":
                spaces.append(_space(evaluator, statement, scope, paths))
                continue
            entry = read_setting(evaluator, "tune setting", statement, scope)
            if statement.keyword in settings:
                raise fail(
                    names.REPEATED_SETTING,
                    f"'{statement.keyword}' stands twice",
                    statement.keyword_span,
                    help="keep one",
                )
            if isinstance(entry, Maximize | Minimize):
                check_figure(entry.metric, train, data.get(train.data or ""), statement.arguments[0].value.span)
            settings[statement.keyword] = entry
        except DlspecError as error:
            problems.extend(error.diagnostics)
    if problems:
        raise DlspecError(problems)
    goals = [settings.pop(each) for each in ("maximize", "minimize") if each in settings]
    place = declaration.targets[0].span
    if len(goals) != 1:
        raise fail(
            codes.MISSING_SETTING, "a search has one goal", place,
            help="write `maximize validation.accuracy`, or `minimize validation.loss`",
        )  # fmt: skip
    if not spaces:
        raise fail(codes.MISSING_SETTING, "nothing is searched", place, help="write `search width = choice(16, 32)`")
    return Tune(
        label=train.label, train=train.label, spaces=tuple(spaces), direction=goals[0].entry, metric=goals[0].metric,
        settings=settings,
    )  # fmt: skip


def _train(declaration: ast.Tune, file: FileScope, trains: list[Train]) -> tuple[ast.Train, Train]:
    """The training that is tuned: by its label, or by model and data."""
    wanted = target_name(declaration.targets[0])
    place = declaration.targets[0].span
    blocks = [each for each in file.tree.declarations if isinstance(each, ast.Train)]
    for block in blocks:
        label = block.label.id if block.label else target_name(block.targets[0])
        by_label = declaration.data is None and label == wanted
        by_model = (
            declaration.data is not None
            and [target_name(t) for t in block.targets] == [target_name(t) for t in declaration.targets]
            and block.data is not None
            and block.data.id == declaration.data.id
        )
        if by_label or by_model:
            train = next((train for train in trains if train.label == label), None)
            if train is None:
                raise Poisoned
            return block, train
    known = [block.label.id if block.label else target_name(block.targets[0]) for block in blocks]
    raise fail(
        codes.UNKNOWN_MODEL, f"there is no training '{wanted}' to tune", place,
        help=did_you_mean(wanted, known)
        or (f"the trainings are {', '.join(known)}" if known else "write `train MODEL on DATA { … }` for it first"),
    )  # fmt: skip


def _space(evaluator: Expressions, setting: ast.Setting, scope: Scope, paths: dict[str, Span]) -> SearchSpace:
    cls = setting_class("tune setting", setting)
    named = [each for each in setting.arguments if each.name is not None]
    if len(setting.arguments) != 1 or not named or named[0].name is None:
        raise fail(
            names.BAD_ARGUMENT, "`search` takes a name and its values", setting.span,
            help="write `search optimizer.lr = log_uniform(1e-4, 1e-1)`",
        )  # fmt: skip
    path = named[0].name
    if path not in paths:
        raise fail(
            codes.UNKNOWN_PATH, f"'{path}' is no parameter of the model and no setting of the training",
            named[0].name_span or setting.span,
            help=did_you_mean(path, paths) or f"there are {', '.join(list(paths)[:12])}",
        )  # fmt: skip
    (info,) = parameters(cls)
    positional = ast.Argument(named[0].span, None, named[0].value)
    bound = bind([positional], [Plain("space", True)], "search", setting.span)
    space = argument(evaluator, cls, info, bound["space"], scope)
    if not isinstance(space, Space):
        raise fail(
            names.BAD_ARGUMENT, "the values of a search are a space", named[0].value.span,
            help="write `choice(…)`, `uniform(…)`, `log_uniform(…)` or `integer(…)`",
        )  # fmt: skip
    return SearchSpace(path=path, space=space)
