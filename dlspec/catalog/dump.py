"""Entries as plain JSON data; `load_entry` of the index makes them again."""

from __future__ import annotations

from typing import Any

from dlspec.catalog.base import Entry, parameters
from dlspec.tensor import Sym


def dump_entry(entry: Entry) -> dict[str, Any]:
    """An entry as plain JSON data: its kind, its name, and the arguments that are not defaults."""
    arguments = {
        info.name: _plain(value)
        for info in parameters(type(entry))
        if (value := getattr(entry, info.attribute)) != info.default or info.required
    }
    return {"kind": entry.kind, "entry": entry.entry, **({"arguments": arguments} if arguments else {})}


def _plain(value: Any) -> Any:
    if isinstance(value, Entry):
        return dump_entry(value)
    if isinstance(value, Sym):
        return {"size": str(value)}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value
