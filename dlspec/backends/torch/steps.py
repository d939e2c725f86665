"""The functions of one step: `losses`, `penalty`, `make_optimizer`, `learning_rate`, `train_step`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from dlspec.backends.python.docs import docstring
from dlspec.backends.python.groups import has_scales, learning_rate_of
from dlspec.backends.python.layout import literal
from dlspec.backends.python.plan import Plan, StepPlan
from dlspec.backends.python.schedules import learning_rate_lines
from dlspec.backends.python.terms import losses_part
from dlspec.backends.python.text import Part, signature
from dlspec.backends.torch.optimizers import make_optimizer
from dlspec.backends.torch.penalties import penalty_lines
from dlspec.backends.torch.terms import TERMS
from dlspec.catalog.base import Optimizer, Schedule


def step_parts(plan: Plan, step: StepPlan) -> list[Part]:
    """The definitions of a step."""
    losses = losses_part(plan, step, TERMS)
    penalty = _penalty(plan, step)
    return [
        losses,
        Part(penalty),
        Part(_make_optimizer(plan, step)),
        Part(_learning_rate(step)),
        Part(_train_step(plan, step)),
    ]


# ---------------------------------------------------------------- penalty, optimizer, schedule


def _penalty(plan: Plan, step: StepPlan) -> list[str]:
    lines = penalty_lines(step.step.penalties, step.trained)
    if not lines:
        return []
    return [
        f"def penalty{step.suffix}(model: {plan.model_type}) -> Tensor:",
        *docstring("What the weights add to the loss: " + _spelled(use.entry for use in step.step.penalties) + ".", 1),
        *lines,
    ]


def _spelled(entries: Iterable[object]) -> str:
    return " and ".join(dict.fromkeys(getattr(entry, "entry", "") for entry in entries))


def _make_optimizer(plan: Plan, step: StepPlan) -> list[str]:
    uses = step.step.optimizers
    kind = "Optimizers" if len(uses) > 1 else "torch.optim.Optimizer"
    what = (
        f"The optimizer of {step.step.model}." if len(plan.steps) > 1 else "The optimizer, for a model on its device."
    )
    return [
        f"def make_optimizer{step.suffix}(model: {plan.model_type}) -> {kind}:",
        *docstring(what, 1),
        *make_optimizer(uses, step.step.rates, step.trained),
    ]


def _learning_rate(step: StepPlan) -> list[str]:
    first = step.step.optimizers[0].entry
    assert isinstance(first, Optimizer)
    phases = [phase for phase in step.step.schedule if isinstance(phase, Schedule)]
    return [
        f"def learning_rate{step.suffix}(step: int, steps_per_epoch: int) -> float:",
        *docstring("The learning rate before update number `step`, counted from 0 over the whole training.", 1),
        *(f"    {line}" for line in learning_rate_lines(learning_rate_of(first), phases)),
    ]


# ---------------------------------------------------------------- the update


def _train_step(plan: Plan, step: StepPlan) -> list[str]:
    optimizer = "Optimizers" if len(step.step.optimizers) > 1 else "torch.optim.Optimizer"
    rate = 'rate * group["scale"]' if has_scales(step.step.optimizers, step.step.rates) else "rate"
    what = f"Update {step.step.model} once" if len(plan.models) > 1 else "Update the weights once"
    parameters = {
        "model": plan.model_type,
        "optimizer": optimizer,
        "batch": "Batch",
        "rate": "float",
        "draws": "Batch | None = None",
    }
    return [
        *signature(f"train_step{step.suffix}", parameters, "tuple[dict[str, Tensor], Outputs]"),
        *docstring(f"{what}, at this learning rate; gives the terms of the loss and what the metrics compare.", 1),
        "    for group in optimizer.param_groups:",
        f'        group["lr"] = {rate}',
        *_statistics(plan, step),
        f"    terms, outputs = losses{step.suffix}(model, batch, draws)",
        "    figures = {name: mean for name, (mean, _) in terms.items()}",
        *_total(step),
        "    optimizer.zero_grad()",
        *_backward(plan, step),
        "    optimizer.step()",
        "    return {name: figure.detach() for name, figure in figures.items()}, outputs",
    ]


def _statistics(plan: Plan, step: StepPlan) -> list[str]:
    """Running statistics move only in the model's own step."""
    if len(plan.models) == 1:
        return []
    called = {unit.name for unit in step.step.module.units if unit.module is not None}
    trained = {each.model.name for each in plan.steps}
    moving = [model for model in plan.models if model.statistics and model.name in called & trained]
    return [f"    track_statistics({model.expr}, {model.name == step.model.name})" for model in moving]


def _total(step: StepPlan) -> list[str]:
    names = [step.report[term.name] for term in step.step.losses]
    lines = [f'    figures["loss"] = {_added(names)}']
    return [*lines, f'    figures["penalty"] = penalty{step.suffix}(model)'] if has_penalty(step) else lines


def has_penalty(step: StepPlan) -> bool:
    """Whether a penalty covers some weight."""
    return bool(penalty_lines(step.step.penalties, step.trained))


def _added(names: Sequence[str]) -> str:
    return " + ".join(f"figures[{literal(name)}]" for name in names)


def _backward(plan: Plan, step: StepPlan) -> list[str]:
    total = '(figures["loss"] + figures["penalty"])' if has_penalty(step) else 'figures["loss"]'
    own = f"{step.model.expr}.parameters()"
    if len(plan.models) > 1:
        # Other models take part in the loss, but nothing is worked out for their weights.
        lines = [f"    parameters = [p for p in {own} if p.requires_grad]", f"    {total}.backward(inputs=parameters)"]
        own = "parameters"
    else:
        lines = [f"    {total}.backward()"]
    if step.step.clip_value is not None:
        lines.append(f"    nn.utils.clip_grad_value_({own}, {literal(step.step.clip_value)})")
    if step.step.clip_norm is not None:
        lines.append(f"    clip_norm({own}, {literal(step.step.clip_norm)})")
    return lines


def steps_table(plan: Plan) -> list[str]:
    """The class `Step` and the tuple `STEPS`."""
    kind = "Any" if any(len(step.step.optimizers) > 1 for step in plan.steps) else "torch.optim.Optimizer"
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
        f"    make_optimizer: Callable[[Any], {kind}]",
        "    learning_rate: Callable[[int, int], float]",
        "    train_step: Callable[..., tuple[dict[str, Tensor], Outputs]]",
        "    losses: Callable[..., tuple[Terms, Outputs]]",
        "    repeat: int",
        "",
        "",
        *(["STEPS = (", *rows, ")"] if len(rows) > 1 else [f"STEPS = ({rows[0].strip()})"]),
    ]


HELPERS: Mapping[str, str] = {
    "clip_norm": '''
def clip_norm(parameters: Iterable[nn.Parameter], limit: float) -> None:
    """Scale all gradients together down to this norm."""
    gradients = [p.grad for p in parameters if p.grad is not None]
    scale = (limit / nn.utils.get_total_norm(gradients)).clamp(max=1)
    for gradient in gradients:
        gradient.mul_(scale)
''',
    "track_statistics": '''
def track_statistics(model: nn.Module, on: bool) -> None:
    """Whether the running statistics of batch normalisation move; without, it normalises by the batch all the same."""
    for module in model.modules():
        if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d | nn.BatchNorm3d):
            module.track_running_stats = on
''',
}
"""Functions of the generated file, emitted where they are used."""
