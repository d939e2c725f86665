"""Rows of the parts: sizes, chance, kinds, groups, time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import StratifiedShuffleSplit

from dlspec.catalog.data_settings import Split
from dlspec.data.prepare import prepare
from dlspec.data.split import split_rows
from dlspec.diagnostics.report import DlspecError


@given(st.integers(10, 2000), st.floats(0.1, 0.8), st.floats(0.1, 0.9), st.integers(0, 99))
def test_parts_are_disjoint_and_as_large_as_said(count: int, train: float, share: float, seed: int) -> None:
    validation = (1 - train) * share
    split = Split(train=train, validation=validation, test=1 - train - validation, seed=seed)
    try:
        parts = split_rows(split, count)
    except DlspecError:
        assert min(train, validation, 1 - train - validation) * count < 1
        return
    together = np.concatenate(list(parts.values()))
    assert sorted(together) == list(range(count))
    assert abs(len(parts["train"]) - train * count) <= 0.5 + 1e-6
    assert abs(len(parts["validation"]) - validation * count) <= 1


def test_sizes_of_the_acceptance_specs() -> None:
    split = Split(train=0.7, validation=0.15, test=0.15)
    assert {part: len(rows) for part, rows in split_rows(split, 1797).items()} == {
        "train": 1258,
        "validation": 269,
        "test": 270,
    }
    assert {part: len(rows) for part, rows in split_rows(Split(train=0.5, test=0.2), 10).items()} == {
        "train": 5,
        "test": 2,
    }
    assert len(split_rows(None, 7)["train"]) == 7


def test_the_seed_alone_decides() -> None:
    first, again, other = (split_rows(Split(train=0.5, test=0.5, seed=seed), 100)["test"] for seed in (1, 1, 2))
    assert first.tolist() == again.tolist() != other.tolist()


@given(st.integers(0, 99), st.lists(st.integers(6, 60), min_size=2, max_size=6))
def test_strata_have_the_same_shares_in_all_parts(seed: int, counts: list[int]) -> None:
    kinds = np.random.default_rng(seed).permutation(np.repeat(np.arange(len(counts)), counts))
    split = Split(train=0.6, validation=0.2, test=0.2, stratify="k", seed=seed)
    parts = split_rows(split, len(kinds), kinds=kinds)
    assert {p: len(r) for p, r in parts.items()} == {p: len(r) for p, r in split_rows(split, len(kinds)).items()}
    for part, rows in parts.items():
        found = np.bincount(kinds[rows], minlength=len(counts))
        assert np.all(np.abs(found - getattr(split, part) * np.array(counts)) < 2)


def test_strata_are_as_even_as_those_of_scikit_learn() -> None:
    kinds = np.random.default_rng(0).choice(4, 503, p=[0.5, 0.3, 0.15, 0.05])
    ours = split_rows(Split(train=0.8, test=0.2, stratify="k"), 503, kinds=kinds)["test"]
    ((_, theirs),) = StratifiedShuffleSplit(1, test_size=len(ours), random_state=0).split(kinds, kinds)
    assert np.all(np.abs(np.bincount(kinds[ours]) - np.bincount(kinds[theirs])) <= 1)
    again = split_rows(Split(train=0.8, test=0.2, stratify="k", seed=1), 503, kinds=kinds)["test"]
    assert ours.tolist() != again.tolist()


def test_groups_stay_together() -> None:
    groups = np.random.default_rng(0).integers(0, 40, 1000)
    parts = split_rows(Split(train=0.7, validation=0.1, test=0.2, group="g"), 1000, groups=groups)
    found = [set(groups[rows]) for rows in parts.values()]
    assert len(set.union(*found)) == sum(map(len, found))
    assert np.all(np.abs([len(rows) for rows in parts.values()] - np.array([700, 100, 200])) <= 30)


def test_the_past_trains_and_the_future_tests() -> None:
    times = np.random.default_rng(0).integers(0, 50, 300)
    parts = split_rows(Split(train=0.6, validation=0.2, test=0.2, by="order"), 300, times=times)
    assert times[parts["train"]].max() < times[parts["validation"]].min()
    assert times[parts["validation"]].max() < times[parts["test"]].min()
    assert np.all(np.diff(times[parts["train"]]) >= 0)
    assert abs(len(parts["train"]) - 180) <= 6


def test_dates_and_numbers_order_the_rows(block: Any) -> None:
    text = "when,x\n2020-03-01,3\n2019-12-31,1\n2020-01-01 12:00,2\n2021-01-01,4\n"
    prepared = prepare(block('x = column("x")\nsplit train=0.5, test=0.5, by=time("when")', text))
    assert prepared.splits["train"]["x"].tolist() == [1, 2]
    assert prepared.rows["test"].tolist() == [0, 3]
    prepared = prepare(block('x = column("x")\nsplit train=0.5, test=0.5, by=time("x")'))
    assert prepared.splits["test"]["x"].tolist() == [3, 4]
    prepared = prepare(block('x = column("x")\nsplit train=0.5, test=0.5, by=order'))
    assert prepared.splits["train"]["x"].tolist() == [3, 1]


def test_stratify_by_a_category_and_by_buckets(block: Any) -> None:
    rows = "".join(f"{'ab'[i % 4 == 0]},{i}\n" for i in range(40))
    prepared = prepare(block('c = column("c") -> category\nsplit train=0.5, test=0.5, stratify=c', "c,x\n" + rows))
    assert prepared.splits["test"]["c"].sum() == 5
    body = 'b = column("x") -> bucketize([20])\nsplit train=0.5, test=0.5, stratify=b'
    assert prepare(block(body)).splits["test"]["b"].sum() == 10


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("train=0.99, test=0.01", "the test part would be empty"),
        ("train=0.5, validation=0.25, test=0.25, stratify=rare", "'z' of 'rare' has only 1 row"),
        ("train=0.5, validation=0.25, test=0.25, group=pair", "has 2 groups for 3 parts"),
        ('train=0.5, test=0.5, by=time("same")', "would be empty"),
        ("train=0.5, test=0.5, stratify=both", "puts together what is learnt"),
    ],
)
def test_splits_that_cannot_be(block: Any, setting: str, words: str) -> None:
    text = "rare,pair,same\n" + "a,0,1\n" * 5 + "b,1,1\n" * 4 + "z,1,1\n"
    body = (
        'rare = column("rare") -> category\npair = column("pair")\n'
        "both = (rare, pair -> category) -> concat\nsplit " + setting
    )
    with pytest.raises(DlspecError, match=words) as error:
        prepare(block(body, text))
    assert error.value.diagnostics[0].code.id == "DL414"
    assert error.value.diagnostics[0].help
