"""The functions of one step: `losses`, `penalty`, `make_optimizer`, `learning_rate`, `update`, `train_step`."""

from __future__ import annotations

from dlspec.backends.keras.optimizers import make_optimizer
from dlspec.backends.keras.precision import in_double
from dlspec.backends.keras.selection import chosen, source
from dlspec.backends.keras.terms import terms_of
from dlspec.backends.keras.updates import optimizer_type, train_step_parts
from dlspec.backends.python.constraints import Holding, constrain_function
from dlspec.backends.python.docs import docstring
from dlspec.backends.python.expression import Expr, Local, call
from dlspec.backends.python.penalties import Norms
from dlspec.backends.python.plan import Plan, StepPlan
from dlspec.backends.python.steps import learning_rate_function, penalty_function
from dlspec.backends.python.terms import losses_part
from dlspec.backends.python.text import Part

LAYOUT = "WEIGHTS[name][1]"
"""How a weight is laid out."""

NORMS = Norms(
    {
        "absolute": "ops.sum(ops.abs(p))",
        "square": "ops.sum(ops.square(p))",
        "orthogonal": f"orthogonality(p, {LAYOUT})",
    },
    lambda model, measure, held: measure + chosen(held, named="name" in measure).removeprefix("p"),
)

HOLDING = Holding(
    clamp="p.assign(ops.clip(p, {}, {}))",
    non_negative="p.assign(ops.maximum(p, 0))",
    max_norm=f"p.assign(max_norm(p, {LAYOUT}, {{}}))",
    unit_norm=f"p.assign(unit_norm(p, {LAYOUT}))",
    moves="p.trainable",
    loop=lambda model, named: f"for {source(named=named)}:",
)


def step_parts(plan: Plan, step: StepPlan) -> list[Part]:
    """The definitions of a step."""
    losses = losses_part(plan, step, terms_of(plan, step))
    return [
        Part(in_double(plan, losses.lines), losses.names),
        Part(penalty_function(plan, step, NORMS, "Tensor")),
        Part(in_double(plan, _make_optimizer(plan, step))),
        Part(learning_rate_function(plan, step)),
        Part(constrain_function(plan, step, HOLDING)),
        *train_step_parts(plan, step),
    ]


def _make_optimizer(plan: Plan, step: StepPlan) -> list[str]:
    what = f"The optimizer of {step.step.model}." if len(plan.steps) > 1 else "The optimizer."
    return [
        f"def make_optimizer{step.suffix}(model: {plan.model_type}) -> {optimizer_type(plan, step)}:",
        *docstring(what, 1),
        *make_optimizer(
            step.step.optimizers,
            step.step.rates,
            step.trained,
            frozen=bool(plan.freezes),
            around=lambda optimizer: _wrapped(plan, step, optimizer),
        ),
    ]


def _wrapped(plan: Plan, step: StepPlan, optimizer: Expr) -> Expr:
    """The optimizer, with the scaling of half precision and the average around it."""
    if plan.scaled:
        optimizer = call("Scaled", optimizer)
    if plan.average is not None:
        optimizer = call("Averaged", optimizer, Local(step.model.expr), plan.average)
    return optimizer
