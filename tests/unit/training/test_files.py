"""Files of a run: whole or not at all, and a diagnostic where they are broken."""

from __future__ import annotations

import json
import math
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlspec.diagnostics.codes import runtime as codes
from dlspec.diagnostics.report import DlspecError
from dlspec.training import files


def test_json_has_null_for_what_is_no_number() -> None:
    value = {"a": math.nan, "b": [1.5, math.inf], "c": {"d": (1, "ü")}}
    assert json.loads(files.to_json(value)) == {"a": None, "b": [1.5, None], "c": {"d": [1, "ü"]}}


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    files.write_json(path, {"a": 1})
    with suppress(ZeroDivisionError), files.replaced(path) as temporary:
        temporary.write_text("half")
        raise ZeroDivisionError
    assert files.read_json(path) == {"a": 1}
    assert [each.name for each in tmp_path.iterdir()] == ["a.json"]


def test_a_folder_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    with suppress(ZeroDivisionError), files.new_folder(tmp_path / "a") as temporary:
        (temporary / "half").touch()
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []
    with files.new_folder(tmp_path / "a") as temporary:
        (temporary / "all").touch()
        assert not (tmp_path / "a").exists()
    assert [each.name for each in (tmp_path / "a").iterdir()] == ["all"]


@pytest.mark.parametrize("content", ["", "{", "[1]", "[" * 100_000, b"\xff\xfe"])
def test_broken_json_is_a_diagnostic(tmp_path: Path, content: Any) -> None:
    path = tmp_path / "manifest.json"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(DlspecError, match=r"manifest\.json.* is damaged") as error:
        files.read_json(path)
    assert error.value.diagnostics[0].code is codes.DAMAGED_RUN


def test_a_missing_file_is_a_diagnostic(tmp_path: Path) -> None:
    with pytest.raises(DlspecError, match="is missing"):
        files.read_arrays(tmp_path / "weights.safetensors")


def test_a_line_that_was_cut_short_does_not_count(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    path.write_text('{"epoch": 0}\n{"epoch": 1}\n{"epo')
    assert files.read_lines(path) == [{"epoch": 0}, {"epoch": 1}]
    assert files.read_lines(tmp_path / "none.jsonl") == []


def test_arrays_come_back_as_they_were(tmp_path: Path) -> None:
    arrays = {"a": np.arange(6.0).reshape(2, 3).T, "b": np.array(2.5, np.float32), "c": np.zeros((0, 2), np.int64)}
    files.write_arrays(tmp_path / "a.safetensors", arrays)
    found = files.read_arrays(tmp_path / "a.safetensors")
    for name, array in arrays.items():
        assert found[name].shape == array.shape
        assert found[name].dtype == array.dtype
        assert np.array_equal(found[name], array)
    assert (tmp_path / "a.safetensors").stat().st_mode & 0o044


@pytest.mark.parametrize("content", [b"", b"\x80\x04pickle", b"\xff" * 100])
def test_arrays_that_are_none_are_a_diagnostic(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "weights.safetensors"
    path.write_bytes(content)
    with pytest.raises(DlspecError, match="is damaged"):
        files.read_arrays(path)


def test_the_hash_sees_names_types_shapes_and_contents() -> None:
    base = {"a": np.arange(6), "b": np.zeros(2)}
    others = [
        {"c": np.arange(6), "b": np.zeros(2)},
        {"a": np.arange(6, dtype=np.int32), "b": np.zeros(2)},
        {"a": np.arange(6).reshape(2, 3), "b": np.zeros(2)},
        {"a": np.arange(1, 7), "b": np.zeros(2)},
    ]
    assert files.hash_of_arrays(base) == files.hash_of_arrays(dict(reversed(base.items())))
    assert len({files.hash_of_arrays(each) for each in [base, *others]}) == 5


def test_what_cannot_be_written_is_a_diagnostic(tmp_path: Path) -> None:
    with pytest.raises(DlspecError, match="cannot be written") as error:
        files.write_text(tmp_path / "none" / "a.txt", "a")
    assert error.value.diagnostics[0].code is codes.UNWRITABLE
