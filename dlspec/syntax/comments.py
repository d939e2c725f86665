"""The comments that document a file and its declarations."""

from __future__ import annotations

from collections.abc import Sequence

from dlspec.diagnostics.span import SourceFile
from dlspec.syntax.lexing import Token


class Comments:
    """The comments of a file that stand on lines of their own, by line."""

    def __init__(self, source: SourceFile, comments: Sequence[Token]) -> None:
        self.source = source
        self.lines: dict[int, str] = {}
        for _, text, start in comments:
            line, column = source.position(start)
            if not source.text[start - column + 1 : start].strip():
                self.lines[line] = text.rstrip().removeprefix("#").removeprefix(" ")

    @property
    def head(self) -> str:
        """The comment that a file begins with, where a blank line (or nothing) follows it."""
        text = self.source.text
        first = self.source.position(len(text) - len(text.lstrip()))[0]
        last = first
        while last in self.lines:
            last += 1
        if last <= len(self.source.line_starts) and self.source.line(last).strip():
            return ""
        return self._joined(first, last)

    def above(self, offset: int) -> str:
        """The comment lines directly above the line of an offset."""
        last = self.source.position(offset)[0]
        first = last
        while first - 1 in self.lines:
            first -= 1
        return self._joined(first, last)

    def _joined(self, first: int, last: int) -> str:
        return "\n".join(self.lines[line] for line in range(first, last))
