"""The columns that a data block uses, as the values of its roots."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dlspec.catalog.base import Source
from dlspec.catalog.data_settings import Split, Time
from dlspec.catalog.roots import Column, Piece
from dlspec.catalog.sources import Builtin
from dlspec.data.fitted import Fitted
from dlspec.data.graph import roots_of
from dlspec.data.load import Columns, from_arrays, load, root_values
from dlspec.data.place import Place
from dlspec.data.schema import select
from dlspec.data.values import Array
from dlspec.diagnostics.codes import data as codes
from dlspec.diagnostics.report import fail
from dlspec.ir.program import Data, Ref

GIVEN = "the data given"
"""What messages call data that comes from no file."""


def pattern_of(data: Data, root: int) -> str:
    """The column, or the pattern of columns, that a root stands for; of a text the name of its pieces."""
    entry = data.roots[root].root
    if not isinstance(entry, Column | Piece):
        raise TypeError(f"the root '{entry.entry}' cannot be read")
    return entry.pattern


def table_of(data: Data, root: Path | None, override: Any, allow_outside: bool) -> Columns:
    """The columns that the block uses."""
    if override is not None:
        return from_arrays(override)
    patterns = [pattern_of(data, number) for number in range(len(data.roots))]
    split = data.settings.get("split")
    if isinstance(split, Split) and isinstance(split.by, Time):
        patterns.append(split.by.column)
    source = data.source
    assert isinstance(source, Source)
    return load(source, Path(data.folder), patterns, root=root, allow_outside=allow_outside)


def place_of(
    data: Data,
    table: Columns,
    fitted: Fitted | None,
    refs: Sequence[Ref],
    *,
    given: bool,
    source: str = GIVEN,
) -> Place:
    """The values of the roots that these tensors need; the columns of each are those of the training."""
    used = set(roots_of(data.module, refs))
    columns: list[list[str]] = []
    values: list[Array | None] = []
    for number, root in enumerate(data.roots):
        pattern = pattern_of(data, number)
        if number not in used:
            columns.append(fitted.columns.get(root.name, [pattern]) if fitted else [pattern])
            values.append(None)
            continue
        names = fitted.columns[root.name] if fitted else select(table, pattern)
        for name in names:
            select(table, name)
        columns.append(names)
        values.append(_fitting(data, number, root_values(table, pattern, names)))
    label = source if given else _source_name(data)
    return Place(label, data.module, columns, values, data.places)


def _fitting(data: Data, root: int, values: Array) -> Array:
    """The values of a root, which must have the shape that the spec was resolved with."""
    shape = data.module.inputs[root].type.shape
    if tuple(values.shape[1:]) != shape:
        raise fail(
            codes.COLUMNS_DO_NOT_FIT,
            f"'{pattern_of(data, root)}' is {list(values.shape[1:])} in a row, and was {list(shape)}",
            help="give columns of the same shape",
        )
    return values


def _source_name(data: Data) -> str:
    path = getattr(data.source, "path", None)
    return (
        f"'{Path(path).name}'"
        if path
        else f'builtin("{data.source.name}")'
        if isinstance(data.source, Builtin)
        else f"'{data.name}'"
    )
