"""`dlspec draw`: a model as a picture."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dlspec.cli.console import put, put_exactly, put_json, say
from dlspec.cli.errors import FINE, UsageProblem
from dlspec.cli.files import STDIN as STDOUT
from dlspec.cli.files import write_whole
from dlspec.cli.options import FileArgument, FormatOption, Report, SetOption
from dlspec.cli.specs import whole_of

if TYPE_CHECKING:
    from dlspec.drawing.graph import Drawing
    from dlspec.ir.program import Program

EXAMPLE = "dlspec draw digits.dl -o digits.html"


class Picture(StrEnum):
    """What a model is drawn as."""

    SVG = "svg"
    HTML = "html"


def draw(
    file: FileArgument,
    model: Annotated[
        str | None, typer.Argument(metavar="MODEL", help="Which model, where there are several.", show_default=False)
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "-o", "--out", metavar="FILE", help="The .svg or .html file; - is standard output.", show_default=False
        ),
    ] = None,
    to: Annotated[Picture | None, typer.Option("--to", help="What to draw.", show_default="by the file's name")] = None,
    depth: Annotated[
        int | None,
        typer.Option("--depth", min=1, metavar="N", help="Open boxes N levels deep.", show_default="what fits"),
    ] = None,
    set: SetOption = [],  # noqa: B006 - typer copies it
    force: Annotated[bool, typer.Option("--force", help="Replace a file that dlspec has not written.")] = False,
    format: FormatOption = Report.TEXT,
) -> int:
    """Draw the graph of a model: as SVG, or as a page whose boxes open and close.

    Blocks, bindings and repeats are boxes; the wires between them carry shapes. The page needs nothing from outside.
    """
    if out is None:
        raise UsageProblem(
            "say where the picture goes", "write -o net.svg, or -o net.html for a page that opens blocks"
        )
    if out == STDOUT and format is Report.JSON:
        raise UsageProblem("-o - and --format json both take standard output", "name a file: -o net.svg")
    kind = to or _kind(out)
    from dlspec.drawing.graph import FITS, MOST_BOXES
    from dlspec.drawing.scopes import drawing_of

    program, name = _chosen(file, set, model)
    drawing = drawing_of(program, name)
    opened = drawing.deepest(MOST_BOXES if depth else FITS, depth)
    _say_what_is_closed(drawing, depth, opened)
    _write(_content(drawing, kind, opened), out, force)
    if format is Report.JSON:
        boxes = drawing.boxes_at(opened)
        put_json({"model": name, "file": str(out), "kind": kind.value, "depth": opened, "boxes": boxes})
    elif out != STDOUT:
        put(str(out))
    return FINE


def _kind(out: Path) -> Picture:
    """What a file is, by the end of its name; standard output gets SVG."""
    if out == STDOUT or out.suffix.lower() == ".svg":
        return Picture.SVG
    if out.suffix.lower() in (".html", ".htm"):
        return Picture.HTML
    raise UsageProblem(f"'{out}' is neither .svg nor .html", "write -o net.svg or -o net.html, or say it with --to")


def _chosen(file: Path, set: list[str], model: str | None) -> tuple[Program, str]:
    from dlspec import artifacts
    from dlspec.diagnostics.codes import runtime as codes
    from dlspec.diagnostics.report import fail

    program = artifacts.with_trained_models(whole_of(file, set)[0])
    names = artifacts.chosen_models(program, model)
    if len(names) > 1:
        help = f"name one of {', '.join(names)}, as in `dlspec draw {file} {names[0]} …`"
        raise fail(codes.WHICH_MODEL, f"the spec has several models: {', '.join(names)}", help=help)
    return program, names[0]


def _say_what_is_closed(drawing: Drawing, wanted: int | None, opened: int) -> None:
    """Say where less is opened than was asked for, and where a chain is too long to be seen at once."""
    from dlspec.drawing.graph import MOST_BOXES

    if wanted is not None and drawing.boxes_at(wanted) > MOST_BOXES:
        boxes = drawing.boxes_at(wanted)
        say(
            f"drawn at depth {opened}: at {wanted} there would be {boxes:,} boxes; a picture has at most {MOST_BOXES:,}"
        )
    parts = [box for scope in drawing.scopes.values() for box in scope.boxes if box.kind == "part"]
    if parts:
        say(f"collapsed: a chain is too long to be seen at once; it is drawn as {len(parts)} parts, which open")


def _content(drawing: Drawing, kind: Picture, depth: int) -> str:
    if kind is Picture.SVG:
        from dlspec.drawing.engine import svg

        return svg(drawing, depth)
    from dlspec.drawing.page import page

    return page(drawing, depth)


def _write(content: str, out: Path, force: bool) -> None:
    from dlspec import artifacts

    if out == STDOUT:
        put_exactly(content)
        return
    if not force:
        artifacts.require_free(out.parent, [out.name])
    with artifacts.writing(out) as path:
        write_whole(path, content.encode())
