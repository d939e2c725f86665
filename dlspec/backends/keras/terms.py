"""How the generated `losses` says it in Keras."""

from __future__ import annotations

from functools import partial

from dlspec.backends.keras.emit import emit_flow
from dlspec.backends.keras.losses import loss_pair, tensor_pair
from dlspec.backends.keras.plan import LOCALS
from dlspec.backends.keras.precision import SINGLE
from dlspec.backends.keras.reserved import KEPT
from dlspec.backends.python.expression import Expr, call
from dlspec.backends.python.plan import Plan, StepPlan
from dlspec.backends.python.terms import Lowering


def _filled(number: float, like: Expr) -> Expr:
    if number in (0, 1):
        return call("ops.ones_like" if number else "ops.zeros_like", like)
    return call("ops.full_like", like, number)


def terms_of(plan: Plan, step: StepPlan) -> Lowering:
    """The lowering for a step; models without a step of their own are never in training mode."""
    trained = {step.model.name for step in plan.steps}
    return Lowering(
        flow=partial(emit_flow, keeps=f"{step.model.expr}.{KEPT}"),
        reach=lambda model: model.expr if model.name in trained else f"resting({model.expr})",
        loss_pair=loss_pair,
        tensor_pair=tensor_pair,
        filled=_filled,
        detached=lambda tensor: tensor,
        count=lambda field: f"ops.shape({field})[0]",
        locals=LOCALS,
        parameters={"training": "bool = False"},
        collector="Activity",
        single=SINGLE,
    )
