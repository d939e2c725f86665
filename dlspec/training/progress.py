"""How a training shows where it is: a bar on a terminal, a line an epoch in a pipe, or nothing."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from typing import Any, Protocol, TextIO

Row = Mapping[str, Any]

REFRESH = 0.1
"""Seconds between two changes of the bar."""


class Progress(Protocol):
    """Who is told how a training goes."""

    def begin(self, epochs: int, done: int, batches: int) -> None:
        """So many epochs there are, so many are done, each of so many batches."""

    def update(self, batches: int) -> None:
        """So many batches of the epoch have been seen."""

    def epoch(self, row: Row) -> None:
        """An epoch has ended with these figures."""

    def note(self, text: str) -> None:
        """Something else to say."""

    def end(self) -> None:
        """The training has ended, one way or another."""


class Quiet:
    """Says nothing."""

    def begin(self, epochs: int, done: int, batches: int) -> None: ...

    def update(self, batches: int) -> None: ...

    def epoch(self, row: Row) -> None: ...

    def note(self, text: str) -> None: ...

    def end(self) -> None: ...


class Lines(Quiet):
    """A line an epoch."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._epochs = 0

    def begin(self, epochs: int, done: int, batches: int) -> None:
        self._epochs = epochs

    def epoch(self, row: Row) -> None:
        self.note(line(row, self._epochs))

    def note(self, text: str) -> None:
        print(text, file=self._stream, flush=True)


class Bar(Quiet):
    """A bar with the epoch, its batches and the last figures."""

    def __init__(self, stream: TextIO | None = None) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as RichProgress
        from rich.table import Column

        self._console = Console(file=stream or sys.stderr, highlight=False)
        rest = Column(ratio=1, no_wrap=True, overflow="ellipsis")
        self._bar = RichProgress(
            TextColumn("{task.description}", table_column=Column(no_wrap=True, min_width=14)),
            BarColumn(bar_width=16, table_column=Column(min_width=16)),
            TimeRemainingColumn(compact=True, table_column=Column(no_wrap=True, min_width=5)),
            TextColumn("{task.fields[figures]}", markup=False, table_column=rest),
            console=self._console,
            expand=True,
        )
        self._task = self._bar.add_task("epoch", total=None, figures="")
        self._epochs = self._batches = self._done = 0
        self._shown = 0.0

    def begin(self, epochs: int, done: int, batches: int) -> None:
        self._epochs, self._done, self._batches = epochs, done, batches
        self._bar.update(self._task, total=epochs * batches, completed=done * batches)
        self._bar.start()
        self._describe()

    def update(self, batches: int) -> None:
        now = time.monotonic()
        if now - self._shown > REFRESH:
            self._shown = now
            self._bar.update(self._task, completed=self._done * self._batches + batches)

    def epoch(self, row: Row) -> None:
        self._done += 1
        self._bar.update(self._task, completed=self._done * self._batches, figures=figures_text(row))
        self._describe()

    def _describe(self) -> None:
        self._bar.update(self._task, description=f"epoch {min(self._done + 1, self._epochs)}/{self._epochs}")

    def note(self, text: str) -> None:
        self._console.print(text, markup=False)

    def end(self) -> None:
        self._bar.stop()


def progress_for(stream: TextIO | None = None, *, quiet: bool = False) -> Progress:
    """A bar where a person looks on, lines in a pipe."""
    if quiet:
        return Quiet()
    where = stream or sys.stderr
    return Bar(where) if where.isatty() else Lines(where)


def line(row: Row, epochs: int) -> str:
    """`epoch 3/20  loss 0.1234  accuracy 0.97  validation loss 0.2`."""
    return f"epoch {row['epoch'] + 1}/{epochs}  {figures_text(row)}"


def figures_text(row: Row) -> str:
    """The figures of an epoch, and the rate."""
    texts = [f"{name} {number(value)}" for name, value in _shown(row["train"])]
    texts += [f"validation {name} {number(value)}" for name, value in _shown(row.get("validation", {}))]
    return "  ".join([*texts, f"rate {number(row['lr'])}"])


def _shown(figures: Mapping[str, float]) -> list[tuple[str, float]]:
    """The total first; a term that is the total is not said twice."""
    total = figures.get("loss")
    rest = [(name, value) for name, value in figures.items() if name != "loss"]
    terms = [(name, value) for name, value in rest if value != total or total is None]
    return [*([("loss", total)] if total is not None else []), *terms]


def number(value: float) -> str:
    """Four digits that count."""
    return f"{value:.4g}"
