"""Everything that a spec can name, declared once."""

from __future__ import annotations

from dlspec.catalog.index import all_entries, family_of, find, load_entry, names

__all__ = ["all_entries", "family_of", "find", "load_entry", "names"]
