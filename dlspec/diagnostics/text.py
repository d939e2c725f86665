"""Text from a spec made safe and measurable for a terminal: control characters, tabs, wide and combining characters."""

from __future__ import annotations

from dataclasses import dataclass
from unicodedata import category, combining, east_asian_width

TAB = 4
"""Columns a tab is shown as."""

_LONGEST = 160
"""Columns of a source line that are shown; a longer line is cut around its place."""

_BEFORE = 60
"""Columns kept before the place in a line that is cut."""

_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def printable(text: str) -> str:
    """The text with everything that could steer a terminal, or hide from a reader, made visible."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_shown(character) for character in text)


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A source line as shown: its text, the column where the underline begins (from 0) and its length."""

    text: str
    offset: int
    length: int


def excerpt(line: str, start: int, end: int) -> Excerpt:
    """The line with the characters `start` to `end` (from 0, `end` not included) to be underlined.

    The underline is at least one column; in a line that is too long only the part around it is kept.
    """
    cells = [" " * TAB if character == "\t" else _shown(character) for character in line.rstrip()]
    widths = [TAB if character == "\t" else _width(character) for character in line.rstrip()]
    start = min(start, len(line))
    offset = sum(widths[:start]) + max(0, start - len(cells))
    length = max(1, sum(widths[start:end]))
    if sum(widths) <= _LONGEST:
        return Excerpt("".join(cells), offset, length)
    return _cut(cells, widths, start, length)


def _cut(cells: list[str], widths: list[int], start: int, length: int) -> Excerpt:
    """The part of a long line that begins a little before `start`, with dots where something was left out."""
    start = min(start, len(cells))
    first, offset = start, 0
    while first > 0 and offset + widths[first - 1] <= _BEFORE:
        first -= 1
        offset += widths[first]
    last, shown = first, 0
    while last < len(cells) and shown + widths[last] <= _LONGEST:
        shown += widths[last]
        last += 1
    left, right = "…" if first > 0 else "", "…" if last < len(cells) else ""
    text = left + "".join(cells[first:last]) + right
    return Excerpt(text, offset + len(left), min(length, max(1, shown - offset)))


def _shown(character: str) -> str:
    """A character as it may be printed: control characters as their pictures, other invisible ones as U+FFFD."""
    if category(character) not in _UNSAFE:
        return character
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    return "␡" if code == 0x7F else "\ufffd"


def _width(character: str) -> int:
    """Columns that the character takes on a terminal."""
    if combining(character) or category(character) in ("Mn", "Me"):
        return 0
    return 2 if east_asian_width(character) in ("W", "F") else 1
