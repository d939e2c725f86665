"""Preprocessing in the file: raw columns give what the data block computes and the model makes of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

from dlspec.backends.onnx.emit import emit_model
from dlspec.backends.onnx.pipeline import Export, emit_pipeline, input_name
from dlspec.backends.onnx.runtime import OnnxSession
from dlspec.catalog.roots import Column
from dlspec.data.prepare import Prepared, prepare, transform
from dlspec.ir.program import Program
from tests.unit.onnx.programs import Array, program, weights_for

ROWS = 60
HOUSES = """\
data houses {
  source csv("houses.csv")
  age    = column("age") -> impute(median) -> standardize
  rooms  = column("rooms") -> min_max(low=-1, high=2)
  city   = column("city") -> impute(constant, value="none") -> category(6, unseen=other)
  street = column("street") -> category
  band   = column("age") -> impute(mean) -> bucketize([20, 40, 60])
  third  = column("m_*") -> impute(median) -> bucketize(3)
  m      = column("m_*") -> impute(most_frequent) -> standardize
  large  = column("id") -> category
  floor  = column("floor")
  facts  = (age, rooms, city -> one_hot, (age + 1) ** 2, column("rooms") -> rescale(1/4, offset=0.5)) -> concat
  price  = column("price") -> log -> standardize
}
model net {
  input facts: float[10], street: int[], band: int[], m: float[3], third: int[3], large: int[], floor: int[]
  kinds = (street -> embedding(4, 3), band -> one_hot(4), large -> embedding(60, 2), floor -> embedding(10, 2))
          -> concat
  output price = (facts, kinds, m, third -> cast(float)) -> concat -> dense(1)
}
"""


def houses(folder: Path) -> dict[str, Array]:
    """The raw columns, also as a CSV file: missing numbers, missing and foreign text, ids beyond float32."""
    rng = np.random.default_rng(0)
    columns: dict[str, Array] = {
        "age": np.where(rng.random(ROWS) < 0.2, np.nan, rng.integers(1, 90, ROWS)),
        "rooms": rng.integers(1, 9, ROWS),
        "city": rng.choice(np.array(["Rome", "Ünïx", "a, b", ""], dtype=object), ROWS),
        "street": rng.choice(np.array(["x", "y", "z"], dtype=object), ROWS),
        "m_a": rng.normal(size=ROWS).round(3),
        "m_b": rng.normal(5, 9, ROWS).round(3),
        "m_c": np.where(rng.random(ROWS) < 0.1, np.nan, rng.integers(0, 5, ROWS)),
        "id": 2**30 + np.arange(ROWS),
        "floor": rng.integers(0, 10, ROWS),
        "price": rng.integers(1000, 9000, ROWS),
    }

    def text(value: Any) -> str:
        return "" if value != value else f'"{value}"' if isinstance(value, str) and value else str(value)

    lines = [",".join(columns), *(",".join(map(text, row)) for row in zip(*columns.values(), strict=True))]
    (folder / "houses.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return columns


def exported(net: Program, folder: Path, model: str = "net") -> tuple[Export, Prepared, dict[str, Array]]:
    prepared = prepare(net.data[0], folder)
    weights = weights_for(net, model)
    export = emit_pipeline(net, net.data[0], prepared.fitted.units, model, weights)
    onnx.checker.check_model(export.model, full_check=True)
    return export, prepared, weights


WRITTEN = ("rescale", "standardize", "min_max", "impute", "category", "bucketize")


@pytest.mark.proves("exported", on="onnx", of=tuple(f"transform {name}" for name in WRITTEN))
def test_raw_columns_give_what_the_fields_give(tmp_path: Path) -> None:
    columns = houses(tmp_path)
    net = program(HOUSES, tmp_path)
    export, prepared, weights = exported(net, tmp_path)
    session = OnnxSession(export.model.SerializeToString())
    assert session.inputs == ("age", "rooms", "city", "street", "m", "id", "floor")
    raw = {name: columns[name] for name in session.inputs if name != "m"}
    raw["m"] = np.stack([columns[f"m_{each}"] for each in "abc"], axis=1)
    found = session.predict(raw)["price"]
    apart = OnnxSession(emit_model(net, "net", weights).SerializeToString())
    fields = prepared.splits["train"]
    wanted = apart.predict({name: fields[name] for name in apart.inputs})["price"]
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)


def test_only_what_the_model_takes_is_written(tmp_path: Path) -> None:
    houses(tmp_path)
    net = program(HOUSES, tmp_path)
    export, _, _ = exported(net, tmp_path)
    names = {node.name for node in export.model.graph.node}
    assert "houses.age.standardize" in names
    assert not any(name.startswith("houses.price") for name in names)
    assert {opset.domain: opset.version for opset in export.model.opset_import} == {"": 21, "ai.onnx.ml": 5}


def test_kinds_that_training_never_saw(tmp_path: Path) -> None:
    """`other` has a number; where the spec makes them an error the graph cannot, and the export says so."""
    columns = houses(tmp_path)
    net = program(HOUSES, tmp_path)
    export, prepared, _ = exported(net, tmp_path)
    assert [line.split()[0] for line in export.left_out] == ["'street.category'", "'large.category'"]
    graph = onnx.utils.Extractor(export.model).extract_model(["city"], ["houses.city.category"])
    found = OnnxSession(graph.SerializeToString()).predict({"city": np.array(["Rome", "Atlantis", ""], dtype=object)})
    given = np.where(columns["city"] == "", None, columns["city"])
    known = transform(net.data[0], prepared.fitted, {"city": given}, fields=["city"])["city"]
    rome = known[columns["city"] == "Rome"][0]
    none = known[columns["city"] == ""][0]
    np.testing.assert_array_equal(found["houses.city.category"], [rome, 5, none])


@pytest.mark.proves("exported", on="onnx", of=("transform normalize",))
def test_digits_take_a_matrix_of_pixels(tmp_path: Path) -> None:
    net = program(
        "data digits {\n"
        '  source builtin("digits")\n'
        '  image = column("pixel_*") -> reshape(1, 8, 8) -> rescale(1/16) -> normalize([0.3], [0.4]) -> resize(12x12)\n'
        '  label = column("digit") -> category(10)\n'
        "}\n"
        "model net { input image: float[1, 12, 12]\n"
        "  output logits = image -> conv(4, 3x3) -> relu -> flatten -> dense(10) }",
        tmp_path,
    )
    export, prepared, weights = exported(net, tmp_path)
    assert export.left_out == []
    session = OnnxSession(export.model.SerializeToString())
    assert session.inputs == ("pixel",)
    from sklearn.datasets import load_digits

    found = session.predict({"pixel": load_digits().data})["logits"]
    apart = OnnxSession(emit_model(net, "net", weights).SerializeToString())
    wanted = apart.predict({"image": prepared.splits["train"]["image"]})["logits"]
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)


SERIES = """\
data series {{
  source csv("houses.csv")
  past = column("age") -> impute({0}) -> standardize {1}
  now  = column("rooms") -> standardize {1}
}}
model net {{ input past: float[{2}], now: float[{2}]\n  output y = past -> add(now) }}
"""


@pytest.mark.parametrize(
    ("how", "window", "inputs", "left"),
    [
        ("previous", "", ["rooms", "series.past.impute"], ["series.past.impute"]),
        (
            "median",
            "-> window(4)",
            ["series.past.window", "series.now.window"],
            ["series.past.window", "series.now.window"],
        ),
    ],
)
def test_what_cannot_be_said_stays_outside(
    how: str, window: str, inputs: list[str], left: list[str], tmp_path: Path
) -> None:
    """The graph begins behind it, and the export says why."""
    (tmp_path / "houses.csv").write_text("age,rooms\n" + "".join(f"{n},{n % 5}\n" for n in range(20)))
    text = SERIES.format(how, window, "4" if window else "").replace("past -> add(now)", "past + now")
    net = program(text, tmp_path)
    export, prepared, _ = exported(net, tmp_path)
    assert [each.name for each in export.model.graph.input] == inputs
    assert [line.split("'")[1] for line in export.left_out] == left
    assert all("rows do not see each other" in line for line in export.left_out)
    if window:
        fields = prepared.splits["train"]
        given = {f"series.{name}.window": fields[name] for name in ("past", "now")}
        found = OnnxSession(export.model.SerializeToString()).predict(given)["y"]
        np.testing.assert_allclose(found, fields["past"] + fields["now"], rtol=1e-6)


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("age", "age"),
        ("pixel_*", "pixel"),
        ("m*", "m"),
        ("a_*_b", "a"),
        ("*", "columns"),
        ("__*", "columns"),
        ("x.y", "x.y"),
    ],
)
def test_input_names(pattern: str, name: str) -> None:
    assert input_name(Column(pattern=pattern)) == name
