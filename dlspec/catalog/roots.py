"""What a flow of data begins with."""

from __future__ import annotations

from dlspec.catalog.base import Root, Text, param


class Column(Root):
    """A column by its name; or, by a pattern in which `*` stands for anything, several as one vector, in file order."""

    entry = "column"

    pattern: Text = param(..., "the column's name, or a pattern of several", min_length=1)


ENTRIES = (Column,)
