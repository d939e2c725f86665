"""Updates of several batches: which terms of a loss have their weight in common."""

from __future__ import annotations

from dlspec.backends.python.expression import Call, Expr, Local
from dlspec.backends.python.expression import Sequence as Items
from dlspec.backends.python.layout import flat, literal
from dlspec.backends.python.operand import COUNT, Operand
from dlspec.backends.python.plan import EXAMPLE_WEIGHT, Plan, StepPlan
from dlspec.backends.python.terms import Lowering
from dlspec.catalog.base import Loss
from dlspec.ir.program import LossTerm

ACTIVITY = "activity penalty"
"""What layers' outputs add to the loss, as a term among the others; no term of a spec has a space in its name."""


def term_groups(plan: Plan, step: StepPlan, lowering: Lowering) -> tuple[tuple[str, ...], ...]:
    """The terms, by their names in the code, those together whose means weigh the same in every batch.

    Most weigh as many examples as there are; where classes have weights or some are ignored it depends on the batch.
    """
    groups: dict[str, list[str]] = {}
    for term in step.step.losses:
        groups.setdefault(_weight(plan, step, term, lowering), []).append(step.report[term.name])
    if step.activity:
        groups.setdefault(flat(COUNT), []).append(ACTIVITY)
    return tuple(tuple(names) for names in groups.values())


def _weight(plan: Plan, step: StepPlan, term: LossTerm, lowering: Lowering) -> str:
    """The weight of a term's mean as text: equal texts are equal weights."""
    module = step.step.module
    operands = tuple(
        Operand(Local(f"tensor_{place}_{which}"), module.type_of((place, which))) for place, which in term.inputs
    )
    example = Local(f"batch[{literal(EXAMPLE_WEIGHT)}]") if plan.example_weights else None
    if isinstance(term.loss, Loss):
        pair = lowering.loss_pair(term.loss, operands, example)
    else:
        pair = lowering.tensor_pair(operands[0], example)
    return flat(_second(pair))


def _second(pair: Expr) -> Expr:
    """The weight in a pair `(mean, weight)` or `weighted_mean(terms, weights)`."""
    if isinstance(pair, Items):
        return pair.items[-1]
    assert isinstance(pair, Call)
    return pair.arguments[-1]
