"""Which rows lack a value, tensor by tensor, without computing any of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from dlspec.data.graph import layer_of, needed
from dlspec.data.place import Place
from dlspec.data.values import Array, flat, missing_in, rows_with
from dlspec.diagnostics.codes import data as codes
from dlspec.diagnostics.report import Diagnostic, DlspecError
from dlspec.ir.program import INPUT, Module, Ref


def missing_rows(module: Module, roots: Sequence[Array | None], refs: Sequence[Ref]) -> list[Array]:
    """For each tensor a bool for each row: whether a value that it is computed from is missing and not filled in."""
    count = next((len(root) for root in roots if root is not None), 0)
    none = np.zeros(count, dtype=bool)
    of_root = [none if root is None else rows_with(missing_in(root)) for root in roots]
    of_node: dict[int, Array] = {}

    def of(ref: Ref) -> Array:
        return of_root[ref[1]] if ref[0] == INPUT else of_node[ref[0]]

    for node in needed(module, refs):
        inputs = [of(ref) for ref in module.nodes[node].inputs]
        filled = layer_of(module, node).entry == "impute" or not inputs
        of_node[node] = none if filled else np.logical_or.reduce(inputs)
    return [of(ref) for ref in refs]


def require_present(place: Place, fields: Iterable[tuple[str, Ref]], rows: Array) -> None:
    """Diagnostics for all fields that lack values in these rows, one for each column."""
    fields = list(fields)
    masks = missing_rows(place.module, place.roots, [ref for _, ref in fields])
    found: dict[str, Diagnostic] = {}
    for (name, ref), mask in zip(fields, masks, strict=True):
        if mask[rows].any():
            for column, count in _columns(place, ref, rows):
                where = place.written.get(name, "")
                found.setdefault(column, _diagnostic(column, count, len(rows), name, where))
    if found:
        raise DlspecError(found.values())


def _columns(place: Place, ref: Ref, rows: Array) -> list[tuple[str, int]]:
    """The columns that make a tensor lack values, each with the number of rows; filled ones aside."""
    counts: list[tuple[str, int]] = []
    for root in _open_roots(place.module, ref):
        values = place.roots[root]
        if values is None:
            continue
        gaps_in = flat(missing_in(values[rows]))
        names = place.columns[root]
        gaps = gaps_in.sum(axis=0) if len(names) > 1 else [gaps_in.any(axis=1).sum()]
        counts += [(name, int(gap)) for name, gap in zip(names, gaps, strict=True) if gap]
    return counts


def _open_roots(module: Module, ref: Ref) -> list[int]:
    """The roots from which a way without `impute` leads to a tensor."""
    found: set[int] = set()
    seen: set[Ref] = set()
    waiting = [ref]
    while waiting:
        current = waiting.pop()
        if current in seen:
            continue
        seen.add(current)
        node, place = current
        if node == INPUT:
            found.add(place)
        elif layer_of(module, node).entry != "impute":
            waiting += module.nodes[node].inputs
    return sorted(found)


def _diagnostic(column: str, gaps: int, rows: int, field: str, where: str) -> Diagnostic:
    return Diagnostic(
        codes.MISSING_VALUES,
        f"{gaps} of {rows} rows {'has' if gaps == 1 else 'have'} no '{column}'",
        help=f'fill it in, `column("{column}") -> impute(median)`, or leave these rows out, `drop_missing {field}`',
        where=where,
    )
