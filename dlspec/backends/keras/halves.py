"""Weights that are parts of one variable in Keras: a training treats them alike, or it is refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dlspec.backends.python.plan import Plan, StepPlan
from dlspec.diagnostics.codes import runtime as codes
from dlspec.diagnostics.report import DlspecError, fail
from dlspec.ir.flat import flatten_module
from dlspec.ir.program import Step, WeightsUse


def refuse_halves(plan: Plan, first: Mapping[str, str]) -> None:
    """A diagnostic where a setting means one weight and not another of the same variable; `first` gives for each
    weight the first one in its variable."""
    for name, other in first.items():
        if name != other:
            for step in plan.steps:
                own, others = _treatment(step.step, name), _treatment(step.step, other)
                for setting, treated in own.items():
                    if treated != others[setting]:
                        raise _refused(plan, step, setting, other, name)


def _treatment(step: Step, name: str) -> dict[str, object]:
    """What each kind of setting does to a weight."""
    return {
        "optimizer": _covering(step.optimizers, name),
        "rate": ([1.0] + [rate.factor for rate in step.rates if name in rate.weights])[-1],
        "freeze": {freeze.until for freeze in step.freezes if name in freeze.weights},
        "penalty": _covering(step.penalties, name),
        "constraint": _covering(step.constraints, name),
    }


def _covering(uses: Iterable[WeightsUse], name: str) -> list[int]:
    return [place for place, use in enumerate(uses) if name in use.weights]


def _refused(plan: Plan, step: StepPlan, setting: str, one: str, other: str) -> DlspecError:
    model = step.model
    graph = flatten_module(plan.program, plan.program.module(model.code.module))
    layer = one.removeprefix(model.prefix).rpartition(".")[0]
    return fail(
        codes.UNSUPPORTED,
        f"Keras cannot tell '{one}' from '{other}' in `{setting}`: it keeps them in one variable",
        help="cover both of them or neither, or train with a backend that can: torch",
        where=next((node.origin for node in graph.nodes if node.owner == layer), ""),
    )
