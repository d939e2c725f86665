"""What a measurement gives, and the one table in which all of it is printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

Unit = Literal["s", "ratio", "MiB"]


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of several figures, with the smallest and the largest."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, figures: Sequence[float]) -> Spread:
        return cls(median(figures), min(figures), max(figures))


@dataclass(frozen=True, slots=True)
class Row:
    """A figure with its bound: `most` is an upper one, `least` a lower one; without either it is for information."""

    what: str
    spread: Spread
    unit: Unit
    most: float | None = None
    least: float | None = None

    @property
    def ok(self) -> bool:
        """Whether the median keeps the bound, a ratio to two decimals: what is equal measures 1.00, give or take."""
        value = round(self.spread.median, 2) if self.unit == "ratio" else self.spread.median
        return (self.most is None or value <= self.most) and (self.least is None or value >= self.least)

    def cells(self) -> tuple[str, ...]:
        """The row as text."""
        bound = f"<= {self.most:g}" if self.most is not None else f">= {self.least:g}" if self.least is not None else ""
        middle, low, high = (self._figure(each) for each in (self.spread.median, self.spread.low, self.spread.high))
        verdict = ("yes" if self.ok else "NO") if bound else ""
        return self.what, middle, self.unit, f"{low} - {high}", bound, verdict

    def _figure(self, value: float) -> str:
        return f"{value:.0f}" if self.unit == "MiB" else f"{value:.2f}" if self.unit == "ratio" else f"{value:.3f}"


HEADER = ("what", "median", "unit", "spread", "bound", "ok")
RIGHT = (1, 3, 4)
"""Columns that are aligned right."""


def table(rows: Sequence[Row]) -> str:
    """The rows under a header, as a table of Markdown."""
    lines = [HEADER, *(row.cells() for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADER))]
    rule = "|".join("-" * (width + 1) + (":" if column in RIGHT else "-") for column, width in enumerate(widths))
    head, *body = (_line(line, widths) for line in lines)
    return "\n".join([head, f"|{rule}|", *body])


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    aligned = (
        cell.rjust(width) if column in RIGHT else cell.ljust(width)
        for column, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
    return f"| {' | '.join(aligned)} |"
