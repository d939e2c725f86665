"""What predictions look like, and the way back to the target's own units."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlspec.data.prepare import prepare
from dlspec.diagnostics.codes import runtime as codes
from dlspec.diagnostics.report import DlspecError
from dlspec.pipeline import checked, resolve
from dlspec.training.predictions import Predictions, decoded, own_units

SPEC = """
data d {{
  source csv("d.csv")
  x = column("x"){also}
  y = column("y") -> {flow}
}}
model net {{
  input x: float[]
  output z = x -> reshape(1) -> dense({size})
}}
train net on d {{
  loss {loss}
  optimizer sgd(lr=0.1)
}}
"""


def prepared(folder: Path, flow: str, y: list[Any], loss: str = "mse", size: int = 1) -> tuple[Any, Any, Any]:
    (folder / "d.csv").write_text("x,y\n" + "".join(f"{row},{each}\n" for row, each in enumerate(y)))
    also = " -> window(2) -> last" if "window" in flow else ""
    (folder / "net.dl").write_text(SPEC.format(also=also, flow=flow, loss=loss, size=size))
    program = checked(resolve(folder / "net.dl")).program
    return program, program.data[0], prepare(program.data[0], folder)


@pytest.mark.parametrize(
    "flow",
    [
        "standardize",
        "min_max",
        "min_max(low=-1)",
        "rescale(0.01, offset=2)",
        "log -> standardize",
        "log1p -> min_max -> rescale(4)",
        "impute(median) -> standardize",
    ],
)
def test_numbers_come_back_in_their_own_units(tmp_path: Path, flow: str) -> None:
    y = [1.5, 20.0, 3.25, 180.0, 7.0]
    program, data, made = prepared(tmp_path, flow, y)
    ref = next(result.ref for result in data.module.outputs if result.name == "y")
    values = made.splits["train"]["y"]
    assert not np.allclose(values, y)
    np.testing.assert_allclose(own_units(data, made.fitted, ref, values), y, rtol=1e-5)
    np.testing.assert_allclose(own_units(data, made.fitted, ref, values[:, None])[:, 0], y, rtol=1e-5)
    use = program.trains[0].models[0]
    table = decoded(program, program.trains[0], use, data, made.fitted, {"z": values[:, None]})
    np.testing.assert_allclose(table.columns["y"], y, rtol=1e-5)


def test_a_window_moves_numbers_alone(tmp_path: Path) -> None:
    y = [1.5, 20.0, 3.25, 180.0, 7.0]
    _, data, made = prepared(tmp_path, "standardize -> window(2)", y, size=2)
    ref = next(result.ref for result in data.module.outputs if result.name == "y")
    columns = own_units(data, made.fitted, ref, made.splits["train"]["y"])
    np.testing.assert_allclose(columns, np.stack([y[:-1], y[1:]], axis=1), rtol=1e-5)


def test_what_cannot_be_turned_round_stays_as_it_is(tmp_path: Path) -> None:
    _, data, made = prepared(tmp_path, "square -> standardize", [1.0, 2.0, 3.0])
    ref = next(result.ref for result in data.module.outputs if result.name == "y")
    values = made.splits["train"]["y"]
    assert own_units(data, made.fitted, ref, values) is values


@pytest.mark.parametrize(("loss", "back"), [("quantile", lambda z: z), ("poisson", np.exp), ("huber", lambda z: z)])
def test_what_a_loss_of_numbers_predicts(tmp_path: Path, loss: str, back: Any) -> None:
    program, data, made = prepared(tmp_path, "rescale(2)", [1.5, 20.0, 3.25], loss)
    train, values = program.trains[0], np.array([[0.5], [2.0]])
    table = decoded(program, train, train.models[0], data, made.fitted, {"z": values}).columns
    np.testing.assert_allclose(table["y"], back(values[:, 0]) / 2)


@pytest.mark.parametrize(("loss", "size"), [("wasserstein", 1), ("(z, y -> reshape(1)) -> cosine", 1)])
def test_scores_and_directions_are_no_predictions_of_a_field(tmp_path: Path, loss: str, size: int) -> None:
    program, data, made = prepared(tmp_path, "rescale(2)", [1.5, 20.0, 3.25], loss, size)
    train, values = program.trains[0], np.array([[0.5], [2.0]])
    table = decoded(program, train, train.models[0], data, made.fitted, {"z": values}).columns
    assert {name: column.tolist() for name, column in table.items()} == {"z": [0.5, 2.0]}


@pytest.mark.parametrize("loss", ["cross_entropy", "focal"])
@pytest.mark.parametrize(("kinds", "shown"), [(["b", "a", "c"], "abc"), ([30, 4, 20], [4, 20, 30])])
def test_classes_have_names_and_probabilities(tmp_path: Path, kinds: list[Any], shown: Any, loss: str) -> None:
    program, data, made = prepared(tmp_path, "category", kinds, loss, 3)
    logits = np.log(np.array([[0.7, 0.2, 0.1], [0.1, 0.3, 0.6]]))
    train = program.trains[0]
    table = decoded(program, train, train.models[0], data, made.fitted, {"z": logits}).columns
    assert table["y"].tolist() == [shown[0], shown[2]]
    for at, kind in enumerate(shown):
        np.testing.assert_allclose(table[f"y.{kind}"], np.exp(logits[:, at]))


@pytest.mark.parametrize("loss", ["binary_cross_entropy", "focal"])
def test_yes_and_no_have_a_probability(tmp_path: Path, loss: str) -> None:
    program, data, made = prepared(tmp_path, "rescale(1)", [0, 1], loss)
    train = program.trains[0]
    table = decoded(program, train, train.models[0], data, made.fitted, {"z": np.array([[-800.0], [0.5]])}).columns
    assert table["y"].tolist() == [False, True]
    np.testing.assert_allclose(table["y.probability"], [0, 1 / (1 + np.exp(-0.5))], atol=1e-12)


TABLE = Predictions({"kind": np.array(["a,b", 'c"'], dtype=object), "at": np.array([[1.5, 2.0], [3.0, float("inf")]])})


def test_files(tmp_path: Path) -> None:
    for ending in ("csv", "json"):
        TABLE.write(tmp_path / f"out.{ending}")
    with open(tmp_path / "out.csv", newline="") as file:
        assert list(csv.reader(file)) == [["kind", "at.0", "at.1"], ["a,b", "1.5", "2.0"], ['c"', "3.0", "inf"]]
    rows = json.loads((tmp_path / "out.json").read_text())
    assert rows == [{"kind": "a,b", "at": [1.5, 2.0]}, {"kind": 'c"', "at": [3.0, None]}]


def test_parquet_keeps_vectors(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    TABLE.write(tmp_path / "out.parquet")
    assert parquet.read_table(tmp_path / "out.parquet").to_pylist() == TABLE.rows()


def test_nothing_is_overwritten_unasked(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    path.write_text("mine")
    with pytest.raises(DlspecError) as error:
        TABLE.write(path)
    assert error.value.diagnostics[0].code is codes.FILE_EXISTS
    assert path.read_text() == "mine"
    TABLE.write(path, force=True)
    with pytest.raises(DlspecError, match="none of"):
        TABLE.write(tmp_path / "out.xlsx")
