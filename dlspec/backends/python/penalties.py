"""Penalties: the generated `penalty`, a term of the total that depends on the weights alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from dlspec.backends.python.groups import Trained
from dlspec.backends.python.layout import literal
from dlspec.backends.python.selection import condition
from dlspec.catalog import penalties as catalog
from dlspec.catalog.base import Penalty
from dlspec.ir.program import WeightsUse


@dataclass(frozen=True, slots=True)
class Norms:
    """How a framework says it: `absolute` and `square` are sums over a weight `p`; `those` gives the source and the
    condition of a comprehension over the weights of a model that fulfil a condition."""

    absolute: str
    square: str
    those: Callable[[str, str], str]


def penalty_lines(uses: Sequence[WeightsUse], trained: Trained, norms: Norms) -> list[str]:
    """The statements of `penalty`; none where no weight is covered."""
    terms: list[str] = []
    for use in uses:
        covered = {trained.keys[name] for name in use.weights if trained.keys[name] in trained.dimensions}
        if covered:
            assert isinstance(use.entry, Penalty)
            weights = norms.those(trained.expr, condition(covered, trained.dimensions))
            terms += [
                f"{literal(factor)} * sum({norms.square if squared else norms.absolute} {weights})"
                for factor, squared in _LOWERINGS[type(use.entry)](use.entry)
                if factor
            ]
    if not terms:
        return []
    if len(terms) == 1:
        return [f"    return {terms[0]}"]
    return [f"    total = {terms[0]}", *(f"    total += {term}" for term in terms[1:]), "    return total"]


def _l1(penalty: Penalty) -> list[tuple[float, bool]]:
    assert isinstance(penalty, catalog.L1)
    return [(penalty.rate, False)]


def _l2(penalty: Penalty) -> list[tuple[float, bool]]:
    assert isinstance(penalty, catalog.L2)
    return [(penalty.rate, True)]


def _elastic(penalty: Penalty) -> list[tuple[float, bool]]:
    assert isinstance(penalty, catalog.Elastic)
    return [(penalty.l1, False), (penalty.l2, True)]


_LOWERINGS: Mapping[type[Penalty], Callable[[Penalty], list[tuple[float, bool]]]] = {
    catalog.L1: _l1,
    catalog.L2: _l2,
    catalog.Elastic: _elastic,
}
"""For each penalty its parts: the factor, and whether weights are squared."""
