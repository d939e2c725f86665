"""Transforms in whole blocks, against scikit-learn, pandas and closed forms; only the training part teaches them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import KBinsDiscretizer, LabelEncoder, MinMaxScaler, StandardScaler

from dlspec.data.prepare import Prepared, prepare, transform

SPLIT = "split train=0.6, test=0.4, seed=3"


def columns(rows: int = 200, seed: int = 0) -> dict[str, Any]:
    random = np.random.default_rng(seed)
    return {
        "x": random.normal(5, 3, rows),
        "y": random.normal(-2, 0.1, rows),
        "gap": np.where(random.random(rows) < 0.2, np.nan, random.integers(0, 5, rows)),
        "city": random.choice(["Rome", "oslo", "Ålborg", "Lima"], rows).astype(object),
        "n": random.integers(8, 13, rows),
    }


def parts(prepared: Prepared, field: str, values: Any) -> tuple[Any, Any, Any, Any]:
    """The field in training and test, and raw values in the same rows."""
    train, test = prepared.rows["train"], prepared.rows["test"]
    return prepared.splits["train"][field], prepared.splits["test"][field], values[train], values[test]


def run(block: Any, body: str, data: dict[str, Any]) -> Prepared:
    header = ",".join(data)
    return prepare(block(f"{body}\n{SPLIT}", header + "\n"), source_override=data)


@pytest.mark.parametrize(
    ("flow", "scaler"),
    [("standardize", StandardScaler()), ("min_max", MinMaxScaler()), ("min_max(-1, 3)", MinMaxScaler((-1, 3)))],
)
def test_scalers_agree_with_scikit_learn(block: Any, flow: str, scaler: Any) -> None:
    data = columns()
    both = np.stack([data["x"], data["y"]], axis=1)
    prepared = run(block, f'f = (column("x"), column("y")) -> concat -> {flow}', data)
    train, test, raw_train, raw_test = parts(prepared, "f", both)
    scaler.fit(raw_train)
    np.testing.assert_allclose(train, scaler.transform(raw_train), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(test, scaler.transform(raw_test), rtol=1e-5, atol=1e-6)
    assert train.dtype == np.float32


@pytest.mark.parametrize("how", ["mean", "median", "most_frequent"])
def test_impute_agrees_with_scikit_learn(block: Any, how: str) -> None:
    data = columns()
    prepared = run(block, f'f = column("gap") -> impute({how})', data)
    train, test, raw_train, raw_test = parts(prepared, "f", data["gap"])
    imputer = SimpleImputer(strategy=how).fit(raw_train[:, None])
    np.testing.assert_allclose(train, imputer.transform(raw_train[:, None])[:, 0], rtol=1e-6)
    np.testing.assert_allclose(test, imputer.transform(raw_test[:, None])[:, 0], rtol=1e-6)


def test_impute_text_and_constants(block: Any) -> None:
    data = {"t": np.array(["b", None, "a", "b", "a"], dtype=object), "x": np.array([1, np.nan, 2, 3, np.nan])}
    data_block = block(
        't = column("t") -> impute(most_frequent) -> category\n'
        'u = column("t") -> impute(constant, value="none") -> category\n'
        'x = column("x") -> impute(constant, value=-1)',
        "t,x\n",
    )
    fields = prepare(data_block, source_override=data).splits["train"]
    assert fields["t"].tolist() == [1, 0, 0, 1, 0]
    assert fields["u"].tolist() == [1, 2, 0, 1, 0]
    assert fields["x"].tolist() == [1, -1, 2, 3, -1]


def test_impute_previous_is_a_forward_fill_within_a_part(block: Any) -> None:
    x = np.array([1, np.nan, 3, np.nan, np.nan, 6, np.nan, 8, 9, np.nan])
    data_block = block('f = column("x") -> impute(previous)\nsplit train=0.6, test=0.4, by=order', "x\n")
    prepared = prepare(data_block, source_override={"x": x})
    assert prepared.splits["train"]["f"].tolist() == pd.Series(x[:6]).ffill().tolist()
    assert prepared.splits["test"]["f"].tolist() == [6, 8, 9, 9]


def test_categories_number_text_by_code_point_and_numbers_by_size(block: Any) -> None:
    data = columns()
    prepared = run(block, 'city = column("city") -> category\nn = column("n") -> category(5)', data)
    for field in ("city", "n"):
        train, test, raw_train, raw_test = parts(prepared, field, data[field])
        encoder = LabelEncoder().fit(raw_train)
        np.testing.assert_array_equal(train, encoder.transform(raw_train))
        np.testing.assert_array_equal(test, encoder.transform(raw_test))
        assert train.dtype == np.int64
    assert prepared.fitted.names == {"city": ["Lima", "Rome", "oslo", "Ålborg"], "n": ["8", "9", "10", "11", "12"]}
    assert prepared.fitted.sizes == {"d.city.classes": 4}


def test_numbers_written_as_text_are_in_numeric_order(block: Any) -> None:
    data_block = block('f = column("f") -> category\nsplit train=0.8, test=0.2, by=order', "f\n10\n9\n2\n9\nx\n")
    with pytest.raises(Exception, match="'x' is not among the 3 kinds"):
        prepare(data_block)
    data_block = block('f = column("f") -> category(unseen=other)\nsplit train=0.8, test=0.2, by=order')
    prepared = prepare(data_block)
    assert prepared.splits["train"]["f"].tolist() == [2, 1, 0, 1]
    assert prepared.splits["test"]["f"].tolist() == [3]
    assert prepared.fitted.sizes == {"d.f.classes": 4}


def test_other_is_the_last_number_of_n(block: Any) -> None:
    data_block = block(
        'f = column("f") -> category(5, unseen=other)\nsplit train=0.8, test=0.2, by=order', "f\na\nb\nc\na\nz\n"
    )
    assert prepare(data_block).splits["test"]["f"].tolist() == [4]


def test_bucketize_by_edges_and_by_quantiles(block: Any) -> None:
    data = columns(400)
    prepared = run(block, 'e = column("x") -> bucketize([2, 5, 8])\nq = column("x") -> bucketize(4)', data)
    train, _, raw_train, raw_test = parts(prepared, "e", data["x"])
    np.testing.assert_array_equal(train, np.digitize(raw_train, [2, 5, 8]))
    train, test, raw_train, raw_test = parts(prepared, "q", data["x"])
    bins = KBinsDiscretizer(4, encode="ordinal", strategy="quantile", quantile_method="linear").fit(raw_train[:, None])
    np.testing.assert_array_equal(train, bins.transform(raw_train[:, None])[:, 0])
    np.testing.assert_array_equal(test, bins.transform(raw_test[:, None])[:, 0])


def test_an_edge_belongs_to_the_bucket_above(block: Any) -> None:
    data_block = block('f = column("age") -> bucketize([25, 35])', "age\n24.9\n25\n34\n35\n99\n")
    assert prepare(data_block).splits["train"]["f"].tolist() == [0, 1, 1, 2, 2]


def test_a_column_that_is_constant_is_divided_by_one(block: Any) -> None:
    data_block = block('s = column("x") -> standardize\nm = column("x") -> min_max', "x\n" + "0.1\n" * 7)
    fields = prepare(data_block).splits["train"]
    assert fields["s"].tolist() == [0] * 7
    assert fields["m"].tolist() == [0] * 7


FLOWS = """
x = column("x") -> standardize
y = column("y") -> min_max
gap = column("gap") -> impute(median) -> bucketize(3)
fill = column("gap") -> impute(most_frequent)
city = column("city") -> category(unseen=other)
"""


def test_what_lies_outside_the_training_part_changes_nothing_in_it(block: Any) -> None:
    data = columns()
    first = run(block, FLOWS, data)
    changed = {name: values.copy() for name, values in data.items()}
    for row in first.rows["test"]:
        changed["x"][row], changed["y"][row], changed["gap"][row], changed["city"][row] = 1e6, -1e6, 99, "Atlantis"
    second = run(block, FLOWS, changed)
    assert second.fitted == first.fitted
    for field, values in first.splits["train"].items():
        np.testing.assert_array_equal(second.splits["train"][field], values)
        assert not np.array_equal(second.splits["test"][field], first.splits["test"][field])


def test_new_data_is_transformed_by_what_was_learnt(block: Any) -> None:
    data = columns()
    data_block = block(FLOWS + SPLIT, ",".join(data) + "\n")
    prepared = prepare(data_block, source_override=data)
    test = prepared.rows["test"]
    new = {name: values[test] for name, values in reversed(data.items())}
    for field, values in transform(data_block, prepared.fitted, new).items():
        np.testing.assert_array_equal(values, prepared.splits["test"][field])
    del new["city"]
    assert list(transform(data_block, prepared.fitted, new, fields=["y", "x"])) == ["x", "y"]


def test_a_shared_transform_learns_from_all_its_uses(block: Any) -> None:
    data_block = block(
        'kinds = category\nhome = column("home") -> kinds\naway = column("away") -> kinds\n'
        'scale = standardize\na = column("a") -> scale\nb = column("b") -> scale',
        "home,away,a,b\nx,y,0,4\ny,z,0,4\n",
    )
    prepared = prepare(data_block)
    fields = prepared.splits["train"]
    assert (fields["home"].tolist(), fields["away"].tolist()) == ([0, 1], [1, 2])
    assert (fields["a"].tolist(), fields["b"].tolist()) == ([-1, -1], [1, 1])


def test_one_hot_takes_the_number_of_kinds_that_was_learnt(block: Any) -> None:
    data_block = block('f = (column("x"), column("c") -> category -> one_hot) -> concat', "x,c\n1,b\n2,a\n3,c\n")
    assert prepare(data_block).splits["train"]["f"].tolist() == [[1, 0, 1, 0], [2, 1, 0, 0], [3, 0, 0, 1]]


def test_arithmetic_slices_and_constants(block: Any) -> None:
    data_block = block(
        'v = column("p_*")\nmix = (v[0] + 2 * v[1]) / 10\nshift = v - [1, 2, 3]\nbig = v[1:] -> max',
        "p_0,p_1,p_2\n1,2,3\n4,5,6\n",
    )
    fields = prepare(data_block).splits["train"]
    np.testing.assert_allclose(fields["mix"], [0.5, 1.4], rtol=1e-6)
    assert fields["shift"].tolist() == [[0, 0, 0], [3, 3, 3]]
    assert fields["big"].tolist() == [3, 6]


def test_images_are_resized_as_pytorch_does(block: Any) -> None:
    import torch
    from sklearn.datasets import load_digits

    body = 'image = column("pixel_*") -> reshape(1, 8, 8) -> rescale(1/16) -> resize(28x28)'
    image = prepare(block(body, source='builtin("digits")')).splits["train"]["image"]
    raw = torch.from_numpy(load_digits().images[:, None] / 16)
    expected = torch.nn.functional.interpolate(raw, size=(28, 28), mode="bilinear", align_corners=False)
    np.testing.assert_allclose(image, expected.numpy(), atol=1e-5)
    assert image.flags["C_CONTIGUOUS"]


def test_fields_whose_type_is_not_known_are_whole_where_all_are(block: Any) -> None:
    text = "i,f,b,gap\n1,1,true,5\n2,2.5,FALSE,6\n"
    data_block = block("\n".join(f'{name} = column("{name}")' for name in ("i", "f")), text)
    kinds = {name: values.dtype.name for name, values in prepare(data_block).splits["train"].items()}
    assert kinds == {"i": "int64", "f": "float32"}
    kinds = {n: v.dtype.name for n, v in prepare(data_block, wanted={"i": "float"}).splits["train"].items()}
    assert kinds == {"i": "float32", "f": "float32"}
    flag = block('b = column("b") -> cast(bool)')
    assert prepare(flag).splits["train"]["b"].tolist() == [True, False]


def test_small_whole_numbers_are_calculated_with_as_large_ones(block: Any, tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=np.array([[200, 100], [0, 255]], dtype=np.uint8))
    body = 'raw = column("x")\nsum = raw[0] + raw[1]\nhalf = raw * 0.5\nless = raw[0] - raw[1]\nkind = raw -> category'
    fields = prepare(block(body, source='npz("a.npz")')).splits["train"]
    assert fields["sum"].tolist() == [300, 255]
    assert fields["less"].tolist() == [100, -255]
    assert fields["half"].tolist() == [[100, 50], [0, 127.5]]
    assert fields["kind"].tolist() == [[2, 1], [0, 3]]
    assert {name: values.dtype.name for name, values in fields.items()} == {
        "raw": "int64",
        "sum": "int64",
        "half": "float32",
        "less": "int64",
        "kind": "int64",
    }
