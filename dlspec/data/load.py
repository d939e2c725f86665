"""Columns of a source as arrays: see `values` for what an array of a column is."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from dlspec.catalog.base import Entry, Source
from dlspec.catalog.sources import Arrow, Builtin, Csv, Npz, Parquet, Text
from dlspec.data.arrow_table import arrow_columns, arrow_header, parquet_columns, parquet_header
from dlspec.data.csv_header import csv_header, csv_rows, open_csv
from dlspec.data.normal import normal, require_same_rows
from dlspec.data.npz_header import DAMAGED, Array, npz_header
from dlspec.data.paths import locate, unreadable
from dlspec.data.schema import data_set, select
from dlspec.data.text_file import bad_line, text_columns, text_header
from dlspec.data.values import Array as Values
from dlspec.data.values import as_objects
from dlspec.diagnostics.codes import data as codes
from dlspec.diagnostics.codes.runtime import MISSING_BACKEND
from dlspec.diagnostics.report import did_you_mean, fail

Columns = dict[str, Values]
Format = tuple[Callable[[Path], Iterable[str]], Callable[[Path, list[str]], Columns]]
"""How the names of a file's columns are read, and how some of the columns."""

MOST_BYTES = 1 << 36
"""What the arrays of one archive may take in memory."""
_MARKS = frozenset({"na", "n/a", "nan", "null", "none", "nil", "-", "?", "#n/a"})
"""What stands for a missing value in a column of numbers (in lower case)."""
_EXACT = 2**53
_CHUNK = 1 << 16


def load(
    source: Source,
    folder: Path,
    patterns: Iterable[str],
    *,
    optional: Iterable[str] = (),
    root: Path | None = None,
    allow_outside: bool = False,
) -> Columns:
    """The columns that match one of the patterns; those of `optional` only where there are any."""
    if isinstance(source, Builtin):
        return _builtin(source.name, patterns, optional)
    if not isinstance(source, Csv | Npz | Parquet | Arrow | Text):
        raise TypeError(f"the source '{source.entry}' cannot be loaded")
    file = locate(source.path, folder, root=root, allow_outside=allow_outside)
    return _columns(_FORMATS[type(source)], file, patterns, optional)


def load_file(
    file: Path, patterns: Iterable[str], *, optional: Iterable[str] = (), source: Entry | None = None
) -> Columns:
    """The columns of any file of data that match one of the patterns; of `optional` those that are there.

    What it is its ending tells; where `source` is a text, so is the file, whatever it is called.
    """
    if not file.is_file():
        names = [each.name for each in file.parent.glob("*")] if file.parent.is_dir() else []
        raise fail(codes.MISSING_DATA_FILE, f"there is no file '{file}'", help=did_you_mean(file.name, names))
    format = _FORMATS[Text] if isinstance(source, Text) else _ENDINGS.get(file.suffix.lower())
    if format is None:
        raise unreadable(file, f"it is none of {', '.join(_ENDINGS)}", None, "save it as one of these")
    return _columns(format, file, patterns, optional)


def from_arrays(values: Any) -> Columns:
    """The columns of a DataFrame, or of a mapping from names to arrays or lists, brought to the usual types."""
    named = {str(name): values[name] for name in (values.keys() if isinstance(values, Mapping) else values)}
    columns = {name: normal(name, each) for name, each in named.items()}
    require_same_rows(columns)
    return columns


def root_values(columns: Mapping[str, Values], pattern: str, names: Sequence[str]) -> Values:
    """The values of the root `column(pattern)`, which stands for these columns: its own, or vectors of several."""
    parts = [columns[name] for name in names]
    if "*" not in pattern:
        return parts[0]
    wide = [name for name, part in zip(names, parts, strict=True) if part.ndim > 1]
    if wide:
        message = f"'{pattern}' takes columns of one number together, and '{wide[0]}' has more in a row"
        raise fail(codes.COLUMNS_DO_NOT_FIT, message, help="take it by its own name")
    if any(part.dtype == object for part in parts):
        parts = [as_objects(part) for part in parts]
    return np.stack(parts, axis=1)


# ---------------------------------------------------------------- sources


def _columns(format: Format, file: Path, patterns: Iterable[str], optional: Iterable[str]) -> Columns:
    header, read = format
    return read(file, _wanted(dict.fromkeys(header(file)), patterns, optional))


def _wanted(known: Mapping[str, object], patterns: Iterable[str], optional: Iterable[str]) -> list[str]:
    named = [name for pattern in patterns for name in select(known, pattern)]
    return list(dict.fromkeys([*named, *(name for name in optional if name in known)]))


def _builtin(name: str, patterns: Iterable[str], optional: Iterable[str]) -> Columns:
    known = data_set(name)
    wanted = _wanted(known.columns, patterns, optional)
    try:
        columns = known.load()
    except ImportError as error:
        raise fail(
            MISSING_BACKEND,
            f"the data set '{name}' needs the package '{error.name}', which is not installed",
            help="pip install 'dlspec[data]'",
        ) from error
    return {each: normal(each, columns[each]) for each in wanted}


def _csv(path: Path, names: list[str]) -> Columns:
    header = csv_header(path)
    places = [header.index(name) for name in names]
    values: list[list[str]] = [[] for _ in names]
    count = 0
    try:
        with open_csv(path) as file:
            rows = csv_rows(file)
            next(rows)
            while chunk := list(islice(rows, _CHUNK)):
                kept = _even(path, chunk, count, header)
                turned = list(zip(*kept, strict=True)) if kept else [()] * len(header)
                for column, place in zip(values, places, strict=True):
                    column.extend(turned[place])
                count += len(kept)
    except UnicodeDecodeError as error:
        raise unreadable(path, f"line {bad_line(path)} is no UTF-8 text", None, "save it as CSV in UTF-8") from error
    except csv.Error as error:
        help = "close the quotes that are open"
        raise unreadable(path, f"behind row {count}: {error}", None, help) from error
    return {name: _parsed(column) for name, column in zip(names, values, strict=True)}


def _even(path: Path, rows: list[list[str]], before: int, header: list[str]) -> list[list[str]]:
    """The rows that are not blank, each of which must have a value for each name of the header."""
    width = len(header)
    kept = [row for row in rows if row]
    if len(kept) and (min(map(len, kept)) != width or max(map(len, kept)) != width):
        at, row = next((at, row) for at, row in enumerate(kept) if len(row) != width)
        raise fail(
            codes.RAGGED_ROW,
            f"row {before + at + 1} of '{path.name}' has {len(row)} values, the header {width} names",
            help="put a value that has a comma in it in quotes"
            if len(row) > width
            else "leave a missing value empty, but write its comma",
        )
    return kept


def _parsed(texts: list[str]) -> Values:
    """A column of a CSV file: whole numbers, numbers (NaN where missing) or text (None where missing)."""
    values = np.array(texts, dtype=object)
    missing = np.array([not text or text.isspace() for text in texts], dtype=bool)
    numbers = _numbers(values, missing)
    if numbers is None:
        marks = np.array([text.strip().lower() in _MARKS for text in texts], dtype=bool) | missing
        numbers = None if marks.all() else _numbers(values, marks)
        missing = missing if numbers is None else marks
    if numbers is None:
        values[missing] = None
        return values
    return _whole(values, numbers, missing)


def _numbers(values: Values, missing: Values) -> Values | None:
    """The present values as float64, or None where one is no number."""
    try:
        numbers: Values = values[~missing].astype(np.float64)
    except ValueError:
        return None
    return None if "_" in "".join(values[~missing]) else numbers


def _whole(values: Values, numbers: Values, missing: Values) -> Values:
    """Numbers as whole ones where all are written so; very large ones as objects, for a float would round them."""
    present = values[~missing]
    written_whole = all(text.strip().lstrip("+-").isdigit() for text in present)
    if written_whole and present.size:
        large = np.abs(numbers).max() >= _EXACT
        if large:
            whole = np.full(values.shape, None, dtype=object)
            whole[~missing] = [int(text) for text in present]
            return whole
        if not missing.any():
            return numbers.astype(np.int64)
    out = np.full(values.shape, np.nan)
    out[~missing] = numbers
    return out


def _npz(path: Path, names: list[str]) -> Columns:
    arrays = npz_header(path)
    _bounded(path, [arrays[name] for name in names])
    try:
        with np.load(path, allow_pickle=False) as archive:
            columns = {name: normal(name, archive[name]) for name in names}
    except (*DAMAGED, ValueError) as error:
        raise unreadable(path, "it is a damaged archive", None) from error
    require_same_rows(columns)
    return columns


_FORMATS: dict[type[Source], Format] = {
    Csv: (csv_header, _csv),
    Npz: (npz_header, _npz),
    Parquet: (parquet_header, parquet_columns),
    Arrow: (arrow_header, arrow_columns),
    Text: (text_header, text_columns),
}
_ENDINGS = {
    ".csv": _FORMATS[Csv],
    ".npz": _FORMATS[Npz],
    ".parquet": _FORMATS[Parquet],
    ".arrow": _FORMATS[Arrow],
    ".feather": _FORMATS[Arrow],
}


def _bounded(path: Path, arrays: list[Array]) -> None:
    total = sum(array.bytes for array in arrays)
    if total > MOST_BYTES:
        help = "keep the arrays that the spec needs in a smaller file"
        raise unreadable(path, f"its arrays take {total / 2**30:.0f} GiB", None, help)
