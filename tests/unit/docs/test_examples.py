"""Every entry's example, as reference pages and `dlspec explain` show it, is a spec that resolves and compiles."""

from __future__ import annotations

from pathlib import Path

import pytest

from dlspec.backends.torch.emit import emit_model_file
from dlspec.catalog import all_entries
from dlspec.catalog.base import Entry
from dlspec.cli.examples import example
from dlspec.diagnostics.span import SourceFile
from dlspec.pipeline import checked, resolve

WITHOUT = ("internal initializer", "source", "root", "transform", "augmentation", "sampler", "data setting", "order")
"""Kinds whose entries need a file of data, or cannot be written."""
ALONE = {
    ("train setting", "truncate"), ("train setting", "repeat"), ("tune setting", "maximize"), ("operator", "to_batch"),
    *(("operator", name) for name in ("not_equal", "less_equal", "greater_equal", "and", "or", "not")),
}  # fmt: skip
"""Entries that stand in conditions of data alone, or need more around them than an example has."""
ENTRIES = [
    entry
    for kind, entries in all_entries().items()
    for entry in entries
    if kind not in WITHOUT and (kind, entry.entry) not in ALONE
]


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: f"{entry.kind} {entry.entry}")
def test_example_compiles(entry: type[Entry]) -> None:
    found = example(entry)
    assert found is not None, f"neither samples nor EXAMPLES show how '{entry.entry}' is used"
    program = checked(resolve(Path("net.dl"), source=SourceFile("net.dl", found.spec))).program
    compile(emit_model_file(program, "net"), "net.py", "exec")
    assert entry.kind in ("operator", "run") or entry.entry in found.shown
