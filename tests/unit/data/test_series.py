"""Differences of rows and parts of dates, against pandas."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from dlspec.data.prepare import prepare, transform
from dlspec.diagnostics.report import DlspecError

RANDOM = np.random.default_rng(5)
SERIES = RANDOM.normal(size=60).cumsum()
DAYS = ["2020-02-29", "1999-12-31 23:59:58", "2021-01-01", "2024-12-30 06:07:08", "1969-07-20 20:17", "2000-03-01"]
PANDAS: dict[str, Any] = {
    **{name: lambda d, n=name: getattr(d, n) for name in ("year", "quarter", "month", "day", "hour", "minute")},
    "second": lambda d: d.second,
    "weekday": lambda d: d.day_of_week,
    "day_of_year": lambda d: d.day_of_year,
    "week": lambda d: d.isocalendar().week.to_numpy(),
}


@pytest.mark.parametrize("part", PANDAS)
@pytest.mark.parametrize("as_text", [True, False])
def test_date_parts_are_those_of_pandas(block: Any, part: str, as_text: bool) -> None:
    dates = pd.DatetimeIndex([pd.Timestamp(day) for day in DAYS])
    values = DAYS if as_text else dates.to_numpy()
    fields = prepare(block(f'f = column("t") -> date_part({part})', "t\n"), source_override={"t": values}).splits
    np.testing.assert_array_equal(fields["train"]["f"], np.asarray(PANDAS[part](dates)))
    assert fields["train"]["f"].dtype == np.int64


def test_no_date(block: Any) -> None:
    with pytest.raises(DlspecError, match="row 2 of the data given, column 't': 'soon' is no date"):
        prepare(block('f = column("t") -> date_part(day)', "t\n"), source_override={"t": ["2020-01-01", "soon"]})


@pytest.mark.parametrize("lag", [1, 7])
def test_differences_are_those_of_pandas(block: Any, lag: int) -> None:
    """Parts behind training begin with the difference to the part before."""
    body = f'f = column("x") -> difference({lag})\nsplit train=0.5, validation=0.2, test=0.3, by=order'
    prepared = prepare(block(body, "x\n"), source_override={"x": SERIES})
    expected = pd.Series(SERIES).diff(lag).dropna()
    found = np.concatenate([prepared.splits[part]["f"] for part in ("train", "validation", "test")])
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(np.concatenate(list(prepared.rows.values())), expected.index)


def test_differences_of_differences_in_time(block: Any) -> None:
    order = RANDOM.permutation(60)
    body = (
        'f = column("x") -> difference -> difference -> standardize\ng = column("x")\n'
        'split train=0.6, test=0.4, by=time("t")'
    )
    prepared = prepare(block(body, "x,t\n"), source_override={"x": SERIES[order], "t": order})
    expected = pd.Series(SERIES).diff().diff().dropna().to_numpy()
    train = len(prepared.splits["train"]["f"])
    scaled = (expected - expected[:train].mean()) / expected[:train].std()
    found = np.concatenate([prepared.splits[part]["f"] for part in ("train", "test")])
    np.testing.assert_allclose(found, scaled, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(prepared.splits["train"]["g"], SERIES[2 : 2 + train], rtol=1e-6)


def test_differences_of_new_rows(block: Any) -> None:
    data = block('f = column("x") -> min_max -> difference -> window(3)', "x\n")
    prepared = prepare(data, source_override={"x": SERIES})
    new = transform(data, prepared.fitted, {"x": SERIES[:10]})
    np.testing.assert_array_equal(new["f"], prepared.splits["train"]["f"][: 10 - 1 - 2])


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('f = column("x") -> difference\nsplit train=0.5, test=0.5', "needs the rows before"),
        ('f = column("x") -> difference(60)', "leaves out the first 60"),
        ('f = column("x") -> window(3) -> difference', "these are windows"),
    ],
)
def test_differences_that_cannot_be(block: Any, body: str, words: str) -> None:
    with pytest.raises(DlspecError, match=words):
        prepare(block(body, "x\n"), source_override={"x": SERIES})
