"""Where a value stands: what a message says of its file, row and column."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dlspec.data.graph import roots_of
from dlspec.data.values import Array, BadValue
from dlspec.diagnostics.report import DlspecError, fail
from dlspec.ir.program import INPUT, Module, Ref


@dataclass(frozen=True, slots=True)
class Place:
    """The source of a data module: its name, and for each root its columns' names and its values in all rows."""

    source: str
    module: Module
    columns: Sequence[Sequence[str]]
    roots: Sequence[Array | None]
    written: Mapping[str, str]
    """Where fields and settings are written."""

    def row(self, number: int) -> str:
        """A row (from 0) as a message names it, counted from 1 without the header."""
        return f"row {number + 1} of {self.source}"

    def diagnostic(self, bad: BadValue, node: int, row: int | None) -> DlspecError:
        """What is wrong with a value that a node met in a row of the source."""
        unit = self.module.units[self.module.nodes[node].unit]
        column = self.column(bad, self.module.nodes[node].inputs, row)
        return self.error(bad, column or f"'{unit.name}'", row, self.origin(node), known=column is not None)

    def error(self, bad: BadValue, what: str, row: int | None, written: str = "", *, known: bool = True) -> DlspecError:
        """What is wrong with a column (`known`) or another tensor, in a row where it is of one."""
        spot = f"column '{what}'" if known else f"in {what}"
        where = self.row(row) if row is not None else self.source
        return fail(bad.code, f"{where}, {spot}: {bad.message}", help=bad.help, where=written)

    def origin(self, node: int) -> str:
        """Where a node is written."""
        return self.module.nodes[node].origin

    def column(self, bad: BadValue, refs: Iterable[Ref], row: int | None) -> str | None:
        """The column that a bad value comes from, where that is plain."""
        refs = list(refs)
        if len(refs) == 1 and refs[0][0] == INPUT and bad.at is not None:
            names = self.columns[refs[0][1]]
            return names[bad.at % len(names)]
        upstream = roots_of(self.module, refs)
        if bad.value is not None and row is not None:
            for root in upstream:
                values = self.roots[root]
                found = None if values is None else _same(values[row], bad.value)
                if found is not None:
                    return self.columns[root][found if len(self.columns[root]) > 1 else 0]
        names = self.names(refs)
        return names[0] if len(names) == 1 else None

    def names(self, refs: Iterable[Ref]) -> list[str]:
        """The columns that tensors are computed from."""
        return [name for root in roots_of(self.module, refs) for name in self.columns[root]]


def _same(row: Any, value: Any) -> int | None:
    """Where in a row's value(s) the same value is."""
    for at, each in enumerate(np.asarray(row, dtype=object).reshape(-1)):
        if type(each) is type(value) and each == value:
            return at
    return None
