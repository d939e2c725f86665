"""House rules that would otherwise be taken on trust: small files, documented modules, whole catalogue entries."""

from __future__ import annotations

import ast
from importlib import import_module
from pathlib import Path

import pytest

from dlspec.catalog import all_entries, family_of
from dlspec.catalog.base import Entry, parameters

REPOSITORY = Path(__file__).parents[2]
LONGEST = 400
FOLDERS = ("dlspec", "tests", "benchmarks", "examples", "docs")
WRITTEN = ("examples/runs", "docs/_build", "docs/generated")
"""What the demo, the examples and the documentation write is nobody's code."""


def is_ours(file: Path) -> bool:
    return not any(file.is_relative_to(REPOSITORY / folder) for folder in WRITTEN)


FILES = sorted(file for folder in FOLDERS for file in (REPOSITORY / folder).rglob("*.py") if is_ours(file))
each_file = pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(REPOSITORY)))
ENTRIES = [entry for entries in all_entries().values() for entry in entries]
each_entry = pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: f"{entry.kind} {entry.entry}")


@each_file
def test_file_is_small(file: Path) -> None:
    assert len(file.read_text(encoding="utf-8").splitlines()) <= LONGEST


@each_file
def test_module_has_a_docstring(file: Path) -> None:
    assert ast.get_docstring(ast.parse(file.read_text(encoding="utf-8")))


def test_the_catalogue_is_not_empty() -> None:
    assert len(ENTRIES) > 50


def test_names_are_unique_within_a_kind() -> None:
    named = [(entry.kind, entry.entry) for entry in ENTRIES]
    assert sorted(named) == sorted(set(named))


@each_entry
def test_entry_is_documented(entry: type[Entry]) -> None:
    assert vars(entry).get("__doc__", "").strip()


@each_entry
def test_parameters_are_described(entry: type[Entry]) -> None:
    assert [info.name for info in parameters(entry) if not info.description] == []


@each_entry
def test_entry_has_samples(entry: type[Entry]) -> None:
    family = family_of(entry.kind, entry.entry)
    samples = import_module(f"dlspec.catalog.samples.{family}").SAMPLES
    assert samples.get(entry.entry), f"dlspec/catalog/samples/{family}.py has no samples of '{entry.entry}'"
