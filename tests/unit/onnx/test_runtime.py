"""Running files: providers, inputs, and files that are not what they say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper

from dlspec.backends.onnx.emit import emit_model
from dlspec.backends.onnx.runtime import OnnxSession, providers
from dlspec.diagnostics.codes import runtime as codes
from dlspec.diagnostics.report import DlspecError
from tests.unit.onnx.programs import program, weights_for

SPEC = """\
model m {
  input picture: float[T, 3], other: float[T], ids: int[], mask: bool[2]
  output y = (picture -> mean) + (other -> mean) + ids + (mask -> cast(float) -> sum)
}
"""


@pytest.fixture(scope="module")
def session() -> OnnxSession:
    return OnnxSession(emit_model(program(SPEC), "m", {}).SerializeToString())


def good() -> dict[str, Any]:
    return {
        "picture": np.ones((2, 5, 3)),
        "other": np.zeros((2, 5), np.float32),
        "ids": np.array([1, 2], np.int32),
        "mask": np.array([[True, False], [True, True]]),
    }


def test_predicts_by_name(session: OnnxSession) -> None:
    assert session.inputs == ("picture", "other", "ids", "mask")
    assert session.outputs == ("y",)
    np.testing.assert_allclose(session.predict(good())["y"], [3, 5])


def test_cpu_is_always_there() -> None:
    assert providers()[-1] == "CPUExecutionProvider"


@pytest.mark.parametrize(
    ("change", "message", "help"),
    [
        ({"pictures": np.ones(3)}, "no input 'pictures'", "did you mean 'picture'?"),
        ({"picture": None}, "the input 'picture' is missing", "picture, other, ids, mask"),
        ({"picture": np.ones((2, 5))}, "is [2, 5], the model takes [batch, T, 3]", "counts the examples"),
        ({"picture": np.ones((2, 5, 4))}, "is [2, 5, 4], the model takes [batch, T, 3]", "T = 5"),
        ({"other": np.ones((2, 6))}, "is [2, 6], the model takes [batch, T]", "T = 5"),
        ({"ids": np.ones(3, np.int64)}, "is [3], the model takes [batch]", "batch = 2"),
        ({"ids": np.array([0.5, 1.0])}, "has float64 where the model takes int64", "astype('int64')"),
        ({"picture": np.full((2, 5, 3), "a")}, "has <U1 where the model takes float32", "astype('float32')"),
    ],
)
def test_wrong_inputs(session: OnnxSession, change: dict[str, Any], message: str, help: str) -> None:
    given = {name: value for name, value in {**good(), **change}.items() if value is not None}
    with pytest.raises(DlspecError) as caught:
        session.predict(given)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code is codes.WRONG_INPUT
    assert message in diagnostic.message
    assert help in diagnostic.help


@pytest.mark.parametrize("content", [b"%PDF-1.7 not a model", b"", b"\x08\x0a" * 10, b"\xff" * 100])
def test_files_that_are_no_model(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "report.onnx"
    path.write_bytes(content)
    for source in (path, str(path), content):
        with pytest.raises(DlspecError) as caught:
            OnnxSession(source)
        assert caught.value.diagnostics[0].code is codes.BAD_MODEL_FILE


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(DlspecError, match="cannot be read"):
        OnnxSession(tmp_path / "none.onnx")


# ---------------------------------------------------------------- weights beside the file


def external(folder: Path, dims: list[int] | None = None, **where: str) -> Path:
    """A model `y = x + w` whose w lies as `where` says."""
    weight = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=dims or [4], data_location=TensorProto.EXTERNAL)
    for key, value in where.items():
        weight.external_data.add(key=key, value=value)
    ports = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [4]) for name in "xy"]
    graph = helper.make_graph([helper.make_node("Add", ["x", "w"], ["y"])], "g", ports[:1], ports[1:], [weight])
    path = folder / "m.onnx"
    path.write_bytes(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10).SerializeToString()
    )
    return path


def test_weights_beside_the_file(tmp_path: Path) -> None:
    (tmp_path / "w.bin").write_bytes(b"head" + np.arange(4, dtype=np.float32).tobytes())
    path = external(tmp_path, location="w.bin", offset="4", length="16")
    np.testing.assert_array_equal(OnnxSession(path).predict({"x": np.ones(4)})["y"], [1, 2, 3, 4])


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ({"location": "../secret.bin"}, "not in the model's folder"),
        ({"location": "/etc/passwd"}, "not in the model's folder"),
        ({"location": "link.bin"}, "not in the model's folder"),
        ({"location": "none.bin"}, "not in the model's folder"),
        ({}, "not in the model's folder"),
        ({"location": "w.bin", "offset": "8"}, "ends at byte 24 of 'w.bin', which has 16"),
        ({"location": "w.bin", "offset": "-4"}, "no number as its offset"),
        ({"location": "w.bin", "offset": "9" * 400}, "no number as its offset"),
        ({"location": "w.bin", "length": "99999999999"}, "has 99999999999 bytes where its shape [4] takes 16"),
    ],
)
def test_weights_that_lie_elsewhere_are_refused(where: dict[str, str], message: str, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    (tmp_path / "secret.bin").write_bytes(bytes(16))
    (folder / "w.bin").write_bytes(bytes(16))
    (folder / "link.bin").symlink_to(tmp_path / "secret.bin")
    with pytest.raises(DlspecError) as caught:
        OnnxSession(external(folder, **where))
    assert caught.value.diagnostics[0].code is codes.BAD_MODEL_FILE
    assert message in caught.value.diagnostics[0].message


def test_a_shape_larger_than_the_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "w.bin").write_bytes(bytes(16))
    with pytest.raises(DlspecError, match="which has 16"):
        OnnxSession(external(tmp_path, [2**40, 2**20], location="w.bin"))


# ---------------------------------------------------------------- packages


@pytest.mark.parametrize(
    ("package", "module"),
    [("onnx", "dlspec.backends.onnx.emit"), ("onnxruntime", "dlspec.backends.onnx.runtime")],
)
def test_missing_package_says_what_to_install(package: str, module: str) -> None:
    code = (
        f"import sys; sys.modules[{package!r}] = None\n"
        "from dlspec.diagnostics.report import DlspecError\n"
        f"try:\n    import {module}\n"
        "except DlspecError as error:\n    print(error.diagnostics[0].code.name, error.diagnostics[0].help)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "missing-backend pip install 'dlspec[onnx]'"


def test_optimized_or_not_the_numbers_agree() -> None:
    flow = "x -> conv(4, 3x3, padding=same) -> batch_norm -> relu -> max_pool(2x2) -> flatten -> dense(5)"
    net = program(f"model m {{ input x: float[3, 8, 8]\n  output y = {flow} }}")
    content = emit_model(net, "m", weights_for(net, "m")).SerializeToString()
    x = np.random.default_rng(0).normal(size=(4, 3, 8, 8))
    quick, plain = (OnnxSession(content, optimize=each, threads=1).predict({"x": x})["y"] for each in (True, False))
    np.testing.assert_allclose(quick, plain, rtol=1e-4, atol=1e-5)
