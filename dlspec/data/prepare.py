"""From a `data` block to arrays: keep, drop what is missing, split, learn from the training part, transform."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dlspec.data.fields import finished, require_finite
from dlspec.data.fitted import Fitted
from dlspec.data.flow import Flow, Rows
from dlspec.data.graph import category_of, field_ref, lead_of, roots_of, vocabulary_of, window_of
from dlspec.data.load import from_arrays
from dlspec.data.missing import require_present
from dlspec.data.parts import kept_rows, nothing_left, parts_of, row_refs, split_refs, with_lead
from dlspec.data.place import Place
from dlspec.data.split import empty_part
from dlspec.data.table import GIVEN, place_of, table_of
from dlspec.data.values import Array, BadValue
from dlspec.diagnostics.codes import data as codes
from dlspec.diagnostics.report import fail, written_at
from dlspec.ir.program import Data, Ref
from dlspec.tensor import Element

Fields = dict[str, Array]
"""Fields by name: float32, int64 or bool, an example a row, contiguous."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """The fields of each part, what was learnt, and the numbers of each part's rows in the source (from 0).

    With a window the row of an example is its window's first.
    """

    splits: dict[str, Fields]
    fitted: Fitted
    rows: dict[str, Array]


def prepare(
    data: Data,
    root: Path | None = None,
    *,
    fields: Iterable[str] | None = None,
    source_override: Any = None,
    wanted: Mapping[str, Element] | None = None,
    allow_outside: bool = False,
    others: Mapping[str, Data] | None = None,
) -> Prepared:
    """Everything a training needs of a data block.

    Paths begin at `data.folder` and stay in `root` (the same folder where not given). `fields` are those that the
    training uses (all where not given): others, which may be steps on the way, are neither computed nor checked.
    `source_override` is a mapping of arrays or a DataFrame in place of the source. `wanted` gives the element type of
    fields whose own is not known from headers; without it they are whole numbers where all their values are.
    `others` are the data blocks whose vocabularies this one may take.
    """
    chosen = _chosen(data, fields)
    needed = [*(ref for _, ref in chosen), *row_refs(data), *split_refs(data)]
    with written_at(data.places.get("source", "")):
        table = table_of(data, root, source_override, allow_outside)
        place = place_of(data, table, None, needed, given=source_override is not None)
    window = window_of(data.module, [ref for _, ref in chosen])
    with written_at(data.places.get("keep", data.places.get("drop_missing", data.places.get("source", "")))):
        kept = kept_rows(data, place)
        if not len(kept):
            raise nothing_left(data, place)
    require_present(place, chosen, kept)
    with written_at(data.places.get("split", "")):
        parts = parts_of(data, place, table, kept, window, lead_of(data.module, needed))

    def vocabulary(like: str) -> dict[str, Any]:
        name, _, field = like.rpartition(".")
        other = (others or {})[name]
        learnt = prepare(other, root, fields=[field], allow_outside=allow_outside, others=others)
        return learnt.fitted.units[vocabulary_of(other.module, field_ref(other.module, field))]

    units: dict[str, dict[str, Any]] = {}
    sizes: dict[str, int] = {}
    splits: dict[str, Fields] = {}
    rows: dict[str, Array] = {}
    for part, part_rows in parts.items():
        flow = Flow.on(place, part_rows, units, sizes, learning=part == "train", others=vocabulary)
        splits[part] = _run(flow, chosen, data, wanted)
        rows[part] = part_rows.numbers if flow.first_rows is None else flow.first_rows
        if not len(rows[part]):
            with written_at(data.places.get("split", data.places.get("source", ""))):
                what = f"rows, fewer than a window of {window and window.length},"
                raise empty_part(part, len(part_rows.numbers), what)
    return Prepared(splits, _fitted(data, place, units, sizes, chosen), rows)


def transform(
    data: Data,
    fitted: Fitted,
    columns: Any,
    *,
    fields: Iterable[str] | None = None,
    wanted: Mapping[str, Element] | None = None,
    select_rows: bool = False,
    short_windows: bool = False,
    source: str = GIVEN,
) -> Fields:
    """The fields of new data (a mapping of arrays or a DataFrame), by what was learnt in training.

    `fields` are the ones to compute (all where not given); columns that none of them needs may be absent.
    `select_rows` leaves rows out as `keep` and `drop_missing` say; with `short_windows` rows that are fewer than a
    window make a shorter one; `source` is what messages call the data.
    """
    chosen = _chosen(data, fields)
    refs = [ref for _, ref in chosen] + (row_refs(data) if select_rows else [])
    place = place_of(data, from_arrays(columns), fitted, refs, given=True, source=source)
    window = window_of(data.module, [ref for _, ref in chosen])
    count = next((len(root) for root in place.roots if root is not None), 0)
    rows = kept_rows(data, place) if select_rows else np.arange(count)
    require_present(place, chosen, rows)
    part = with_lead(rows, lead_of(data.module, refs)) if len(rows) else Rows(rows, (0,))
    flow = Flow.on(place, part, dict(fitted.units), dict(fitted.sizes))
    flow.short_windows = short_windows
    found = _run(flow, chosen, data, wanted)
    if window is not None and len(rows) and not flow.examples:
        message = f"{source} has {len(rows)} rows, fewer than a window of {window.length}"
        raise fail(codes.EMPTY_DATA, message, help="give more rows")
    return found


def _chosen(data: Data, fields: Iterable[str] | None) -> list[tuple[str, Ref]]:
    names = None if fields is None else set(fields)
    return [(result.name, result.ref) for result in data.module.outputs if names is None or result.name in names]


def columns_needed(data: Data, fitted: Fitted, fields: Iterable[str] | None = None) -> list[str]:
    """The columns that `transform` needs for these fields."""
    refs = [ref for _, ref in _chosen(data, fields)]
    roots = [data.roots[root].name for root in roots_of(data.module, refs)]
    return list(dict.fromkeys(name for root in roots for name in fitted.columns[root]))


# ---------------------------------------------------------------- values


def _run(flow: Flow, fields: Sequence[tuple[str, Ref]], data: Data, wanted: Mapping[str, Element] | None) -> Fields:
    """The fields in the types that a training takes, checked."""
    found: Fields = {}
    for (name, ref), values in zip(fields, flow.run([ref for _, ref in fields]), strict=True):
        element = data.module.type_of(ref).element
        if element == "any" and wanted is not None:
            element = wanted.get(name, "any")
        try:
            result = finished(values, element)
        except BadValue as bad:
            row = flow.row_of(values, bad.at)
            column = flow.place.column(bad, [ref], row)
            where = data.places.get(name, "")
            raise flow.place.error(bad, column or f"field '{name}'", row, where, known=column is not None) from None
        with written_at(data.places.get(name, "")):
            require_finite(flow, name, ref, result)
        found[name] = np.ascontiguousarray(np.broadcast_to(result, (flow.examples, *result.shape[1:])))
    return found


def _fitted(
    data: Data, place: Place, units: dict[str, dict[str, Any]], sizes: dict[str, int], fields: Sequence[tuple[str, Ref]]
) -> Fitted:
    columns = {root.name: list(names) for root, names in zip(data.roots, place.columns, strict=True)}
    names = {
        name: [str(kind) for kind in units[unit]["kinds"]]
        for name, ref in fields
        if (unit := category_of(data.module, ref)) is not None
    }
    return Fitted(data=data.name, columns=columns, units=units, sizes=sizes, names=names)
