"""Predictions as their reader wants them: names of classes with probabilities, numbers in the target's own units."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dlspec.catalog import losses, roots, texts, transforms
from dlspec.catalog.base import Loss
from dlspec.catalog.fit import classes_at
from dlspec.data.fitted import Fitted
from dlspec.data.graph import category_of, owner_of
from dlspec.diagnostics.codes import runtime as codes
from dlspec.diagnostics.report import fail
from dlspec.ir.program import INPUT, Data, ModelUse, Module, Program, Ref, Train
from dlspec.tensor import TensorType
from dlspec.training.checks import LABELLED, SIGNS, field_of
from dlspec.training.files import replaced, to_json, writing

Array = np.ndarray[Any, np.dtype[Any]]

MOVING = frozenset({"window", "slice", "reshape", "flatten", "squeeze", "unsqueeze", "transpose", "last"})
"""Layers of data that move numbers and leave them what they are."""

PASSING = frozenset({"identity", "squeeze", "unsqueeze"})
"""Layers between a model and its loss that leave the prediction what it is."""

CLASSES = (losses.CrossEntropy, losses.Nll)
NUMBERS = (
    losses.Mse, losses.Mae, losses.Huber, losses.LogCosh, losses.Quantile, losses.Poisson, losses.GaussianNll,
)  # fmt: skip
DECODED = (*CLASSES, *LABELLED, *SIGNS, *NUMBERS, losses.BinaryCrossEntropy)
"""Losses whose prediction says something about the target that its reader can be told: their first and last input."""

FORMATS = (".csv", ".json", ".parquet")


@dataclass(frozen=True, slots=True)
class Predictions:
    """A table: columns by name, an example a row. A column of vectors has more dimensions."""

    columns: dict[str, Array]

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()))) if self.columns else 0

    def rows(self) -> list[dict[str, Any]]:
        """The rows as plain objects."""
        lists = {name: values.tolist() for name, values in self.columns.items()}
        return [{name: values[row] for name, values in lists.items()} for row in range(len(self))]

    def flat(self) -> dict[str, Array]:
        """The columns with one number a row: vectors become `name.0`, `name.1` …"""
        found: dict[str, Array] = {}
        for name, values in self.columns.items():
            if values.ndim == 1:
                found[name] = values
                continue
            parts = values.reshape(len(values), -1)
            places = np.ndindex(*values.shape[1:])
            for number, place in enumerate(places):
                found[f"{name}.{'.'.join(map(str, place))}"] = parts[:, number]
        return found

    def text(self, format: str = "csv") -> str:
        """The table as CSV or JSON."""
        if format == "json":
            return to_json(self.rows()) + "\n"
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        columns = self.flat()
        writer.writerow(columns)
        writer.writerows(zip(*(values.tolist() for values in columns.values()), strict=True))
        return out.getvalue()

    def write(self, path: Path, *, force: bool = False) -> None:
        """Write the table as the file's ending says: `.csv`, `.json` or `.parquet`."""
        ending = path.suffix.lower()
        if ending not in FORMATS:
            message = f"'{path.name}' is none of {', '.join(FORMATS)}"
            raise fail(codes.UNWRITABLE, message, help="choose one of these endings")
        if path.exists() and not force:
            raise fail(codes.FILE_EXISTS, f"'{path}' is there already", help="choose another name, or use --force")
        with writing(path), replaced(path) as temporary:
            if ending == ".parquet":
                self._write_parquet(temporary)
            else:
                temporary.write_text(self.text(ending[1:]), encoding="utf-8")

    def _write_parquet(self, path: Path) -> None:
        try:
            import pyarrow as arrow
            from pyarrow import parquet
        except ImportError as error:
            raise fail(
                codes.MISSING_BACKEND, "Parquet needs the package 'pyarrow', which is not installed",
                help="pip install 'dlspec[data]'",
            ) from error  # fmt: skip
        table = arrow.table({name: arrow.array(values.tolist()) for name, values in self.columns.items()})
        parquet.write_table(table, str(path))


# ---------------------------------------------------------------- what an output was trained to say


@dataclass(frozen=True, slots=True)
class Meaning:
    """The loss that an output is the prediction of, and the field that is the target.

    `axis` is the dimension of the classes, 0 or -1, where the output has logits for each class.
    """

    loss: Loss
    field: str
    axis: int | None


def meanings(program: Program, train: Train, use: ModelUse) -> dict[str, Meaning]:
    """What each output of a model was trained to say, where a loss compares it with a field."""
    names = [result.name for result in program.module(use.module).outputs]
    found: dict[str, Meaning] = {}
    for step in train.steps:
        for term in step.losses:
            if not isinstance(term.loss, DECODED):
                continue
            output = _output_of(step.module, term.inputs[0], use.name)
            field = field_of(step.module, term.inputs[-1])
            if output is not None and field is not None:
                types = step.module.type_of(term.inputs[0]), step.module.type_of(term.inputs[-1])
                found.setdefault(names[output], Meaning(term.loss, field, _class_axis(term.loss, *types)))
    return found


def _class_axis(loss: Loss, prediction: TensorType, target: TensorType) -> int | None:
    if isinstance(loss, CLASSES):
        return loss.axis if isinstance(loss, losses.CrossEntropy) else -1
    return classes_at(prediction, target) if isinstance(loss, LABELLED) else None


def _output_of(module: Module, ref: Ref, model: str) -> int | None:
    """Which output of the model a tensor of a step is, or None."""
    while ref[0] != INPUT:
        node = module.nodes[ref[0]]
        unit = module.units[node.unit]
        if unit.module is not None:
            return ref[1] if unit.name == model else None
        if unit.layer is None or unit.layer.entry not in PASSING:
            return None
        ref = node.inputs[0]
    return None


def decoded(
    program: Program, train: Train, use: ModelUse, data: Data, fitted: Fitted, outputs: Mapping[str, Array]
) -> Predictions:
    """A model's outputs as a table. What no loss gives a meaning stands as it is, under the output's name."""
    known = meanings(program, train, use)
    fields = {result.name: result.ref for result in data.module.outputs}
    columns: dict[str, Array] = {}
    for name, values in outputs.items():
        meaning = known.get(name)
        if meaning is None:
            columns[name] = _single(values)
        elif meaning.axis is not None:
            ref, scores = fields[meaning.field], np.moveaxis(values, 1 if meaning.axis == 0 else -1, -1)
            columns |= _classes(meaning, scores, _kinds(data, fitted, ref), _between(data, ref))
        elif isinstance(meaning.loss, (losses.BinaryCrossEntropy, *LABELLED)):
            columns |= _yes_or_no(name, meaning, values)
        elif isinstance(meaning.loss, SIGNS):
            columns |= {meaning.field: np.where(_single(values) > 0, 1, -1), name: _single(values)}
        else:
            values = np.exp(values.astype(np.float64)) if isinstance(meaning.loss, losses.Poisson) else values
            own = own_units(data, fitted, fields[meaning.field], values)
            columns[_free(meaning.field, name, outputs)] = _single(own)
    return Predictions(columns)


def _free(field: str, name: str, outputs: Mapping[str, Array]) -> str:
    """The field's name, unless another output has it."""
    return field if field == name or field not in outputs else name


def _single(values: Array) -> Array:
    """`[N, 1]` as `[N]`."""
    return values[:, 0] if values.ndim == 2 and values.shape[1] == 1 else values


def _kinds(data: Data, fitted: Fitted, ref: Ref) -> list[Any] | None:
    """The kinds of a category, in the order of their numbers."""
    unit = category_of(data.module, ref)
    return list(fitted.units[unit]["kinds"]) if unit in fitted.units else None


def _between(data: Data, ref: Ref) -> str | None:
    """What stands between the pieces of a text that a field numbers; None where it numbers something else."""
    module, vocabulary = data.module, False
    while ref[0] != INPUT:
        node = module.nodes[ref[0]]
        layer = module.units[node.unit].layer
        vocabulary |= isinstance(layer, texts.Vocabulary)
        if isinstance(layer, texts.Words | texts.Characters):
            return " " if isinstance(layer, texts.Words) else ""
        ref = node.inputs[0]
    root = data.roots[ref[1]].root
    if not vocabulary or not isinstance(root, roots.Piece):
        return None
    return {"characters": "", "words": " "}.get(root.entry, "\n")


def _classes(meaning: Meaning, logits: Array, kinds: Sequence[Any] | None, between: str | None) -> dict[str, Array]:
    """The class of each example, and how probable each class is; of sequences of pieces the text they make."""
    scores = logits.astype(np.float64)
    scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
    probabilities = scores / scores.sum(axis=-1, keepdims=True)
    count = probabilities.shape[-1]
    labels = [*(kinds or ()), *range(len(kinds or ()), count)][:count]
    if kinds and between is None and count == len(kinds) + 1:
        labels[-1] = "other"
    chosen = probabilities.argmax(axis=-1)
    named = any(isinstance(each, str) for each in labels)
    table = np.array([str(each) if named else each for each in labels], dtype=object if named else None)
    columns: dict[str, Array] = {meaning.field: table[chosen]}
    if probabilities.ndim == 3 and between is not None:
        joined = [between.join(filter(None, row)) for row in columns[meaning.field]]
        columns[meaning.field] = np.array(joined, dtype=object)
    if probabilities.ndim > 2:
        return {**columns, f"{meaning.field}.probability": probabilities.max(axis=-1)}
    return columns | {f"{meaning.field}.{label}": probabilities[:, at] for at, label in enumerate(labels)}


def _yes_or_no(name: str, meaning: Meaning, values: Array) -> dict[str, Array]:
    """The probability of a yes; of one number an example also the decision."""
    scores = _single(values.astype(np.float64))
    probability = np.where(scores >= 0, 1 / (1 + np.exp(-np.abs(scores))), 1 - 1 / (1 + np.exp(-np.abs(scores))))
    if probability.ndim > 1:
        return {name: probability}
    return {meaning.field: probability > 0.5, f"{meaning.field}.probability": probability}


# ---------------------------------------------------------------- own units


def own_units(data: Data, fitted: Fitted, ref: Ref, values: Array) -> Array:
    """Predictions of a field as its column has them: the flow backwards, as far as it can be turned round.

    A layer that only moves numbers stays as it is; what was learned for each component cannot be undone behind it.
    """
    module, back, moved = data.module, values.astype(np.float64), False
    while ref[0] != INPUT:
        node = module.nodes[ref[0]]
        layer = module.units[node.unit].layer
        state = fitted.units.get(owner_of(module, ref[0]), {})
        several = any(isinstance(numbers, list) and len(numbers) > 1 for numbers in state.values())
        moving = getattr(layer, "entry", "") in MOVING
        made = back if moving else None if moved and several else _inverse(layer, state, back)
        if made is None:
            return values
        back, moved, ref = made, moved or moving, node.inputs[0]
    return np.asarray(back, dtype=np.float64)


def _inverse(layer: Any, state: Mapping[str, Any], y: Array) -> Array | None:
    """One layer backwards; None for what cannot be turned round."""
    match layer:
        case transforms.Standardize():
            return np.asarray(y * _shaped(state["scale"], y) + _shaped(state["mean"], y))
        case transforms.MinMax():
            low, high = _shaped(state["low"], y), _shaped(state["high"], y)
            return np.asarray((y - layer.low) / (layer.high - layer.low) * (high - low) + low)
        case transforms.Rescale():
            return np.asarray((y - layer.offset) / layer.scale) if layer.scale else None
        case transforms.Impute():
            return y
    with np.errstate(all="ignore"):
        match getattr(layer, "entry", ""):
            case "cast" | "identity":
                return y
            case "log":
                return np.exp(y)
            case "log1p":
                return np.expm1(y)
            case "exp":
                return np.log(y)
    return None


def _shaped(numbers: Sequence[float], like: Array) -> Array:
    """Learned numbers, one for each component, in the shape of an example."""
    array = np.asarray(numbers, dtype=np.float64)
    return array.reshape(like.shape[1:]) if array.size == like[:1].size else array.reshape(-1)[0]
