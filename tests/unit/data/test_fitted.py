"""What was learnt: saved and loaded, and turned round."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlspec.data.fitted import Fitted
from dlspec.data.inverse import in_units
from dlspec.data.prepare import columns_needed, prepare, transform
from dlspec.diagnostics.report import DlspecError

TEXT = "x,price,id,city\n1,100,9007199254740993,Ålesund\n2,,3,Rome\n4,400,2,Rome\n"
BODY = """
x = column("x") -> standardize
price = column("price") -> impute(mean) -> log -> standardize
id = column("id") -> category
city = column("city") -> category
both = (x, city -> one_hot) -> concat
"""


def test_saved_and_loaded_it_does_the_same(block: Any, tmp_path: Path) -> None:
    data = block(BODY, TEXT)
    prepared = prepare(data)
    prepared.fitted.save(tmp_path / "fitted.json")
    loaded = Fitted.load(tmp_path / "fitted.json")
    assert loaded == prepared.fitted
    assert loaded.names["id"] == ["2", "3", "9007199254740993"]
    assert loaded.sizes == {"d.id.classes": 3, "d.city.classes": 2}
    assert loaded.columns == {name: [name] for name in ("x", "price", "id", "city")}
    columns = {"x": [1, 2], "price": [100, 50], "id": [9007199254740993, 2], "city": ["Rome", "Ålesund"]}
    for field, values in transform(data, loaded, columns).items():
        np.testing.assert_array_equal(values, transform(data, prepared.fitted, columns)[field])
    assert transform(data, loaded, columns, fields=["id"])["id"].tolist() == [2, 0]
    assert columns_needed(data, loaded, ["both"]) == ["x", "city"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda text: text.replace('"format": 1', '"format": 2'), "newer version"),
        (lambda text: text[:50], "no saved preprocessing"),
        (lambda text: "[]", "no saved preprocessing"),
        (lambda text: "[" * 100_000, "no saved preprocessing"),
        (lambda text: text.replace('"sizes"', '"size"'), "no saved preprocessing"),
    ],
)
def test_a_file_that_is_none_is_refused(change: Any, words: str, block: Any, tmp_path: Path) -> None:
    file = tmp_path / "fitted.json"
    prepare(block(BODY, TEXT)).fitted.save(file)
    file.write_text(change(file.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(DlspecError, match=words):
        Fitted.load(file)


def test_a_spec_that_learns_more_than_was_saved_is_refused(block: Any) -> None:
    fitted = prepare(block('x = column("x")', TEXT)).fitted
    with pytest.raises(DlspecError, match="is not among what was saved"):
        transform(block('x = column("x") -> standardize'), fitted, {"x": [1]})


def test_what_is_saved_is_plain(block: Any, tmp_path: Path) -> None:
    prepare(block(BODY, TEXT)).fitted.save(tmp_path / "f.json")
    read = json.loads((tmp_path / "f.json").read_text(encoding="utf-8"))
    assert read["units"]["city.category"] == {"kinds": ["Rome", "Ålesund"], "size": 2}
    assert read["units"]["price.impute"] == {"value": [250.0]}


def test_names_of_columns_go_before_their_order_in_a_file(block: Any) -> None:
    data = block('v = column("p_*") -> standardize', "p_a,p_b\n1,10\n3,30\n")
    fitted = prepare(data).fitted
    new = transform(data, fitted, {"p_b": [10, 30], "p_c": [0, 0], "p_a": [1, 3]})["v"]
    np.testing.assert_allclose(new, [[-1, -1], [1, 1]])


@pytest.mark.parametrize(
    ("flow", "column"),
    [
        ('column("price") -> log -> standardize', "price"),
        ('column("price") -> log1p -> min_max(-1, 1)', "price"),
        ('column("price") -> rescale(0.1, offset=-3) -> normalize(2, 0.5)', "price"),
        ('column("price") -> sqrt -> reshape(1)', "price"),
        ('-column("price") -> exp', "small"),
        ('column("*") -> standardize', "*"),
    ],
)
def test_fields_are_turned_round_to_their_columns_units(flow: str, column: str, block: Any) -> None:
    random = np.random.default_rng(0)
    values = {"price": random.uniform(1, 50, 20), "small": random.uniform(0, 1, 20)}
    data = block(f"f = {flow.replace('price', column) if column == 'small' else flow}", "price,small\n")
    prepared = prepare(data, source_override=values)
    found = in_units(data, prepared.fitted, "f", prepared.splits["train"]["f"])
    expected = np.stack(list(values.values()), axis=1) if column == "*" else values[column]
    assert found is not None
    np.testing.assert_allclose(found.reshape(expected.shape), expected, rtol=1e-4)


def test_windows_are_turned_round_and_other_flows_are_not(block: Any) -> None:
    body = 'w = column("x") -> standardize -> window(2)\nnext = w[1:]\n'
    body += 'sum = column("x") + column("id")\nc = column("city") -> category'
    data = block(body, TEXT)
    prepared = prepare(data, fields=["next"])
    found = in_units(data, prepared.fitted, "next", prepared.splits["train"]["next"])
    assert found is not None
    np.testing.assert_allclose(found, [[2], [4]], rtol=1e-6)
    assert in_units(data, prepared.fitted, "sum", np.zeros(3)) is None
    assert in_units(data, prepared.fitted, "c", np.zeros(3)) is None
