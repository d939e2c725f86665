"""Penalties on what layers give: which modules have some, and how a call of a layer notes its own.

A module takes a collector, `activity`, and each of its layers with such a penalty puts its term into it. Nothing is
kept anywhere else, so that every call counts, and counts once, wherever the layer stands.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from dlspec.backends.python.expression import Call, Expr, Global, Lit, Local
from dlspec.backends.python.fragment import Fragment
from dlspec.backends.python.penalties import measures_of
from dlspec.catalog.base import Layer, Types, Weighted
from dlspec.ir.program import INPUT, Module, Ref, Step

if TYPE_CHECKING:
    from dlspec.backends.python.body import Instance
    from dlspec.backends.python.emitted import EmittedModels

ACTIVITY = Local("activity")
"""The collector; None where nobody asks."""

UnitCall = tuple[int, int]
"""A call of a unit of a module, and which of that unit's it is, from 1."""

FACTORS = {"absolute": "l1", "square": "l2"}


def with_activity(fragment: Fragment, layer: Layer, outputs: Types) -> Fragment:
    """The fragment, with a call that also notes the penalty on its (first) result, if it has one."""
    if not has_activity(layer):
        return fragment
    assert isinstance(layer, Weighted)
    keywords: list[tuple[str, Expr]] = [
        (FACTORS[measure], Lit(factor)) for factor, measure in measures_of(layer.activity)
    ]
    if not outputs[0].batched:
        keywords.append(("batched", Lit(False)))
    function = Global("penalised" if len(outputs) == 1 else "first_penalised")
    return replace(fragment, call=Call(function, (fragment.call, ACTIVITY), tuple(keywords)), atom=False)


def has_activity(layer: object) -> bool:
    """Whether a layer has such a penalty, of a factor that is not 0."""
    return isinstance(layer, Weighted) and bool(measures_of(layer.activity))


def takes_activity(module: Module, instances: Mapping[str, Instance]) -> bool:
    """Whether what the outputs come from has such a penalty, itself or inside."""
    for place in _live(module, (result.ref for result in module.outputs)):
        unit = module.units[module.nodes[place].unit]
        if has_activity(unit.layer) or (unit.module is not None and instances[unit.module].takes_activity):
            return True
    return False


def calls_of(module: Module) -> list[UnitCall]:
    """For each node which call of its unit it is."""
    counts: Counter[int] = Counter()
    found: list[UnitCall] = []
    for node in module.nodes:
        counts[node.unit] += 1
        found.append((node.unit, counts[node.unit]))
    return found


def counted_calls(step: Step, emitted: EmittedModels) -> frozenset[UnitCall]:
    """The calls of the step's own model that its losses come from, where some layer has such a penalty.

    What is computed for a metric alone is not trained on.
    """
    module, calls = step.module, calls_of(step.module)
    found: set[UnitCall] = set()
    for place in _live(module, (ref for term in step.losses for ref in term.inputs)):
        unit = module.units[module.nodes[place].unit]
        if unit.name == step.model and unit.module is not None and emitted.models[unit.module].takes_activity:
            found.add(calls[place])
    return frozenset(found)


def _live(module: Module, wanted: Iterable[Ref]) -> set[int]:
    """The nodes that tensors come from."""
    waiting = [node for node, _ in wanted if node != INPUT]
    found: set[int] = set()
    while waiting:
        place = waiting.pop()
        if place not in found:
            found.add(place)
            waiting.extend(node for node, _ in module.nodes[place].inputs if node != INPUT)
    return found
