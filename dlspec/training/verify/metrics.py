"""Evaluation: losses and metrics of the same weights on the same examples, in inference mode.

What ONNX gives are predictions: its losses and metrics are computed from them in NumPy, by the catalogue's formulas.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from dlspec.catalog.base import Loss
from dlspec.ir.program import INPUT, LossTerm, Module, Program, Ref, Result, Step
from dlspec.training.figures import evaluated, metric_terms, score
from dlspec.training.loss_values import FUNCTIONS, loss_value
from dlspec.training.plan import plan_of
from dlspec.training.verify.engines import Engine, Engines, pair_text
from dlspec.training.verify.forward import own_weights
from dlspec.training.verify.subjects import Subject
from dlspec.training.verify.table import Row

Array = np.ndarray[Any, np.dtype[Any]]
Figures = Mapping[str, float]

BOUND = 1e-4
"""Of figures above 1, this share."""


def figures(subject: Subject, engine: Engine, engines: Engines) -> Figures:
    """Every figure by name."""
    assert subject.fields is not None
    assert subject.held_out is not None
    batch = plan_of(subject.train, len(next(iter(subject.fields.values())))).batch
    if engine.backend == "onnx":
        return _of_graphs(subject, engines)
    with engines.session(engine, subject.program, subject.train) as session:
        session.load_weights(subject.weights)
        return evaluated(session, subject.train, session.put(subject.held_out), batch)


def _of_graphs(subject: Subject, engines: Engines) -> Figures:
    """The figures, from what the graphs of the steps give."""
    assert subject.fields is not None
    batch = plan_of(subject.train, len(next(iter(subject.fields.values())))).batch
    found: dict[str, float] = {}
    for step in subject.train.steps:
        tensors = _tensors(subject, step, engines)
        terms = [term for term in step.losses if term.loss is None or type(term.loss) in FUNCTIONS]
        values = {term.name: _loss(term, step.module, tensors, batch) for term in terms}
        if len(values) == len(step.losses) and len(subject.train.steps) == 1:
            values["loss"] = sum(values.values())
        outputs = {term.name: tuple(tensors[ref] for ref in term.inputs) for term in step.metrics}
        found |= values | score(metric_terms(subject.train), outputs)
    return found


def _loss(term: LossTerm, module: Module, tensors: Mapping[Ref, Array], batch: int) -> float:
    """The value of a loss; where it compares examples, the mean over the batches of an evaluation."""
    examples = max(len(tensors[ref]) for ref in term.inputs if module.type_of(ref).batched)
    rank = max(module.type_of(ref).rank for ref in term.inputs)
    arrays = []
    for ref in term.inputs:
        array, type = tensors[ref], module.type_of(ref)
        if not type.batched:
            array = np.broadcast_to(array, (examples, *array.shape))
        if type.element == "float" and type.rank < rank and not type.batched:
            # A bare number or a smaller tensor stands for every example: its dimensions are the last ones.
            array = array.reshape(examples, *(1,) * (rank - type.rank), *array.shape[1:])
        arrays.append(array)
    if not isinstance(term.loss, Loss):
        return float(arrays[0].mean())
    full = arrays[0].shape
    arrays = [np.broadcast_to(a, full) if a.dtype.kind == "f" and a.ndim == len(full) else a for a in arrays]
    size = batch if term.loss.compares_examples else examples
    parts = [[array[start : start + size] for array in arrays] for start in range(0, examples, size)]
    return sum(len(part[0]) * loss_value(term.loss, *part) for part in parts) / examples


def _tensors(subject: Subject, step: Step, engines: Engines) -> dict[Ref, Array]:
    """What the losses and metrics of a step compare, on the held-out examples: its module as an ONNX graph."""
    from dlspec.backends.onnx.emit import emit_model
    from dlspec.backends.onnx.runtime import OnnxSession

    assert subject.held_out is not None
    fields, module = subject.held_out, step.module
    inputs = [*(term.inputs for term in step.losses), *(term.inputs for term in step.metrics)]
    refs = dict.fromkeys(ref for each in inputs for ref in each)
    found = {ref: fields[module.inputs[ref[1]].name] for ref in refs if ref[0] == INPUT}
    names = {ref: f"tensor_{place}" for place, ref in enumerate(refs) if ref not in found}
    outputs = tuple(Result(name=name, ref=ref) for ref, name in names.items())
    model = module.model_copy(update={"name": "the step", "kind": "model", "outputs": outputs})
    modules = (*subject.program.modules, model)
    program = Program(**{**dict(subject.program), "modules": modules, "models": {"step": model.name}})
    weights = {f"{use.name}.{name}": each for use in subject.models for name, each in own_weights(subject, use).items()}
    graph = emit_model(program, "step", weights, draws_as_inputs=True)
    session = OnnxSession(engines.graph(graph).SerializeToString())
    given = {name: fields[name] for name in session.inputs if name in fields}
    if missing := [name for name in session.inputs if name not in fields]:
        drawn = _draws(subject, engines)
        given |= {name: drawn[name].astype(np.float32) for name in missing}
    made = session.predict(given)
    return found | {ref: made[name] for ref, name in names.items()}


def _draws(subject: Subject, engines: Engines) -> dict[str, Array]:
    """The draws of the `train` block itself for all held-out examples, as an evaluation makes them batch by batch."""
    assert subject.fields is not None
    assert subject.held_out is not None
    plan = plan_of(subject.train, len(next(iter(subject.fields.values()))))
    examples = len(next(iter(subject.held_out.values())))
    engine = next(engine for engine in engines.each() if engine.trains)
    with engines.session(engine, subject.program, subject.train) as session:
        counts = [min(plan.batch, examples - start) for start in range(0, examples, plan.batch)]
        drawn = [session.draw(count, plan.seed, number) for number, count in enumerate(counts)]
    return {name: np.concatenate([each[name] for each in drawn]) for name in drawn[0]}


def metric_rows(label: str, found: Mapping[Engine, Figures], engines: Engines) -> Iterator[Row]:
    """A row a pair, of the figures that both have."""
    for one, other in engines.pairs():
        if one not in found or other not in found:
            continue
        a, b = found[other], found[one]
        distances = {name: _distance(a[name], b[name]) for name in b if name in a}
        if distances:
            name = max(distances, key=lambda name: distances[name])
            worst = distances[name]
            yield Row("metrics", pair_text(one, other), worst, BOUND, f"{label}: {name}", worst <= BOUND)


def _distance(one: float, other: float) -> float:
    if one == other or (np.isnan(one) and np.isnan(other)):
        return 0.0
    distance = abs(one - other) / max(1.0, abs(other))
    return float("inf") if np.isnan(distance) else distance
