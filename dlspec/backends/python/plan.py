"""A training, laid out for the generated file: what each part of it is called there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from dlspec.backends.python.activity import UnitCall, counted_calls
from dlspec.backends.python.emitted import EmittedModels, ModelClass
from dlspec.backends.python.groups import Trained, parts_of
from dlspec.backends.python.names import Names, identifier
from dlspec.backends.python.schedules import monitors_of
from dlspec.catalog import train_settings as settings
from dlspec.catalog.base import Layer, Schedule, Weight
from dlspec.ir.program import Freeze, MetricTerm, Program, Step, Train
from dlspec.ir.truncation import Truncation, truncation_of
from dlspec.ir.weights import train_weights
from dlspec.tensor import TensorType

EXAMPLE_WEIGHT = "example weight"
"""The field that gives each example its weight, where a sampler makes one; no name of a spec has a space in it."""

FILE_NAMES = frozenset(
    {
        *("Batch", "Terms", "Outputs", "Step", "STEPS", "EPOCHS", "BATCH", "SEED", "WEIGHTS", "PREDICT"),
        *("build", "load_weights", "losses", "penalty", "make_optimizer", "learning_rate", "train_step"),
        *("start_epoch", "draw", "tensors", "batches", "updates", "average", "joined", "score", "predict", "evaluate"),
        *("fit", "constrain", "ACCUMULATE", "TIME", "PRECISION", "plateau"),
    }
)
"""What every generated file of a training defines."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """What the files of one framework do in their own way.

    `emit_models` gives the classes; none of them takes a name that is `reserved`. Several models are held by an object
    of the type `several`; `key` gives a model's key there, which is none of `refused`, `reach` the expression for it.
    `key_of` says by which name a model's weight is selected in the code.
    """

    emit_models: Callable[..., EmittedModels]
    reserved: frozenset[str]
    refused: frozenset[str]
    several: str
    key: Callable[[str], str]
    reach: Callable[[str], str]
    key_of: Callable[[ModelClass, str], str]


@dataclass(frozen=True, slots=True)
class ModelPlan:
    """A model of the training: `expr` is how functions reach it, `prefix` begins its canonical names and its keys.

    `suffix` ends the names of its functions, where there are several models.
    """

    name: str
    suffix: str
    code: ModelClass
    expr: str
    prefix: str
    key_prefix: str
    statistics: bool
    """Whether it has running statistics."""


@dataclass(frozen=True, slots=True)
class StepPlan:
    """A step: `suffix` ends the names of its functions."""

    step: Step
    suffix: str
    model: ModelPlan
    trained: Trained
    report: Mapping[str, str]
    """Name of each term -> the name under which it is reported."""
    activity: frozenset[UnitCall] = frozenset()
    """The calls of models in the step's module whose layers' outputs add to the penalty."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole training."""

    program: Program
    train: Train
    emitted: EmittedModels
    models: tuple[ModelPlan, ...]
    steps: tuple[StepPlan, ...]
    several: str
    weights: Mapping[str, str]
    """Canonical name -> key in the whole model."""
    trainable: Mapping[str, int]
    """Canonical name -> number of dimensions, of every weight but the running statistics."""
    epochs: int
    batch: int | None
    """None: all examples at once."""
    seed: int
    shuffle: bool
    stop: settings.Stop | None
    accumulate: int = 1
    """Batches of an update."""
    average: float | None = None
    """Decay of the average of the weights."""
    precision: str = "float32"
    truncation: Truncation | None = None

    @property
    def mixed(self) -> bool:
        """Whether models compute in 16 bits."""
        return self.precision in ("bf16", "fp16")

    @property
    def scaled(self) -> bool:
        """Whether the loss is scaled up, so that small gradients are not lost."""
        return self.precision == "fp16"

    @property
    def monitors(self) -> tuple[str, ...]:
        """The figures that learning rates depend on."""
        schedules = (step.step.schedule for step in self.steps)
        return monitors_of([phase for phase in phases if isinstance(phase, Schedule)] for phases in schedules)

    @property
    def model_type(self) -> str:
        """The class of what `build` gives."""
        return self.models[0].code.name if len(self.models) == 1 else self.several

    @property
    def freezes(self) -> tuple[Freeze, ...]:
        """What stands still, of all steps."""
        return tuple(freeze for plan in self.steps for freeze in plan.step.freezes if freeze.weights)

    @property
    def metrics(self) -> tuple[MetricTerm, ...]:
        """The metrics of all steps."""
        return tuple(metric for plan in self.steps for metric in plan.step.metrics)

    @property
    def example_weights(self) -> bool:
        """Whether the examples have weights."""
        return any(port.name == EXAMPLE_WEIGHT for port in self.train.fields)

    @property
    def augmented(self) -> bool:
        """Whether the examples that train are changed at random."""
        return any(data.name == self.train.data and data.augment for data in self.program.data)

    @property
    def random_units(self) -> dict[str, tuple[Layer, TensorType]]:
        """The random tensors of the `train` block itself, in the order of its steps and their units."""
        found: dict[str, tuple[Layer, TensorType]] = {}
        for plan in self.steps:
            module = plan.step.module
            for node in module.nodes:
                unit = module.units[node.unit]
                if isinstance(unit.layer, Layer) and unit.layer.random and not unit.layer.inputs:
                    found.setdefault(unit.name, (unit.layer, node.outputs[0]))
        return found


def make_plan(program: Program, train: Train, dialect: Dialect) -> Plan:
    """The plan of a training."""
    modules = dict.fromkeys(model.module for model in train.models)
    for step in train.steps:
        modules.update(dict.fromkeys(unit.module for unit in step.module.units if unit.module))
    emitted = dialect.emit_models(program, [name for name in modules if name], reserved=dialect.reserved)
    weights = train_weights(program, train)
    models = _models(train, emitted, weights, dialect)
    keys = {
        model.prefix + name: model.key_prefix + dialect.key_of(model.code, name)
        for model in models
        for name in model.code.weights
    }
    batch = train.settings.get("batch")
    shuffle = train.settings.get("shuffle")
    stop = train.settings.get("stop")
    accumulate, average, precision = (train.settings.get(name) for name in ("accumulate", "average", "precision"))
    return Plan(
        program=program,
        train=train,
        emitted=emitted,
        models=models,
        steps=tuple(
            replace(step, activity=counted_calls(step.step, emitted))
            for step in _steps(train, models, weights, dialect)
        ),
        several=dialect.several,
        weights={name: keys[name] for name in weights},
        trainable={name: len(weight.shape) for name, weight in weights.items() if weight.trainable},
        epochs=_number(train, "epochs", 1),
        batch=batch.n if isinstance(batch, settings.Batch) and isinstance(batch.n, int) else None if batch else 32,
        seed=_number(train, "seed", 0),
        shuffle=shuffle.on if isinstance(shuffle, settings.Shuffle) else True,
        stop=stop if isinstance(stop, settings.Stop) else None,
        accumulate=accumulate.n if isinstance(accumulate, settings.Accumulate) else 1,
        average=average.decay if isinstance(average, settings.Average) else None,
        precision=precision.type if isinstance(precision, settings.Precision) else "float32",
        truncation=truncation_of(program, train),
    )


def _number(train: Train, keyword: str, default: int) -> int:
    setting = train.settings.get(keyword)
    return setting.n if isinstance(setting, settings.Epochs | settings.Seed) else default


def _models(
    train: Train, emitted: EmittedModels, weights: Mapping[str, Weight], dialect: Dialect
) -> tuple[ModelPlan, ...]:
    plans: list[ModelPlan] = []
    keys, suffixes = Names(dialect.refused), Names()
    alone = len(train.models) == 1
    for model in train.models:
        prefix = "" if alone else f"{model.name}."
        key = keys.allocate(dialect.key(model.name))
        plans.append(
            ModelPlan(
                name=model.name,
                suffix="" if alone else f"_{suffixes.allocate(identifier(model.name))}",
                code=emitted.models[model.module],
                expr="model" if alone else dialect.reach(key),
                prefix=prefix,
                key_prefix="" if alone else f"{key}.",
                statistics=any(name.startswith(prefix) and weight.role == "state" for name, weight in weights.items()),
            )
        )
    return tuple(plans)


def _steps(
    train: Train, models: Sequence[ModelPlan], weights: Mapping[str, Weight], dialect: Dialect
) -> tuple[StepPlan, ...]:
    by_name = {model.name: model for model in models}
    return tuple(_step(train, step, by_name[step.model], weights, dialect) for step in train.steps)


def _step(train: Train, step: Step, model: ModelPlan, weights: Mapping[str, Weight], dialect: Dialect) -> StepPlan:
    trained = _trained(model, weights, dialect)
    optimizers = tuple(part for use in step.optimizers for part in parts_of(use, trained))
    return StepPlan(
        step=step.model_copy(update={"optimizers": optimizers}),
        suffix="" if len(train.steps) == 1 else model.suffix,
        model=model,
        trained=trained,
        report=_report(train, step),
    )


def _trained(model: ModelPlan, weights: Mapping[str, Weight], dialect: Dialect) -> Trained:
    own = {
        name: (dialect.key_of(model.code, name.removeprefix(model.prefix)), weight)
        for name, weight in weights.items()
        if name.startswith(model.prefix) and weight.trainable
    }
    return Trained(
        expr=model.expr,
        keys={name: key for name, (key, _) in own.items()},
        dimensions={key: len(weight.shape) for key, weight in own.values()},
        kernels=frozenset(key for key, weight in own.values() if weight.role == "kernel"),
    )


def _report(train: Train, step: Step) -> dict[str, str]:
    """Terms keep their names, unless two steps have the same one: then the step's name goes before it."""
    others = {term.name for each in train.steps if each is not step for term in each.losses}
    return {term.name: f"{step.name}.{term.name}" if term.name in others else term.name for term in step.losses}
