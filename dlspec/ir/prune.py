"""Leaves out of a step's module what its losses and metrics do not need."""

from __future__ import annotations

from collections.abc import Iterable

from dlspec.ir.builder import ModuleBuilder
from dlspec.ir.program import INPUT, Module, Node, Ref, Result, Unit


def prune(builder: ModuleBuilder, needed: Iterable[tuple[str, Ref]]) -> tuple[Module, dict[Ref, Ref]]:
    """The module with only the nodes, units and inputs that the needed tensors come from, and the new references."""
    outputs = list(needed)
    live = _live({ref for _, ref in outputs}, builder.nodes)
    used_inputs = sorted({ref[1] for ref in live if ref[0] == INPUT})
    used_nodes = sorted({ref[0] for ref in live if ref[0] != INPUT})
    used_units = sorted({builder.nodes[place].unit for place in used_nodes})
    shared = {builder.units[unit].shares for unit in used_units} - {None}
    used_units = sorted({*used_units, *(unit for unit in shared if unit is not None)})
    inputs = {old: new for new, old in enumerate(used_inputs)}
    nodes = {old: new for new, old in enumerate(used_nodes)}
    units = {old: new for new, old in enumerate(used_units)}

    def moved(ref: Ref) -> Ref:
        return (INPUT, inputs[ref[1]]) if ref[0] == INPUT else (nodes[ref[0]], ref[1])

    module = Module(
        name=builder.name,
        declaration=builder.declaration,
        kind=builder.kind,
        inputs=tuple(builder.inputs[place] for place in used_inputs),
        units=tuple(_unit(builder.units[place], units) for place in used_units),
        nodes=tuple(_node(builder.nodes[place], units, moved) for place in used_nodes),
        outputs=tuple(Result(name=name, ref=moved(ref)) for name, ref in outputs),
    )
    return module, {ref: moved(ref) for ref in live}


def _live(wanted: set[Ref], nodes: list[Node]) -> set[Ref]:
    live: set[Ref] = set()
    stack = list(wanted)
    seen: set[int] = set()
    while stack:
        ref = stack.pop()
        live.add(ref)
        if ref[0] != INPUT and ref[0] not in seen:
            seen.add(ref[0])
            stack.extend(nodes[ref[0]].inputs)
    return live


def _unit(unit: Unit, units: dict[int, int]) -> Unit:
    return unit if unit.shares is None else unit.model_copy(update={"shares": units[unit.shares]})


def _node(node: Node, units: dict[int, int], moved: object) -> Node:
    assert callable(moved)
    return node.model_copy(update={"unit": units[node.unit], "inputs": tuple(moved(ref) for ref in node.inputs)})
