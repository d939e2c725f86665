"""The nodes of a module put together in runs: repeats, bindings, and stretches of what would be too long a chain."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from dlspec.ir.program import Module, Ref

MOST = 100
"""Boxes that one level shows; more of them are put together in parts."""
LONGEST_PERIOD = 16
"""Layers in a row that are recognised as one repeated sequence."""


@dataclass(frozen=True, slots=True)
class Run:
    """Nodes that stand together, `first` up to `end` in order of evaluation.

    A call is one node, or `times` the same in a row; a repeat is a sequence of `period` nodes, `times` over. A binding
    and a part hold the runs of `inner`. As the order is one of evaluation, runs never wait for each other in a circle.
    """

    kind: Literal["call", "repeat", "binding", "part"]
    first: int
    end: int
    times: int = 1
    name: str = ""
    inner: tuple[Run, ...] = ()

    @property
    def period(self) -> int:
        return (self.end - self.first) // self.times


class Folding:
    """The runs of one module."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self.consumers: dict[Ref, list[int]] = {}
        """Who reads a tensor; the module's outputs count as a node behind the last."""
        self.calls = [0] * len(module.units)
        self.first_call: dict[int, int] = {}
        """The node that calls a unit first."""
        for place, node in enumerate(module.nodes):
            self.calls[node.unit] += 1
            self.first_call.setdefault(node.unit, place)
            for ref in node.inputs:
                self.consumers.setdefault(ref, []).append(place)
        for result in module.outputs:
            self.consumers.setdefault(result.ref, []).append(len(module.nodes))

    def whole(self) -> tuple[Run, ...]:
        """The runs of the module's first level."""
        return in_parts(self.by_binding(list(self.in_order(0, len(self.module.nodes))), ""))

    def used_behind(self, ref: Ref, end: int) -> bool:
        """Whether a node from `end` on reads the tensor."""
        return self.consumers.get(ref, [-1])[-1] >= end

    # ------------------------------------------------------------ repeats

    def in_order(self, first: int, end: int, longest: int = LONGEST_PERIOD) -> Iterator[Run]:
        """Calls and repeats, one after the other."""
        while first < end:
            run = self._repeat(first, end, longest) or Run("call", first, first + 1)
            yield run
            first = run.end

    def _repeat(self, first: int, end: int, longest: int) -> Run | None:
        for period in range(1, min(longest, (end - first) // 2) + 1):
            times = self._times(first, period, end) if self._same(first, first + period) else 1
            if times > 1:
                return Run("call" if period == 1 else "repeat", first, first + times * period, times)
        return None

    def _times(self, first: int, period: int, end: int) -> int:
        """How often the `period` nodes stand there in sequence, each fed by the last node of the time before."""
        times = 1
        while first + (times + 1) * period <= end and self._follows(first, period, times):
            times += 1
        while times > 1 and not self._closed(first, period, times):
            times -= 1
        return times

    def _same(self, one: int, other: int) -> bool:
        """Whether two nodes come from one place of the spec and do the same with weights of their own."""
        a, b = self.module.nodes[one], self.module.nodes[other]
        if not a.origin or a.origin != b.origin or a.outputs != b.outputs or a.keywords != b.keywords:
            return False
        units = self.module.units
        mine, its = units[a.unit], units[b.unit]
        if a.unit == b.unit or any(self.calls[each.unit] > 1 or units[each.unit].shares is not None for each in (a, b)):
            return False
        alike = mine.module == its.module and mine.layer == its.layer and len(a.inputs) == len(b.inputs)
        return alike and _above(mine.name) == _above(its.name)

    def _follows(self, first: int, period: int, times: int) -> bool:
        """Whether the nodes of time `times` do what those of the first time do, with the result of the time before."""
        start = first + times * period
        nodes = self.module.nodes
        if not all(self._same(first + place, start + place) for place in range(period)):
            return False
        pairs = [
            pair
            for place in range(period)
            for pair in zip(nodes[first + place].inputs, nodes[start + place].inputs, strict=True)
        ]
        carried = {mine for mine, other in pairs if other == (start - 1, 0)}
        if len(carried) != 1:
            return False
        (fed,) = carried
        return self.module.type_of(fed) == nodes[start - 1].outputs[0] and all(
            _matches(mine, other, fed, first, start) for mine, other in pairs
        )

    def _closed(self, first: int, period: int, times: int) -> bool:
        """Whether nothing behind the repeats reads what stands inside of the last; of the earlier ones, nothing at all.

        Results of earlier times are read by the next time alone where `_follows` says so of every time.
        """
        end = first + times * period
        return not any(
            self.used_behind((place, which), end)
            for place in range(first, end - 1)
            for which in range(len(self.module.nodes[place].outputs))
        )

    # ------------------------------------------------------------ bindings

    def by_binding(self, runs: list[Run], above: str) -> tuple[Run, ...]:
        """Neighbours whose names begin with the same binding as one run each."""
        found: list[Run] = []
        for binding, group in groupby(self._once(runs, above), key=lambda pair: pair[0]):
            members = [run for _, run in group]
            if not binding[0] or len(members) == 1:
                found += members
                continue
            inside = self.by_binding(members, f"{above}{binding[0]}.")
            if len(members) == len(runs):
                return inside
            inside = in_parts(inside)
            found.append(Run("binding", members[0].first, members[-1].end, name=binding[0], inner=inside))
        return tuple(found)

    def _once(self, runs: list[Run], above: str) -> Iterator[tuple[tuple[str, int], Run]]:
        """Each run with its binding, and which use of it this is: a layer that is used again begins anew."""
        seen: set[int] = set()
        use, last = 0, ""
        for run in runs:
            units = {node.unit for node in self.module.nodes[run.first : run.end]}
            name = self.module.units[self.module.nodes[run.first].unit].name.removeprefix(above)
            binding = name.partition(".")[0] if "." in name else ""
            if binding != last or units & seen:
                use, last, seen = use + 1, binding, set()
            seen |= units
            yield (binding, use), run


def in_parts(runs: tuple[Run, ...]) -> tuple[Run, ...]:
    """No more than MOST runs: those of too long a level are put together, as often as it takes."""
    if len(runs) <= MOST:
        return runs
    size = MOST
    while size * MOST < len(runs):
        size *= MOST
    parts = []
    for start in range(0, len(runs), size):
        inside = runs[start : start + size]
        name = f"{start + 1} – {start + len(inside)} of {len(runs):,}"
        parts.append(Run("part", inside[0].first, inside[-1].end, name=name, inner=in_parts(inside)))
    return tuple(parts)


def _above(name: str) -> str:
    return name.rpartition(".")[0]


def _matches(mine: Ref, other: Ref, fed: Ref, first: int, start: int) -> bool:
    """Whether an input of the first time and the same of a later one mean the same."""
    if mine == fed:
        return other == (start - 1, 0)
    if other[0] >= start:
        return mine == (other[0] - start + first, other[1])
    return mine == other and mine[0] < first
