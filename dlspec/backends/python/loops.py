"""Blocks and layers made several times in a row as lists of modules and a loop."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dlspec.backends.python.expression import Call, Draws, Expr, Local, Value, children, substitute, walk
from dlspec.backends.python.flow import DEEPEST, LONGEST, Repeat, read_refs
from dlspec.backends.python.layout import flat
from dlspec.backends.python.repeats import Link, find_runs
from dlspec.catalog.operators import WeightOf
from dlspec.ir.program import INPUT, Node, Ref

if TYPE_CHECKING:
    from dlspec.backends.python.body import Instance, ModuleBody
    from dlspec.backends.python.nodes import Nodes

BLOCKS, LAYERS = 2, 4
"""How many times a block, or a layer with weights, must be repeated to be a list."""


@dataclass(slots=True)
class LoopPlan:
    """`count` times the part that begins with the first of `places`."""

    places: tuple[int, ...]
    """The nodes of the first part."""
    nodes: tuple[int, ...]
    """All nodes."""
    units: tuple[tuple[int, ...], ...]
    """For each place of the part, the units one after another."""
    count: int
    source: Ref
    lists: list[tuple[Expr, int, str]] = field(default_factory=list)
    """Filled while the attributes are made: the list, the unit of its first module, the loop's variable."""

    def repeat(self, body: ModuleBody) -> Repeat:
        """The loop as an item of the flow."""
        result = (self.nodes[-1], 0)
        variables = {unit: name for _, unit, name in self.lists}
        names = _distinct(variables)
        inner = {(place, 0) for place in self.places}
        trees: list[Expr] = []
        current: Expr | None = None
        for place in self.places:
            tree = substitute(body.value(place), lambda leaf: self._renamed(leaf, body, names, inner))
            if current is not None and _fits(tree, current, self.source):
                tree = _nested(tree, current, self.source)
            elif current is not None:
                trees.append(current)
            current = tree
        assert current is not None
        trees.append(current)
        binding, _, label = body.module.units[self.units[-1][-1]].name.rpartition(".")
        return Repeat(
            results=(result,),
            source=self.source,
            variables=tuple(names.values()),
            sequences=tuple(own for own, _, _ in self.lists),
            body=tuple(trees),
            binding=binding,
            label=label,
        )

    def _renamed(self, leaf: Expr, body: ModuleBody, names: dict[int, str], inner: set[Ref]) -> Expr | None:
        if isinstance(leaf, Value) and leaf.ref in inner:
            return Value(self.source)
        return next((Local(name) for unit, name in names.items() if leaf == body.own(unit)), None)


def _distinct(variables: dict[int, str]) -> dict[int, str]:
    seen: Counter[str] = Counter()
    names: dict[int, str] = {}
    for unit, name in variables.items():
        seen[name] += 1
        names[unit] = name if seen[name] == 1 else f"{name}_{seen[name]}"
    return names


def _fits(tree: Expr, inner: Expr, source: Ref) -> bool:
    if read_refs(tree).count(source) != 1:
        return False
    whole = _nested(tree, inner, source)
    text = flat(substitute(whole, lambda leaf: Local("features") if isinstance(leaf, Value) else None))
    return _depth(whole) <= DEEPEST and len(text) <= LONGEST


def _nested(tree: Expr, inner: Expr, source: Ref) -> Expr:
    return substitute(tree, lambda leaf: inner if leaf == Value(source) else None)


def _depth(tree: Expr) -> int:
    return max((_depth(child) for child in children(tree)), default=0) + isinstance(tree, Call)


def find_loops(nodes: Nodes, instances: Mapping[str, Instance]) -> list[LoopPlan]:
    """The loops of a module."""
    module = nodes.module
    places = [
        place for place in range(len(module.nodes)) if not nodes.is_atom(place) and (place, 0) not in nodes.numbers
    ]
    links, data = _links(nodes, instances, places)
    plans: list[LoopPlan] = []
    for run in find_runs(links):
        inside = tuple(places[run.start : run.start + run.length * run.count])
        units = tuple(
            tuple(module.nodes[place].unit for place in inside[offset :: run.length]) for offset in range(run.length)
        )
        source = data[run.start]
        if source[0] == INPUT or not nodes.is_atom(source[0]):
            plans.append(LoopPlan(inside[: run.length], inside, units, run.count, source))
    return plans


def _links(nodes: Nodes, instances: Mapping[str, Instance], places: list[int]) -> tuple[list[Link | None], list[Ref]]:
    module = nodes.module
    uses = Counter(ref for node in module.nodes for ref in node.inputs)
    uses.update(result.ref for result in module.outputs)
    calls = Counter(node.unit for node in module.nodes)
    bound = {unit.shares for unit in module.units if unit.shares is not None}
    named = {unit.layer.owner for unit in module.units if isinstance(unit.layer, WeightOf)}
    links: list[Link | None] = []
    data: list[Ref] = []
    before: Ref | None = None
    for place in places:
        node = module.nodes[place]
        unit = module.units[node.unit]
        carried, linked = 0, False
        if before is not None and uses[before] == 1 and node.inputs.count(before) == 1:
            carried, linked = node.inputs.index(before), True
        alone = calls[node.unit] == 1 and node.unit not in bound and unit.shares is None and unit.name not in named
        data.append(node.inputs[carried] if node.inputs else (place, 0))
        links.append(_link(nodes, instances, place, carried, linked) if alone and node.inputs else None)
        before = (place, 0) if len(node.outputs) == 1 else None
    return links, data


def _link(nodes: Nodes, instances: Mapping[str, Instance], place: int, carried: int, linked: bool) -> Link | None:
    module, node, fragment = nodes.module, nodes.module.nodes[place], nodes.fragments[place]
    unit = module.units[node.unit]
    if len(node.outputs) != 1:
        return None
    others = tuple(_other(nodes, node, number) for number in range(len(node.inputs)) if number != carried)
    binding = unit.name.rpartition(".")[0]
    if fragment is None:
        assert unit.module is not None
        if instances[unit.module].takes_draws:
            return None
        return Link((unit.module, carried, others, binding, node.keywords), linked, BLOCKS)
    if fragment.buffer or any(isinstance(part, Draws) for part in walk(fragment.call)):
        return None
    return Link((fragment, carried, others, binding), linked, LAYERS if fragment.weights else None)


def _other(nodes: Nodes, node: Node, place: int) -> object:
    number = nodes.number(node, place)
    return node.inputs[place] if number is None else (type(number).__name__, number)
