"""Which rows of the source are used, and in which part."""

from __future__ import annotations

import numpy as np

from dlspec.catalog.data_settings import Split, Time
from dlspec.catalog.transforms import Window
from dlspec.data.flow import Flow, Rows, window_starts
from dlspec.data.graph import layer_of, learns, needed
from dlspec.data.load import Columns
from dlspec.data.missing import missing_rows
from dlspec.data.place import Place
from dlspec.data.split import empty_part, split_rows
from dlspec.data.times import moments
from dlspec.data.values import Array, as_objects
from dlspec.diagnostics.codes import data as codes
from dlspec.diagnostics.report import fail
from dlspec.ir.program import Data, Ref


def row_refs(data: Data) -> list[Ref]:
    """The tensors by which rows are kept or left out."""
    dropped = [result.ref for result in data.module.outputs if result.name in data.drop_missing]
    return [*data.keep, *dropped]


def split_refs(data: Data) -> list[Ref]:
    """The fields by which rows are divided."""
    split = data.settings.get("split")
    names = {split.stratify, split.group} if isinstance(split, Split) else set()
    return [result.ref for result in data.module.outputs if result.name in names]


def kept_rows(data: Data, place: Place) -> Array:
    """The rows that meet every condition and lack nothing that `drop_missing` names."""
    count = next((len(root) for root in place.roots if root is not None), 0)
    kept = np.ones(count, dtype=bool)
    for gaps in missing_rows(data.module, place.roots, row_refs(data)):
        kept &= ~gaps
    if data.keep and kept.any():
        rows = np.flatnonzero(kept)
        flow = Flow.on(place, Rows(rows, (len(rows),)), {}, {}, learning=False)
        for condition in flow.run(data.keep):
            kept[rows] &= np.broadcast_to(condition, len(rows))
    return np.flatnonzero(kept)


def nothing_left(data: Data, place: Place) -> Exception:
    """The diagnostic where no row is used."""
    count = next((len(root) for root in place.roots if root is not None), 0)
    if not count:
        return fail(codes.EMPTY_DATA, f"{place.source} has no rows", help="give it some")
    cause = " and ".join([*["`keep`"] * bool(data.keep), *["`drop_missing`"] * bool(data.drop_missing)])
    leave = "leave" if data.keep and data.drop_missing else "leaves"
    rows = "the one row" if count == 1 else f"all {count} rows"
    return fail(codes.EMPTY_DATA, f"{cause} {leave} out {rows}", help="let more rows pass")


def parts_of(
    data: Data, place: Place, table: Columns, kept: Array, window: Window | None, lead: int = 0
) -> dict[str, Rows]:
    """The rows of each part, of those that are kept; the first `lead` are only there for those behind them."""
    split = data.settings.get("split")
    if not isinstance(split, Split):
        return {"train": with_lead(kept, lead)}
    if lead and split.by is None:
        help = "divide the rows by time: `split by=time(…)` or `by=order`"
        raise fail(codes.BAD_SPLIT, "`difference` needs the rows before, which may be in another part", help=help)
    if window is not None and split.by is None:
        return _random_windows(split, kept, window)
    times = moments(table, split.by.column, kept, place) if isinstance(split.by, Time) else None
    order = kept if times is None else kept[np.argsort(times, kind="stable")]
    if lead:
        behind = np.isin(kept, with_lead(order, lead).numbers)
        kept, times = kept[behind], None if times is None else times[behind]
    parts = split_rows(
        split,
        len(kept),
        kinds=None if split.stratify is None else _kinds(data, place, split.stratify, kept),
        groups=None if split.group is None else _kinds(data, place, split.group, kept),
        times=times,
    )
    return {part: Rows(kept[chosen], (len(chosen),), order if lead else None) for part, chosen in parts.items()}


def with_lead(order: Array, lead: int) -> Rows:
    """Rows in order as one run, without the first ones, to which others are compared."""
    if not lead:
        return Rows(order, (len(order),))
    if len(order) <= lead:
        message = f"there are {len(order)} rows, and `difference` leaves out the first {lead}"
        raise fail(codes.EMPTY_DATA, message, help="give more rows")
    return Rows(order[lead:], (len(order) - lead,), order)


def _random_windows(split: Split, kept: Array, window: Window) -> dict[str, Rows]:
    """Windows drawn at random: each is a run of its own."""
    if split.stratify or split.group:
        message = f"windows cannot be split with `{'stratify' if split.stratify else 'group'}=`"
        raise fail(codes.BAD_SPLIT, message, help="use `by=time(…)` or `by=order`")
    starts = window_starts(window, (len(kept),))
    if not len(starts):
        raise empty_part("train", len(kept), f"rows, fewer than a window of {window.length},")
    places = {
        part: (starts[chosen][:, None] + np.arange(window.length)).reshape(-1)
        for part, chosen in split_rows(split, len(starts)).items()
    }
    return {part: Rows(kept[rows], (window.length,) * (len(rows) // window.length)) for part, rows in places.items()}


def _kinds(data: Data, place: Place, field: str, rows: Array) -> Array:
    """A value for each row by which rows are alike: the field before anything in its flow is learnt."""
    ref = next(result.ref for result in data.module.outputs if result.name == field)
    values = Flow.on(place, Rows(rows, (len(rows),)), {}, {}, learning=False).run([_unlearnt(data, field, ref)])[0]
    if values.ndim == 1 and values.dtype != object:
        return np.nan_to_num(values, nan=-np.inf) if values.dtype.kind == "f" else values
    texts = [" ".join(map(str, row)) for row in as_objects(values).reshape(len(values), -1)]
    return np.array(texts, dtype=object).astype(str)


def _unlearnt(data: Data, field: str, ref: Ref) -> Ref:
    """The last tensor on the way to a field that needs nothing learnt, and tells the same rows apart."""
    module = data.module
    while any(learns(layer_of(module, node)) for node in needed(module, [ref])):
        inputs = module.nodes[ref[0]].inputs
        if len(inputs) != 1:
            message = f"rows cannot be told apart by '{field}', which puts together what is learnt"
            raise fail(codes.BAD_SPLIT, message, help="name a field of one column")
        ref = inputs[0]
    return ref
