"""The forward pass: every output of every model in inference mode, from the same weights, inputs and draws."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from dlspec.ir.flat import flatten
from dlspec.ir.program import ModelUse
from dlspec.training.verify.compare import FORWARD, Arrays, worst_of
from dlspec.training.verify.engines import Engine, Engines, pair_text
from dlspec.training.verify.inputs import model_inputs, sizes_of
from dlspec.training.verify.subjects import Subject
from dlspec.training.verify.table import Row

Array = np.ndarray[Any, np.dtype[Any]]

EXAMPLES = 3


def forward(subject: Subject, engine: Engine, engines: Engines) -> dict[str, Array]:
    """The outputs `model.output` for each set of symbolic sizes."""
    if engine.backend == "onnx":
        return _of_graphs(subject, engines)
    found: dict[str, Array] = {}
    with engines.session(engine, subject.program, subject.train) as session:
        session.load_weights(subject.weights)
        for use, text, inputs in _inputs(subject):
            outputs = session.predict(inputs, model=use.name if len(subject.train.models) > 1 else None)
            found |= {f"{title(subject, use)}: {name}{text}": array for name, array in outputs.items()}
    return found


def _of_graphs(subject: Subject, engines: Engines) -> dict[str, Array]:
    from dlspec.backends.onnx.emit import emit_model
    from dlspec.backends.onnx.runtime import OnnxSession

    sessions = {}
    for use in subject.models:
        graph = emit_model(subject.program, use.module, own_weights(subject, use))
        sessions[use.name] = OnnxSession(engines.graph(graph).SerializeToString())
    return {
        f"{title(subject, use)}: {name}{text}": array
        for use, text, inputs in _inputs(subject)
        for name, array in sessions[use.name].predict(inputs).items()
    }


def title(subject: Subject, use: ModelUse) -> str:
    """What to call a model."""
    return subject.name if len(subject.models) == 1 else use.name


def own_weights(subject: Subject, use: ModelUse) -> Arrays:
    """A model's weights by their names in the model."""
    if len(subject.train.models) == 1:
        return subject.weights
    prefix = f"{use.name}."
    return {name.removeprefix(prefix): array for name, array in subject.weights.items() if name.startswith(prefix)}


def _inputs(subject: Subject) -> Iterator[tuple[ModelUse, str, dict[str, Array]]]:
    """Each model, what the sizes are, and its inputs."""
    for use in subject.models:
        for sizes in sizes_of(flatten(subject.program, use.module)):
            text = f" ({', '.join(f'{name}={size}' for name, size in sizes.items())})" if sizes else ""
            module, drawn = subject.program.module(use.module), subject.drawn[use.module]
            yield use, text, model_inputs(subject.program, module, drawn, EXAMPLES, sizes)


def forward_rows(found: Mapping[Engine, Arrays], engines: Engines) -> Iterator[Row]:
    """A row a pair."""
    for one, other in engines.pairs():
        if one in found and other in found:
            worst = worst_of(found[other], found[one], FORWARD[one.precision])
            yield Row("forward", pair_text(one, other), worst.difference, worst.bound, worst.where, worst.ok)
