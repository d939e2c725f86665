"""The update of a step: the generated `train_step` and what of it TensorFlow compiles, on one batch, on several
together, or chunk by chunk."""

from __future__ import annotations

from dlspec.backends.keras.optimizers import several
from dlspec.backends.keras.terms import terms_of
from dlspec.backends.python.accumulation import ACTIVITY, term_groups
from dlspec.backends.python.constraints import constrain_lines
from dlspec.backends.python.docs import docstring
from dlspec.backends.python.layout import literal
from dlspec.backends.python.plan import Plan, StepPlan
from dlspec.backends.python.steps import has_penalty, has_weight_penalty, loss_lines, total_lines
from dlspec.backends.python.text import Part, signature

GIVES = "tuple[dict[str, Tensor], Outputs]"
WITH_STATES = "tuple[dict[str, Tensor], Outputs, dict[str, Tensor]]"
SUMS = "list[list[Tensor | None]]"


def optimizer_type(plan: Plan, step: StepPlan) -> str:
    """The class of what `make_optimizer` gives."""
    if plan.average is not None:
        return "Averaged"
    if plan.scaled:
        return "Scaled"
    return "Optimizers" if several(step.step.optimizers, step.step.rates, step.trained) else "Optimizer"


def train_step_parts(plan: Plan, step: StepPlan) -> list[Part]:
    """`train_step`, and before it what it compiles."""
    if plan.accumulate > 1:
        return [Part(_gradients(plan, step)), Part(_apply(plan, step)), Part(_train_step(plan, step))]
    return [Part(_update(plan, step)), Part(_train_step(plan, step))]


def _others(plan: Plan, step: StepPlan) -> list[str]:
    """The models that take part without being updated: their running statistics stay."""
    called = {unit.name for unit in step.step.module.units if unit.module is not None}
    return [
        model.expr for model in plan.models
        if model.statistics and model.name in called and model.name != step.model.name
    ]  # fmt: skip


def _compiled_parameters(plan: Plan, step: StepPlan) -> dict[str, str]:
    return {
        "model": plan.model_type,
        "optimizer": optimizer_type(plan, step),
        "batch": "Batch",
        "draws": "Batch",
        **({"states": "Batch"} if plan.truncation else {}),
        **({"frozen": "tuple[bool, ...] = ()"} if plan.freezes else {}),
    }


def _about(plan: Plan, step: StepPlan, what: str) -> list[str]:
    held = "; `frozen` weights make another graph" if plan.freezes else ""
    return docstring(f"{what}{held}.", 1)


def _taped(plan: Plan, step: StepPlan, tape: str, inner: list[str]) -> list[str]:
    """The loss on a tape, as `terms` and `outputs`, and what else stands on it."""
    given = "training=True, activity=activity" if step.activity else "training=True"
    others = _others(plan, step)
    kept = f"statistics_kept({', '.join(others)}), " if others else ""
    carried = "carried(states) as ends, " if plan.truncation else ""
    return [
        f"    with {kept}{carried}{tape} as tape:",
        *(["        activity = Activity()"] if step.activity else []),
        f"        terms, outputs = losses{step.suffix}(model, batch, draws, {given})",
        *(f"        {line}" for line in inner),
        f"    weights = {step.model.expr}.trainable_variables",
    ]


def _moved(plan: Plan, step: StepPlan) -> list[str]:
    """What follows the gradients."""
    clip_value, clip_norm = step.step.clip_value, step.step.clip_norm
    return [
        *(["    gradients = optimizer.unscaled(gradients)"] if plan.scaled else []),
        *([f"    gradients = clip_value(gradients, {literal(clip_value)})"] if clip_value is not None else []),
        *([f"    gradients = clip_norm(gradients, {literal(clip_norm)})"] if clip_norm is not None else []),
        "    optimizer.apply(gradients, weights)",
        *(f"    {line}" for line in constrain_lines(step)),
        *(["    optimizer.follow()"] if plan.average is not None else []),
    ]


# ---------------------------------------------------------------- on one batch


def _update(plan: Plan, step: StepPlan) -> list[str]:
    """What TensorFlow compiles."""
    total = 'figures["loss"] + figures["penalty"]' if has_penalty(step) else 'figures["loss"]'
    return [
        *signature(f"update{step.suffix}", _compiled_parameters(plan, step), WITH_STATES if plan.truncation else GIVES),
        *_about(plan, step, f"What `train_step{step.suffix}` compiles"),
        *_taped(
            plan,
            step,
            "tf.GradientTape()",
            [
                "figures = {name: mean for name, (mean, _) in terms.items()}",
                *total_lines(step, "activity.terms"),
                f"total = {f'optimizer.scaled({total})' if plan.scaled else total}",
            ],
        ),
        "    gradients = gradients_of(tape, total, weights)",
        *_moved(plan, step),
        "    return figures, outputs, ends" if plan.truncation else "    return figures, outputs",
    ]


# ---------------------------------------------------------------- on several batches


def _gradients(plan: Plan, step: StepPlan) -> list[str]:
    """What TensorFlow compiles for each of several batches."""
    field = f"batch[{literal(plan.train.fields[0].name)}]"
    noted = f"terms[{literal(ACTIVITY)}] = (sum(activity.terms), ops.shape({field})[0])"
    groups = term_groups(plan, step, terms_of(plan, step))
    total = "optimizer.scaled(weighed(terms, names))" if plan.scaled else "weighed(terms, names)"
    ends = ", dict[str, Tensor]" if plan.truncation else ""
    return [
        *signature(f"gradients{step.suffix}", _compiled_parameters(plan, step), f"tuple[Terms, Outputs, {SUMS}{ends}]"),
        *_about(
            plan, step, f"What `train_step{step.suffix}` compiles for a batch: gradients of terms times their weight"
        ),
        *_taped(
            plan,
            step,
            "tf.GradientTape(persistent=True)",
            [
                *([noted] if step.activity else []),
                f"totals = [{total} for names in {literal(groups)}]",
            ],
        ),
        "    found = [gradients_of(tape, total, weights) for total in totals]",
        "    return terms, outputs, found, ends" if plan.truncation else "    return terms, outputs, found",
    ]


def _apply(plan: Plan, step: StepPlan) -> list[str]:
    """What TensorFlow compiles for the update."""
    parameters = {
        "model": plan.model_type,
        "optimizer": optimizer_type(plan, step),
        "gradients": "list[Tensor | None]",
        **({"frozen": "tuple[bool, ...] = ()"} if plan.freezes else {}),
    }
    penalty: list[str] = []
    total = 'optimizer.scaled(figures["penalty"])' if plan.scaled else 'figures["penalty"]'
    if has_weight_penalty(step):
        penalty = [
            "    with tf.GradientTape() as tape:",
            f'        figures["penalty"] = penalty{step.suffix}(model)',
            f"        total = {total}",
            "    gradients = added(gradients, gradients_of(tape, total, weights))",
        ]
    return [
        *signature(f"apply{step.suffix}", parameters, "dict[str, Tensor]"),
        *docstring(f"What `train_step{step.suffix}` compiles for the update itself; gives the penalty, if any.", 1),
        "    figures: dict[str, Tensor] = {}",
        f"    weights = {step.model.expr}.trainable_variables",
        *penalty,
        *_moved(plan, step),
        "    return figures",
    ]


# ---------------------------------------------------------------- the step


def _train_step(plan: Plan, step: StepPlan) -> list[str]:
    parameters = {
        "model": plan.model_type,
        "optimizer": optimizer_type(plan, step),
        "batch": "Batch",
        "rate": "float",
        "draws": "Batch | None = None",
    }
    what = f"Update {step.step.model} once" if len(plan.models) > 1 else "Update the weights once"
    if plan.truncation:
        what += " for each chunk of time"
    body = _many(plan, step) if plan.accumulate > 1 else _one(plan, step)
    return [
        *signature(f"train_step{step.suffix}", parameters, GIVES),
        *docstring(f"{what}, at this learning rate; gives the terms of the loss and what the metrics compare.", 1),
        "    optimizer.learning_rate = rate",
        *(["    frozen = tuple(not p.trainable for p in parameters(model).values())"] if plan.freezes else []),
        *(f"    {line}" for line in body),
    ]


def _owners(plan: Plan, function: str) -> str:
    return f"{function}, model, optimizer{', frozen=frozen' if plan.freezes else ''}"


def _one(plan: Plan, step: StepPlan) -> list[str]:
    owners = _owners(plan, f"update{step.suffix}")
    if plan.truncation is None:
        return [f"figures, outputs = compiled({owners})(batch, draws or {{}})", "return figures, outputs"]
    return [
        "states: Batch = {}",
        "results = []",
        "for length, chunk in chunks(batch):",
        f"    figures, outputs, states = compiled({owners})(chunk, draws or {{}}, states)",
        "    results.append((length, figures, outputs))",
        "return over_time(results)",
    ]


def _many(plan: Plan, step: StepPlan) -> list[str]:
    owners = _owners(plan, f"gradients{step.suffix}")
    groups = literal(term_groups(plan, step, terms_of(plan, step)))
    applied = [
        f"figures, outputs, found = together(made, {groups})",
        f"figures |= graph({_owners(plan, f'apply{step.suffix}')})(found)",
        *loss_lines(step),
    ]
    if step.activity:
        noted = f"figures.pop({literal(ACTIVITY)})"
        both = f'figures["penalty"] + {noted}' if has_weight_penalty(step) else noted
        applied.append(f'figures["penalty"] = {both}')
    if plan.truncation is None:
        return [
            f"made = [compiled({owners})(part, drawn or {{}}) for part, drawn in batches_of(batch, draws)]",
            *applied,
            "return figures, outputs",
        ]
    return [
        "states: dict[int, Batch] = defaultdict(dict)",
        "results = []",
        "for length, chunk in chunks(batch):",
        "    made = []",
        "    for number, (part, drawn) in enumerate(batches_of(chunk, draws)):",
        f"        *each, states[number] = compiled({owners})(part, drawn or {{}}, states[number])",
        "        made.append(each)",
        *(f"    {line}" for line in applied),
        "    results.append((length, figures, outputs))",
        "return over_time(results)",
    ]
