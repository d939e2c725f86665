"""Windows: what they hold, and that none crosses the border of two parts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dlspec.data.prepare import prepare, transform
from dlspec.diagnostics.report import DlspecError

SERIES = "x,t\n" + "".join(f"{i},{i}\n" for i in range(50))


def test_windows_of_a_part_are_those_of_numpy(block: Any) -> None:
    body = 'w = column("x") -> window(5, stride=2)\npast = w[:4]\nnext = w[4]\nsplit train=0.6, test=0.4, by=time("t")'
    prepared = prepare(block(body, SERIES))
    for part, rows in {"train": np.arange(30), "test": np.arange(30, 50)}.items():
        expected = np.lib.stride_tricks.sliding_window_view(rows, 5)[::2]
        np.testing.assert_array_equal(prepared.splits[part]["w"], expected)
        np.testing.assert_array_equal(prepared.splits[part]["past"], expected[:, :4])
        np.testing.assert_array_equal(prepared.splits[part]["next"], expected[:, 4])
        np.testing.assert_array_equal(prepared.rows[part], expected[:, 0])


def test_what_comes_before_a_window_learns_from_single_rows(block: Any) -> None:
    body = 'w = column("x") -> standardize -> window(5)\nsplit train=0.6, test=0.4, by=order'
    prepared = prepare(block(body, SERIES))
    (state,) = prepared.fitted.units.values()
    assert state["mean"] == [pytest.approx(14.5)]
    assert state["scale"] == [pytest.approx(np.arange(30).std())]


def test_windows_are_drawn_whole_where_the_split_is_random(block: Any) -> None:
    body = 'w = column("x") -> standardize -> window(5, stride=5)\nsplit train=0.6, validation=0.2, test=0.2, seed=1'
    data_block = block(body, SERIES)
    prepared = prepare(data_block)
    starts = np.concatenate(list(prepared.rows.values()))
    assert sorted(starts) == list(range(0, 50, 5))
    assert [len(rows) for rows in prepared.rows.values()] == [6, 2, 2]
    (state,) = prepared.fitted.units.values()
    train_rows = (prepared.rows["train"][:, None] + np.arange(5)).reshape(-1)
    assert state["mean"] == [pytest.approx(train_rows.mean())]
    raw = prepared.splits["test"]["w"] * state["scale"][0] + state["mean"][0]
    np.testing.assert_allclose(raw, prepared.rows["test"][:, None] + np.arange(5), atol=1e-4)


def test_overlapping_windows_count_each_row_once(block: Any) -> None:
    prepared = prepare(block('w = column("x") -> standardize -> window(5)\nsplit train=0.5, test=0.5', SERIES))
    (state,) = prepared.fitted.units.values()
    rows = np.unique(prepared.rows["train"][:, None] + np.arange(5))
    assert state["mean"] == [pytest.approx(rows.mean())]


def test_without_a_split_and_on_new_data(block: Any) -> None:
    data_block = block('w = column("x") -> standardize -> window(25)', SERIES)
    prepared = prepare(data_block)
    assert prepared.splits["train"]["w"].shape == (26, 25)
    new = transform(data_block, prepared.fitted, {"x": np.arange(50)})
    np.testing.assert_array_equal(new["w"], prepared.splits["train"]["w"])


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        ('w = column("x") -> window(5)\nt = column("t")', "DL407", "do not fit fields with no window"),
        ('w = column("x") -> window(5)\nt = column("t") -> window(6)', "DL407", "do not fit fields with window"),
        ('w = column("x") -> window(5) -> window(2)', "DL407", "window of windows"),
        (
            'w = column("x") -> window(60)',
            "DL414",
            "the train part would be empty: there are 50 rows, fewer than a window",
        ),
        ('w = column("x") -> window(25)\nsplit train=0.6, test=0.4, by=order', "DL414", "the test part would be empty"),
        ('w = column("x") -> window(5)\nt = column("t")\nsplit train=0.6, test=0.4', "DL407", "do not fit"),
    ],
)
def test_windows_that_cannot_be(block: Any, body: str, code: str, words: str) -> None:
    with pytest.raises(DlspecError, match=words) as error:
        prepare(block(body, SERIES))
    assert error.value.diagnostics[0].code.id == code
    assert error.value.diagnostics[0].help


def test_windows_with_strata_are_refused(block: Any) -> None:
    body = 'w = column("x") -> window(5)\nc = column("t") -> bucketize([25])\nsplit train=0.5, test=0.5, stratify=c'
    with pytest.raises(DlspecError, match="windows cannot be split with `stratify=`"):
        prepare(block(body, SERIES), fields=["w"])
