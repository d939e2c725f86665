"""`dlspec export`: a trained model with its preprocessing as one ONNX file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dlspec.cli.console import put, say
from dlspec.cli.errors import FINE
from dlspec.cli.options import RunArgument, RunsOption

EXAMPLE = "dlspec export runs/digits_cnn/1 -o digits.onnx"


def export(
    run: RunArgument,
    out: Annotated[Path, typer.Option("-o", "--out", metavar="FILE", help="The file to write.", show_default=False)],
    model: Annotated[
        str | None,
        typer.Option("--model", metavar="NAME", help="Which model, where there are several.", show_default=False),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(
            "--data", metavar="FILE", help="Rows to check it on, where the run's data is gone.", show_default=False
        ),
    ] = None,
    runs: RunsOption = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
) -> int:
    """Write weights and fitted preprocessing as one ONNX file, which takes raw columns.

    It is run against the trained model on rows of the data before it is written.
    """
    from dlspec.training.run import Run

    made = Run.open(run, runs).export(out, model=model, data=data, force=force)
    put("\n".join(map(str, made.files)))
    say(f"checked on {made.rows} rows: the largest difference from the trained model is {made.largest_difference:.1e}")
    for each in made.left_out:
        say(f"left out: {each}")
    return FINE
