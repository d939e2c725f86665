"""Whether the data can be trained on: shapes, class numbers, targets. A framework would crash, or worse, go on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from dlspec.catalog import class_losses, losses
from dlspec.catalog.base import Layer
from dlspec.catalog.dense import Embedding
from dlspec.catalog.embedding_losses import Contrastive
from dlspec.catalog.fit import classes_at
from dlspec.data.fields import require_class_numbers
from dlspec.diagnostics.codes import runtime as codes
from dlspec.diagnostics.codes import training as training_codes
from dlspec.diagnostics.report import fail, written_at
from dlspec.ir.flat import FlatGraph, flatten_module
from dlspec.ir.program import INPUT, LossTerm, Module, Program, Ref, Train
from dlspec.tensor import TensorType
from dlspec.training.class_loss_values import target_lengths

Array = np.ndarray[Any, np.dtype[Any]]
Parts = Mapping[str, Mapping[str, Array]]
"""The fields of each part of the data."""

MOVING = frozenset(
    {"cast", "identity", "squeeze", "unsqueeze", "reshape", "flatten", "transpose", "slice", "last", "expand"}
)
"""Layers behind which the numbers are still those of the field."""

LABELLED = (class_losses.Focal, class_losses.Dice, class_losses.Tversky)
"""Losses against class numbers, or a yes or no for each score."""

YES_OR_NO = (losses.BinaryCrossEntropy, Contrastive, *LABELLED)

SIGNS = (losses.Hinge, losses.SquaredHinge, losses.Perceptron)


def check_parts(program: Program, train: Train, parts: Parts) -> None:
    """Raise unless every field of every part is what the training takes."""
    places = next((data.places for data in program.data if data.name == train.data), {})
    for fields in parts.values():
        for port in train.fields:
            with written_at(places.get(port.name, "")):
                _check_shape(port.name, port.type, fields[port.name])
    for name, classes in _numbered(program, train):
        for fields in parts.values():
            with written_at(places.get(name, "")):
                require_class_numbers(fields[name], classes, name)
    for step in train.steps:
        for term in step.losses:
            for fields in parts.values():
                with written_at(places.get(_target(step.module, term) or "", "")):
                    _check_target(step.module, term, fields)


def _check_shape(name: str, type: TensorType, values: Array) -> None:
    found, wanted = values.shape[1:], type.shape
    fits = len(found) == len(wanted) and all(
        size == want for size, want in zip(found, wanted, strict=True) if isinstance(want, int)
    )
    if not fits:
        raise fail(
            training_codes.WRONG_DATA_SHAPE,
            f"the field '{name}' is {list(found)}, the training takes {type}",
            help="reshape it in the data block, or give data of that shape",
        )


# ---------------------------------------------------------------- numbers of classes and rows


def _numbered(program: Program, train: Train) -> Iterator[tuple[str, int]]:
    """Each field whose numbers choose a row of an embedding, with how many rows there are."""
    for step in train.steps:
        flat = flatten_module(program, step.module)
        for node in flat.nodes:
            if isinstance(node.layer, Embedding) and isinstance(node.layer.n, int):
                name = field_of(flat, node.inputs[0])
                if name is not None:
                    yield name, node.layer.n


def field_of(graph: FlatGraph | Module, ref: Ref) -> str | None:
    """The field whose numbers a tensor still holds, or None."""
    while ref[0] != INPUT:
        node = graph.nodes[ref[0]]
        layer = node.layer if isinstance(graph, FlatGraph) else graph.units[node.unit].layer  # type: ignore[union-attr]
        if not isinstance(layer, Layer) or layer.entry not in MOVING:
            return None
        ref = node.inputs[0]
    return graph.inputs[ref[1]].name


# ---------------------------------------------------------------- targets


def _target(module: Module, term: LossTerm) -> str | None:
    """The field that a loss compares a prediction with."""
    return None if term.loss is None or len(term.inputs) < 2 else field_of(module, term.inputs[-1])


def _check_target(module: Module, term: LossTerm, fields: Mapping[str, Array]) -> None:
    loss = term.loss
    name = _target(module, term)
    if name is None:
        return
    values, prediction = fields[name], module.type_of(term.inputs[0])
    axis = classes_at(prediction, module.type_of(term.inputs[1])) if isinstance(loss, LABELLED) else None
    if isinstance(loss, losses.CrossEntropy | losses.Nll):
        _check_classes(loss, prediction, module.type_of(term.inputs[1]), name, values)
    elif axis is not None:
        classes = prediction.shape[axis]
        if isinstance(classes, int):
            require_class_numbers(values, classes, name)
    elif isinstance(loss, class_losses.Ctc):
        _check_sequences(loss, prediction, name, values)
    elif isinstance(loss, class_losses.KlDivergence):
        _require(values, (values >= 0) & (values <= 1), name, loss.entry, "probabilities from 0 to 1")
    elif isinstance(loss, YES_OR_NO):
        _require(values, (values >= 0) & (values <= 1), name, loss.entry, "targets from 0 (no) to 1 (yes)")
    elif isinstance(loss, SIGNS):
        _require(values, np.abs(values) == 1, name, loss.entry, "the targets -1 and +1")


def _check_classes(
    loss: losses.CrossEntropy | losses.Nll, prediction: TensorType, target: TensorType, name: str, values: Array
) -> None:
    """Class numbers must be numbers of classes; distributions are floats of the prediction's shape."""
    axis = loss.axis if isinstance(loss, losses.CrossEntropy) else -1
    classes = prediction.shape[axis]
    if values.dtype.kind not in "iu" or not isinstance(classes, int) or target.shape == prediction.shape:
        return
    counting = values if loss.ignore_index is None else values[values != loss.ignore_index]
    require_class_numbers(counting, classes, name)


def _check_sequences(loss: class_losses.Ctc, prediction: TensorType, name: str, values: Array) -> None:
    """Targets are class numbers up to their first blank, and fit into the time: one step each, one between equals."""
    lengths, (time, classes) = target_lengths(values, loss.blank), prediction.shape
    kept = np.arange(values.shape[1]) < lengths[:, None]
    if isinstance(classes, int):
        require_class_numbers(values[kept], classes, name)
    needed = lengths + ((values[:, 1:] == values[:, :-1]) & kept[:, 1:]).sum(axis=1)
    if isinstance(time, int) and (needed > time).any():
        raise fail(
            codes.BAD_TARGET,
            f"'{loss.entry}' wants sequences that fit into {time} time steps, and the field '{name}' has one that "
            f"needs {needed.max()}",
            help="give the model more time steps, leave such rows out with `keep`, or cut the sequences; one needs a "
            "step for each class and one more between two that are equal",
        )


def _require(values: Array, right: Array, name: str, loss: str, wanted: str) -> None:
    if not right.all():
        found = values.reshape(-1)[~right.reshape(-1)][0]
        raise fail(
            codes.BAD_TARGET,
            f"'{loss}' wants {wanted}, and the field '{name}' has {found:g}",
            help='bring the field to these values in the data block, as `column("target") * 2 - 1` does for 0 and 1'
            if "-1" in wanted
            else "divide the field by its largest value, or use another loss",
        )
