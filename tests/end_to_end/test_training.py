"""What a run gives: its folder, evaluation, predictions, an ONNX file, weights for the next one."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest

from dlspec.diagnostics.report import DlspecError
from dlspec.training.run import Run
from dlspec.training.train import train
from tests.end_to_end.small import SMALL, written


@pytest.fixture
def small(tmp_path: Path) -> Path:
    return written(tmp_path)


def test_the_folder_of_a_run(small: Path) -> None:
    run = train(small, overrides=[("epochs", "2")], log_every=10)
    assert {each.name for each in run.path.iterdir()} >= {
        *("spec", "code", "checkpoints", "program.json", "manifest.json", "data.json", "metrics.jsonl"),
        *("steps.jsonl", "result.json", "weights.safetensors", "initial.safetensors"),
    }
    assert (run.folder.spec / "small.dl").read_text() == SMALL
    assert [row["epoch"] for row in run.history] == [0, 1]
    assert run.history[-1].keys() == {
        *("epoch", "step", "train", "validation", "lr", "seconds", "examples_per_second"),
    }
    assert run.result.keys() == {
        *("format", "label", "backend", "epochs", "steps", "seconds", "stopped", "best_epoch"),
        *("train", "validation", "test"),
    }
    assert run.manifest["overrides"] == [["epochs", "2"]]
    assert train(small, overrides=[("epochs", "1")]).path.name == "2"


def test_the_best_weights_are_the_final_ones(small: Path) -> None:
    run = train(small)
    losses = [row["validation"]["loss"] for row in run.history]
    assert run.result["best_epoch"] == int(np.argmin(losses))
    assert run.result["validation"]["loss"] == min(losses)


def test_evaluation_says_what_the_result_says_wherever_the_folder_lies(small: Path, tmp_path: Path) -> None:
    made = train(small, overrides=[("epochs", "2")])
    moved = tmp_path / "moved"
    shutil.copytree(small.parent, moved, ignore=shutil.ignore_patterns("moved"))
    shutil.rmtree(made.path)
    run = Run.open(moved / "runs" / "net")
    for part in ("train", "validation", "test"):
        assert run.evaluate(part) == {
            "split": part,
            "metrics": run.result[part],
            "examples": run.manifest["data"]["examples"][part],
        }


HOUSES = """
data houses {
  source csv("houses.csv")
  size   = column("size") -> impute(median) -> standardize
  city   = column("city") -> category -> one_hot(3)
  facts  = (size -> reshape(1), city) -> concat
  price  = column("price") -> log -> standardize
  cheap  = column("kind") -> category
  split  train=0.7, test=0.3, seed=0
}
model net {
  input facts: float[4]
  hidden = facts -> dense(16) -> tanh
  output price = hidden -> dense(1)
  output kind  = hidden -> dense(3)
}
train net on houses {
  loss cost  = (price, target) -> mse
  loss which = (kind, cheap) -> cross_entropy
  optimizer adam(lr=0.02)
  epochs 60
  batch 32
}
""".replace("price  = column", "target = column")


def houses(folder: Path, seed: int = 0, rows: int = 200) -> dict[str, np.ndarray[Any, Any]]:
    """Prices that follow from size and city, and kinds that follow from prices."""
    rng = np.random.default_rng(seed)
    size = rng.uniform(50, 200, rows)
    city = rng.choice(["Aachen", "Bonn", "Celle"], rows)
    price = size * 1000 * np.select([city == "Aachen", city == "Bonn"], [1.0, 2.0], 3.0)
    kind = np.select([price < 1e5, price < 3e5], ["cheap", "fair"], "dear")
    lines = ["size,city,price,kind"]
    lines += [f"{s:.3f},{c},{p:.1f},{k}" for s, c, p, k in zip(size, city, price, kind, strict=True)]
    lines[5] = "," + lines[5].split(",", 1)[1]
    folder.joinpath("houses.csv").write_text("\n".join(lines) + "\n")
    return {"size": size, "city": city.astype(object), "price": price, "kind": kind.astype(object)}


def test_predictions_are_names_and_prices(tmp_path: Path) -> None:
    houses(tmp_path)
    (tmp_path / "houses.dl").write_text(HOUSES)
    run = train(tmp_path / "houses.dl")
    new = houses(tmp_path / "..", seed=1, rows=40)
    found = run.predict({"size": new["size"], "city": new["city"]})
    assert set(found.columns) == {"target", "cheap", "cheap.cheap", "cheap.fair", "cheap.dear"}
    assert np.median(np.abs(found.columns["target"] / new["price"] - 1)) < 0.05
    assert np.mean(found.columns["cheap"] == new["kind"]) > 0.85
    probabilities = sum(found.columns[f"cheap.{kind}"] for kind in ("cheap", "fair", "dear"))
    assert np.allclose(probabilities, 1, atol=1e-6)
    again = Run.open(run.path)
    table = tmp_path / "new.csv"
    table.write_text("size,city\n" + "".join(f"{s},{c}\n" for s, c in zip(new["size"], new["city"], strict=True)))
    assert again.predict(table).text("json") == found.text("json")


def test_the_exported_file_takes_raw_columns(tmp_path: Path) -> None:
    """ONNX Runtime alone, fed with columns as they stand in the file, gives the trained model's numbers."""
    houses(tmp_path)
    (tmp_path / "houses.dl").write_text(HOUSES)
    run = train(tmp_path / "houses.dl", overrides=[("epochs", "3")])
    exported = run.export(tmp_path / "houses.onnx")
    assert exported.rows == 60
    assert exported.largest_difference < 1e-4
    new = houses(tmp_path / "..", seed=2, rows=30)
    session = onnxruntime.InferenceSession(tmp_path / "houses.onnx")
    feeds = {"size": new["size"].astype(np.float32), "city": new["city"]}
    price, kind = session.run(["price", "kind"], feeds)
    inputs, _ = run.inputs_of(run.model(), {"size": new["size"], "city": new["city"]})
    trained = run.outputs(inputs, run.model())
    np.testing.assert_allclose(price, trained["price"], rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(kind, trained["kind"], rtol=1e-4, atol=1e-4)
    with pytest.raises(DlspecError, match="there already"):
        run.export(tmp_path / "houses.onnx")


def test_data_in_place_of_the_source(small: Path) -> None:
    rng = np.random.default_rng(0)
    frame = {f"pixel_{n}": rng.integers(0, 17, 300) for n in range(64)} | {"digit": np.arange(300) % 10}
    run = train(small, data=frame, overrides=[("epochs", "1")])
    assert run.manifest["data"]["examples"] == {"train": 180, "validation": 60, "test": 60}
    assert run.evaluate("test")["metrics"] == run.result["test"]
    with pytest.raises(DlspecError, match="not kept"):
        Run.open(run.path).evaluate()
    assert Run.open(run.path).evaluate(data=frame)["examples"] == 300


LOADING = (
    """
train net on digits as first { loss cross_entropy; optimizer adam; epochs 1; seed 0 }
train net on digits as second {
  load run("first"), into="hidden.*"
  freeze "hidden.*"
  loss cross_entropy
  optimizer adam
  epochs 1
  seed 1
}
""".replace("; ", "\n  ")
    .replace("{ loss", "{\n  loss")
    .replace("seed 0 }", "seed 0\n}")
)


def test_weights_of_an_earlier_run_are_loaded_and_stand_still(small: Path) -> None:
    small.write_text(SMALL.split("train net")[0] + LOADING)
    with pytest.raises(DlspecError, match="no run of 'first'"):
        train(small, "second")
    first = train(small, "first").weights()
    second = train(small, "second").weights()
    for name, array in first.items():
        assert np.array_equal(array, second[name]) == name.startswith("hidden."), name
    with pytest.raises(DlspecError, match="several trainings: first, second"):
        train(small)
