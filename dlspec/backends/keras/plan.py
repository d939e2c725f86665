"""How a training is laid out in a generated Keras file: the names that are taken, and how a model is reached."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from dlspec.backends.keras.emit import emit_models
from dlspec.backends.keras.halves import refuse_halves
from dlspec.backends.keras.loss_helpers import HELPERS as LOSS_HELPERS
from dlspec.backends.keras.optimizer_helpers import HELPERS as OPTIMIZER_HELPERS
from dlspec.backends.keras.step_helpers import HELPERS as STEP_HELPERS
from dlspec.backends.keras.update_helpers import HELPERS as UPDATE_HELPERS
from dlspec.backends.python.groups import Trained
from dlspec.backends.python.names import identifier
from dlspec.backends.python.plan import FILE_NAMES, Dialect, Plan, StepPlan, make_plan
from dlspec.ir.program import Program, Train
from dlspec.ir.weights import train_weights

RESERVED = frozenset(
    {
        *FILE_NAMES,
        *("Models", "read_weights", "variable", "to_keras", "from_keras", "swap_gates", "parameters"),
        *("update", "generators", "seed_generators", "seeded", "resting"),
        *LOSS_HELPERS,
        *OPTIMIZER_HELPERS,
        *STEP_HELPERS,
        *UPDATE_HELPERS,
        *("chunks", "over_time", "AXES", "double_precision", "mixed_precision", "gradients", "apply"),
    }
)
"""Names of the generated file that no class of a model may take."""

LOCALS = frozenset({"model", "batch", "draws", "training", "activity", "count", "terms", *LOSS_HELPERS})
"""Names that no variable of a flow may take in the generated `losses`."""

TUPLE = frozenset({"count", "index"})
"""Attributes of every named tuple."""

KERAS = Dialect(
    emit_models=emit_models,
    reserved=RESERVED,
    refused=TUPLE,
    several="Models",
    key=identifier,
    reach=lambda key: f"model.{key}",
    key_of=lambda code, name: code.weights[name],
)
"""Several models are a named tuple."""


IN_PAIRS = ("input_bias", "state_bias")
"""Layouts of weights that are rows of one variable."""


def keras_plan(program: Program, train: Train) -> Plan:
    """The plan of a training; weights are selected by their names in the spec, among those of all models.

    A diagnostic where a setting means one of two weights that Keras keeps in one variable.
    """
    plan = make_plan(program, train, KERAS)
    first = first_names(plan)
    refuse_halves(plan, first)
    kernels = frozenset(
        first[name] for name, weight in train_weights(program, train).items() if weight.role == "kernel"
    )
    trainable = {
        name: size + plan.weights[name].endswith(IN_PAIRS)
        for name, size in plan.trainable.items()
        if first[name] == name
    }
    plan = replace(plan, trainable=trainable)
    return replace(plan, steps=tuple(_by_name(plan, step, first, kernels) for step in plan.steps))


def _by_name(plan: Plan, step: StepPlan, first: Mapping[str, str], kernels: frozenset[str]) -> StepPlan:
    own = step.model.prefix
    names = {name: first[name] for name in plan.weights if name.startswith(own) and first[name] in plan.trainable}
    return replace(step, trained=Trained(step.model.expr, names, plan.trainable, kernels))


def first_names(plan: Plan) -> dict[str, str]:
    """For each weight the first one in the same variable, mostly itself."""
    owners: dict[str, str] = {}
    for name, path in plan.weights.items():
        owners.setdefault(path.partition(":")[0], name)
    return {name: owners[path.partition(":")[0]] for name, path in plan.weights.items()}
