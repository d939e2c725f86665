"""Lines of a formatted file: indentation, and the columns that authors align."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence, Set
from dataclasses import dataclass, field

from dlspec.diagnostics.span import SourceFile
from dlspec.syntax.lexing import Token
from dlspec.syntax.spacing import Spaced

INDENT = 2
_TAB = 4
_ROUNDS = 8
"""Rounds in which columns that turn out to align with nothing are closed up, before all of them are."""


@dataclass(slots=True)
class Line:
    """A line that is not blank: its tokens and comment, where the author began it and where it begins now."""

    number: int
    column: int = 0
    tokens: list[Spaced] = field(default_factory=list)
    columns: list[int] = field(default_factory=list)
    comment: str = ""
    comment_column: int = 0
    indent: int = 0
    wanted: dict[int, int] = field(default_factory=dict)
    """Columns to keep, by the place of the token in the line."""

    @property
    def begins(self) -> bool:
        """Whether a statement, a declaration or a closing brace begins here."""
        return bool(self.tokens) and (self.tokens[0].starts or self.tokens[0].token[0] == "RBRACE")

    def render(self) -> tuple[str, list[int]]:
        """The line, and the column at which each token stands."""
        text = " " * self.indent
        columns = []
        for place, item in enumerate(self.tokens):
            if place:
                text += " " * max(item.gap, self.wanted.get(place, 0) - len(text))
            columns.append(len(text))
            text += item.token[1]
        if self.comment and self.tokens:
            text += " " * max(self.comment_gap(), self.comment_column + self.indent - self.column - len(text))
        return text + self.comment, columns

    def comment_gap(self) -> int:
        """Two spaces in front of a comment behind code, one where the author has no more."""
        last = self.columns[-1] + len(self.tokens[-1].token[1])
        return 2 if self.comment_column - last > 1 else 1

    def keep_columns(self) -> None:
        """Wish for the columns of all tokens in front of which the author left more space than usual."""
        shift = self.indent - self.column
        for place in range(1, len(self.tokens)):
            before = self.columns[place - 1] + len(self.tokens[place - 1].token[1])
            if self.columns[place] - before > 1:
                self.wanted[place] = self.columns[place] + shift


def split_lines(source: SourceFile, tokens: Sequence[Spaced], comments: Sequence[Token]) -> list[Line]:
    """The lines of a file that are not blank, in order, with the columns of the author."""
    lines: dict[int, Line] = {}
    tabs = "\t" in source.text
    for item in tokens:
        number, column = _place(source, item.token[2], tabs)
        line = lines.setdefault(number, Line(number, column))
        line.tokens.append(item)
        line.columns.append(column)
    for _, text, start in comments:
        number, column = _place(source, start, tabs)
        line = lines.setdefault(number, Line(number, column))
        line.comment, line.comment_column = text.rstrip(), column
    return [lines[number] for number in sorted(lines)]


def _place(source: SourceFile, offset: int, tabs: bool) -> tuple[int, int]:
    """Line (from 1) and column (from 0), tabs as four columns."""
    number, column = source.position(offset)
    if not tabs:
        return number, column - 1
    return number, len(source.text[offset - column + 1 : offset].expandtabs(_TAB))


def indent(lines: Sequence[Line]) -> None:
    """Two spaces a brace; lines that go on with a statement keep their place under it, at least one step in."""
    depth = 0
    base = Line(0)
    waiting: list[tuple[Line, int]] = []  # comments, until it is known whether a statement goes on behind them
    for line in lines:
        if not line.tokens:
            waiting.append((line, depth))
            continue
        first = line.tokens[0].token[0]
        if line.begins:
            for comment, at in waiting:
                comment.indent = INDENT * at
            line.indent = INDENT * (line.tokens[0].braces - (first == "RBRACE"))
            base = line
        else:
            for other in (*(comment for comment, _ in waiting), line):
                least = base.indent + (0 if first in ("RPAR", "RSQB") and other is line else INDENT)
                other.indent = max(least, other.column + base.indent - base.column)
        waiting.clear()
        last = line.tokens[-1]
        depth = last.braces + (last.token[0] == "LBRACE") - (last.token[0] == "RBRACE")
    for comment, at in waiting:
        comment.indent = INDENT * at


def align(lines: Sequence[Line], gaps: Set[int]) -> None:
    """Keep wide gaps where they align a column: a key column anywhere in the paragraph, another with the next line.

    `gaps` are the places of the lines that a paragraph begins with.
    """
    start = 0
    for end in range(1, len(lines) + 1):
        if end == len(lines) or end in gaps:
            _align_paragraph(lines[start:end])
            start = end


def _align_paragraph(lines: Sequence[Line]) -> None:
    for line in lines:
        line.keep_columns()
    if not any(line.wanted for line in lines):
        return
    for _ in range(_ROUNDS):
        if not _close_up(lines):
            return
    for line in lines:
        line.wanted.clear()


def _close_up(lines: Sequence[Line]) -> bool:
    """Give up wished columns at which no other line has a token; whether there were any."""
    columns = [line.render()[1] for line in lines]
    rows = [list(zip(line.tokens, row, strict=True)) for line, row in zip(lines, columns, strict=True)]
    keys = Counter(column for row in rows for item, column in row if item.key and item.gap)
    spaced = [{column for place, (item, column) in enumerate(row) if item.gap or not place} for row in rows]
    lonely = []
    for at, line in enumerate(lines):
        beside = spaced[at - 1 if at else 0 : at] + spaced[at + 1 : at + 2]
        for place in line.wanted:
            column = columns[at][place]
            key = line.tokens[place].key
            if not (keys[column] > 1 if key else any(column in row for row in beside)):
                lonely.append((line, place))
    for line, place in lonely:
        del line.wanted[place]
    return bool(lonely)
