"""Constraints: the generated `constrain`, which holds the weights of a step after each of its updates."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from dlspec.backends.python.docs import docstring
from dlspec.backends.python.layout import literal
from dlspec.backends.python.plan import Plan, StepPlan
from dlspec.backends.python.selection import condition
from dlspec.backends.python.text import spelled
from dlspec.catalog import constraints as catalog
from dlspec.catalog.base import Constraint
from dlspec.ir.program import WeightsUse


@dataclass(frozen=True, slots=True)
class Holding:
    """How a framework says it: statements on a weight `p`, which may name its `name`.

    `clamp` is for two bounds, `non_negative` for 0, `max_norm` for a limit, `unit_norm` for the norm 1. `moves` is the
    condition that a weight is not frozen, `loop` the head of a loop over the weights of a model, by name or not.
    """

    clamp: str
    non_negative: str
    max_norm: str
    unit_norm: str
    moves: str
    loop: Callable[[str, bool], str]
    decorators: Sequence[str] = ()


def constrain_function(plan: Plan, step: StepPlan, holding: Holding) -> list[str]:
    """`constrain`; nothing where no weight is covered."""
    uses = [use for use in step.step.constraints if use.weights]
    if not uses:
        return []
    about = f"What the weights are held to after an update: {spelled(use.entry for use in uses)}."
    return [
        *holding.decorators,
        f"def constrain{step.suffix}(model: {plan.model_type}) -> None:",
        *docstring(about, 1),
        *(f"    {line}" for use in uses for line in _loop(plan, step, use, holding)),
    ]


def constrain_lines(step: StepPlan) -> list[str]:
    """The statement that follows an update."""
    return [f"constrain{step.suffix}(model)"] if any(use.weights for use in step.step.constraints) else []


def _loop(plan: Plan, step: StepPlan, use: WeightsUse, holding: Holding) -> list[str]:
    trained = step.trained
    assert isinstance(use.entry, Constraint)
    statement = _LOWERINGS[type(use.entry)](use.entry, holding)
    held = condition({trained.keys[name] for name in use.weights}, trained.dimensions)
    test = " and ".join(part for part in (holding.moves if plan.freezes else "", held) if part)
    head = holding.loop(trained.expr, "name" in held or "name" in statement)
    if not test:
        return [head, f"    {statement}"]
    return [head, f"    if {test}:", f"        {statement}"]


def _clamp(constraint: Constraint, holding: Holding) -> str:
    assert isinstance(constraint, catalog.Clamp)
    return holding.clamp.format(literal(constraint.min), literal(constraint.max))


def _max_norm(constraint: Constraint, holding: Holding) -> str:
    assert isinstance(constraint, catalog.MaxNorm)
    return holding.max_norm.format(literal(constraint.limit))


_LOWERINGS: Mapping[type[Constraint], Callable[[Constraint, Holding], str]] = {
    catalog.Clamp: _clamp,
    catalog.MaxNorm: _max_norm,
    catalog.NonNegative: lambda constraint, holding: holding.non_negative,
    catalog.UnitNorm: lambda constraint, holding: holding.unit_norm,
}
