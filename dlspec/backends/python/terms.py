"""The generated `losses`: what a step computes on a batch, the terms of its loss, and what its metrics compare."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from dlspec.backends.python.docs import docstring
from dlspec.backends.python.emitted import EmittedFlow
from dlspec.backends.python.expression import Expr, Local, walk
from dlspec.backends.python.expression import Sequence as Items
from dlspec.backends.python.layout import literal
from dlspec.backends.python.names import identifier
from dlspec.backends.python.operand import COUNT, Operand
from dlspec.backends.python.plan import EXAMPLE_WEIGHT, ModelPlan, Plan, StepPlan
from dlspec.backends.python.text import Part, dictionary, signature
from dlspec.catalog.base import Loss
from dlspec.catalog.dense import Constant
from dlspec.catalog.shape import Cast, Expand
from dlspec.ir.program import INPUT, Module, Ref


@dataclass(frozen=True, slots=True)
class Lowering:
    """How a framework says it.

    `flow` gives the statements of a step's module, `reach` the expression of a model in it, `loss_pair` and
    `tensor_pair` the pair (mean, weight of that mean) of a loss and of a tensor of numbers. `filled` is a tensor like
    another full of a number, `detached` a tensor without its history, `count` the number of examples of a field.
    `locals` are names that no variable may take, `parameters` further ones of the function after `draws`. `collector`
    is the type of what collects the penalties on what layers give, `single` how a tensor `{}` of fractions is brought
    back to 32 bits.
    """

    flow: Callable[..., EmittedFlow]
    reach: Callable[[ModelPlan], str]
    loss_pair: Callable[[Loss, tuple[Operand, ...], Expr | None], Expr]
    tensor_pair: Callable[[Operand, Expr | None], Expr]
    filled: Callable[[float, Expr], Expr]
    detached: Callable[[Expr], Expr]
    count: Callable[[str], str]
    locals: Collection[str]
    parameters: dict[str, str]
    collector: str
    single: str


def step_flow(plan: Plan, step: StepPlan, lowering: Lowering) -> EmittedFlow:
    """What a step's losses and metrics compare, as statements."""
    module = step.step.module
    refs = dict.fromkeys(ref for inputs in _inputs(step) for ref in inputs)
    numbers = _numbers(step)
    return lowering.flow(
        plan.program,
        module,
        plan.emitted,
        models=_instances(plan, module, lowering),
        inputs=[f"batch[{literal(port.name)}]" for port in module.inputs],
        wanted=[ref for ref in refs if ref not in numbers],
        draws="draws",
        reserved=lowering.locals,
        wishes=_wishes(plan, module),
        activity=step.activity,
    )


def losses_part(plan: Plan, step: StepPlan, lowering: Lowering) -> Part:
    """The function `losses` of a step."""
    module = step.step.module
    numbers = _numbers(step)
    flow = step_flow(plan, step, lowering)
    values = _in_single(module, flow.values, lowering) if plan.mixed else flow.values
    weight = Local(f"batch[{literal(EXAMPLE_WEIGHT)}]") if plan.example_weights else None
    terms: dict[str, Expr] = {}
    for term in step.step.losses:
        operands = _operands(module, values, lowering, numbers, term.inputs)
        loss = term.loss
        if isinstance(loss, Loss):
            terms[step.report[term.name]] = lowering.loss_pair(loss, operands, weight)
        else:
            terms[step.report[term.name]] = lowering.tensor_pair(operands[0], weight)
    metrics: dict[str, Expr] = {}
    for metric in step.step.metrics:
        operands = _operands(module, values, lowering, numbers, metric.inputs)
        pairs = zip(operands, metric.inputs, strict=True)
        metrics[metric.name] = Items(tuple(_plain(operand, module, ref, lowering) for operand, ref in pairs))
    what = "The terms of the loss, and what the metrics compare." if metrics else "The terms of the loss."
    lines = [
        *signature(
            f"losses{step.suffix}",
            {
                **{"model": plan.model_type, "batch": "Batch", "draws": "Batch | None = None"},
                **lowering.parameters,
                **({"activity": f"{lowering.collector} | None = None"} if step.activity else {}),
            },
            "tuple[Terms, Outputs]",
        ),
        *docstring(what, 1),
        *(f"    {line}" for line in flow.lines),
        *_count(module, terms, lowering),
        *dictionary("terms = ", terms),
        *dictionary("return terms, ", metrics),
    ]
    return Part(lines, flow.names)


def _inputs(step: StepPlan) -> list[tuple[Ref, ...]]:
    """What goes into each loss and each metric."""
    return [*(term.inputs for term in step.step.losses), *(term.inputs for term in step.step.metrics)]


def _count(module: Module, terms: dict[str, Expr], lowering: Lowering) -> list[str]:
    used = any(part == COUNT for pair in terms.values() for part in walk(pair))
    field = f"batch[{literal(module.inputs[0].name)}]"
    return [f"    count = {lowering.count(field)}"] if used else []


def _instances(plan: Plan, module: Module, lowering: Lowering) -> dict[str, str]:
    """How the code reaches each model that the step calls; a block without weights is made on the spot."""
    own = {model.name: lowering.reach(model) for model in plan.models}
    return {
        unit.name: own.get(unit.name) or plan.emitted.models[unit.module].construct
        for unit in module.units
        if unit.module is not None
    }


def _wishes(plan: Plan, module: Module) -> dict[Ref, str]:
    """What a model gives is called as its outputs are, a field in another type as the field."""
    found: dict[Ref, str] = {}
    for place, node in enumerate(module.nodes):
        unit = module.units[node.unit]
        if unit.module is not None:
            outputs = plan.program.module(unit.module).outputs
            found |= {(place, which): identifier(result.name) for which, result in enumerate(outputs)}
        elif isinstance(unit.layer, Cast) and node.inputs[0][0] == INPUT:
            found[place, 0] = identifier(module.inputs[node.inputs[0][1]].name)
    return found


def _numbers(step: StepPlan) -> dict[Ref, float]:
    """The bare numbers of the spec that stand beside a tensor."""
    module, found = step.step.module, dict[Ref, float]()
    for inputs in _inputs(step):
        values = {ref: _number(module, ref) for ref in inputs}
        if None in values.values():
            found |= {ref: value for ref, value in values.items() if value is not None}
    return found


def _number(module: Module, ref: Ref) -> float | None:
    """The value of a reference to a bare number of the spec, where it stands for a float."""
    if module.type_of(ref).element != "float":
        return None
    node, result = ref
    while node >= 0 and result == 0:
        layer = module.units[module.nodes[node].unit].layer
        if isinstance(layer, Constant) and isinstance(layer.values, int | float):
            return layer.values
        if not isinstance(layer, Cast | Expand):
            return None
        node, result = module.nodes[node].inputs[0]
    return None


def _operands(
    module: Module, values: Mapping[Ref, str], lowering: Lowering, numbers: Mapping[Ref, float], refs: Sequence[Ref]
) -> tuple[Operand, ...]:
    """The tensors of a term; a bare number becomes a tensor like the first that is none."""
    known = {ref: Operand(Local(values[ref]), module.type_of(ref)) for ref in refs if ref not in numbers}
    like = next(iter(known.values()))
    return tuple(
        known[ref] if ref in known else Operand(lowering.filled(numbers[ref], like.expr), like.type) for ref in refs
    )


def _in_single(module: Module, values: Mapping[Ref, str], lowering: Lowering) -> dict[Ref, str]:
    """Losses and metrics get what models gave in 16 bits as 32."""
    return {
        ref: lowering.single.format(text) if ref[0] != INPUT and module.type_of(ref).element == "float" else text
        for ref, text in values.items()
    }


def _plain(operand: Operand, module: Module, ref: Ref, lowering: Lowering) -> Expr:
    """A tensor to report: without its history, where it has one."""
    node, _ = ref
    while node >= 0 and isinstance(module.units[module.nodes[node].unit].layer, Cast):
        node, _ = module.nodes[node].inputs[0]
    return lowering.detached(operand.expr) if node >= 0 else operand.expr
