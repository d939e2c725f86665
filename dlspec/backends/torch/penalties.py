"""Penalties in PyTorch: the generated `penalty`, a term of the total that depends on the weights alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from dlspec.backends.python.groups import Trained
from dlspec.backends.python.layout import literal
from dlspec.backends.python.selection import condition
from dlspec.backends.torch.selection import generator
from dlspec.catalog import penalties as catalog
from dlspec.catalog.base import Penalty
from dlspec.ir.program import WeightsUse


def penalty_lines(uses: Sequence[WeightsUse], trained: Trained) -> list[str]:
    """The statements of `penalty`; none where no weight is covered."""
    terms: list[str] = []
    for use in uses:
        covered = {trained.keys[name] for name in use.weights if trained.keys[name] in trained.dimensions}
        if covered:
            assert isinstance(use.entry, Penalty)
            weights = generator(trained.expr, condition(covered, trained.dimensions))
            terms += [_sum(factor, norm, weights) for factor, norm in _LOWERINGS[type(use.entry)](use.entry) if factor]
    if not terms:
        return []
    if len(terms) == 1:
        return [f"    return {terms[0]}"]
    return [f"    total = {terms[0]}", *(f"    total += {term}" for term in terms[1:]), "    return total"]


def _sum(factor: float, norm: str, weights: str) -> str:
    return f"{literal(factor)} * sum(p.{norm}().sum() {weights.removeprefix('p ')})"


def _l1(penalty: Penalty) -> list[tuple[float, str]]:
    assert isinstance(penalty, catalog.L1)
    return [(penalty.rate, "abs")]


def _l2(penalty: Penalty) -> list[tuple[float, str]]:
    assert isinstance(penalty, catalog.L2)
    return [(penalty.rate, "square")]


def _elastic(penalty: Penalty) -> list[tuple[float, str]]:
    assert isinstance(penalty, catalog.Elastic)
    return [(penalty.l1, "abs"), (penalty.l2, "square")]


_LOWERINGS: Mapping[type[Penalty], Callable[[Penalty], list[tuple[float, str]]]] = {
    catalog.L1: _l1,
    catalog.L2: _l2,
    catalog.Elastic: _elastic,
}
