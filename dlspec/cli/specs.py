"""Specs as the verbs take them: a file, standard input, or what a run was made of."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dlspec.cli.files import STDIN, source_of
from dlspec.cli.options import settings

if TYPE_CHECKING:
    from dlspec.api import Spec


def spec_of(file: Path, set: list[str]) -> Spec:
    """The spec of a FILE argument, changed by `--set`."""
    from dlspec.api import Spec

    # Standard input's relative paths begin where the command was called.
    return Spec(file, dict(settings(set)), source=source_of(file) if file == STDIN else None)
