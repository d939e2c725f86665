"""Penalties: the generated `penalty`, a term of the total that depends on the weights alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from dlspec.backends.python.groups import Trained
from dlspec.backends.python.layout import literal
from dlspec.backends.python.selection import condition
from dlspec.catalog import penalties as catalog
from dlspec.catalog.base import Penalty
from dlspec.ir.program import WeightsUse

Measure = Literal["absolute", "square", "orthogonal"]
"""What is summed: absolute values, squares, how far rows are from being orthonormal."""


@dataclass(frozen=True, slots=True)
class Norms:
    """How a framework says it: each measure of a weight `p`, which may name its `name`; `those` gives a measure as a
    comprehension over the weights of a model that fulfil a condition."""

    measures: Mapping[Measure, str]
    those: Callable[[str, str, str], str]


def penalty_lines(uses: Sequence[WeightsUse], trained: Trained, norms: Norms) -> list[str]:
    """The statements of `penalty`; none where no weight is covered."""
    terms: list[str] = []
    for use in uses:
        covered = {trained.keys[name] for name in use.weights if trained.keys[name] in trained.dimensions}
        if covered:
            assert isinstance(use.entry, Penalty)
            held = condition(covered, trained.dimensions)
            terms += [
                f"{literal(factor)} * sum({norms.those(trained.expr, norms.measures[measure], held)})"
                for factor, measure in measures_of(use.entry)
            ]
    if not terms:
        return []
    if len(terms) == 1:
        return [f"    return {terms[0]}"]
    return [f"    total = {terms[0]}", *(f"    total += {term}" for term in terms[1:]), "    return total"]


def measures_of(penalty: Penalty | None) -> list[tuple[float, Measure]]:
    """The sums that a penalty is made of, each with its factor; those with a factor of 0 are left out."""
    parts = [] if penalty is None else _LOWERINGS[type(penalty)](penalty)
    return [part for part in parts if part[0]]


def _l1(penalty: Penalty) -> list[tuple[float, Measure]]:
    assert isinstance(penalty, catalog.L1)
    return [(penalty.rate, "absolute")]


def _l2(penalty: Penalty) -> list[tuple[float, Measure]]:
    assert isinstance(penalty, catalog.L2)
    return [(penalty.rate, "square")]


def _elastic(penalty: Penalty) -> list[tuple[float, Measure]]:
    assert isinstance(penalty, catalog.Elastic)
    return [(penalty.l1, "absolute"), (penalty.l2, "square")]


def _orthogonal(penalty: Penalty) -> list[tuple[float, Measure]]:
    assert isinstance(penalty, catalog.Orthogonal)
    return [(penalty.rate, "orthogonal")]


_LOWERINGS: Mapping[type[Penalty], Callable[[Penalty], list[tuple[float, Measure]]]] = {
    catalog.L1: _l1,
    catalog.L2: _l2,
    catalog.Elastic: _elastic,
    catalog.Orthogonal: _orthogonal,
}
