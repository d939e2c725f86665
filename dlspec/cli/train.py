"""`dlspec train`: a training, with its run folder."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dlspec.cli.console import figure, figures_of, put, put_json, table
from dlspec.cli.errors import FINE, UsageProblem
from dlspec.cli.files import STDIN
from dlspec.cli.options import Backend, Device, FormatOption, Report, RunsOption, SetOption, settings

if TYPE_CHECKING:
    from dlspec.training.run import Run

EXAMPLE = "dlspec train digits.dl --set epochs=5"

PARTS = ("train", "validation", "test")


def train(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A spec.", show_default=False)],
    label: Annotated[
        str | None, typer.Argument(metavar="LABEL", help="Which training, where there are several.", show_default=False)
    ] = None,
    backend: Annotated[Backend, typer.Option(help="What trains.")] = Backend.TORCH,
    device: Annotated[Device, typer.Option(help="Where.")] = Device.CPU,
    set: SetOption = [],  # noqa: B006 - typer copies it
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the newest run that was broken off.")] = False,
    run: Annotated[
        str | None, typer.Option("--run", metavar="RUN", help="The run that --resume goes on with.", show_default=False)
    ] = None,
    runs: RunsOption = None,
    log_every: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Write the loss of every Nth step to steps.jsonl.", show_default=False),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
    format: FormatOption = Report.TEXT,
) -> int:
    """Train, and show the losses and metrics of every part on the final weights.

    Everything is kept in runs/LABEL/NUMBER beside the spec. Ctrl-C saves the state first; --resume goes on.
    """
    if file == STDIN:
        raise UsageProblem("a spec from standard input has no folder for its runs", "save it in a file")
    if run is not None and not resume:
        raise UsageProblem("--run says what --resume goes on with", "add --resume")
    from dlspec.training.progress import progress_for
    from dlspec.training.train import train as run_training

    made = run_training(
        file,
        label,
        backend=backend.value,
        device=device.value,
        overrides=settings(set),
        runs=runs,
        resume=run or resume,
        log_every=log_every,
        progress=progress_for(sys.stderr, quiet=quiet),
    )
    if format is Report.JSON:
        put_json({"run": str(_near(made.path)), **made.result})
    else:
        put(_text(made))
    return FINE


def _text(run: Run) -> str:
    """A row a figure, a column a part, and where the run is."""
    result: dict[str, Any] = run.result
    parts = [part for part in PARTS if part in result]
    names = figures_of(*(result[part] for part in parts))
    rows = [(name, *(figure(result[part].get(name)) for part in parts)) for name in names]
    shown = table(("", *parts), rows, right="l" + "r" * len(parts))
    epochs, stopped = result["epochs"], result.get("stopped")
    early = ", stopped early" if stopped == "early" else ""
    return f"{shown}\n\n{epochs} epoch{'s' if epochs != 1 else ''}{early}; the run is in {_near(run.path)}"


def _near(path: Path) -> Path:
    """The path from here, where it lies below."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
