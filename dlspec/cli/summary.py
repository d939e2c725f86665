"""`dlspec summary`: the layers of a model, and what they cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from dlspec.cli.console import put, put_json, table, width
from dlspec.cli.errors import FINE
from dlspec.cli.options import FileArgument, FormatOption, Report, SetOption
from dlspec.cli.specs import whole_of

if TYPE_CHECKING:
    from dlspec.ir.summary import LayerSummary, ModelSummary
    from dlspec.tensor import Dim

EXAMPLE = "dlspec summary digits.dl --set width=64"


def summary(
    file: FileArgument,
    model: Annotated[str | None, typer.Argument(metavar="MODEL", help="One model.", show_default="all")] = None,
    set: SetOption = [],  # noqa: B006 - typer copies it
    depth: Annotated[
        int | None,
        typer.Option("--depth", min=1, metavar="N", help="Put layers together below N names.", show_default="all"),
    ] = None,
    format: FormatOption = Report.TEXT,
) -> int:
    """Show each layer's output, parameters and multiply-adds (for one example), and the totals.

    Parameters count weights, not running statistics; a size that is not known yet is shown by its name.
    """
    from dlspec import artifacts
    from dlspec.ir.summary import summarize

    program = artifacts.with_trained_models(whole_of(file, set)[0])
    found = {name: summarize(program, name) for name in artifacts.chosen_models(program, model)}
    if format is Report.JSON:
        put_json({"models": {name: each.as_json() for name, each in found.items()}})
    else:
        put("\n\n".join(_text(each, depth) for each in found.values()))
    return FINE


def _text(model: ModelSummary, depth: int | None) -> str:
    inputs = ", ".join(f"{name}: {type}" for name, type in model.inputs.items())
    rows = [(row["name"], row["layer"], row["output"], row["parameters"], row["macs"]) for row in _rows(model, depth)]
    header = ("name", "layer", "output", "parameters", "multiply-adds")
    return "\n".join(
        [
            f"{model.name}({inputs})", "",
            table(header, rows, right="lllrr", limit=width()), "",
            f"parameters     {_count(model.parameters)}",
            f"multiply-adds  {_count(model.macs)}",
            f"activations    {_bytes(model.activation_bytes)}",
        ]
    )  # fmt: skip


def _rows(model: ModelSummary, depth: int | None) -> list[dict[str, str]]:
    """A row a layer, or a row for all layers that begin with the same `depth` names."""
    groups: dict[str, list[LayerSummary]] = {}
    for layer in model.layers:
        name = layer.name if depth is None else ".".join(layer.name.split(".")[:depth])
        groups.setdefault(name, []).append(layer)
    return [_row(name, layers) for name, layers in groups.items()]


def _row(name: str, layers: list[LayerSummary]) -> dict[str, str]:
    parameters: Dim = 0
    macs: Dim = 0
    for layer in layers:
        parameters, macs = parameters + layer.parameters, macs + layer.macs
    return {
        "name": name,
        "layer": layers[0].layer if len(layers) == 1 else f"{len(layers)} layers",
        "output": ", ".join(_shape(shape) for shape in layers[-1].output),
        "parameters": _count(parameters),
        "macs": _count(macs),
    }


def _shape(shape: tuple[Any, ...]) -> str:
    return "[" + ", ".join(map(str, shape)) + "]"


def _count(value: Dim) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)


def _bytes(value: Dim) -> str:
    if not isinstance(value, int):
        return f"{value} bytes"
    size = float(value)
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if size < 1024 or unit == "GiB":
            break
        size /= 1024
    return f"{value} bytes" if unit == "bytes" else f"{size:.1f} {unit}"
