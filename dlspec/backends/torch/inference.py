"""The part of the generated file without updates: `evaluate`, `predict`, and what `fit` shares with them."""

from __future__ import annotations

from dlspec.backends.python.docs import docstring
from dlspec.backends.python.layout import literal
from dlspec.backends.python.plan import ModelPlan, Plan

# ---------------------------------------------------------------- helpers


def helper_lines(plan: Plan) -> list[list[str]]:
    """Small functions that `evaluate` and `fit` share."""
    texts = [TENSORS, BATCHES, AVERAGE, *([JOINED, SCORE] if plan.metrics else [])]
    return [text.strip("\n").split("\n") for text in texts]


TENSORS = '''
def tensors(arrays: Mapping[str, np.ndarray], device: torch.device | str) -> dict[str, Tensor]:
    """Arrays on the device; fractions in PyTorch's default type, whole numbers with 64 bits."""
    moved = {name: torch.tensor(array, device=device) for name, array in arrays.items()}
    return {
        name: x.to(torch.get_default_dtype()) if x.is_floating_point() else x if x.dtype == torch.bool else x.long()
        for name, x in moved.items()
    }
'''

BATCHES = '''
def batches(columns: Batch, size: int) -> Iterator[Batch]:
    """All examples in order, so many at a time."""
    for start in range(0, len(next(iter(columns.values()))), size):
        yield {name: column[start : start + size] for name, column in columns.items()}
'''

AVERAGE = '''
def average(results: Sequence[Mapping[str, tuple[Tensor, Tensor | int]]]) -> dict[str, float]:
    """The mean of each figure over several batches, each with its weight."""
    figures = {}
    for name in results[0]:
        pairs = [(float(value), float(weight)) for value, weight in (result[name] for result in results)]
        total = sum(weight for _, weight in pairs)
        figures[name] = sum(value * weight for value, weight in pairs) / total if total else 0.0
    return figures
'''

JOINED = '''
def joined(results: Sequence[Outputs]) -> dict[str, tuple[np.ndarray, ...]]:
    """What the metrics compare, over several batches."""
    return {
        name: tuple(torch.cat(parts).cpu().numpy() for parts in zip(*(result[name] for result in results), strict=True))
        for name in results[0]
    }
'''

SCORE = '''
def score(
    metrics: Mapping[str, Callable[..., float]], outputs: Mapping[str, tuple[np.ndarray, ...]]
) -> dict[str, float]:
    """The value of each metric."""
    return {name: float(metric(*outputs[name])) for name, metric in metrics.items() if name in outputs}
'''


# ---------------------------------------------------------------- evaluation


def evaluate_lines(plan: Plan) -> list[str]:
    """`evaluate`."""
    gives = "tuple[dict[str, float], dict[str, tuple[np.ndarray, ...]]]"
    lines = [
        "@torch.inference_mode()",
        f"def evaluate(model: {plan.model_type}, batches: Iterable[Batch]) -> {gives}:",
        *docstring("The losses, without penalties, and what the metrics compare, in inference mode.", 1),
        "    model.eval()",
    ]
    random = draws_in_models(plan)
    if random:
        lines += [
            "    device = next(model.parameters()).device",
            '    with torch.random.fork_rng([device] if device.type == "cuda" else []):',
            "        torch.manual_seed(SEED)  # the same numbers in every evaluation, and none taken from the training",
        ]
    depth = "        " if random else "    "
    return lines + [f"{depth}{line}" for line in _results(plan)] + _gathered(plan)


def draws_in_models(plan: Plan) -> bool:
    """Whether a model draws numbers in inference too."""
    return any(model.code.takes_draws for model in plan.models)


def _results(plan: Plan) -> list[str]:
    if len(plan.steps) == 1 and not plan.random_units:
        return [f"results = [losses{plan.steps[0].suffix}(model, batch) for batch in batches]"]
    lines = ["results = []", "for number, batch in enumerate(batches):"] if plan.random_units else []
    if plan.random_units:
        field = f"batch[{literal(plan.train.fields[0].name)}]"
        lines.append(f"    draws = tensors(draw(len({field}), SEED, number), {field}.device)")
        call = "(model, batch, draws)"
    else:
        lines = ["results = []", "for batch in batches:"]
        call = "(model, batch)"
    if len(plan.steps) == 1:
        return [*lines, f"    results.append(losses{plan.steps[0].suffix}{call})"]
    return [
        *lines,
        f"    parts = [step.losses{call} for step in STEPS]",
        "    terms = {name: term for each, _ in parts for name, term in each.items()}",
        "    outputs = {name: pair for _, each in parts for name, pair in each.items()}",
        "    results.append((terms, outputs))",
    ]


def _gathered(plan: Plan) -> list[str]:
    names = [step.report[term.name] for step in plan.steps for term in step.step.losses]
    total = " + ".join(f"figures[{literal(name)}]" for name in names)
    outputs = "joined([outputs for _, outputs in results])" if plan.metrics else "{}"
    return [
        "    figures = average([terms for terms, _ in results])",
        f'    figures["loss"] = {total}',
        f"    return figures, {outputs}",
    ]


def predict_lines(plan: Plan, model: ModelPlan) -> list[str]:
    """`predict` of a model."""
    module = plan.program.module(model.code.module)
    arguments = ", ".join(f"batch[{literal(port.name)}]" for port in module.inputs)
    call = f"{model.expr}({arguments})"
    lines = [
        "@torch.inference_mode()",
        f"def predict{model.suffix}(model: {plan.model_type}, batch: Batch) -> dict[str, Tensor]:",
        *docstring("The outputs by name, in inference mode.", 1),
        f"    {model.expr}.eval()",
    ]
    names = [result.name for result in module.outputs]
    if len(names) == 1:
        return [*lines, f"    return {{{literal(names[0])}: {call}}}"]
    fields = [f"{literal(name)}: outputs.{field}" for name, field in zip(names, model.code.outputs, strict=True)]
    return [*lines, f"    outputs = {call}", f"    return {{{', '.join(fields)}}}"]


def predictions_table(plan: Plan) -> list[str]:
    """`PREDICT`, where there are several models."""
    if len(plan.models) == 1:
        return []
    rows = (f"    {literal(model.name)}: predict{model.suffix}," for model in plan.models)
    return ["PREDICT = {", *rows, "}"]
