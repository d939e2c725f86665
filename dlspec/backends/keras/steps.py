"""The functions of one step: `losses`, `penalty`, `make_optimizer`, `learning_rate`, `update`, `train_step`."""

from __future__ import annotations

from dlspec.backends.keras.optimizers import make_optimizer, several
from dlspec.backends.keras.selection import chosen
from dlspec.backends.keras.terms import terms_of
from dlspec.backends.python.docs import docstring
from dlspec.backends.python.layout import literal
from dlspec.backends.python.penalties import Norms
from dlspec.backends.python.plan import Plan, StepPlan
from dlspec.backends.python.steps import has_penalty, learning_rate_function, penalty_function, total_lines
from dlspec.backends.python.terms import losses_part
from dlspec.backends.python.text import Part, signature

GIVES = "tuple[dict[str, Tensor], Outputs]"


def _those(model: str, held: str) -> str:
    return chosen(held).removeprefix("p ")


NORMS = Norms("ops.sum(ops.abs(p))", "ops.sum(ops.square(p))", _those)


def step_parts(plan: Plan, step: StepPlan) -> list[Part]:
    """The definitions of a step."""
    return [
        losses_part(plan, step, terms_of(plan)),
        Part(penalty_function(plan, step, NORMS, "Tensor")),
        Part(_make_optimizer(plan, step)),
        Part(learning_rate_function(step)),
        Part(_update(plan, step)),
        Part(_train_step(plan, step)),
    ]


def optimizer_type(step: StepPlan) -> str:
    """The class of what `make_optimizer` gives."""
    return "Optimizers" if several(step.step.optimizers, step.step.rates, step.trained) else "Optimizer"


def _make_optimizer(plan: Plan, step: StepPlan) -> list[str]:
    what = f"The optimizer of {step.step.model}." if len(plan.steps) > 1 else "The optimizer."
    return [
        f"def make_optimizer{step.suffix}(model: {plan.model_type}) -> {optimizer_type(step)}:",
        *docstring(what, 1),
        *make_optimizer(step.step.optimizers, step.step.rates, step.trained, frozen=bool(plan.freezes)),
    ]


def _update(plan: Plan, step: StepPlan) -> list[str]:
    """What TensorFlow compiles."""
    parameters = {
        "model": plan.model_type,
        "optimizer": optimizer_type(step),
        "batch": "Batch",
        "draws": "Batch",
        **({"frozen": "tuple[bool, ...] = ()"} if plan.freezes else {}),
    }
    total = 'figures["loss"] + figures["penalty"]' if has_penalty(step) else 'figures["loss"]'
    others = _others(plan, step)
    kept = f"statistics_kept({', '.join(others)}), " if others else ""
    lines = [
        f"with {kept}tf.GradientTape() as tape:",
        f"    terms, outputs = losses{step.suffix}(model, batch, draws, training=True)",
        "    figures = {name: mean for name, (mean, _) in terms.items()}",
        *(f"    {line}" for line in total_lines(step)),
        f"    total = {total}",
    ]
    held = "; `frozen` weights make another graph" if plan.freezes else ""
    return [
        *signature(f"update{step.suffix}", parameters, GIVES),
        *docstring(f"What `train_step{step.suffix}` compiles{held}.", 1),
        *(f"    {line}" for line in lines),
        f"    weights = {step.model.expr}.trainable_variables",
        "    gradients = gradients_of(tape, total, weights)",
        *_clipped(step),
        "    optimizer.apply(gradients, weights)",
        "    return figures, outputs",
    ]


def _others(plan: Plan, step: StepPlan) -> list[str]:
    """The models that take part without being updated: their running statistics stay."""
    called = {unit.name for unit in step.step.module.units if unit.module is not None}
    return [
        model.expr for model in plan.models
        if model.statistics and model.name in called and model.name != step.model.name
    ]  # fmt: skip


def _clipped(step: StepPlan) -> list[str]:
    lines = []
    if step.step.clip_value is not None:
        lines.append(f"    gradients = clip_value(gradients, {literal(step.step.clip_value)})")
    if step.step.clip_norm is not None:
        lines.append(f"    gradients = clip_norm(gradients, {literal(step.step.clip_norm)})")
    return lines


def _train_step(plan: Plan, step: StepPlan) -> list[str]:
    parameters = {
        "model": plan.model_type,
        "optimizer": optimizer_type(step),
        "batch": "Batch",
        "rate": "float",
        "draws": "Batch | None = None",
    }
    what = f"Update {step.step.model} once" if len(plan.models) > 1 else "Update the weights once"
    owners = f"update{step.suffix}, model, optimizer"
    if plan.freezes:
        owners += ", frozen=frozen"
    return [
        *signature(f"train_step{step.suffix}", parameters, GIVES),
        *docstring(f"{what}, at this learning rate; gives the terms of the loss and what the metrics compare.", 1),
        "    optimizer.learning_rate = rate",
        *(["    frozen = tuple(not p.trainable for p in parameters(model).values())"] if plan.freezes else []),
        f"    figures, outputs = compiled({owners})(batch, draws or {{}})",
        "    return figures, outputs",
    ]
