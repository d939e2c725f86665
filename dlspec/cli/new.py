"""`dlspec new`: a folder with a spec to begin with."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from dlspec.cli.console import put
from dlspec.cli.errors import FINE, UsageProblem
from dlspec.cli.files import write_whole
from dlspec.diagnostics.codes import runtime as codes
from dlspec.diagnostics.report import fail

EXAMPLE = "dlspec new digits"

TEMPLATES = Path(__file__).parent / "templates"


class Template(StrEnum):
    """What the spec is about; each is a file in templates/."""

    DIGITS = "digits"
    REGRESSION = "regression"


MODELS = {Template.DIGITS: "digits_cnn", Template.REGRESSION: "forecast"}
"""The model that each template trains."""

README = """# {name}

{about}

    dlspec check {file}
    dlspec train {file}
    dlspec evaluate {model}
    dlspec export {model} -o {name}.onnx

What is trained is kept in `runs/`. `dlspec --help` lists the other commands, `dlspec explain conv` tells what a layer
does.
"""

ABOUT = {
    Template.DIGITS: "Handwritten digits, told apart by a small convolutional network.",
    Template.REGRESSION: "How far diabetes has gone after a year, predicted from ten measurements.",
}


def new(
    name: Annotated[Path, typer.Argument(metavar="NAME", help="The folder to make.", show_default=False)],
    template: Annotated[Template, typer.Option(help="What the spec is about.")] = Template.DIGITS,
) -> int:
    """Make a folder with a spec that trains as it is, a README and a .gitignore."""
    stem = name.name
    if not stem.isprintable() or stem in ("", ".", "..") or stem.startswith("-"):
        raise UsageProblem(f"'{name}' is no name for a folder", "write a name such as `digits`")
    spec = f"{stem}.dl"
    files = {
        spec: (TEMPLATES / f"{template}.dl").read_text(encoding="utf-8"),
        "README.md": README.format(name=stem, file=spec, model=MODELS[template], about=ABOUT[template]),
        ".gitignore": "runs/\n",
    }
    there = [each for each in files if (name / each).exists()]
    if there:
        message = f"'{name / there[0]}' is there already"
        raise fail(codes.FILE_EXISTS, message, help="choose another name; nothing is overwritten")
    try:
        name.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise fail(codes.UNWRITABLE, f"'{name}' cannot be made: {reason}", help="choose another place") from error
    for each, text in files.items():
        write_whole(name / each, text.encode())
    put(f"{name}: {', '.join(files)}\nnext: cd {name} && dlspec train {spec}")
    return FINE
