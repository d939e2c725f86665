"""Every diagnostic code, by stage. `all_codes()` lists them; each group's module holds its own tuple `CODES`."""

from __future__ import annotations

from dlspec.diagnostics.codes import data, files, lint, names, runtime, shapes, syntax, training
from dlspec.diagnostics.codes.base import Code


def all_codes() -> dict[str, Code]:
    """Every code by its id."""
    groups = (syntax, names, shapes, data, training, files, runtime, lint)
    return {code.id: code for group in groups for code in group.CODES}
