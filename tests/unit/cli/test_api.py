"""The Python API, and that importing it loads nothing heavy."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

import dlspec
from dlspec.diagnostics.report import DlspecError

SPEC = """\
model net(width = 8, bias = true) {
  input x: float[4]
  output y = x -> dense(width, bias=bias) -> relu -> dense(1)
}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "net.dl"
    path.write_text(SPEC)
    return path


def test_importing_the_package_loads_no_other_module_of_it() -> None:
    program = "import sys, dlspec; print(sorted(name for name in sys.modules if name.startswith('dlspec')))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['dlspec', 'dlspec.version']"


def test_all_names_are_there() -> None:
    assert {name for name in dlspec.__all__ if getattr(dlspec, name) is not None} == set(dlspec.__all__)
    with pytest.raises(AttributeError, match="nonsense"):
        dlspec.nonsense  # noqa: B018


def test_check_of_a_right_and_a_wrong_spec(file: Path) -> None:
    assert dlspec.load(file).check() == []
    file.write_text(SPEC.replace("relu", "relo"))
    spec = dlspec.load(file)
    assert [item.code.id for item in spec.check()] == ["DL202"]
    with pytest.raises(DlspecError) as caught:
        spec.program  # noqa: B018
    text = str(caught.value)
    assert text.startswith("error[DL202]: ")
    assert f"{file}:3:" in text
    assert "help: did you mean 'relu'?" in text


def test_settings_change_the_spec(file: Path) -> None:
    spec = dlspec.load(file, {"width": 16, "bias": False})
    assert spec.summary("net")["net"]["parameters"] == 16 * 4 + 16 + 1
    assert dlspec.load(file).summary()["net"]["parameters"] == 8 * 4 + 8 + 8 + 1


def test_settings_that_fit_nothing(file: Path) -> None:
    with pytest.raises(DlspecError, match="did you mean 'width'"):
        dlspec.load(file, {"widht": 16}).summary()


def test_format_is_the_usual_form(file: Path) -> None:
    file.write_text(SPEC.replace("  input", "     input"))
    assert dlspec.load(file).format() == SPEC


def test_compile_gives_files_and_writes_them(file: Path, tmp_path: Path) -> None:
    spec = dlspec.load(file)
    made = spec.compile("torch", tmp_path / "out", seed=0)
    assert sorted(made) == ["net.npz", "net.py"]
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == made
    assert sorted(spec.compile("torch")) == ["net.py"]
    assert sorted(spec.compile("keras", seed=0)) == ["net.npz", "net.py"]
    assert b"import keras" in spec.compile("keras")["net.py"]
    with pytest.raises(DlspecError, match="no backend 'jax'"):
        spec.compile("jax")  # type: ignore[arg-type]


def test_compiled_onnx_computes_the_model_with_the_given_weights(file: Path) -> None:
    rng = np.random.default_rng(0)
    shapes = {"y.dense.weight": (8, 4), "y.dense.bias": (8,), "y.dense_2.weight": (1, 8), "y.dense_2.bias": (1,)}
    weights = {name: rng.standard_normal(shape).astype(np.float32) for name, shape in shapes.items()}
    model = dlspec.load(file).compile("onnx", weights=weights)["net.onnx"]
    x = rng.standard_normal((5, 4)).astype(np.float32)
    (found,) = onnxruntime.InferenceSession(model).run(None, {"x": x})
    hidden = np.maximum(x @ weights["y.dense.weight"].T + weights["y.dense.bias"], 0)
    expected = hidden @ weights["y.dense_2.weight"].T + weights["y.dense_2.bias"]
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(DlspecError, match="there is no such file"):
        dlspec.load(tmp_path / "nothing.dl")
