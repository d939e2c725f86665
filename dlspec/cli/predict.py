"""`dlspec predict`: a run's predictions for raw inputs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dlspec.cli.console import put, put_exactly
from dlspec.cli.errors import FINE
from dlspec.cli.options import FormatOption, Report, RunArgument, RunsOption

EXAMPLE = "dlspec predict runs/houses/1 new.csv -o prices.csv"


def predict(
    run: RunArgument,
    input: Annotated[
        Path, typer.Argument(metavar="INPUT", help="A file with the columns of the spec's data.", show_default=False)
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            "-o", "--out", metavar="FILE", help="A .csv, .json or .parquet file.", show_default="standard output"
        ),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option("--model", metavar="NAME", help="Which model, where there are several.", show_default=False),
    ] = None,
    runs: RunsOption = None,
    format: FormatOption = Report.TEXT,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
) -> int:
    """Predict: classes by name with their probabilities, numbers in the target's own units.

    The columns go through the preprocessing that the run has learned. Standard output gets CSV, or JSON with --format
    json.
    """
    from dlspec.training.run import Run

    found = Run.open(run, runs).predict(input, model=model)
    if out is None:
        put_exactly(found.text("json" if format is Report.JSON else "csv"))
    else:
        found.write(out, force=force)
        put(str(out))
    return FINE
