"""Parquet and Arrow files, written by pandas and pyarrow."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import feather, parquet

from dlspec.data.prepare import prepare
from dlspec.data.schema import schema
from dlspec.diagnostics.report import DlspecError

FRAME = pd.DataFrame(
    {
        "whole": np.array([3, 1, 2, 1], dtype=np.int32),
        "gap": pd.array([1, None, 3, 4], dtype="Int64"),
        "x": [0.5, np.nan, 1.5, 2.5],
        "yes": [True, False, True, True],
        "city": pd.Categorical(["Rome", "Oslo", None, "Rome"]),
        "day": pd.to_datetime(["2020-01-31", "2020-02-29", "2021-12-24", "2022-06-01"]),
    }
)


def table() -> pa.Table:
    vectors = pa.FixedSizeListArray.from_arrays(pa.array(np.arange(12, dtype=np.float32)), 3)
    return pa.Table.from_pandas(FRAME).append_column("vector", vectors)


def stream(made: pa.Table, path: str) -> None:
    with pa.OSFile(path, "wb") as file, pa.ipc.new_stream(file, made.schema) as writer:
        writer.write_table(made)


WRITERS: dict[str, tuple[str, Callable[[pa.Table, str], Any]]] = {
    "d.parquet": ("parquet", parquet.write_table),
    "d.arrow": ("arrow", feather.write_feather),
    "stream.arrow": ("arrow", stream),
}
each_format = pytest.mark.parametrize("file", WRITERS)


@each_format
def test_columns_come_in_their_types(block: Any, tmp_path: Path, file: str) -> None:
    source, write = WRITERS[file]
    write(table(), str(tmp_path / file))
    body = (
        'w = column("whole")\ng = column("gap") -> impute(mean)\nx = column("x") -> impute(constant, value=-1)\n'
        'y = column("yes")\nc = column("city") -> impute(constant, value="?") -> category\n'
        'd = column("day") -> date_part(day)\nv = column("vector") * 2'
    )
    data = block(body, source=f'{source}("{file}")')
    fields = prepare(data).splits["train"]
    assert fields["w"].tolist() == [3, 1, 2, 1]
    assert fields["w"].dtype == np.int64
    np.testing.assert_allclose(fields["g"], [1, 8 / 3, 3, 4], rtol=1e-6)
    np.testing.assert_allclose(fields["x"], [0.5, -1, 1.5, 2.5])
    assert fields["y"].tolist() == [True, False, True, True]
    assert fields["c"].tolist() == [2, 1, 0, 2]
    assert fields["d"].tolist() == [31, 29, 24, 1]
    np.testing.assert_array_equal(fields["v"], 2 * np.arange(12).reshape(4, 3))
    types = {name: str(type) for name, type in schema(data.source, tmp_path).items()}  # type: ignore[arg-type]
    assert types == {
        "whole": "int[]", "gap": "int[]", "x": "float[]", "yes": "bool[]", "city": "string[]", "day": "any[]",
        "vector": "float[3]",
    }  # fmt: skip


@each_format
def test_a_table_reads_as_its_csv_does(block: Any, tmp_path: Path, file: str) -> None:
    source, write = WRITERS[file]
    frame = pd.DataFrame({"a": [1.5, 2.5, np.nan, 4.0], "b": ["x", "y", "x", "z"]})
    write(pa.Table.from_pandas(frame), str(tmp_path / file))
    body = 'a = column("a") -> impute(median) -> standardize\nb = column("b") -> category\nsplit train=0.5, test=0.5'
    body = body.replace("category", "category(unseen=other)")
    ours = prepare(block(body, source=f'{source}("{file}")'))
    theirs = prepare(block(body, frame.to_csv(index=False)))
    assert ours.fitted == theirs.fitted
    for part, fields in theirs.splits.items():
        for name, values in fields.items():
            np.testing.assert_array_equal(ours.splits[part][name], values)


@each_format
def test_a_file_of_something_else(block: Any, tmp_path: Path, file: str) -> None:
    (tmp_path / file).write_text("a,b\n1,2\n")
    with pytest.raises(DlspecError, match=f"'{file}' cannot be read"):
        block('a = column("a")', source=f'{WRITERS[file][0]}("{file}")')


def test_lists_of_different_lengths(block: Any, tmp_path: Path) -> None:
    parquet.write_table(pa.table({"v": [[1, 2], [3]]}), tmp_path / "d.parquet")
    with pytest.raises(DlspecError, match="write lists of one length") as caught:
        prepare(block('v = column("v")', source='parquet("d.parquet")'))
    assert caught.value.diagnostics[0].code.id == "DL404"
