"""Which rows go to which part. Borders are the cumulative fractions of the rows, rounded (halves up)."""

from __future__ import annotations

from typing import Any

import numpy as np

from dlspec.catalog.data_settings import Split
from dlspec.data.values import Array, shown
from dlspec.diagnostics.codes import data as codes
from dlspec.diagnostics.report import DlspecError, fail

PARTS = ("train", "validation", "test")
Parts = dict[str, Array]
"""Numbers of rows by part; of a split by time in order of time, else ascending."""


def split_rows(
    split: Split | None,
    count: int,
    *,
    kinds: Array | None = None,
    groups: Array | None = None,
    times: Array | None = None,
) -> Parts:
    """The parts of `count` rows; each part that has a fraction has at least one.

    `kinds` and `groups` hold a value for each row (equal values are one kind or group), `times` what orders them.
    """
    if split is None:
        return {"train": np.arange(count)}
    fractions = {part: getattr(split, part) for part in PARTS if getattr(split, part) > 0}
    borders = _borders(list(fractions.values()), count)
    if groups is not None:
        chosen = _by_group(groups, borders, split)
    elif times is not None or split.by == "order":
        chosen = _by_time(np.arange(count) if times is None else times, borders)
    elif kinds is not None:
        chosen = _stratified(kinds, borders, split)
    else:
        order = np.random.default_rng(split.seed).permutation(count)
        chosen = [np.sort(part) for part in np.split(order, borders)]
    parts = dict(zip(fractions, chosen, strict=False))
    for part, rows in parts.items():
        if not len(rows):
            raise empty_part(part, count, "examples")
    return parts


def empty_part(part: str, count: int, what: str) -> DlspecError:
    """The diagnostic for a part without examples."""
    return fail(
        codes.BAD_SPLIT,
        f"the {part} part would be empty: there are {count} {what} to divide",
        help=f"give `{part}=` a larger fraction, or get more data",
    )


def _borders(fractions: list[float], count: int) -> Array:
    """Where each part ends; the last border is the end of what is used."""
    return np.floor(np.cumsum(fractions) * count + 0.5 + 1e-9).astype(np.int64).clip(max=count)


def _by_time(times: Array, borders: Array) -> list[Array]:
    """The past first; rows of one moment stay together, at the nearer side of the border."""
    order = np.argsort(times, kind="stable")
    ordered = times[order]
    moved = []
    for border in borders:
        if border in (0, len(ordered)) or ordered[border - 1] != ordered[border]:
            moved.append(int(border))
            continue
        first, last = (int(np.searchsorted(ordered, ordered[border], side=side)) for side in ("left", "right"))
        moved.append(first if border - first <= last - border else last)
    return np.split(order, moved)


def _by_group(groups: Array, borders: Array, split: Split) -> list[Array]:
    """Whole groups in random order, each to the part in which its middle lies."""
    names, place, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    order = np.random.default_rng(split.seed).permutation(len(names))
    ends = np.cumsum(sizes[order])
    middles = ends - sizes[order] / 2
    part_of = np.empty(len(names), dtype=np.int64)
    part_of[order] = np.searchsorted(borders, middles, side="right")
    if len(names) < len(borders):
        raise fail(
            codes.BAD_SPLIT,
            f"'{split.group}' has {len(names)} groups for {len(borders)} parts",
            help="use fewer parts, or another field",
        )
    return [np.flatnonzero(part_of[place] == part) for part in range(len(borders))]


def _stratified(kinds: Array, borders: Array, split: Split) -> list[Array]:
    """Each kind's share as near as can be to the same in all parts, the parts exactly as large as without kinds.

    Rows are laid out kind by kind, at random within a kind, and dealt to the parts in an even alternation.
    """
    values, counts = np.unique(kinds, return_counts=True)
    if counts.min() < len(borders):
        few, rarest = int(counts.min()), shown(values[counts.argmin()])
        rows = "row" if few == 1 else "rows"
        raise fail(
            codes.BAD_SPLIT,
            f"{rarest} of '{split.stratify}' has only {few} {rows}, too few for {len(borders)} parts",
            help="leave out `stratify=`, or leave the kind out with `keep`",
        )
    random = np.random.default_rng(split.seed)
    shuffled = random.permutation(len(kinds))
    rank = random.permutation(len(values))[np.searchsorted(values, kinds[shuffled])]
    order = shuffled[np.argsort(rank, kind="stable")]
    part_of = _alternation(np.diff(borders, prepend=0), len(kinds))
    return [np.sort(order[part_of == part]) for part in range(len(borders))]


def _alternation(sizes: Array, count: int) -> Any:
    """A part for each of `count` places: part p `sizes[p]` times, as evenly spread as can be; -1 for what is left."""
    sizes = np.append(sizes, count - sizes.sum())
    places = np.concatenate([(np.arange(size) + 0.5) / size for size in sizes if size])
    parts = np.repeat(np.arange(len(sizes)), sizes)
    dealt = parts[np.argsort(places, kind="stable")]
    return np.where(dealt == len(sizes) - 1, -1, dealt)
