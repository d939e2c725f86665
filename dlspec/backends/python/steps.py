"""What the functions of a step have in common in every framework: `penalty`, `learning_rate`, the table of steps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dlspec.backends.python.docs import docstring
from dlspec.backends.python.groups import learning_rate_of
from dlspec.backends.python.layout import literal
from dlspec.backends.python.penalties import Norms, penalty_lines
from dlspec.backends.python.plan import Plan, StepPlan
from dlspec.backends.python.schedules import learning_rate_lines
from dlspec.catalog.base import Optimizer, Schedule


def penalty_function(plan: Plan, step: StepPlan, norms: Norms, tensor: str) -> list[str]:
    """`penalty`; nothing where no weight is covered."""
    lines = penalty_lines(step.step.penalties, step.trained, norms)
    if not lines:
        return []
    return [
        f"def penalty{step.suffix}(model: {plan.model_type}) -> {tensor}:",
        *docstring("What the weights add to the loss: " + _spelled(use.entry for use in step.step.penalties) + ".", 1),
        *lines,
    ]


def _spelled(entries: Iterable[object]) -> str:
    return " and ".join(dict.fromkeys(getattr(entry, "entry", "") for entry in entries))


def has_penalty(step: StepPlan) -> bool:
    """Whether a penalty covers some weight."""
    return any(name in step.trained.keys for use in step.step.penalties for name in use.weights)


def learning_rate_function(step: StepPlan) -> list[str]:
    """`learning_rate`."""
    first = step.step.optimizers[0].entry
    assert isinstance(first, Optimizer)
    phases = [phase for phase in step.step.schedule if isinstance(phase, Schedule)]
    return [
        f"def learning_rate{step.suffix}(step: int, steps_per_epoch: int) -> float:",
        *docstring("The learning rate before update number `step`, counted from 0 over the whole training.", 1),
        *(f"    {line}" for line in learning_rate_lines(learning_rate_of(first), phases)),
    ]


def total_lines(step: StepPlan) -> list[str]:
    """The statements that put `loss` and `penalty` beside the terms in `figures`."""
    names = [step.report[term.name] for term in step.step.losses]
    lines = [f'figures["loss"] = {_added(names)}']
    return [*lines, f'figures["penalty"] = penalty{step.suffix}(model)'] if has_penalty(step) else lines


def _added(names: Sequence[str]) -> str:
    return " + ".join(f"figures[{literal(name)}]" for name in names)


def steps_table(plan: Plan, optimizer: str, tensor: str) -> list[str]:
    """The class `Step` and the tuple `STEPS`; `optimizer` is the type of what `make_optimizer` gives."""
    rows: list[str] = []
    for step in plan.steps:
        functions = ", ".join(
            f"{name}{step.suffix}" for name in ("make_optimizer", "learning_rate", "train_step", "losses")
        )
        names = f"{literal(step.step.name)}, {literal(step.step.model)}"
        rows.append(f"    Step({names}, {functions}, {step.step.repeat}),")
    return [
        "class Step(NamedTuple):",
        *docstring("An update of one model: `repeat` times for each turn, each time on the next batch.", 1),
        "",
        "    name: str",
        "    model: str",
        f"    make_optimizer: Callable[[Any], {optimizer}]",
        "    learning_rate: Callable[[int, int], float]",
        f"    train_step: Callable[..., tuple[dict[str, {tensor}], Outputs]]",
        "    losses: Callable[..., tuple[Terms, Outputs]]",
        "    repeat: int",
        "",
        "",
        *(["STEPS = (", *rows, ")"] if len(rows) > 1 else [f"STEPS = ({rows[0].strip()})"]),
    ]
