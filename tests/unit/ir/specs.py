"""Helpers: a spec from its text, resolved as `dlspec check` would."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from dlspec.data.schema import schema
from dlspec.diagnostics.report import Diagnostic
from dlspec.diagnostics.span import SourceFile
from dlspec.ir.program import Program
from dlspec.ir.resolve import Resolution, Resolver
from dlspec.ir.verify import verify

ACCEPTANCE = Path(__file__).parents[2] / "acceptance"


def resolve(text: str, folder: Path = ACCEPTANCE, **options: object) -> Resolution:
    """The resolution of a spec; what came out is verified."""
    resolution = Resolver(schema, **options).resolve(SourceFile("spec.dl", dedent(text)), folder)  # type: ignore[arg-type]
    verify(resolution.program)
    return resolution


def program(text: str, **options: object) -> Program:
    """The program of a spec without errors."""
    resolution = resolve(text, **options)
    assert not resolution.report.errors, [item.message for item in resolution.report.errors]
    return resolution.program


def errors(text: str, folder: Path = ACCEPTANCE) -> list[Diagnostic]:
    """The errors of a spec."""
    return resolve(text, folder).report.errors


def model(body: str, inputs: str = "x: float[8]") -> str:
    """A model `m` around a body."""
    lines = "\n".join("  " + line for line in dedent(body).strip().splitlines())
    return f"model m {{\n  input {inputs}\n{lines}\n}}\n"
