"""The update of a step: the generated `train_step`, on one batch, on several together, or chunk by chunk."""

from __future__ import annotations

from dlspec.backends.python.accumulation import ACTIVITY, term_groups
from dlspec.backends.python.constraints import constrain_lines
from dlspec.backends.python.docs import docstring
from dlspec.backends.python.groups import has_scales
from dlspec.backends.python.layout import literal
from dlspec.backends.python.plan import Plan, StepPlan
from dlspec.backends.python.steps import has_penalty, has_weight_penalty, loss_lines, total_lines
from dlspec.backends.python.text import Part, signature
from dlspec.backends.torch.terms import TERMS

GIVES = "tuple[dict[str, Tensor], Outputs]"
RETURN = "return {name: figure.detach() for name, figure in figures.items()}, outputs"


def optimizer_type(plan: Plan, step: StepPlan) -> str:
    """The class of what `make_optimizer` gives."""
    if plan.average is not None:
        return "Averaged"
    if plan.scaled:
        return "Scaled"
    return "Optimizers" if len(step.step.optimizers) > 1 else "torch.optim.Optimizer"


def train_step_parts(plan: Plan, step: StepPlan) -> list[Part]:
    """`train_step`, and before it what it does with each chunk where time is cut."""
    if plan.truncation is None:
        return [Part([*_head(plan, step), *_indented(_update(plan, step))])]
    return [Part(_chunk_update(plan, step)), Part([*_head(plan, step), *_over_chunks(plan, step)])]


def _indented(lines: list[str]) -> list[str]:
    return [f"    {line}" for line in lines]


def _head(plan: Plan, step: StepPlan) -> list[str]:
    """The signature of `train_step`, and what precedes the update."""
    rate = 'rate * group["scale"]' if has_scales(step.step.optimizers, step.step.rates) else "rate"
    what = f"Update {step.step.model} once" if len(plan.models) > 1 else "Update the weights once"
    if plan.truncation:
        what += " for each chunk of time"
    parameters = {
        "model": plan.model_type,
        "optimizer": optimizer_type(plan, step),
        "batch": "Batch",
        "rate": "float",
        "draws": "Batch | None = None",
    }
    return [
        *signature(f"train_step{step.suffix}", parameters, GIVES),
        *docstring(f"{what}, at this learning rate; gives the terms of the loss and what the metrics compare.", 1),
        "    for group in optimizer.param_groups:",
        f'        group["lr"] = {rate}',
        *_indented(_statistics(plan, step)),
    ]


def _statistics(plan: Plan, step: StepPlan) -> list[str]:
    """Running statistics move only in the model's own step."""
    if len(plan.models) == 1:
        return []
    called = {unit.name for unit in step.step.module.units if unit.module is not None}
    trained = {each.model.name for each in plan.steps}
    moving = [model for model in plan.models if model.statistics and model.name in called & trained]
    return [f"track_statistics({model.expr}, {model.name == step.model.name})" for model in moving]


# ---------------------------------------------------------------- one update


def _update(plan: Plan, step: StepPlan) -> list[str]:
    """The statements of an update, up to what is given back."""
    worked_out = _accumulated(plan, step) if plan.accumulate > 1 else _on_one_batch(plan, step)
    return [
        *worked_out,
        *_clipped(plan, step),
        "optimizer.step()",
        *constrain_lines(step),
        *(["optimizer.follow()"] if plan.average is not None else []),
        RETURN,
    ]


def _on_one_batch(plan: Plan, step: StepPlan) -> list[str]:
    """The gradients of a batch."""
    call = f"terms, outputs = losses{step.suffix}(model, batch, draws{', activity' if step.activity else ''})"
    total = '(figures["loss"] + figures["penalty"])' if has_penalty(step) else 'figures["loss"]'
    own = f"{step.model.expr}.parameters()"
    if plan.scaled:
        total = f"optimizer.scaled({total.removeprefix('(').removesuffix(')')})"
    if len(plan.models) > 1:
        # Other models take part in the loss, but nothing is worked out for their weights.
        backward = [f"parameters = [p for p in {own} if p.requires_grad]", f"{total}.backward(inputs=parameters)"]
    else:
        backward = [f"{total}.backward()"]
    return [
        *(["activity: list[Tensor] = []"] if step.activity else []),
        *(["with carried(model, states):", f"    {call}"] if plan.truncation else [call]),
        "figures = {name: mean for name, (mean, _) in terms.items()}",
        *total_lines(step, "activity"),
        "optimizer.zero_grad()",
        *backward,
    ]


def _accumulated(plan: Plan, step: StepPlan) -> list[str]:
    """The gradients of several batches, as if they were one."""
    call = f"terms, outputs = losses{step.suffix}(model, part, drawn{', activity' if step.activity else ''})"
    given = "gradients.add(terms, optimizer.scaled)" if plan.scaled else "gradients.add(terms)"
    field = literal(plan.train.fields[0].name)
    groups = literal(term_groups(plan, step, TERMS))
    numbered = plan.truncation is not None
    lines = [
        f"parameters = [p for p in {step.model.expr}.parameters() if p.requires_grad]",
        f"gradients = Gradients(parameters, {groups})",
        "results = []",
        f"for {'number, (part, drawn)' if numbered else 'part, drawn'} in "
        f"{'enumerate(batches_of(batch, draws))' if numbered else 'batches_of(batch, draws)'}:",
        *(["    activity: list[Tensor] = []"] if step.activity else []),
        *(["    with carried(model, states[number]):", f"        {call}"] if numbered else [f"    {call}"]),
        *([f"    terms[{literal(ACTIVITY)}] = (sum(activity), len(part[{field}]))"] if step.activity else []),
        f"    {given}",
        "    results.append(outputs)",
        "figures = gradients.finish()",
        "outputs = together(results)",
        *loss_lines(step),
    ]
    if has_weight_penalty(step):
        penalty = 'optimizer.scaled(figures["penalty"])' if plan.scaled else 'figures["penalty"]'
        lines += [
            f'figures["penalty"] = penalty{step.suffix}(model)',
            'if figures["penalty"].requires_grad:',
            f"    {penalty}.backward(inputs=parameters)",
        ]
    if step.activity:
        noted = f"figures.pop({literal(ACTIVITY)})"
        both = f'figures["penalty"] + {noted}' if has_weight_penalty(step) else noted
        lines.append(f'figures["penalty"] = {both}')
    return lines


def _clipped(plan: Plan, step: StepPlan) -> list[str]:
    """Bounds on the gradients."""
    named = len(plan.models) > 1 or plan.accumulate > 1
    own = "parameters" if named else f"{step.model.expr}.parameters()"
    lines = []
    if step.step.clip_value is not None:
        lines.append(f"nn.utils.clip_grad_value_({own}, {literal(step.step.clip_value)})")
    if step.step.clip_norm is not None:
        lines.append(f"clip_norm({own}, {literal(step.step.clip_norm)})")
    return ["optimizer.unscale()", *lines] if lines and plan.scaled else lines


# ---------------------------------------------------------------- chunk by chunk


def _chunk_update(plan: Plan, step: StepPlan) -> list[str]:
    parameters = {
        "model": plan.model_type,
        "optimizer": optimizer_type(plan, step),
        "batch": "Batch",
        "draws": "Batch | None",
        "states": "dict[int, list[Any]]" if plan.accumulate > 1 else "list[Any]",
    }
    return [
        *signature(f"update{step.suffix}", parameters, GIVES),
        *docstring("Update the weights once by a chunk, with the recurrent states of the one before.", 1),
        *_indented(_update(plan, step)),
    ]


def _over_chunks(plan: Plan, step: StepPlan) -> list[str]:
    states = "states: dict[int, list[Any]] = defaultdict(list)" if plan.accumulate > 1 else "states: list[Any] = []"
    return [
        f"    {states}",
        f"    results = [(length, *update{step.suffix}(model, optimizer, chunk, draws, states)) "
        "for length, chunk in chunks(batch)]",
        "    return over_time(results)",
    ]
