"""Transforms of text and dates that learn nothing, on whole columns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from dlspec.data.numpy_lowering.call import Call, Lowering
from dlspec.data.text_file import PIECES
from dlspec.data.times import dates
from dlspec.data.values import Array, BadValue, missing_in
from dlspec.diagnostics.codes import data as codes


def _cut(piece: str) -> Lowering:
    """Texts to sequences, filled up with empty texts to the longest of them."""

    def lowered(call: Call) -> Array:
        gaps = np.flatnonzero(missing_in(call.x))
        if gaps.size:
            help = 'fill it in before: `-> impute(constant, value="…")`'
            raise BadValue("the text is missing here", int(gaps[0]), code=codes.MISSING_VALUES, help=help)
        cut = [PIECES[piece](str(text)) for text in call.x]
        cells = np.full((len(cut), max(map(len, cut), default=0)), "", dtype=object)
        for row, pieces in enumerate(cut):
            cells[row, : len(pieces)] = pieces
        return cells

    return lowered


def _lowercase(call: Call) -> Array:
    values = [None if value is None else str(value).lower() for value in call.x.astype(object).flat]
    cells = np.empty(len(values), dtype=object)
    cells[:] = values
    return cells.reshape(call.x.shape)


def _pad_to(call: Call) -> Array:
    length = call.layer.length
    kept = call.x[:, :length]
    fill: Any = "" if kept.dtype == object else 0
    margins = [(0, 0), (0, length - kept.shape[1]), *((0, 0),) * (kept.ndim - 2)]
    return np.pad(kept, margins, constant_values=fill)


def _present(call: Call) -> Array:
    return np.asarray(call.x != ("" if call.x.dtype == object else 0), dtype=bool)


# ---------------------------------------------------------------- dates


def _since(coarse: str, fine: str, first: int = 0) -> Callable[[Array], Array]:
    """How many of the finer units have passed since the coarser one began."""
    return lambda moments: (moments.astype(f"M8[{fine}]") - moments.astype(f"M8[{coarse}]")).astype(np.int64) + first


def _week(moments: Array) -> Array:
    """The week of ISO 8601: that of the year in which its Thursday lies."""
    thursday = moments.astype("M8[D]").astype(np.int64) - _weekday(moments) + 3
    return _since("Y", "D")(thursday.astype("M8[D]")) // 7 + 1


def _weekday(moments: Array) -> Array:
    return (moments.astype("M8[D]").astype(np.int64) + 3) % 7  # 1970-01-01 was a Thursday


_PARTS: dict[str, Callable[[Array], Array]] = {
    "year": lambda moments: moments.astype("M8[Y]").astype(np.int64) + 1970,
    "quarter": lambda moments: _since("Y", "M")(moments) // 3 + 1,
    "month": _since("Y", "M", 1),
    "week": _week,
    "day": _since("M", "D", 1),
    "day_of_year": _since("Y", "D", 1),
    "weekday": _weekday,
    "hour": _since("D", "h"),
    "minute": _since("h", "m"),
    "second": _since("m", "s"),
}


TEXTS: dict[str, Lowering] = {
    "words": _cut("words"),
    "characters": _cut("characters"),
    "lowercase": _lowercase,
    "pad_to": _pad_to,
    "present": _present,
    "date_part": lambda call: _PARTS[call.layer.part](dates(call.x)),
}
