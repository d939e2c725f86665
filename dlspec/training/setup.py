"""From a spec to everything a training needs, before anything is written: program, data, checked fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dlspec.data.prepare import Prepared, prepare
from dlspec.diagnostics.codes import runtime as codes
from dlspec.diagnostics.report import did_you_mean, fail, placed_in
from dlspec.diagnostics.span import SourceFile
from dlspec.ir.program import Data, Program, Train
from dlspec.ir.resolve import MAX_PARAMETERS
from dlspec.pipeline import checked, resolve
from dlspec.training.checks import check_parts
from dlspec.training.files import hash_of_arrays

Array = np.ndarray[Any, np.dtype[Any]]
Parts = dict[str, dict[str, Array]]


@dataclass(frozen=True, slots=True)
class Setup:
    """A training that can begin. `parts` holds the fields that the steps use, by part; `folder` is the spec's."""

    program: Program
    train: Train
    data: Data
    prepared: Prepared
    parts: Parts
    folder: Path
    sources: Mapping[Path, SourceFile]
    given: Any = None
    """The data that was given in place of the source, if any."""

    @property
    def data_hash(self) -> str:
        """What the fields of all parts come to."""
        return hash_of_parts(self.parts)


def set_up(
    path: Path,
    label: str | None,
    *,
    overrides: Sequence[tuple[str, str]] = (),
    data: Any = None,
    max_parameters: int = MAX_PARAMETERS,
    allow_outside: bool = False,
) -> Setup:
    """Resolve the spec, prepare its data, and resolve again with the sizes learned from that."""
    folder = path.resolve().parent
    resolution = checked(resolve(path, overrides=overrides, label=label, max_parameters=max_parameters))
    train = choose(resolution.program, label)
    with placed_in(resolution.sources.values()):
        prepared = prepared_for(resolution.program, train, folder, data, allow_outside=allow_outside)
    if prepared.fitted.sizes:
        resolution = checked(
            resolve(path, overrides=overrides, label=label, sizes=prepared.fitted.sizes, max_parameters=max_parameters)
        )
        train = choose(resolution.program, train.label)
    parts = parts_of(train, prepared)
    with placed_in(resolution.sources.values()):
        check_parts(resolution.program, train, parts)
    program = resolution.program
    return Setup(program, train, data_of(program, train), prepared, parts, folder, resolution.sources, data)


def choose(program: Program, label: str | None) -> Train:
    """The training of that label, or the only one."""
    labels = [train.label for train in program.trains]
    if label is None and len(labels) == 1:
        return program.trains[0]
    if not labels:
        raise fail(codes.WHICH_TRAINING, "the file has no `train` block", help="write `train MODEL on DATA { … }`")
    listed = f"there are {', '.join(labels)}" if len(labels) > 1 else f"there is {labels[0]}"
    if label is None:
        message = f"the file has several trainings: {', '.join(labels)}"
        raise fail(codes.WHICH_TRAINING, message, help=f"name one of them: `dlspec train {program.source} {labels[0]}`")
    found = next((train for train in program.trains if train.label == label), None)
    if found is None:
        raise fail(codes.WHICH_TRAINING, f"there is no training '{label}'", help=did_you_mean(label, labels) or listed)
    return found


def data_of(program: Program, train: Train) -> Data:
    """The data block that a training is on."""
    return next(data for data in program.data if data.name == train.data)


def prepared_for(program: Program, train: Train, folder: Path, data: Any, *, allow_outside: bool = False) -> Prepared:
    """The data of a training, from its source or from what is given in its place."""
    return prepare(
        data_of(program, train),
        folder,
        source_override=data,
        wanted=wanted_by(train),
        allow_outside=allow_outside,
        others={each.name: each for each in program.data},
    )


def wanted_by(train: Train) -> dict[str, Any]:
    """The element type of each field that the steps use."""
    return {port.name: port.type.element for port in train.fields}


def parts_of(train: Train, prepared: Prepared) -> Parts:
    """The fields that the steps use, by part, in the order in which the code takes them."""
    return {part: {port.name: fields[port.name] for port in train.fields} for part, fields in prepared.splits.items()}


def hash_of_parts(parts: Mapping[str, Mapping[str, Array]]) -> str:
    """One hash of the fields of all parts."""
    return hash_of_arrays({f"{part}/{name}": each for part, fields in parts.items() for name, each in fields.items()})
