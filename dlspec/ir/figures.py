"""Whether what `stop`, `checkpoint`, `maximize` and a plateau watch is reported at all."""

from __future__ import annotations

from dlspec.catalog.data_settings import Split
from dlspec.catalog.schedules import Plateau
from dlspec.catalog.train_settings import Checkpoint, Stop
from dlspec.diagnostics.codes import training as codes
from dlspec.diagnostics.report import did_you_mean, fail
from dlspec.diagnostics.span import Span
from dlspec.ir.program import Data, Train


def splits_of(data: Data | None) -> list[str]:
    """The parts that the data has."""
    split = data.settings.get("split") if data else None
    if not isinstance(split, Split):
        return ["train"]
    return [name for name in ("train", "validation", "test") if getattr(split, name) > 0]


def figures_of(train: Train) -> list[str]:
    """The names that are reported for each part."""
    found = ["loss"]
    for step in train.steps:
        found += [term.name for term in step.losses] + [term.name for term in step.metrics]
    return list(dict.fromkeys(found))


def check_figures(train: Train, data: Data | None, places: dict[str, Span]) -> None:
    """Raise where a setting watches what is not reported."""
    stop, checkpoint = train.settings.get("stop"), train.settings.get("checkpoint")
    if isinstance(stop, Stop):
        check_figure(stop.monitor, train, data, places.get("stop"))
    if isinstance(checkpoint, Checkpoint) and checkpoint.best is not None:
        check_figure(checkpoint.best, train, data, places.get("checkpoint"))
    for step in train.steps:
        for phase in step.schedule:
            if isinstance(phase, Plateau):
                check_figure(phase.monitor, train, data, places.get(f"schedule of {step.name}"))


def check_figure(path: str, train: Train, data: Data | None, place: Span | None) -> None:
    """Raise unless `validation.loss` and the like is reported."""
    part, _, name = path.partition(".")
    parts, names = splits_of(data), figures_of(train)
    if not name and part in names:
        raise fail(
            codes.UNKNOWN_FIGURE, f"'{path}' does not say of which part of the data", place,
            help=f"write `{next(each for each in ('validation', 'test', 'train') if each in parts)}.{path}`",
        )  # fmt: skip
    if part not in parts:
        known = part in ("train", "validation", "test")
        raise fail(
            codes.UNKNOWN_FIGURE, f"'{path}': the data has no part '{part}'", place,
            help=f"write `split train=0.8, {part}=0.2` in the data" if known
            else did_you_mean(part, parts) or f"write a part and a figure, as in `{parts[-1]}.loss`",
        )  # fmt: skip
    if name not in names:
        raise fail(
            codes.UNKNOWN_FIGURE, f"'{path}': nothing called '{name}' is reported", place,
            help=did_you_mean(name, names) or f"the figures are {', '.join(names)}",
        )  # fmt: skip
