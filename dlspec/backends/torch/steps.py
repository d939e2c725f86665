"""The functions of one step: `losses`, `penalty`, `make_optimizer`, `learning_rate`, `train_step`."""

from __future__ import annotations

from collections.abc import Mapping

from dlspec.backends.python.constraints import Holding, constrain_function
from dlspec.backends.python.docs import docstring
from dlspec.backends.python.expression import Expr, Local, call
from dlspec.backends.python.penalties import Norms
from dlspec.backends.python.plan import Plan, StepPlan
from dlspec.backends.python.steps import learning_rate_function, penalty_function
from dlspec.backends.python.terms import losses_part
from dlspec.backends.python.text import Part
from dlspec.backends.torch.optimizers import make_optimizer
from dlspec.backends.torch.precision import in_precision
from dlspec.backends.torch.selection import generator
from dlspec.backends.torch.terms import TERMS
from dlspec.backends.torch.updates import optimizer_type, train_step_parts


def step_parts(plan: Plan, step: StepPlan) -> list[Part]:
    """The definitions of a step."""
    return [
        in_precision(plan, losses_part(plan, step, TERMS)),
        Part(penalty_function(plan, step, NORMS, "Tensor")),
        Part(_make_optimizer(plan, step)),
        Part(learning_rate_function(plan, step)),
        Part(constrain_function(plan, step, HOLDING)),
        *train_step_parts(plan, step),
    ]


NORMS = Norms(
    {"absolute": "p.abs().sum()", "square": "p.square().sum()", "orthogonal": "orthogonality(p)"},
    lambda model, measure, held: measure + generator(model, held).removeprefix("p"),
)

HOLDING = Holding(
    clamp="p.clamp_({}, {})",
    non_negative="p.clamp_(min=0)",
    max_norm="max_norm(p, {})",
    unit_norm="unit_norm(p)",
    moves="p.requires_grad",
    loop=lambda model, named: (
        f"for name, p in {model}.named_parameters():" if named else f"for p in {model}.parameters():"
    ),
    decorators=("@torch.no_grad()",),
)

# ---------------------------------------------------------------- optimizer


def _make_optimizer(plan: Plan, step: StepPlan) -> list[str]:
    what = (
        f"The optimizer of {step.step.model}." if len(plan.steps) > 1 else "The optimizer, for a model on its device."
    )
    return [
        f"def make_optimizer{step.suffix}(model: {plan.model_type}) -> {optimizer_type(plan, step)}:",
        *docstring(what, 1),
        *make_optimizer(
            step.step.optimizers,
            step.step.rates,
            step.trained,
            around=lambda optimizer: _wrapped(plan, step, optimizer),
        ),
    ]


def _wrapped(plan: Plan, step: StepPlan, optimizer: Expr) -> Expr:
    """The optimizer, with the scaling of half precision and the average around it."""
    model = Local(step.model.expr)
    if plan.scaled:
        optimizer = call("Scaled", optimizer, model)
    if plan.average is not None:
        optimizer = call("Averaged", optimizer, model, plan.average)
    return optimizer


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
