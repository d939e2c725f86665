"""Columns as arrays: CSV against pandas, archives against NumPy, DataFrames in place of a source."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from dlspec.catalog.sources import Csv, Npz
from dlspec.data.load import from_arrays, load, load_file
from dlspec.diagnostics.report import DlspecError


def csv(tmp_path: Path, text: str) -> dict[str, Any]:
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    return load(Csv(path="a.csv"), tmp_path, ["*"])


def test_numbers_agree_with_pandas(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    frame = pd.DataFrame(
        {"f": random.normal(size=500), "i": random.integers(-9, 9, 500), "e": random.normal(size=500) * 1e30}
    )
    frame.loc[3, "f"] = np.nan
    frame.to_csv(tmp_path / "a.csv", index=False)
    columns = load(Csv(path="a.csv"), tmp_path, ["*"])
    read = pd.read_csv(tmp_path / "a.csv")
    for name, dtype in {"f": np.float64, "i": np.int64, "e": np.float64}.items():
        assert columns[name].dtype == dtype
        np.testing.assert_array_equal(columns[name], read[name].to_numpy())


def test_text_missing_quotes_and_lines_in_a_value(tmp_path: Path) -> None:
    columns = csv(tmp_path, 'a,b\r\n"x, ""y""",1\r\n,2\r\n"two\nlines",\r\n\r\nNA,4\r\n')
    assert columns["a"].tolist() == ['x, "y"', None, "two\nlines", "NA"]
    np.testing.assert_array_equal(columns["b"], [1, 2, np.nan, 4])


def test_the_usual_marks_are_missing_among_numbers_alone(tmp_path: Path) -> None:
    columns = csv(tmp_path, "n,t\n1,NA\nNA,x\nn/a,y\n?,z\n2.5,none\n")
    np.testing.assert_array_equal(columns["n"], [1, np.nan, np.nan, np.nan, 2.5])
    assert columns["t"].tolist() == ["NA", "x", "y", "z", "none"]


def test_whole_numbers_stay_exact(tmp_path: Path) -> None:
    big = 2**63 + 1
    columns = csv(tmp_path, f"id,part,code\n{big},9007199254740993,1_0\n5,,2\n")
    assert columns["id"].tolist() == [big, 5]
    assert columns["part"].tolist() == [9007199254740993, None]
    assert columns["code"].tolist() == ["1_0", "2"]


def test_only_what_is_asked_for_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x,y,z\n1,2,3\n", encoding="utf-8")
    assert list(load_file(tmp_path / "a.csv", ["z"], optional=["x", "no"])) == ["z", "x"]


def test_chunks_join(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dlspec.data.load._CHUNK", 3)
    columns = csv(tmp_path, "a\n" + "".join(f"{i}\n" for i in range(10)))
    assert columns["a"].tolist() == list(range(10))


def test_npz(tmp_path: Path) -> None:
    image = np.random.default_rng(0).integers(0, 17, (5, 1, 2, 2)).astype(np.uint8)
    np.savez_compressed(
        tmp_path / "a.npz", image=image, half=np.ones(5, np.float16), word=np.array([b"a"] * 5), other=[1]
    )
    columns = load(Npz(path="a.npz"), tmp_path, ["image", "half", "word"])
    assert columns["image"].dtype == np.uint8
    np.testing.assert_array_equal(columns["image"], image)
    assert columns["half"].dtype == np.float64
    assert columns["word"].tolist() == ["a"] * 5


def test_a_data_frame_gives_the_same_types() -> None:
    frame = pd.DataFrame(
        {
            "i": pd.array([1, 2], dtype="Int64"),
            "gap": pd.array([1, None], dtype="Int64"),
            "t": pd.Series(["a", None]),
            "c": pd.Categorical(["u", "v"]),
            "when": pd.to_datetime(["2020-01-02", "2020-01-01"]),
            "mixed": np.array(["a", 1], dtype=object),
            "b": [True, False],
        }
    )
    columns = from_arrays(frame)
    assert {name: values.dtype.kind for name, values in columns.items()} == {
        "i": "i", "gap": "f", "t": "O", "c": "O", "when": "M", "mixed": "O", "b": "b",
    }  # fmt: skip
    assert columns["t"].tolist() == ["a", None]
    np.testing.assert_array_equal(columns["gap"], [1, np.nan])


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("a,b\n1,2\n3\n", "DL406", "row 2 of 'a.csv' has 1 values, the header 2 names"),
        ("a,b\n1,2\n\n3,4,5\n", "DL406", "row 2 of 'a.csv' has 3 values"),
        ('a,b\n1,2\n"3,4\n', "DL404", "behind row"),
    ],
)
def test_bad_rows(text: str, code: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(DlspecError) as error:
        csv(tmp_path, text)
    (found,) = error.value.diagnostics
    assert found.code.id == code
    assert words in found.message


def test_bytes_that_are_no_text_are_named_by_line(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"a\n" + b"1\n" * 100_000 + b"\xff\n")
    with pytest.raises(DlspecError, match="line 100002 is no UTF-8 text"):
        load(Csv(path="a.csv"), tmp_path, ["*"])


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"a": [1, 2], "b": [1]}, "DL407"),
        ({"a": 3}, "DL407"),
        ({"a": np.zeros(2, complex)}, "DL404"),
        ({"a": np.array([{}], dtype=object)}, "DL404"),
        ({"a": np.array([b"\xff"])}, "DL404"),
    ],
)
def test_arrays_that_are_no_columns(values: dict[str, Any], code: str) -> None:
    with pytest.raises(DlspecError) as error:
        from_arrays(values)
    assert error.value.diagnostics[0].code.id == code


def test_an_archive_that_would_fill_the_memory_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    np.savez_compressed(tmp_path / "a.npz", a=np.zeros(100_000))
    monkeypatch.setattr("dlspec.data.load.MOST_BYTES", 1000)
    with pytest.raises(DlspecError, match="GiB"):
        load(Npz(path="a.npz"), tmp_path, ["a"])


@pytest.mark.parametrize(("name", "code"), [("a.txt", "DL404"), ("b.csv", "DL402")])
def test_files_of_new_data(name: str, code: str, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x", encoding="utf-8")
    with pytest.raises(DlspecError) as error:
        load_file(tmp_path / name, ["*"])
    assert error.value.diagnostics[0].code.id == code
