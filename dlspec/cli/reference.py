"""What there is to say of an entry of the catalogue: one source for `dlspec explain` and the reference pages."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from inspect import cleandoc

from dlspec.catalog.base import Entry, parameters
from dlspec.catalog.conformance import BACKENDS, checks, outcomes
from dlspec.catalog.index import family_of
from dlspec.cli.availability import backends
from dlspec.cli.examples import example
from dlspec.cli.spelling import signature, value_text

PARTS = ("Shapes", "Formula", "Source", "Weights")
"""Parts of a docstring that begin with their name."""

_PART = re.compile(rf"^(?=(?:{'|'.join(PARTS)}): )", re.M)


@dataclass(frozen=True)
class Parameter:
    """A parameter as it is written."""

    name: str
    default: str | None
    """None where it is required."""
    meaning: str
    choices: tuple[str, ...]


@dataclass(frozen=True)
class Reference:
    """An entry: what it is, how it is written, what it does, and where."""

    kind: str
    name: str
    family: str
    signature: str
    paragraphs: tuple[str, ...]
    """What the docstring says, without its parts."""
    parts: dict[str, str]
    """Shapes, formula, source, weights: those that there are."""
    parameters: tuple[Parameter, ...]
    example: str | None
    backends: dict[str, str]
    """For each backend that sees the entry `yes`, or what is in the way."""
    conformance: dict[str, str] = field(default_factory=dict)
    """For each backend `passed`, or why not."""
    checks: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """For each backend on which it passed what was checked."""


def reference_of(entry: type[Entry]) -> Reference:
    """Everything that is said of an entry."""
    paragraphs: list[str] = []
    parts: dict[str, str] = {}
    for block in cleandoc(entry.__doc__ or "").split("\n\n"):
        for text in _PART.split(block):
            name, colon, rest = " ".join(text.split()).partition(": ")
            if colon and name in PARTS:
                parts[name] = rest
            elif text.strip():
                paragraphs.append(text if "\n " in f"\n{text}" else " ".join(text.split()))
    shown = example(entry)
    return Reference(
        kind=entry.kind,
        name=entry.entry,
        family=family_of(entry.kind, entry.entry),
        signature=signature(entry),
        paragraphs=tuple(paragraphs),
        parts=parts,
        parameters=tuple(
            Parameter(
                info.name, None if info.required else value_text(info.default), info.description, tuple(info.choices)
            )
            for info in parameters(entry)
        ),
        example=shown.shown if shown else None,
        backends=backends(entry),
        conformance=outcomes(entry),
        checks=checks(entry),
    )


def backend_notes(reference: Reference) -> dict[str, str]:
    """For each backend, in one line, whether it has the entry and what was shown of it there."""
    notes = {}
    for backend in BACKENDS:
        made = reference.checks.get(backend)
        outcome = f"conformance passed ({', '.join(made)})" if made else reference.conformance[backend]
        available = reference.backends.get(backend)
        notes[backend] = f"{available}; {outcome}" if available else outcome
    return notes
