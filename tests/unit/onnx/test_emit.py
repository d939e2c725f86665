"""The inference graph as a file: what it is called, what it holds, what it needs."""

from __future__ import annotations

import resource
import time
from pathlib import Path

import numpy as np
import onnx
import pytest

from dlspec import __version__
from dlspec.backends.onnx import emit
from dlspec.backends.onnx.emit import emit_model, save_model
from dlspec.backends.onnx.runtime import OnnxSession
from dlspec.diagnostics.codes import runtime as codes
from dlspec.diagnostics.report import DlspecError
from dlspec.ir.weights import weights_of
from tests.unit.onnx.programs import chain, program, weights_for

SPEC = """\
# Names its words.
block residual(size) { return in + (in -> dense(size) -> relu -> dropout(0.5)) }

model net {
  input x: float[T, 8], ids: int[]
  embed = embedding(10, 8)
  tower = dense(8) -> batch_norm -> tanh
  once  = x -> mean(axis=0) -> tower -> residual(8) * 2
  twice = once -> tower
  output same = x
  output logits = (twice + (ids -> embed)) @ (embed.weight -> transpose)
  output again = logits
  output kept = once -> dropout
}
"""


def dims(value: onnx.ValueInfoProto) -> list[int | str]:
    return [dim.dim_param or dim.dim_value for dim in value.type.tensor_type.shape.dim]


def test_model_says_what_it_needs_and_where_it_comes_from() -> None:
    model = emit_model(program(SPEC), "net")
    onnx.checker.check_model(model, full_check=True)
    assert model.ir_version == 10
    assert [(opset.domain, opset.version) for opset in model.opset_import] == [("", 21)]
    assert (model.producer_name, model.producer_version) == ("dlspec", __version__)
    assert {each.key: each.value for each in model.metadata_props} == {"dlspec.source": "net.dl", "dlspec.format": "1"}
    assert model.graph.name == "net"
    assert all(node.domain == "" for node in model.graph.node)


def test_names_are_those_of_the_spec() -> None:
    net = program(SPEC)
    graph = emit_model(net, "net", weights_for(net, "net")).graph
    assert [(each.name, dims(each)) for each in graph.input] == [("x", ["batch", "T", 8]), ("ids", ["batch"])]
    assert [each.name for each in graph.output] == ["same", "logits", "again", "kept"]
    assert dims(graph.output[1]) == ["batch", 10]
    nodes = {node.name: node for node in graph.node}
    assert len(nodes) == len(graph.node)
    assert nodes["tower.batch_norm"].op_type == "BatchNormalization"
    assert nodes["tower.batch_norm/2"].input[1:] == nodes["tower.batch_norm"].input[1:]
    assert nodes["once.residual_2.dense"].output == ["once.residual_2.dense"]
    assert nodes["once.residual_2.dense"].doc_string == "net.dl:2:43"
    assert not any("dropout" in name for name in nodes)


def test_weights_stand_under_their_canonical_names() -> None:
    net = program(SPEC)
    graph = emit_model(net, "net", weights_for(net, "net")).graph
    named = {each.name for each in graph.initializer if "/" not in each.name}
    assert named == set(weights_of(net, "net"))


def test_without_weights_they_are_inputs() -> None:
    net = program(SPEC)
    graph = emit_model(net, "net").graph
    weights = weights_of(net, "net")
    found = {each.name: dims(each) for each in graph.input if each.name not in ("x", "ids")}
    assert found == {name: list(weight.shape) for name, weight in weights.items()}
    given = weights_for(net, "net")
    inputs = {"x": np.ones((2, 5, 8), np.float32), "ids": np.array([3, 4])}
    whole = OnnxSession(emit_model(net, "net", given).SerializeToString()).predict(inputs)
    apart = OnnxSession(emit_model(net, "net").SerializeToString()).predict({**inputs, **given})
    np.testing.assert_array_equal(whole["logits"], apart["logits"])


def test_weights_that_no_output_needs_are_left_out() -> None:
    net = program("model m { input x: float[4]\n  spare = x -> dense(3)\n  output y = x -> relu }")
    graph = emit_model(net, "m").graph
    assert [each.name for each in graph.input] == ["x"]
    assert [node.op_type for node in graph.node] == ["Relu"]


def test_outputs_that_are_one_value_are_copied() -> None:
    net = program(SPEC)
    session = OnnxSession(emit_model(net, "net", weights_for(net, "net")).SerializeToString())
    x = np.random.default_rng(0).normal(size=(3, 4, 8)).astype(np.float32)
    found = session.predict({"x": x, "ids": np.array([0, 1, 2])})
    np.testing.assert_array_equal(found["same"], x)
    np.testing.assert_array_equal(found["again"], found["logits"])


def test_size_as_a_number() -> None:
    net = program(
        "model m { input x: float[2*T + 1, 3]\n  output y = x / x.shape[0]\n  output n = x * (x.shape[0] // 2) }"
    )
    session = OnnxSession(emit_model(net, "m", {}).SerializeToString())
    for length in (5, 9):
        x = np.ones((2, length, 3), np.float32)
        found = session.predict({"x": x})
        np.testing.assert_allclose(found["y"], x / length, rtol=1e-6)
        np.testing.assert_array_equal(found["n"], x * (length // 2))


def test_size_that_no_input_shows() -> None:
    net = program("model m { input x: float[T * T, 3]\n  output y = x -> reshape(T, T, 3) }")
    with pytest.raises(DlspecError) as caught:
        emit_model(net, "m", {})
    assert caught.value.diagnostics[0].code is codes.UNKNOWN_SIZE


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({}, "there is no weight 'y.dense."),
        ({"y.dense.weight": np.zeros((3, 5)), "y.dense.bias": np.zeros(3)}, "is [3, 5], the model's is [3, 4]"),
    ],
)
def test_weights_of_another_model(change: dict[str, np.ndarray], message: str) -> None:
    net = program("model m { input x: float[4]\n  output y = x -> dense(3) }")
    with pytest.raises(DlspecError) as caught:
        emit_model(net, "m", change)
    assert caught.value.diagnostics[0].code is codes.WEIGHTS_MISFIT
    assert message in caught.value.diagnostics[0].message


def test_ten_thousand_layers_in_linear_time() -> None:
    """Under 2 s; ten times the layers take less than 25 times as long (the quicker of three)."""

    def seconds(length: int) -> float:
        net = chain(length)
        times = []
        for _ in range(3):
            start = time.perf_counter()
            model = emit_model(net, "net")
            times.append(time.perf_counter() - start)
            assert len(model.graph.node) == length
        return min(times)

    short, long = seconds(1_000), seconds(10_000)
    assert long < 2
    assert long < 25 * short


def test_no_memory_for_weights_that_are_not_given() -> None:
    """A matrix of 40 GB takes a few bytes."""
    net = program("model m { input x: float[100000]\n  output y = x -> dense(100000) }")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    model = emit_model(net, "m")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000
    assert model.ByteSize() < 1_000


def test_large_weights_stand_beside_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    net = chain(20)
    weights = weights_for(net, "net")
    x = np.ones((2, 8), np.float32)
    assert save_model(emit_model(net, "net", weights), tmp_path / "one.onnx") == [tmp_path / "one.onnx"]
    monkeypatch.setattr(emit, "LARGEST_MESSAGE", 1_000)
    model = emit_model(net, "net", {name: value * np.float32(1) for name, value in weights.items()})
    files = save_model(model, tmp_path / "two.onnx")
    assert files == [tmp_path / "two.onnx", tmp_path / "two.onnx.data"]
    one, two = (OnnxSession(tmp_path / name).predict({"x": x})["y"] for name in ("one.onnx", "two.onnx"))
    np.testing.assert_array_equal(one, two)


def test_same_program_gives_the_same_bytes() -> None:
    net = program(SPEC)
    weights = weights_for(net, "net")
    first, second = (emit_model(net, "net", weights).SerializeToString(deterministic=True) for _ in range(2))
    assert first == second
