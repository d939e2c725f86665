"""A training as one standalone PyTorch module: models, losses, optimizer, one function for each step, `fit`."""

from __future__ import annotations

from dlspec.backends.python.chunks import chunk_parts
from dlspec.backends.python.docs import docstring
from dlspec.backends.python.document import document, settings_lines
from dlspec.backends.python.draws import draw_lines
from dlspec.backends.python.evaluation import predictions_table
from dlspec.backends.python.fit import fit_lines, updates_lines
from dlspec.backends.python.globals import global_names
from dlspec.backends.python.layout import literal
from dlspec.backends.python.plan import Plan, make_plan
from dlspec.backends.python.steps import plateau_part, steps_table
from dlspec.backends.python.text import Part
from dlspec.backends.torch.emit import LOAD_WEIGHTS, render_prelude, weights_lines
from dlspec.backends.torch.epochs import start_epoch_lines
from dlspec.backends.torch.fit import FIT
from dlspec.backends.torch.inference import evaluate_lines, helper_lines, predict_lines
from dlspec.backends.torch.loss_helpers import HELPERS as LOSSES
from dlspec.backends.torch.optimizer_helpers import HELPERS as OPTIMIZERS
from dlspec.backends.torch.plan import TORCH
from dlspec.backends.torch.precision import DTYPES, in_double, precision_part
from dlspec.backends.torch.steps import HELPERS as STEPS
from dlspec.backends.torch.steps import step_parts
from dlspec.backends.torch.update_helpers import HELPERS as UPDATES
from dlspec.ir.program import Program, Train

WEIGHTS = "Name of each weight and running statistic -> its key in `state_dict()`."


def emit_train_file(program: Program, train: Train) -> str:
    """The source of the module of a training."""
    plan = make_plan(program, train, TORCH)
    steps = [part for step in plan.steps for part in step_parts(plan, step)]
    parts = [
        Part(settings_lines(plan)),
        Part(_aliases()),
        precision_part(plan),
        Part(plan.emitted.classes.strip().split("\n"), plan.emitted.names),
        Part([*weights_lines(plan.weights), *docstring(WEIGHTS, 0)]),
        Part(in_double(plan, _build(plan))),
        Part(LOAD_WEIGHTS.strip("\n").split("\n")),
        *(Part(text.strip("\n").split("\n")) for text in _helpers(plan, steps)),
        plateau_part(plan),
        *chunk_parts(plan, "torch.cat(parts, axis)"),
        *steps,
        Part(steps_table(plan, _optimizer_type(plan), "Tensor")),
        *map(Part, (draw_lines(plan), start_epoch_lines(plan), *helper_lines(plan), evaluate_lines(plan))),
        *(Part(predict_lines(plan, model)) for model in plan.models),
        *map(Part, (predictions_table(plan), updates_lines(plan), fit_lines(plan, FIT))),
    ]
    return document(plan, "PyTorch and NumPy", parts, render_prelude)


def _aliases() -> list[str]:
    return [
        "Batch = Mapping[str, Tensor]  # a tensor for each field, the examples in its first dimension",
        "Terms = dict[str, tuple[Tensor, Tensor | int]]  # a mean, and its weight among other batches",
        "Outputs = dict[str, tuple[Tensor, ...]]  # what each metric compares",
    ]


def _build(plan: Plan) -> list[str]:
    if len(plan.models) == 1:
        what, made = "The model, not yet trained.", plan.models[0].code.construct
    else:
        what = "The models, not yet trained."
        pairs = (f"{literal(model.key_prefix[:-1])}: {model.code.construct}" for model in plan.models)
        made = f"nn.ModuleDict({{{', '.join(pairs)}}})"
    return [f"def build() -> {plan.model_type}:", *docstring(what, 1), f"    return {made}"]


def _optimizer_type(plan: Plan) -> str:
    wrapped = plan.scaled or plan.average is not None
    several = any(len(step.step.optimizers) > 1 for step in plan.steps)
    return "Any" if several or wrapped else "torch.optim.Optimizer"


def _helpers(plan: Plan, parts: list[Part]) -> list[str]:
    """The helper functions and classes that the parts use, in the order in which they are declared."""
    used = global_names("\n\n".join("\n".join(part.lines) for part in parts))
    dtype = DTYPES.get(plan.precision, "")
    texts = {**LOSSES, **OPTIMIZERS, **STEPS, **UPDATES}
    return [text.replace("torch.DTYPE", dtype) for name, text in texts.items() if name in used]
