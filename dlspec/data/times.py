"""The column that a split by time goes by."""

from __future__ import annotations

import numpy as np

from dlspec.data.load import Columns
from dlspec.data.place import Place
from dlspec.data.schema import select
from dlspec.data.values import Array, BadValue, is_text, missing_in, shown, to_numbers
from dlspec.diagnostics.codes import data as codes

_HELP = "write dates as 2020-01-31, or 2020-01-31 12:00"


def moments(table: Columns, column: str, rows: Array, place: Place) -> Array:
    """What orders these rows: numbers as they are, dates as such; a diagnostic where one is missing or neither."""
    select(table, column)
    values = table[column][rows]
    gaps = np.flatnonzero(missing_in(values))
    if gaps.size:
        bad = BadValue(
            "the value is missing, so the row has no place in time",
            code=codes.MISSING_VALUES,
            help="fill it in the file",
        )
        raise place.error(bad, column, int(rows[gaps[0]]))
    if values.ndim > 1:
        bad = BadValue("it has more than one value in a row", code=codes.COLUMNS_DO_NOT_FIT, help="name another column")
        raise place.error(bad, column, None)
    return _dates(values, column, rows, place) if is_text(values) else _numbers(values)


def _numbers(values: Array) -> Array:
    return values if values.dtype.kind == "M" else to_numbers(values)


def _dates(values: Array, column: str, rows: Array, place: Place) -> Array:
    try:
        return dates(values)
    except BadValue as bad:
        raise place.error(bad, column, int(rows[bad.at or 0])) from None


def dates(values: Array) -> Array:
    """Dates as such, of text that none of is missing; BadValue where one is no date."""
    if values.dtype.kind == "M":
        return values.astype("datetime64[us]")
    try:
        return values.astype(str).astype("datetime64[us]")
    except ValueError:
        at = next(at for at, value in enumerate(values.flat) if not _is_date(value))
        raise BadValue(f"{shown(values.flat[at])} is no date", at, value=values.flat[at], help=_HELP) from None


def _is_date(value: object) -> bool:
    try:
        np.datetime64(str(value), "us")
    except ValueError:
        return False
    return True
