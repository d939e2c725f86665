"""A training as one standalone Keras module: models, losses, optimizer, one compiled function for each step, `fit`."""

from __future__ import annotations

from functools import partial

from dlspec.backends.keras.access import access_parts
from dlspec.backends.keras.emit import weights_lines
from dlspec.backends.keras.epochs import start_epoch_lines
from dlspec.backends.keras.fit import FIT
from dlspec.backends.keras.helpers import HELPERS as MODELS
from dlspec.backends.keras.helpers import PACKAGES
from dlspec.backends.keras.inference import evaluate_lines, helper_lines, predict_lines
from dlspec.backends.keras.loss_helpers import HELPERS as LOSSES
from dlspec.backends.keras.optimizer_helpers import HELPERS as OPTIMIZERS
from dlspec.backends.keras.plan import keras_plan
from dlspec.backends.keras.precision import in_double, made_in_precision, precision_part
from dlspec.backends.keras.reserved import KEPT
from dlspec.backends.keras.step_helpers import HELPERS as STEPS
from dlspec.backends.keras.steps import step_parts
from dlspec.backends.keras.terms import terms_of
from dlspec.backends.keras.update_helpers import CARRYING
from dlspec.backends.keras.update_helpers import HELPERS as UPDATES
from dlspec.backends.keras.updates import optimizer_type
from dlspec.backends.python.chunks import chunk_parts
from dlspec.backends.python.docs import docstring
from dlspec.backends.python.document import document, helper_parts, settings_lines
from dlspec.backends.python.draws import draw_lines
from dlspec.backends.python.evaluation import predictions_table
from dlspec.backends.python.fit import fit_lines, updates_lines
from dlspec.backends.python.plan import Plan
from dlspec.backends.python.prelude import prelude
from dlspec.backends.python.steps import plateau_part, steps_table
from dlspec.backends.python.terms import step_flow
from dlspec.backends.python.text import Part, dictionary
from dlspec.ir.program import Program, Train

HELPERS = {**LOSSES, **OPTIMIZERS, **STEPS, **UPDATES}
IMPORTS = {**PACKAGES, "tf": ("", "import tensorflow as tf")}


def emit_train_file(program: Program, train: Train) -> str:
    """The source of the module of a training."""
    plan = keras_plan(program, train)
    steps = [part for step in plan.steps for part in step_parts(plan, step)]
    rest = [
        Part(steps_table(plan, _optimizer_type(plan), "Tensor")),
        *map(Part, (draw_lines(plan), start_epoch_lines(plan), *helper_lines(plan), evaluate_lines(plan))),
        *(Part(predict_lines(plan, model)) for model in plan.models),
        *map(Part, (predictions_table(plan), updates_lines(plan), fit_lines(plan, FIT))),
    ]
    parts = [
        Part(settings_lines(plan)),
        Part(_aliases()),
        precision_part(plan),
        Part(plan.emitted.classes.strip().split("\n"), plan.emitted.names),
        Part(_models(plan)),
        Part(weights_lines(plan.weights)),
        Part(_build(plan)),
        *map(Part, access_parts(plan)),
        *helper_parts(HELPERS, [*steps, *rest]),
        plateau_part(plan),
        *chunk_parts(plan, "tf.concat(parts, axis)"),
        *steps,
        *rest,
    ]
    render = partial(_prelude, truncated=plan.truncation is not None)
    return document(plan, "Keras, TensorFlow and NumPy", parts, render)


def _optimizer_type(plan: Plan) -> str:
    kinds = {optimizer_type(plan, step) for step in plan.steps}
    return " | ".join(sorted(kinds))


def _aliases() -> list[str]:
    return [
        "Batch = Mapping[str, Tensor]  # a tensor for each field, the examples in its first dimension",
        "Terms = dict[str, tuple[Tensor, Tensor]]  # a mean, and its weight among other batches",
        "Outputs = dict[str, tuple[Tensor, ...]]  # what each metric compares",
    ]


def _models(plan: Plan) -> list[str]:
    """The class that holds several models."""
    if len(plan.models) == 1:
        return []
    fields = (f"    {model.key_prefix[:-1]}: {model.code.name}" for model in plan.models)
    return ["class Models(NamedTuple):", *docstring("The models of the training.", 1), "", *fields]


def _build(plan: Plan) -> list[str]:
    """`build`; what steps keep in the models computes in the precision of the data, as all of a step does."""
    if len(plan.models) == 1:
        what, made = "The model, not yet trained.", plan.models[0].code.construct
    else:
        what = "The models, not yet trained."
        made = f"Models({', '.join(f'{model.key_prefix[:-1]}={model.code.construct}' for model in plan.models)})"
    head = [f"def build() -> {plan.model_type}:", *docstring(what, 1)]
    kept = {step.model.expr: step_flow(plan, step, terms_of(plan, step)).kept for step in plan.steps}
    held = [line for model, layers in kept.items() if layers for line in dictionary(f"{model}.{KEPT} = ", layers)]
    if not held:
        return made_in_precision(plan, [*head, f"    return {made}"])
    if plan.mixed:
        return [*head, "    with mixed_precision():", f"        model = {made}", *held, "    return model"]
    return in_double(plan, [*head, f"    model = {made}", *held, "    return model"])


def _prelude(names: frozenset[str], *, truncated: bool) -> str:
    return prelude(set(names), {**MODELS, "Recurrent": CARRYING} if truncated else MODELS, IMPORTS)
