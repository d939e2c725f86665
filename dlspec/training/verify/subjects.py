"""What is verified: each model by its defaults, each training with its data, or what a run has trained."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from dlspec.backends.initial import initial_weights
from dlspec.catalog.base import Weight
from dlspec.data.prepare import Prepared
from dlspec.diagnostics.codes import data as data_codes
from dlspec.diagnostics.codes.runtime import MISSING_BACKEND
from dlspec.diagnostics.report import DlspecError
from dlspec.diagnostics.span import SourceFile
from dlspec.ir.chance import Certain, Drawn, without_chance
from dlspec.ir.program import ModelUse, Program, Train
from dlspec.ir.resolve import MAX_PARAMETERS
from dlspec.ir.weights import train_weights
from dlspec.pipeline import checked, resolve
from dlspec.tensor import Sym
from dlspec.training.checks import check_parts
from dlspec.training.plan import plan_of
from dlspec.training.setup import choose, parts_of, prepared_for
from dlspec.training.verify.inputs import drawn_fields, training_fields
from dlspec.training.verify.trains import with_cotangent

Array = np.ndarray[Any, np.dtype[Any]]
Fields = Mapping[str, Array]

MISSING = (data_codes.MISSING_DATA_FILE, MISSING_BACKEND)
"""What is in the way where data is not there, or what reads it."""

EXAMPLES = 512
"""The most examples that metrics are compared on."""

UNKNOWN = 12
"""What a size stands for that only data which is not there would tell."""

SOME = 64
"""Examples in random fields, where there is no data."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Something that is compared; its program is without chance.

    `models` are those whose forward pass is compared. `fields` and `held_out` are there for a training of the spec;
    without, `train` only stands for a model (its loss is a random cotangent). Training begins at `start`; the rest is
    measured at `weights`, where those that begin as zeros or ones have moved, so that none can be missed.
    """

    name: str
    program: Program
    train: Train
    models: tuple[ModelUse, ...]
    drawn: Mapping[str, Drawn]
    start: Fields
    weights: Fields
    fields: Fields | None = None
    held_out: Fields | None = None


@dataclass(slots=True)
class Found:
    """Subjects, and what there is to say of what is missing."""

    subjects: list[Subject] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def subjects_of_spec(
    path: Path,
    *,
    source: SourceFile | None = None,
    overrides: Sequence[tuple[str, str]] = (),
    max_parameters: int = MAX_PARAMETERS,
) -> Found:
    """Every training of a spec and every model that none of them has just so."""
    found = Found()
    settings: dict[str, Any] = {"source": source, "overrides": overrides, "max_parameters": max_parameters}
    resolution = resolve(path, **settings)
    missing = [each for each in resolution.report.errors if each.code is data_codes.MISSING_DATA_FILE]
    if len(missing) < len(resolution.report.errors):
        checked(resolution)
    # Without its columns a training has no shapes; the models have.
    found.left_out += [f"the training: {each.message}" for each in missing]
    program = resolution.program
    trained: set[str] = set()
    for train in program.trains:
        own, subject = _with_data(path, program, train, settings, found.left_out)
        found.subjects.append(subject)
        trained |= {use.module for use in train.models if own is program}
    found.subjects[:0] = _of_models(program, trained, found.left_out)
    return found


def _with_data(
    path: Path, program: Program, train: Train, settings: dict[str, Any], left_out: list[str]
) -> tuple[Program, Subject]:
    """A training on its data, and the program with the sizes learned from that."""
    parts: Mapping[str, Fields] | None = None
    prepared: Prepared | None = None
    try:
        prepared = prepared_for(program, train, path.resolve().parent, None)
        sizes = prepared.fitted.sizes
    except DlspecError as error:
        if any(each.code not in MISSING for each in error.diagnostics):
            raise
        left_out.append(f"the data of {train.label} ({error.diagnostics[0].message}): random numbers stand for it")
        sizes = dict.fromkeys(_learned(program, train), UNKNOWN)
    if sizes:
        program = checked(resolve(path, sizes=sizes, **settings)).program
        train = choose(program, train.label)
    if prepared is not None:
        parts = parts_of(train, prepared)
        check_parts(program, train, parts)
    return program, _of_train(program, train, parts, None)


def subject_of_run(program: Program, train: Train, parts: Mapping[str, Fields], weights: Fields) -> Subject:
    """What a run has trained, at its final weights."""
    return _of_train(program, train, parts, weights)


def _learned(program: Program, train: Train) -> set[str]:
    """The sizes that only data tell: those with a dot in their name."""
    shapes = [weight.shape for weight in train_weights(program, train).values()]
    shapes += [port.type.shape for port in train.fields]
    symbols = (name for shape in shapes for size in shape if isinstance(size, Sym) for name in size.symbols)
    return {name for name in symbols if "." in name}


def _of_models(program: Program, trained: set[str], left_out: list[str]) -> Iterator[Subject]:
    """The models by their defaults, but for those that a training has."""
    certain = without_chance(program)
    others = {use.name for train in program.trains for use in train.models}
    for name, module in program.models.items():
        if module in trained:
            continue
        train = with_cotangent(certain.program, name)
        if train is None:
            left_out.append(f"{name}: no gradient of an output reaches a weight, so it has nothing to be verified by")
            continue
        declared = train_weights(program, train)
        if any(isinstance(size, Sym) for weight in declared.values() for size in weight.shape):
            left_out.append(f"{name}: its sizes are not known without a `train` that gives them")
            continue
        start = initial_weights(declared, 0)
        uses = (ModelUse(name=name, module=module),)
        title = f"{name} by its defaults" if name in others else name
        yield Subject(title, certain.program, train, uses, certain.models, start, moved(start, declared))


def _of_train(program: Program, train: Train, parts: Mapping[str, Fields] | None, weights: Fields | None) -> Subject:
    certain = without_chance(program)
    changed = next(each for each in certain.program.trains if each.label == train.label)
    # It is measured in float32 and in float64, whatever it is trained in.
    changed = changed.model_copy(
        update={"settings": {name: entry for name, entry in changed.settings.items() if name != "precision"}}
    )
    declared = train_weights(program, train)
    start = weights if weights is not None else initial_weights(declared, plan_of(train, 1).seed)
    if parts is None:
        parts = {"train": training_fields(certain.program, changed, certain.trains[train.label], SOME, {})}
    held_out = next(parts[part] for part in ("test", "validation", "train") if part in parts)
    return Subject(
        name=train.label,
        program=certain.program,
        train=changed,
        models=train.models,
        drawn=certain.models,
        start=start,
        weights=moved(start, declared) if weights is None else weights,
        fields=_with_draws(certain, changed, parts["train"]),
        held_out=_with_draws(certain, changed, {name: each[:EXAMPLES] for name, each in held_out.items()}),
    )


def _with_draws(certain: Certain, train: Train, fields: Fields) -> Fields:
    """The fields and a column of draws for each tensor that is drawn inside a model."""
    count = len(next(iter(fields.values())))
    missing = [port for port in train.fields if port.name not in fields]
    return {**fields, **drawn_fields(missing, certain.trains[train.label], count, {})}


def moved(start: Fields, declared: Mapping[str, Weight]) -> Fields:
    """The weights, those that are the same number everywhere moved by chance (variances stay positive)."""
    rng = np.random.default_rng(11)
    found: dict[str, Array] = {}
    for name, array in start.items():
        shift = rng.random(array.shape, dtype=np.float32) * np.float32(0.3)
        constant = array.size and (array == array.flat[0]).all()
        found[name] = (array + shift).astype(array.dtype) if constant else array
        row = declared[name].zero_row
        if row is not None:
            found[name][row] = 0
    return found
