"""Random numbers for inputs and fields, where the layers and losses behind them are defined."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from dlspec.catalog import class_losses, losses
from dlspec.catalog.base import Loss
from dlspec.catalog.fit import classes_at
from dlspec.catalog.positions import LearnedPositions
from dlspec.catalog.random import Draw, RandomNormal, RandomUniform
from dlspec.ir.chance import Drawn
from dlspec.ir.flat import FlatGraph, flatten_module
from dlspec.ir.program import LossTerm, Module, Port, Program, Train
from dlspec.tensor import Dim, Sym, TensorType
from dlspec.training.checks import LABELLED, SIGNS, YES_OR_NO, field_of
from dlspec.training.verify.ranges import largest_numbers

Array = np.ndarray[Any, np.dtype[Any]]
Sizes = Mapping[str, Dim]

POSITIVE = frozenset({"log", "log1p", "sqrt", "rsqrt", "power"})
"""Layers whose input gets no negative numbers, where it is an input of the model."""

LENGTHS = (16, 24)
"""What the symbolic sizes of inputs stand for: the first of them, in each of two runs; the next are 8 larger."""


def sizes_of(graph: FlatGraph) -> tuple[Sizes, ...]:
    """The numbers that the symbols of the inputs stand for: two sets, or one that is empty."""
    symbols = sorted(set[str]().union(*(port.type.symbols for port in graph.inputs)))
    if not symbols:
        return ({},)
    lengths = [node.layer.n for node in graph.nodes if isinstance(node.layer, LearnedPositions)]
    most = min((length for length in lengths if isinstance(length, int)), default=1 << 20)
    return tuple({symbol: min(length + 8 * place, most) for place, symbol in enumerate(symbols)} for length in LENGTHS)


def model_inputs(program: Program, module: Module, drawn: Drawn, count: int, sizes: Sizes) -> dict[str, Array]:
    """Inputs of a model, always the same for the same sizes."""
    graph = flatten_module(program, module)
    return _inputs(graph, module.inputs, drawn, count, sizes)


def training_fields(program: Program, train: Train, drawn: Drawn, count: int, sizes: Sizes) -> dict[str, Array]:
    """Fields for a training whose data is not there: inputs of the models, and targets that the losses take."""
    found: dict[str, Array] = {}
    for step in train.steps:
        graph = flatten_module(program, step.module)
        found |= _inputs(graph, step.module.inputs, drawn, count, sizes)
        for term in step.losses:
            found |= _targets(step.module, term, found)
    return {port.name: found[port.name] for port in train.fields if port.name in found} | drawn_fields(
        [port for port in train.fields if port.name not in found], drawn, count, sizes
    )


def drawn_fields(ports: Iterable[Port], drawn: Drawn, count: int, sizes: Sizes) -> dict[str, Array]:
    """Draws for the inputs that stand for them."""
    return {port.name: _draws(drawn[port.name], port, count, sizes) for port in ports if port.name in drawn}


def shape_of(type: TensorType, count: int, sizes: Sizes) -> tuple[int, ...]:
    """The shape of an array, with the examples in front."""
    known = (size.substitute(dict(sizes)) if isinstance(size, Sym) else size for size in type.shape)
    return (count, *(size if isinstance(size, int) else LENGTHS[0] for size in known))


def _inputs(graph: FlatGraph, ports: Sequence[Port], drawn: Drawn, count: int, sizes: Sizes) -> dict[str, Array]:
    highest = largest_numbers(graph)
    positive = {field_of(graph, node.inputs[0]) for node in graph.nodes if node.layer.entry in POSITIVE}
    found: dict[str, Array] = {}
    for place, port in enumerate(ports):
        if port.name in drawn:
            found[port.name] = _draws(drawn[port.name], port, count, sizes)
            continue
        rng, shape = _generator(port.name, sizes), shape_of(port.type, count, sizes)
        if port.type.element == "int":
            found[port.name] = rng.integers(0, highest[place] + 1, shape)
        elif port.type.element == "bool":
            found[port.name] = rng.random(shape) < 0.7
        else:
            values = rng.standard_normal(shape, dtype=np.float32)
            found[port.name] = np.abs(values) + np.float32(0.1) if port.name in positive else values
    return found


def _generator(name: str, sizes: Sizes) -> np.random.Generator:
    return np.random.default_rng([7, *name.encode(), *(int(size) for size in sizes.values() if isinstance(size, int))])


def _draws(layer: Draw, port: Port, count: int, sizes: Sizes) -> Array:
    rng, shape = _generator(port.name, sizes), shape_of(port.type, count, sizes)
    if isinstance(layer, RandomUniform):
        return rng.uniform(layer.low, layer.high, shape).astype(np.float32)
    assert isinstance(layer, RandomNormal)
    return rng.normal(layer.mean, layer.std, shape).astype(np.float32)


def _targets(module: Module, term: LossTerm, fields: Mapping[str, Array]) -> dict[str, Array]:
    """The last input of a loss in the range that the loss takes, where it is a field."""
    name = field_of(module, term.inputs[-1]) if len(term.inputs) > 1 else None
    if not isinstance(term.loss, Loss) or name is None:
        return {}
    values, rng = fields[name], _generator(f"{name}, the target", {})
    made = _in_range(term.loss, module.type_of(term.inputs[0]), values, rng)
    return {} if made is None else {name: made.astype(values.dtype)}


def _in_range(loss: Loss, prediction: TensorType, values: Array, rng: np.random.Generator) -> Array | None:
    """Targets of the shape and type of `values`; None where any number is one."""
    if isinstance(loss, losses.CrossEntropy | losses.Nll) and values.dtype.kind == "i":
        classes = prediction.shape[loss.axis if isinstance(loss, losses.CrossEntropy) else -1]
        return _whole(rng, classes if isinstance(classes, int) else 2, values)
    axis = classes_at(prediction, TensorType("int", values.shape[1:])) if isinstance(loss, LABELLED) else None
    if axis is not None:
        classes = prediction.shape[axis]
        return _whole(rng, classes if isinstance(classes, int) else 2, values)
    if isinstance(loss, class_losses.Ctc):
        return _sequences(loss, prediction, values, rng)
    if isinstance(loss, losses.CrossEntropy | class_losses.KlDivergence):
        parts = np.asarray(rng.random(values.shape))
        return np.asarray(parts / parts.sum(axis=-1, keepdims=True))
    if isinstance(loss, (*SIGNS, losses.Wasserstein)):
        return _whole(rng, 2, values) * 2 - 1
    if isinstance(loss, YES_OR_NO):
        return _whole(rng, 2, values)
    return _whole(rng, 5, values) if isinstance(loss, losses.Poisson) else None


def _sequences(loss: class_losses.Ctc, prediction: TensorType, values: Array, rng: np.random.Generator) -> Array:
    """Class numbers that find room in the time, and then blanks."""
    time, classes = (size if isinstance(size, int) else LENGTHS[0] for size in prediction.shape)
    labels = (loss.blank + 1 + _whole(rng, classes - 1, values)) % classes
    longest = min(values.shape[1], time // 2)
    lengths = rng.integers(min(1, longest), longest + 1, (len(values), 1))
    return np.where(np.arange(values.shape[1]) < lengths, labels, loss.blank)


def _whole(rng: np.random.Generator, below: int, like: Array) -> Array:
    return np.asarray(rng.integers(0, below, like.shape))
