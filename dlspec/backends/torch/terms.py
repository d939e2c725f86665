"""The generated `losses`: what a step computes on a batch, the terms of its loss, and what its metrics compare."""

from __future__ import annotations

from collections.abc import Sequence

from dlspec.backends.python.docs import docstring
from dlspec.backends.python.expression import Expr, Local, call, method, walk
from dlspec.backends.python.expression import Sequence as Items
from dlspec.backends.python.layout import literal
from dlspec.backends.python.names import identifier
from dlspec.backends.torch.emit import EmittedFlow, emit_flow
from dlspec.backends.torch.losses import COUNT, Operand, loss_pair, tensor_pair
from dlspec.backends.torch.plan import EXAMPLE_WEIGHT, LOCALS, Plan, StepPlan
from dlspec.backends.torch.text import Part, dictionary, signature
from dlspec.catalog.base import Loss
from dlspec.catalog.dense import Constant
from dlspec.catalog.shape import Cast, Expand
from dlspec.ir.program import INPUT, Module, Ref


def losses_part(plan: Plan, step: StepPlan) -> Part:
    """The function `losses` of a step."""
    module = step.step.module
    refs = dict.fromkeys(ref for inputs in _inputs(step) for ref in inputs)
    numbers = _numbers(step)
    flow = emit_flow(
        plan.program,
        module,
        plan.emitted,
        models=_instances(plan, module),
        inputs=[f"batch[{literal(port.name)}]" for port in module.inputs],
        wanted=[ref for ref in refs if ref not in numbers],
        draws="draws",
        reserved=LOCALS,
        wishes=_wishes(plan, module),
    )
    weight = Local(f"batch[{literal(EXAMPLE_WEIGHT)}]") if plan.example_weights else None
    terms: dict[str, Expr] = {}
    for term in step.step.losses:
        operands = _operands(module, flow, numbers, term.inputs)
        loss = term.loss
        pair = loss_pair(loss, operands, weight) if isinstance(loss, Loss) else tensor_pair(operands[0], weight)
        terms[step.report[term.name]] = pair
    metrics: dict[str, Expr] = {}
    for metric in step.step.metrics:
        operands = _operands(module, flow, numbers, metric.inputs)
        pairs = zip(operands, metric.inputs, strict=True)
        metrics[metric.name] = Items(tuple(_plain(operand, module, ref) for operand, ref in pairs))
    what = "The terms of the loss, and what the metrics compare." if metrics else "The terms of the loss."
    lines = [
        *signature(plan, f"losses{step.suffix}", ("model", "batch", "draws"), "tuple[Terms, Outputs]"),
        *docstring(what, 1),
        *(f"    {line}" for line in flow.lines),
        *_count(module, terms),
        *dictionary("terms = ", terms),
        *dictionary("return terms, ", metrics),
    ]
    return Part(lines, flow.names)


def _inputs(step: StepPlan) -> list[tuple[Ref, ...]]:
    """What goes into each loss and each metric."""
    return [*(term.inputs for term in step.step.losses), *(term.inputs for term in step.step.metrics)]


def _count(module: Module, terms: dict[str, Expr]) -> list[str]:
    used = any(part == COUNT for pair in terms.values() for part in walk(pair))
    return [f"    count = len(batch[{literal(module.inputs[0].name)}])"] if used else []


def _instances(plan: Plan, module: Module) -> dict[str, str]:
    """How the code reaches each model that the step calls; a block without weights is made on the spot."""
    own = {model.name: model.expr for model in plan.models}
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


def _operands(module: Module, flow: EmittedFlow, numbers: dict[Ref, float], refs: Sequence[Ref]) -> tuple[Operand, ...]:
    """The tensors of a term; a bare number becomes a tensor like the first that is none."""
    known = {ref: Operand(Local(flow.values[ref]), module.type_of(ref)) for ref in refs if ref not in numbers}
    like = next(iter(known.values()))
    return tuple(known[ref] if ref in known else _filled(numbers[ref], like) for ref in refs)


def _filled(number: float, like: Operand) -> Operand:
    if number in (0, 1):
        made = call("torch.ones_like" if number else "torch.zeros_like", like.expr)
    else:
        made = call("torch.full_like", like.expr, number)
    return Operand(made, like.type)


def _plain(operand: Operand, module: Module, ref: Ref) -> Expr:
    """A tensor to report: without its history, where it has one."""
    node, _ = ref
    while node >= 0 and isinstance(module.units[module.nodes[node].unit].layer, Cast):
        node, _ = module.nodes[node].inputs[0]
    return method(operand.expr, "detach") if node >= 0 else operand.expr
