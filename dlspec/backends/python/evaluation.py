"""What `evaluate` and `fit` of a generated file have in common in every framework."""

from __future__ import annotations

from collections.abc import Callable

from dlspec.backends.python.chance import draws_in_inference, layers_in
from dlspec.backends.python.layout import literal
from dlspec.backends.python.plan import ModelPlan, Plan
from dlspec.catalog.base import Layer
from dlspec.catalog.random import Draw

BATCHES = '''
def batches(columns: Batch, size: int) -> Iterator[Batch]:
    """All examples in order, so many at a time."""
    for start in range(0, len(next(iter(columns.values()))), size):
        yield {name: column[start : start + size] for name, column in columns.items()}
'''

AVERAGE = '''
def average(results: Sequence[Mapping[str, tuple[TENSOR, TENSOR | int]]]) -> dict[str, float]:
    """The mean of each figure over several batches, each with its weight."""
    figures = {}
    for name in results[0]:
        pairs = [(float(value), float(weight)) for value, weight in (result[name] for result in results)]
        total = sum(weight for _, weight in pairs)
        figures[name] = sum(value * weight for value, weight in pairs) / total if total else 0.0
    return figures
'''
"""`TENSOR` stands for the framework's class."""

SCORE = '''
def score(
    metrics: Mapping[str, Callable[..., float]], outputs: Mapping[str, tuple[np.ndarray, ...]]
) -> dict[str, float]:
    """The value of each metric."""
    return {name: float(metric(*outputs[name])) for name, metric in metrics.items() if name in outputs}
'''


def draws_in_evaluation(plan: Plan) -> bool:
    """Whether models or steps draw numbers in inference too, beside the random tensors that are given to them."""
    modules = [plan.program.module(model.code.module) for model in plan.models]
    inner = [layer for module in modules for layer in layers_in(plan.program, module)]
    for step in plan.steps:
        for unit in step.step.module.units:
            if unit.module is not None:
                inner += layers_in(plan.program, plan.program.module(unit.module))
            elif not isinstance(unit.layer, Draw):
                inner += [unit.layer] if isinstance(unit.layer, Layer) else []
    return any(map(draws_in_inference, inner))


def result_lines(plan: Plan, called: Callable[[str, bool], str], tensors: Callable[[str, str], str]) -> list[str]:
    """The statements that make `results`, the terms and outputs of each batch.

    `called` gives the call of a function `losses` by its name, with the draws or without; `tensors` moves drawn arrays
    to the device of a field.
    """
    own = f"losses{plan.steps[0].suffix}"
    drawn = bool(plan.random_units)
    if len(plan.steps) == 1 and not plan.random_units:
        return [f"results = [{called(own, False)} for batch in batches]"]
    if drawn:
        field = f"batch[{literal(plan.train.fields[0].name)}]"
        draws = tensors(f"draw(len({field}), SEED, number)", field)
        lines = ["results = []", "for number, batch in enumerate(batches):", f"    draws = {draws}"]
    else:
        lines = ["results = []", "for batch in batches:"]
    if len(plan.steps) == 1:
        return [*lines, f"    results.append({called(own, drawn)})"]
    return [
        *lines,
        f"    parts = [{called('step.losses', drawn)} for step in STEPS]",
        "    terms = {name: term for each, _ in parts for name, term in each.items()}",
        "    outputs = {name: pair for _, each in parts for name, pair in each.items()}",
        "    results.append((terms, outputs))",
    ]


def gathered_lines(plan: Plan) -> list[str]:
    """The statements that make one row of figures of the results, and return it."""
    names = [step.report[term.name] for step in plan.steps for term in step.step.losses]
    total = " + ".join(f"figures[{literal(name)}]" for name in names)
    outputs = "joined([outputs for _, outputs in results])" if plan.metrics else "{}"
    return [
        "    figures = average([terms for terms, _ in results])",
        f'    figures["loss"] = {total}',
        f"    return figures, {outputs}",
    ]


def predictions_table(plan: Plan) -> list[str]:
    """`PREDICT`, where there are several models."""
    if len(plan.models) == 1:
        return []
    rows = (f"    {literal(model.name)}: predict{model.suffix}," for model in plan.models)
    return ["PREDICT = {", *rows, "}"]


def prediction_lines(plan: Plan, model: ModelPlan, call: Callable[[str], str], single: str) -> list[str]:
    """The statements that return the outputs of a model by name; `call` gives its call on arguments, `single` is how a
    tensor `{}` is brought back to 32 bits."""
    module = plan.program.module(model.code.module)
    called = call(", ".join(f"batch[{literal(port.name)}]" for port in module.inputs))
    names = [result.name for result in module.outputs]
    floats = [module.type_of(result.ref).element == "float" for result in module.outputs]
    wrap = [single if plan.mixed and each else "{}" for each in floats]
    if len(names) == 1:
        return [f"return {{{literal(names[0])}: {wrap[0].format(called)}}}"]
    fields = [
        f"{literal(name)}: {form.format(f'outputs.{field}')}"
        for name, field, form in zip(names, model.code.outputs, wrap, strict=True)
    ]
    return [f"outputs = {called}", f"return {{{', '.join(fields)}}}"]
