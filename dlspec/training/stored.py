"""A program in the folder of a run: independent of where the folder lies."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from dlspec.diagnostics.codes import runtime as codes
from dlspec.diagnostics.report import fail
from dlspec.ir.program import FORMAT, Program, Train
from dlspec.training.files import damaged, read_json, write_text

PLACES = frozenset({"origin", "places", "folder", "doc"})
"""What a program says of where it was written, and not of what it means."""


def write_program(path: Path, program: Program, folder: Path) -> None:
    """Write a program; `folder` is the spec's, from which the places of data are counted."""
    data = tuple(
        each.model_copy(update={"folder": Path(os.path.relpath(Path(each.folder).resolve(), folder)).as_posix()})
        for each in program.data
    )
    write_text(path, program.model_copy(update={"data": data}).model_dump_json(indent=1) + "\n")


def read_program(path: Path, folder: Path) -> Program:
    """What `write_program` wrote, for a spec that lies in `folder` now."""
    found = read_json(path)
    written = found.get("format")
    if isinstance(written, int) and written > FORMAT:
        raise fail(
            codes.NEWER_RUN,
            f"'{path}' was written by a newer version of dlspec (format {written}, this one knows {FORMAT})",
            help="install a newer dlspec",
        )
    try:
        program = Program.model_validate(found)
    except (ValidationError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise damaged(path) from error
    if not all(train.label.isidentifier() for train in program.trains):
        raise damaged(path)  # labels name files
    data = tuple(each.model_copy(update={"folder": str(folder / each.folder)}) for each in program.data)
    return program.model_copy(update={"data": data})


def same_training(one: Program, other: Program, label: str) -> bool:
    """Whether two programs mean the same by a training: settings, models and data, comments and line numbers aside."""
    return bool(_essence(one, label) == _essence(other, label))


def _essence(program: Program, label: str) -> Any:
    train: Train | None = next((each for each in program.trains if each.label == label), None)
    data = [each for each in program.data if train is not None and each.name == train.data]
    parts = [*([train] if train else []), *data, *(program.module(name) for name in _used(program, train))]
    return [_stripped(json.loads(part.model_dump_json())) for part in parts]


def _used(program: Program, train: Train | None) -> list[str]:
    """The modules that a training calls, each once."""
    if train is None:
        return []
    found: dict[str, None] = {}
    waiting = [unit.module for step in train.steps for unit in step.module.units]
    while waiting:
        name = waiting.pop()
        if name is not None and name not in found:
            found[name] = None
            waiting += [unit.module for unit in program.module(name).units]
    return sorted(found)


def _stripped(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _stripped(each) for name, each in value.items() if name not in PLACES}
    return [_stripped(each) for each in value] if isinstance(value, list) else value
