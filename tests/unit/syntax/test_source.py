"""Reading files: what becomes of bytes, and of what is no spec."""

from __future__ import annotations

from pathlib import Path

import pytest

from dlspec.diagnostics.report import Diagnostic, DlspecError
from dlspec.syntax.source import LARGEST, read_source


def refused(path: Path) -> Diagnostic:
    with pytest.raises(DlspecError) as error:
        read_source(path)
    (diagnostic,) = error.value.diagnostics
    return diagnostic


def test_line_breaks_and_byte_order_mark(tmp_path: Path) -> None:
    file = tmp_path / "a.dl"
    file.write_bytes(b"\xef\xbb\xbfx = 1\r\ny = 2\rz = 3\n")
    source = read_source(file, "shown.dl")
    assert (source.text, source.path) == ("x = 1\ny = 2\nz = 3\n", "shown.dl")


def test_missing(tmp_path: Path) -> None:
    problem = refused(tmp_path / "missing.dl")
    assert problem.code.name == "unreadable-file"
    assert "no such file" in problem.message


def test_folder(tmp_path: Path) -> None:
    assert "folder" in refused(tmp_path).message


def test_impossible_path() -> None:
    assert refused(Path("a\0b")).code.name == "unreadable-file"


def test_not_utf8_has_its_place(tmp_path: Path) -> None:
    file = tmp_path / "a.dl"
    file.write_bytes("x = 1\r\n# é".encode() + b"\xff\xfe = 2")
    problem = refused(file)
    assert problem.code.name == "not-utf-8"
    assert problem.span is not None
    assert (problem.span.line, problem.span.column) == (2, 4)
    assert "0xff" in problem.message


def test_too_large(tmp_path: Path) -> None:
    file = tmp_path / "a.dl"
    with file.open("wb") as out:
        out.truncate(LARGEST + 1)
    assert refused(file).code.name == "file-too-large"
    with file.open("wb") as out:
        out.truncate(0)
        out.write(b"x = 1".ljust(1000))
    assert len(read_source(file).text) == 1000
