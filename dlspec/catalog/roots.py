"""What a flow of data begins with."""

from __future__ import annotations

from typing import ClassVar

from dlspec.catalog.base import Root, Text, param


class Column(Root):
    """A column by its name; or, by a pattern in which `*` stands for anything, several as one vector, in file order."""

    entry = "column"

    pattern: Text = param(..., "the column's name, or a pattern of several", min_length=1)


class Piece(Root):
    """The rows that a text is cut into; `pattern` is the name that they have as a column."""

    pattern: ClassVar[str]


class Characters(Piece):
    """The characters of a text source, one a row, ends of lines among them."""

    entry = "characters"
    pattern: ClassVar[str] = "characters"


class Words(Piece):
    """The words of a text source, one a row.

    A word is a run of letters and digits, with apostrophes inside; any other sign that is no space is one of its own.
    """

    entry = "words"
    pattern: ClassVar[str] = "words"


class Lines(Piece):
    """The lines of a text source, one a row, without their ends; blank ones are left out."""

    entry = "lines"
    pattern: ClassVar[str] = "lines"


ENTRIES = (Column, Characters, Words, Lines)
