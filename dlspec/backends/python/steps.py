"""What the functions of a step have in common in every framework: `penalty`, `learning_rate`, the table of steps."""

from __future__ import annotations

from collections.abc import Sequence

from dlspec.backends.python.docs import docstring
from dlspec.backends.python.fit import higher_is_better
from dlspec.backends.python.groups import learning_rate_of
from dlspec.backends.python.layout import literal
from dlspec.backends.python.penalties import Norms, measures_of, penalty_lines
from dlspec.backends.python.plan import Plan, StepPlan
from dlspec.backends.python.schedules import PLATEAU, learning_rate_lines, monitors_of
from dlspec.backends.python.text import Part, signature, spelled
from dlspec.catalog.base import Optimizer, Penalty, Schedule


def penalty_function(plan: Plan, step: StepPlan, norms: Norms, tensor: str) -> list[str]:
    """`penalty`; nothing where no weight is covered."""
    lines = penalty_lines(step.step.penalties, step.trained, norms)
    if not lines:
        return []
    return [
        f"def penalty{step.suffix}(model: {plan.model_type}) -> {tensor}:",
        *docstring(f"What the weights add to the loss: {spelled(use.entry for use in step.step.penalties)}.", 1),
        *lines,
    ]


def has_penalty(step: StepPlan) -> bool:
    """Whether weights, or what layers give, add something to the loss."""
    return bool(step.activity) or has_weight_penalty(step)


def has_weight_penalty(step: StepPlan) -> bool:
    """Whether weights add something to the loss."""
    active = [use for use in step.step.penalties if isinstance(use.entry, Penalty) and measures_of(use.entry)]
    return any(name in step.trained.keys for use in active for name in use.weights)


def learning_rate_function(plan: Plan, step: StepPlan) -> list[str]:
    """`learning_rate`."""
    first = step.step.optimizers[0].entry
    assert isinstance(first, Optimizer)
    phases = [phase for phase in step.step.schedule if isinstance(phase, Schedule)]
    parameters = {"step": "int", "steps_per_epoch": "int"}
    about = "The learning rate before update number `step`, counted from 0 over the whole training."
    if plan.monitors:
        parameters["seen"] = "Mapping[str, Sequence[float]] | None = None"
        about += " `seen` holds the figures of the epochs so far that it depends on."
    higher = any(higher_is_better(plan, monitor) for monitor in monitors_of([phases]))
    return [
        *signature(f"learning_rate{step.suffix}", parameters, "float"),
        *docstring(about, 1),
        *(f"    {line}" for line in learning_rate_lines(learning_rate_of(first), phases, higher=higher)),
    ]


def plateau_part(plan: Plan) -> Part:
    """`plateau`, where a schedule has one."""
    return Part(PLATEAU.strip("\n").split("\n") if plan.monitors else [])


def total_lines(step: StepPlan, collected: str) -> list[str]:
    """The statements that put `loss` and `penalty` beside the terms in `figures`; `collected` are those of outputs."""
    lines = loss_lines(step)
    penalties = [f"penalty{step.suffix}(model)"] if has_weight_penalty(step) else []
    penalties += [f"sum({collected})"] if step.activity else []
    return [*lines, f'figures["penalty"] = {" + ".join(penalties)}'] if penalties else lines


def loss_lines(step: StepPlan) -> list[str]:
    """The statement that puts `loss` beside the terms in `figures`."""
    return [f'figures["loss"] = {_added([step.report[term.name] for term in step.step.losses])}']


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
        f"    learning_rate: Callable[{'...' if plan.monitors else '[int, int]'}, float]",
        f"    train_step: Callable[..., tuple[dict[str, {tensor}], Outputs]]",
        "    losses: Callable[..., tuple[Terms, Outputs]]",
        "    repeat: int",
        "",
        "",
        *(["STEPS = (", *rows, ")"] if len(rows) > 1 else [f"STEPS = ({rows[0].strip()})"]),
    ]
