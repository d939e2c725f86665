"""The functions of one step: `losses`, `penalty`, `make_optimizer`, `learning_rate`, `train_step`."""

from __future__ import annotations

from collections.abc import Mapping

from dlspec.backends.python.docs import docstring
from dlspec.backends.python.groups import has_scales
from dlspec.backends.python.layout import literal
from dlspec.backends.python.penalties import Norms
from dlspec.backends.python.plan import Plan, StepPlan
from dlspec.backends.python.steps import has_penalty, learning_rate_function, penalty_function, total_lines
from dlspec.backends.python.terms import losses_part
from dlspec.backends.python.text import Part, signature
from dlspec.backends.torch.optimizers import make_optimizer
from dlspec.backends.torch.selection import generator
from dlspec.backends.torch.terms import TERMS


def step_parts(plan: Plan, step: StepPlan) -> list[Part]:
    """The definitions of a step."""
    losses = losses_part(plan, step, TERMS)
    return [
        losses,
        Part(penalty_function(plan, step, NORMS, "Tensor")),
        Part(_make_optimizer(plan, step)),
        Part(learning_rate_function(step)),
        Part(_train_step(plan, step)),
    ]


NORMS = Norms("p.abs().sum()", "p.square().sum()", lambda model, held: generator(model, held).removeprefix("p "))

# ---------------------------------------------------------------- optimizer


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
        *(f"    {line}" for line in total_lines(step)),
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
