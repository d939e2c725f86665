"""The columns of a source and their types, from headers alone: fast, and without NumPy."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from dlspec.catalog.base import Source
from dlspec.catalog.sources import Arrow, Builtin, Csv, Npz, Parquet, Text
from dlspec.data.builtin import DATA_SETS, DataSet
from dlspec.data.csv_header import csv_header
from dlspec.data.paths import locate
from dlspec.diagnostics.codes import data as codes
from dlspec.diagnostics.report import did_you_mean, fail
from dlspec.diagnostics.span import Span
from dlspec.tensor import TensorType

_LISTED = 8
"""Columns that a message names."""


def schema(
    source: Source,
    folder: Path,
    *,
    root: Path | None = None,
    allow_outside: bool = False,
    span: Span | None = None,
) -> dict[str, TensorType]:
    """The type of each column of a source, in its order; that of a CSV column is `any`, for it is not read.

    Paths begin at `folder` and stay under `root` (`folder` where none is given).
    """
    match source:
        case Builtin(name=name):
            return dict(data_set(name, span).columns)
        case Csv(path=path):
            file = locate(path, folder, root=root, allow_outside=allow_outside, span=span)
            return {name: TensorType("any", ()) for name in csv_header(file, span)}
        case Npz(path=path):
            from dlspec.data.npz_header import npz_header  # its zipfile takes as long to import as the rest

            file = locate(path, folder, root=root, allow_outside=allow_outside, span=span)
            return {name: TensorType(each.element, each.shape[1:]) for name, each in npz_header(file, span).items()}
        case Parquet(path=path) | Arrow(path=path):
            from dlspec.data.arrow_table import arrow_header, parquet_header

            file = locate(path, folder, root=root, allow_outside=allow_outside, span=span)
            return (parquet_header if isinstance(source, Parquet) else arrow_header)(file, span)
        case Text(path=path):
            from dlspec.data.text_file import text_header

            return text_header(locate(path, folder, root=root, allow_outside=allow_outside, span=span), span)
    raise TypeError(f"no columns are known of the source '{source.entry}'")


def data_set(name: str, span: Span | None = None) -> DataSet:
    """The data set of that name."""
    if name not in DATA_SETS:
        help = did_you_mean(name, DATA_SETS) or f"there are {', '.join(DATA_SETS)}"
        raise fail(codes.UNKNOWN_DATA_SET, f"there is no builtin data set '{name}'", span, help=help)
    return DATA_SETS[name]


def select(columns: Mapping[str, object], pattern: str, span: Span | None = None) -> list[str]:
    """The names that a pattern stands for, in the source's order: `*` matches anything, all else itself."""
    if "*" not in pattern:
        if pattern in columns:
            return [pattern]
        raise fail(codes.UNKNOWN_COLUMN, f"there is no column '{pattern}'", span, help=_way_out(columns, pattern))
    found = re.compile(".*".join(map(re.escape, pattern.split("*"))), re.DOTALL)
    matching = [name for name in columns if found.fullmatch(name)]
    if not matching:
        help = _way_out(columns, pattern)
        raise fail(codes.UNKNOWN_COLUMN, f"no column matches '{pattern}'", span, help=help)
    return matching


def _way_out(columns: Mapping[str, object], pattern: str) -> str:
    near = did_you_mean(pattern.replace("*", ""), columns)
    listed = ", ".join(list(columns)[:_LISTED]) + (" …" if len(columns) > _LISTED else "")
    return near or f"the columns are {listed}"
