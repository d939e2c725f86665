"""Files that a program is compiled to: weights that fit, and files that are in the way."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dlspec import artifacts
from dlspec.api import Spec
from dlspec.diagnostics.report import DlspecError
from dlspec.diagnostics.span import SourceFile
from dlspec.ir.program import Program

SPEC = """\
model small {
  input x: float[4]
  output y = x -> dense(2)
}

model large(width) {
  input x: float[4]
  output y = x -> dense(width)
}
"""


@pytest.fixture(scope="module")
def program() -> Program:
    return Spec("a.dl", source=SourceFile("a.dl", SPEC)).program


def arrays(prefix: str = "", rows: int = 2) -> dict[str, np.ndarray]:
    return {f"{prefix}y.dense.weight": np.zeros((rows, 4)), f"{prefix}y.dense.bias": np.zeros(rows)}


@pytest.mark.parametrize("prefix", ["", "small."])
def test_weights_by_their_names_or_behind_the_models(prefix: str, program: Program) -> None:
    given = {**arrays(prefix), "other.weight": np.zeros(1)}
    assert list(artifacts.weights_for(program, "small", given)) == ["y.dense.weight", "y.dense.bias"]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (arrays(rows=3), "has the shape [2, 4], the weights have [3, 4]"),
        ({"y.dense.weight": np.zeros((2, 4))}, "no 'y.dense.bias'"),
        ({}, "no 'y.dense.weight'"),
    ],
)
def test_weights_that_do_not_fit(given: dict[str, np.ndarray], words: str, program: Program) -> None:
    with pytest.raises(DlspecError) as caught:
        artifacts.weights_for(program, "small", given)
    assert caught.value.diagnostics[0].code.id == "DL702"
    assert words in caught.value.diagnostics[0].message


def test_a_model_without_defaults_is_not_there_by_itself(program: Program) -> None:
    assert artifacts.chosen_models(program, None) == ("small",)
    with pytest.raises(DlspecError, match="there is no model 'large'"):
        artifacts.chosen_models(program, "large")


def test_initial_weights_are_the_same_for_the_same_seed(program: Program) -> None:
    first, again, other = (artifacts.initial_arrays(program, ["small"], seed) for seed in (1, 1, 2))
    assert np.array_equal(first["small.y.dense.weight"], again["small.y.dense.weight"])
    assert not np.array_equal(first["small.y.dense.weight"], other["small.y.dense.weight"])


def test_only_files_of_ours_are_replaced(tmp_path: Path) -> None:
    (tmp_path / "ours.py").write_text('"""The model, compiled to PyTorch by dlspec."""\n')
    (tmp_path / "ours.npz").write_bytes(b"PK")
    artifacts.require_free(tmp_path, ["ours.py", "ours.npz", "new.onnx"])
    (tmp_path / "theirs.py").write_text("import dlspec\n")
    with pytest.raises(DlspecError, match="dlspec has not written it"):
        artifacts.require_free(tmp_path, ["ours.py", "theirs.py"])


def test_no_safetensors_file(tmp_path: Path) -> None:
    (tmp_path / "w.safetensors").write_bytes(b"not at all")
    with pytest.raises(DlspecError, match="is no safetensors file"):
        artifacts.weights_in(tmp_path / "w.safetensors")
    with pytest.raises(DlspecError, match="there is no such file"):
        artifacts.weights_in(tmp_path / "nothing.safetensors")
