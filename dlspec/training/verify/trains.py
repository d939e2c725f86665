"""Trainings made for measuring: a random cotangent in place of a loss, and one huge update that shows gradients."""

from __future__ import annotations

from dlspec.catalog.operators import Multiply
from dlspec.catalog.optimizers import Sgd
from dlspec.catalog.reduction import Sum
from dlspec.ir.program import INPUT, LossTerm, ModelUse, Module, Node, Port, Program, Step, Train, Unit, WeightsUse
from dlspec.ir.reach import trained_owners
from dlspec.ir.weights import train_weights
from dlspec.tensor import TensorType

RATE = 2.0**20
"""The learning rate of the update: the weight itself is lost beside so large a step, and the gradient is left."""

COTANGENT = "cotangent_"
"""What the fields that stand for the loss begin with; the output's name follows."""


def with_gradients(program: Program, train: Train) -> Train:
    """The training with one plain update of all weights in each step: no clipping, no constraints, nothing frozen.

    Penalties stay.
    """
    weights = train_weights(program, train)
    steps = []
    for step in train.steps:
        prefix = "" if len(train.models) == 1 else f"{step.model}."
        own = tuple(name for name, weight in weights.items() if weight.trainable and name.startswith(prefix))
        plain = WeightsUse(entry=Sgd(lr=RATE), weights=own)
        changes = {"optimizers": (plain,), "schedule": (), "clip_norm": None, "clip_value": None}
        steps.append(step.model_copy(update={**changes, "rates": (), "freezes": (), "constraints": ()}))
    # Gradients of whole sequences, and of the weights themselves.
    settings = {name: entry for name, entry in train.settings.items() if name not in ("truncate", "average")}
    return train.model_copy(update={"steps": tuple(steps), "settings": settings})


def with_cotangent(program: Program, name: str) -> Train | None:
    """A training of a model by itself: its loss is the sum of its outputs times fields of the same shapes.

    None where no gradient of an output reaches a weight.
    """
    model = program.module(program.models[name])
    outputs = tuple(model.type_of(result.ref) for result in model.outputs)
    differentiable = [place for place, type in enumerate(outputs) if type.element == "float" and type.batched]
    if not trained_owners(program, model, [model.outputs[place].ref for place in differentiable]):
        return None
    ports = [*model.inputs]
    units = [Unit(name=name, module=model.name)]
    nodes = [Node(unit=0, inputs=tuple((INPUT, place) for place in range(len(ports))), outputs=outputs)]
    terms = []
    for place in differentiable:
        result, type = model.outputs[place], outputs[place]
        ports.append(Port(name=f"{COTANGENT}{result.name}", type=TensorType("float", type.shape)))
        units.append(Unit(name=f"{COTANGENT}product_{place}", layer=Multiply()))
        nodes.append(Node(unit=len(units) - 1, inputs=((0, place), (INPUT, len(ports) - 1)), outputs=(type,)))
        if type.rank:
            units.append(Unit(name=f"{COTANGENT}sum_{place}", layer=Sum()))
            number = TensorType("float", ())
            nodes.append(Node(unit=len(units) - 1, inputs=((len(nodes) - 1, 0),), outputs=(number,)))
        terms.append(LossTerm(name=result.name, loss=None, inputs=((len(nodes) - 1, 0),)))
    module = Module(
        name=f"{name}.verify",
        declaration=name,
        kind="step",
        inputs=tuple(ports),
        units=tuple(units),
        nodes=tuple(nodes),
        outputs=(),
    )
    plain = WeightsUse(entry=Sgd(lr=RATE), weights=())
    step = Step(name=name, model=name, module=module, losses=tuple(terms), optimizers=(plain,))
    use = ModelUse(name=name, module=model.name)
    train = Train(label=name, data=None, models=(use,), fields=tuple(ports), steps=(step,))
    return with_gradients(program, train)
