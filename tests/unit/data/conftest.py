"""A `data` block written as text, resolved in a temporary folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from dlspec.data.schema import schema
from dlspec.diagnostics.report import DlspecError
from dlspec.diagnostics.span import SourceFile
from dlspec.ir.program import Data
from dlspec.ir.resolve import Resolver

Block = Callable[..., Data]


@pytest.fixture
def block(tmp_path: Path) -> Block:
    """`block(body, csv)` writes `d.csv` and resolves `data d { source csv("d.csv") … }`."""

    def make(body: str, csv: str | None = None, source: str = 'csv("d.csv")') -> Data:
        if csv is not None:
            (tmp_path / "d.csv").write_text(csv, encoding="utf-8")
        text = f"data d {{\n  source {source}\n{body}\n}}\n"
        resolution = Resolver(schema).resolve(SourceFile("spec.dl", text), tmp_path)
        if resolution.report.errors:
            raise DlspecError(resolution.report.errors)
        return resolution.program.data[0]

    return make
