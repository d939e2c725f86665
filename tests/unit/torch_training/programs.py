"""Programs built by hand: small models, and trainings of them with whatever a test wants to look at."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from dlspec.backends.torch.runtime import TorchSession, open_session
from dlspec.backends.torch.training import emit_train_file
from dlspec.catalog import train_settings as settings
from dlspec.catalog.activation import Tanh
from dlspec.catalog.base import Entry, Layer, Loss, Metric, Penalty
from dlspec.catalog.dense import Constant, Dense
from dlspec.catalog.optimizers import Sgd
from dlspec.ir.program import (
    INPUT,
    LossTerm,
    MetricTerm,
    ModelUse,
    Module,
    Node,
    Port,
    Program,
    Ref,
    Result,
    Step,
    Train,
    Unit,
    WeightsUse,
)
from dlspec.ir.weights import train_weights
from dlspec.tensor import TensorType

FLOAT, INT = "float", "int"


def tensor(*shape: int, element: Any = FLOAT, batched: bool = True) -> TensorType:
    return TensorType(element, shape, batched)


class Building:
    """A module in the making."""

    def __init__(self, name: str, inputs: Mapping[str, TensorType]) -> None:
        self.name = name
        self.inputs = tuple(Port(name=each, type=type) for each, type in inputs.items())
        self.units: list[Unit] = []
        self.nodes: list[Node] = []

    def input(self, name: str) -> Ref:
        return INPUT, [port.name for port in self.inputs].index(name)

    def type_of(self, ref: Ref) -> TensorType:
        return self.inputs[ref[1]].type if ref[0] == INPUT else self.nodes[ref[0]].outputs[ref[1]]

    def layer(self, name: str, layer: Layer, *inputs: Ref) -> Ref:
        self.units.append(Unit(name=name, layer=layer))
        result = layer.infer(*(self.type_of(ref) for ref in inputs)) if layer.inputs else layer.infer()
        outputs = result if isinstance(result, tuple) else (result,)
        if layer.random and not layer.inputs:
            inputs = ((INPUT, 0),)  # only for its batch size
        self.nodes.append(Node(unit=len(self.units) - 1, inputs=inputs, outputs=outputs))
        return len(self.nodes) - 1, 0

    def call(self, name: str, module: Module, *inputs: Ref) -> Ref:
        names = [unit.name for unit in self.units]
        if name not in names:
            self.units.append(Unit(name=name, module=module.name))
            names.append(name)
        outputs = tuple(module.type_of(result.ref) for result in module.outputs)
        self.nodes.append(Node(unit=names.index(name), inputs=inputs, outputs=outputs))
        return len(self.nodes) - 1, 0

    def done(self, kind: Any, **outputs: Ref) -> Module:
        return Module(
            name=self.name,
            declaration=self.name,
            kind=kind,
            inputs=self.inputs,
            units=tuple(self.units),
            nodes=tuple(self.nodes),
            outputs=tuple(Result(name=name, ref=ref) for name, ref in outputs.items()),
        )


def mlp(name: str = "net", inputs: int = 3, outputs: int = 1, hidden: int = 4) -> Module:
    """dense -> tanh -> dense."""
    building = Building(name, {"x": tensor(inputs)})
    inner = building.layer("hidden", Dense(size=hidden), building.input("x"))
    inner = building.layer("tanh", Tanh(), inner)
    return building.done("model", y=building.layer("y", Dense(size=outputs), inner))


def direct(type: TensorType, name: str = "net", **more: TensorType) -> Module:
    """A model whose outputs are its inputs, for looking at losses alone."""
    building = Building(name, {"x": type, **more})
    return building.done("model", **{port.name: building.input(port.name) for port in building.inputs})


def one_step(
    model: Module,
    losses: Mapping[str, Loss | None],
    *,
    targets: Mapping[str, TensorType] | None = None,
    optimizers: Sequence[WeightsUse | Entry] = (Sgd(lr=0.1),),
    metrics: Mapping[str, Metric] | None = None,
    constant: float | None = None,
    extra_fields: Mapping[str, TensorType] | None = None,
    train_settings: Sequence[Entry] = (),
    **fields: Any,
) -> tuple[Program, Train]:
    """A training of one model by losses of its output and one target (or a constant)."""
    targets = targets if targets is not None else {"target": model.type_of(model.outputs[0].ref)}
    inputs = {**{port.name: port.type for port in model.inputs}, **targets}
    building = Building("step train", inputs)
    prediction = building.call(model.name, model, *(building.input(port.name) for port in model.inputs))
    if constant is None:
        compared = [building.input(name) for name in targets]
    else:
        compared = [building.layer("number", Constant(values=constant))]
    if len(model.outputs) > 1:
        pair: tuple[Ref, ...] = tuple((prediction[0], place) for place in range(len(model.outputs)))
    else:
        pair = (prediction, *compared)
    module = building.done("step")
    program = Program(source="hand", modules=(model,), models={model.name: model.name})
    step = Step(
        name="train",
        model=model.name,
        module=module,
        losses=tuple(
            LossTerm(name=name, loss=loss, inputs=pair if loss else pair[:1]) for name, loss in losses.items()
        ),
        metrics=tuple(MetricTerm(name=name, metric=metric, inputs=pair) for name, metric in (metrics or {}).items()),
        optimizers=(WeightsUse(entry=Sgd(), weights=()),),
    )
    train = Train(
        label=model.name,
        data=None,
        models=(ModelUse(name=model.name, module=model.name),),
        fields=(*module.inputs, *(Port(name=name, type=type) for name, type in (extra_fields or {}).items())),
        steps=(step,),
        settings={entry.entry: entry for entry in train_settings},
    )
    names = trainable(program, train)
    uses = tuple(each if isinstance(each, WeightsUse) else WeightsUse(entry=each, weights=names) for each in optimizers)
    step = step.model_copy(update={"optimizers": uses, **fields})
    return program, train.model_copy(update={"steps": (step,)})


def trainable(program: Program, train: Train) -> tuple[str, ...]:
    return tuple(name for name, weight in train_weights(program, train).items() if weight.trainable)


def kernels(program: Program, train: Train) -> tuple[str, ...]:
    return tuple(name for name, weight in train_weights(program, train).items() if weight.role == "kernel")


def penalised(program: Program, train: Train, penalty: Penalty, *, weights: Sequence[str] | None = None) -> Train:
    """The same training with a penalty on every kernel, or on these weights."""
    covered = tuple(weights) if weights is not None else kernels(program, train)
    use = WeightsUse(entry=penalty, weights=covered, selected=weights is not None)
    step = train.steps[0].model_copy(update={"penalties": (*train.steps[0].penalties, use)})
    return train.model_copy(update={"steps": (step, *train.steps[1:])})


def loaded(folder: Path, program: Program, train: Train) -> Any:
    """The generated module itself."""
    path = folder / f"{train.label}.py"
    path.write_text(emit_train_file(program, train), encoding="utf-8")
    spec = importlib.util.spec_from_file_location(f"generated_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def opened(folder: Path, program: Program, train: Train, precision: Any = "float64") -> TorchSession:
    """The training, emitted into the folder and opened."""
    path = folder / f"{train.label}.py"
    path.write_text(emit_train_file(program, train), encoding="utf-8")
    return open_session(path, precision=precision)


def updated(
    session: TorchSession, fields: Mapping[str, Any], steps: int, *, step: str = "train"
) -> list[dict[str, float]]:
    """That many updates on the whole of the fields, at the training's own rate; the losses of each."""
    columns = session.put(fields)
    rows = np.arange(len(next(iter(fields.values()))))
    results = []
    for number in range(steps):
        rate = session.learning_rate(step, number, 1)
        draws = session.draw(len(rows), 0, number)
        results.append(session.train_step(step, columns, rows, rate, draws))
    return session.read_losses(results)


def settings_of(*, epochs: int = 2, batch: int | str = 4, seed: int = 0, **more: Any) -> tuple[Entry, ...]:
    """Epochs, batch and seed as settings; `stop` and `shuffle` on demand."""
    found: list[Entry] = [settings.Epochs(n=epochs), settings.Batch(n=batch), settings.Seed(n=seed)]
    if "shuffle" in more:
        found.append(settings.Shuffle(on=more["shuffle"]))
    if "stop" in more:
        found.append(settings.Stop(**more["stop"]))
    return tuple(found)
