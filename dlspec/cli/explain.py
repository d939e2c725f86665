"""`dlspec explain`: what a diagnostic means, and what a name of the catalogue is."""

from __future__ import annotations

import textwrap
from inspect import cleandoc
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dlspec.cli.console import put, put_json, table
from dlspec.cli.errors import FINE, UsageProblem
from dlspec.cli.options import FormatOption, Report

if TYPE_CHECKING:
    from dlspec.catalog.base import Entry
    from dlspec.diagnostics.codes.base import Code

EXAMPLE = "dlspec explain DL201, or dlspec explain conv"

HIDDEN = ("internal initializer", "operator")
"""Kinds that no spec names."""

LONGEST = 100
"""Columns of running text, however wide the terminal is."""


def explain(
    name: Annotated[
        str | None,
        typer.Argument(metavar="CODE|NAME", help="DL201, or conv, adam, accuracy …", show_default=False),
    ] = None,
    list_all: Annotated[bool, typer.Option("--list", help="List every code and every name.")] = False,
    format: FormatOption = Report.TEXT,
) -> int:
    """Tell what a diagnostic means, with a wrong and a right example, or what a layer, loss, metric … does."""
    if list_all:
        _list(format)
        return FINE
    if name is None:
        raise UsageProblem("say what to explain: a code or a name", "`dlspec explain --list` lists them all")
    code, entries = _code(name), _entries(name)
    if code is None and not entries:
        raise _unknown(name)
    if format is Report.JSON:
        put_json(_code_json(code) if code else [_entry_json(entry) for entry in entries])
    elif code:
        put(_code_text(code))
    else:
        put("\n\n".join(map(_entry_text, entries)))
    return FINE


# ---------------------------------------------------------------- diagnostics


def _code(name: str) -> Code | None:
    """The code of that id (in either case) or name."""
    from dlspec.diagnostics.codes import all_codes

    known = all_codes()
    named = {code.name: code for code in known.values()}
    return known.get(name.upper()) or named.get(name)


def _code_text(code: Code) -> str:
    return "\n".join(
        [
            f"{code.id}: {code.name} ({code.severity})", "", _filled(code.meaning), "",
            "Wrong:", _indented(code.wrong), "", "Right:", _indented(code.right),
        ]
    )  # fmt: skip


def _code_json(code: Code) -> dict[str, str]:
    return {
        "code": code.id,
        "name": code.name,
        "severity": code.severity,
        "meaning": code.meaning,
        "wrong": code.wrong,
        "right": code.right,
    }


# ---------------------------------------------------------------- the catalogue


def _entries(name: str) -> list[type[Entry]]:
    """What has that name, of every kind."""
    from dlspec.catalog.index import FAMILIES, find

    found = (find(kind, name) for kind in FAMILIES if kind not in HIDDEN)
    return [entry for entry in found if entry is not None]


def _entry_text(entry: type[Entry]) -> str:
    from dlspec.cli.reference import backend_notes, reference_of

    found = reference_of(entry)
    blocks = [f"{found.signature}    {found.kind}", "\n\n".join(map(_paragraph, found.paragraphs))]
    blocks += ["\n".join(_filled(f"{name}: {text}") for name, text in found.parts.items())] if found.parts else []
    rows = [(each.name, each.default or "required", _meaning(each.meaning, each.choices)) for each in found.parameters]
    if rows:
        blocks.append(table(("parameter", "default", "meaning"), rows))
    if found.example:
        blocks.append(f"Example:\n{_indented(found.example.rstrip())}")
    blocks.append("\n".join(_filled(f"{backend}: {note}") for backend, note in backend_notes(found).items()))
    return "\n\n".join(blocks)


def _meaning(description: str, choices: tuple[str, ...]) -> str:
    return f"{description} ({', '.join(choices)})" if choices else description


def _entry_json(entry: type[Entry]) -> dict[str, Any]:
    from dlspec.cli.reference import reference_of

    found = reference_of(entry)
    return {
        "name": found.name,
        "kind": found.kind,
        "family": found.family,
        "signature": found.signature,
        "doc": cleandoc(entry.__doc__ or ""),
        "parts": {name.lower(): text for name, text in found.parts.items()},
        "parameters": [
            {
                "name": each.name,
                "required": each.default is None,
                "default": each.default,
                "description": each.meaning,
                "choices": list(each.choices),
            }
            for each in found.parameters
        ],
        "example": found.example,
        "backends": found.backends,
        "conformance": found.conformance,
        "checks": {backend: list(made) for backend, made in found.checks.items()},
    }


# ---------------------------------------------------------------- lists


def _list(format: Report) -> None:
    from dlspec.catalog.conformance import outcomes
    from dlspec.catalog.index import all_entries, family_of
    from dlspec.cli.availability import backends
    from dlspec.diagnostics.codes import all_codes

    entries = {kind: found for kind, found in all_entries().items() if found and kind not in HIDDEN}
    codes = sorted(all_codes().values(), key=lambda code: code.id)
    if format is Report.JSON:
        listed = {
            kind: [
                {
                    "name": entry.entry,
                    "family": family_of(kind, entry.entry),
                    "backends": backends(entry),
                    "conformance": outcomes(entry),
                }
                for entry in found
            ]
            for kind, found in entries.items()
        }
        put_json({"codes": [{"code": code.id, "name": code.name} for code in codes], "entries": listed})
        return
    blocks = [f"{kind}\n{_filled(', '.join(entry.entry for entry in found), '  ')}" for kind, found in entries.items()]
    blocks.append("diagnostics\n" + "\n".join(f"  {code.id}  {code.name}" for code in codes))
    put("\n\n".join(blocks))


def _unknown(name: str) -> UsageProblem:
    from dlspec.catalog.index import FAMILIES, PLANNED, names
    from dlspec.diagnostics.codes import all_codes
    from dlspec.diagnostics.report import did_you_mean

    planned = [kind for kind, known in PLANNED.items() if name in known]
    if planned:
        return UsageProblem(
            f"the {planned[0]} '{name}' is not in this version", "`dlspec explain --list` lists what is"
        )
    known = [each for kind in FAMILIES if kind not in HIDDEN for each in names(kind)]
    near = did_you_mean(name, [*known, *all_codes()])
    return UsageProblem(f"nothing is called '{name}'", near or "`dlspec explain --list` lists everything")


# ---------------------------------------------------------------- text


def _filled(text: str, indent: str = "") -> str:
    return textwrap.fill(text, _columns(), initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False)


def _paragraph(text: str) -> str:
    """A paragraph filled; one with lines set in stays as it is."""
    return text if "\n" in text else _filled(text)


def _indented(text: str) -> str:
    return textwrap.indent(text, "  ")


def _columns() -> int:
    return min(get_terminal_size().columns, LONGEST)
