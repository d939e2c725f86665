"""`dlspec evaluate`: the figures of a run on a part of its data, or on new data."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from dlspec.cli.console import figure, figures_of, put, put_json, table
from dlspec.cli.errors import FINE, UsageProblem
from dlspec.cli.options import FormatOption, Report, RunArgument, RunsOption

EXAMPLE = "dlspec evaluate runs/digits_cnn/1 --split test"


class Part(StrEnum):
    """A part of the data."""

    TRAIN = "train"
    VALIDATION = "validation"
    TEST = "test"


def evaluate(
    run: RunArgument,
    split: Annotated[
        Part | None, typer.Option("--split", help="The part.", show_default="test, else validation")
    ] = None,
    data: Annotated[
        Path | None, typer.Option("--data", metavar="FILE", help="New data with the same columns.", show_default=False)
    ] = None,
    runs: RunsOption = None,
    format: FormatOption = Report.TEXT,
) -> int:
    """Show the losses and metrics of a run's final weights."""
    if split is not None and data is not None:
        raise UsageProblem("--split and --data exclude each other", "give one of them")
    from dlspec.training.run import Run

    found = Run.open(run, runs).evaluate(None if split is None else split.value, data=data)
    if format is Report.JSON:
        put_json(found)
        return FINE
    rows = [(name, figure(found["metrics"][name])) for name in figures_of(found["metrics"])]
    put(table((found["split"], f"{found['examples']:,} examples"), rows, right="lr"))
    return FINE
