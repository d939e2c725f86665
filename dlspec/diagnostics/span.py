"""Source files and places in them."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, eq=False)
class SourceFile:
    """A text with the path that messages show; compared by identity.

    `line_starts` holds the offset of each line's first character.
    """

    path: str
    text: str
    line_starts: tuple[int, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        starts = [0]
        find = self.text.find
        at = find("\n")
        while at >= 0:
            starts.append(at + 1)
            at = find("\n", at + 1)
        object.__setattr__(self, "line_starts", tuple(starts))

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset, both counted from 1."""
        line = bisect_right(self.line_starts, offset)
        return line, offset - self.line_starts[line - 1] + 1

    def line(self, number: int) -> str:
        """The text of a line (counted from 1), without its line break."""
        start = self.line_starts[number - 1]
        end = self.line_starts[number] - 1 if number < len(self.line_starts) else len(self.text)
        return self.text[start:end].rstrip("\r")


@dataclass(frozen=True, slots=True)
class Span:
    """The characters from `start` up to, not including, `end` (offsets) of one source file."""

    source: SourceFile
    start: int
    end: int

    @property
    def file(self) -> str:
        return self.source.path

    @property
    def line(self) -> int:
        return self.source.position(self.start)[0]

    @property
    def column(self) -> int:
        return self.source.position(self.start)[1]

    @property
    def stop(self) -> tuple[int, int]:
        """Line and column just behind the last character."""
        return self.source.position(self.end)

    @property
    def text(self) -> str:
        return self.source.text[self.start : self.end]

    def to(self, other: Span) -> Span:
        """From this place to the end of a later one."""
        return Span(self.source, self.start, max(self.end, other.end))

    def __str__(self) -> str:
        line, column = self.source.position(self.start)
        return f"{self.file}:{line}:{column}"


def span_at(source: SourceFile, line: int, column: int) -> Span:
    """The word at a place, with the arguments behind it: `dense(8)`."""
    start = source.line_starts[line - 1] + column - 1
    text = source.text
    end = start
    while end < len(text) and (text[end].isalnum() or text[end] in "_."):
        end += 1
    if text[end : end + 1] == "(":
        end = _closing(text, end)
    return Span(source, start, max(end, start + 1))


def _closing(text: str, opening: int) -> int:
    """The offset behind the bracket that closes the one at an offset; of one that is not closed, its own."""
    depth, quoted = 0, False
    for at in range(opening, len(text)):
        if text[at] == '"' and text[at - 1] != "\\":
            quoted = not quoted
        elif not quoted and text[at] in "()":
            depth += 1 if text[at] == "(" else -1
            if not depth:
                return at + 1
    return opening
