"""Arguments and options that several verbs have, and how their texts are read."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from dlspec.cli.errors import UsageProblem


class Report(StrEnum):
    """How a verb reports."""

    TEXT = "text"
    JSON = "json"


class Device(StrEnum):
    """Where a training runs."""

    CPU = "cpu"
    CUDA = "cuda"


class Backend(StrEnum):
    """What a spec is compiled to."""

    TORCH = "torch"
    KERAS = "keras"
    ONNX = "onnx"


FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help="A spec; - is standard input.", show_default=False)]
FilesArgument = Annotated[
    list[Path], typer.Argument(metavar="FILE", help="Specs; - is standard input.", show_default=False)
]
RunArgument = Annotated[
    str, typer.Argument(metavar="RUN", help="The folder of a run, LABEL, or LABEL/NUMBER.", show_default=False)
]
FormatOption = Annotated[Report, typer.Option("--format", help="How to report.")]
SetOption = Annotated[
    list[str],
    typer.Option(
        "--set",
        metavar="PATH=VALUE",
        help="Change a parameter or a setting: width=64, optimizer.lr=0.01. May be repeated.",
        show_default=False,
    ),
]
RunsOption = Annotated[
    Path | None, typer.Option("--runs", metavar="DIR", help="The folder of the runs.", show_default="runs")
]


def settings(texts: list[str]) -> tuple[tuple[str, str], ...]:
    """The pairs of `--set PATH=VALUE`."""
    pairs = []
    for text in texts:
        path, equals, value = text.partition("=")
        if not equals or not path.strip() or not value.strip():
            raise UsageProblem(f"--set {text} has no value", "write --set PATH=VALUE, as in --set optimizer.lr=0.01")
        pairs.append((path.strip(), value.strip()))
    return tuple(pairs)
