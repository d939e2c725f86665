"""Data that cannot be trained on is refused before the first update."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dlspec.diagnostics.codes import data as data_codes
from dlspec.diagnostics.codes import runtime as codes
from dlspec.diagnostics.codes import training as training_codes
from dlspec.diagnostics.codes.base import Code
from dlspec.diagnostics.report import DlspecError
from dlspec.training.setup import set_up

SPEC = """
data d {{
  source npz("d.npz")
  x = column("x")
  y = column("y")
}}
model net {{
  input x: {input}
  output z = x -> {layers}
}}
train net on d {{
  loss {loss}
  optimizer sgd(lr=0.1)
}}
"""
X = np.linspace(0, 1, 12).reshape(6, 2).astype(np.float32)


def check(folder: Path, layers: str, loss: str, x: np.ndarray, y: np.ndarray, input: str = "float[2]") -> None:
    np.savez(folder / "d.npz", x=x, y=y)
    (folder / "net.dl").write_text(SPEC.format(layers=layers, loss=loss, input=input))
    set_up(folder / "net.dl", None)


CASES: list[tuple[str, str, np.ndarray, np.ndarray, str, Code, str]] = [
    ("dense(3)", "cross_entropy", X, np.array([0, 1, 2, 3, 0, 1]), "float[2]", data_codes.NUMBER_OUT_OF_RANGE, "3"),
    ("dense(3)", "cross_entropy", X, np.array([0, 1, 2, -1, 0, 1]), "float[2]", data_codes.NUMBER_OUT_OF_RANGE, "-1"),
    ("dense(1)", "binary_cross_entropy", X, np.array([1, 2] * 3), "float[2]", codes.BAD_TARGET, "0 .no. to 1"),
    ("dense(1)", "hinge", X, np.array([0, 1] * 3), "float[2]", codes.BAD_TARGET, "-1 and"),
    ("dense(1)", "perceptron", X, np.array([0.5, 1] * 3), "float[2]", codes.BAD_TARGET, "0.5"),
    ("dense(3)", "focal", X, np.array([0, 1, 2, 3, 0, 1]), "float[2]", data_codes.NUMBER_OUT_OF_RANGE, "3"),
    ("dense(1)", "focal", X, np.array([0, 2] * 3), "float[2]", codes.BAD_TARGET, "0 .no. to 1"),
    ("dense(2)", "dice", X, np.full((6, 2), -1), "float[2]", codes.BAD_TARGET, "has -1"),
    ("dense(2)", "(z, z, y) -> contrastive", X, np.array([-1, 1] * 3), "float[2]", codes.BAD_TARGET, "has -1"),
    ("dense(2) -> log_softmax", "kl_divergence", X, np.array([[3.0, 0.5]] * 6), "float[2]", codes.BAD_TARGET, "has 3"),
    (
        *("dense(12) -> reshape(4, 3)", "ctc", X, np.array([[1, 3, 0]] * 6), "float[2]"),
        *(data_codes.NUMBER_OUT_OF_RANGE, "3 classes"),
    ),
    (
        *("dense(12) -> reshape(4, 3)", "ctc", X, np.array([[1, 2, 0], [1, 1, 1]] * 3), "float[2]"),
        *(codes.BAD_TARGET, "fit into 4 time steps.*needs 5"),
    ),
    (
        *("embedding(4, 2) -> dense(1)", "mse", np.array([0, 1, 2, 3, 4, 0]), np.zeros(6), "int[]"),
        *(data_codes.NUMBER_OUT_OF_RANGE, "4 classes"),
    ),
]


@pytest.mark.parametrize(("layers", "loss", "x", "y", "input", "code", "message"), CASES)
def test_refused(
    tmp_path: Path, layers: str, loss: str, x: np.ndarray, y: np.ndarray, input: str, code: Code, message: str
) -> None:
    with pytest.raises(DlspecError, match=message) as error:
        check(tmp_path, layers, loss, x, y, input)
    assert error.value.diagnostics[0].code is code
    assert error.value.diagnostics[0].help


@pytest.mark.parametrize(
    ("layers", "loss", "y"),
    [
        ("dense(3)", "cross_entropy", np.array([0, 1, 2, 2, 0, 1])),
        ("dense(3)", "cross_entropy(ignore_index=7)", np.array([0, 1, 2, 7, 0, 1])),
        ("dense(3)", "cross_entropy", np.full((6, 3), 1 / 3, np.float32)),
        ("dense(1)", "binary_cross_entropy", np.array([0, 0.5] * 3)),
        ("dense(1)", "hinge", np.array([-1, 1] * 3)),
        ("dense(3)", "focal", np.array([0, 1, 2, 2, 0, 1])),
        ("dense(2)", "tversky", np.array([[0, 1]] * 6)),
        ("dense(1)", "wasserstein", np.array([-1, 0.5] * 3)),
        ("dense(12) -> reshape(4, 3)", "ctc", np.array([[1, 2, 0], [1, 1, 0], [0, 7, 7]] * 2)),
    ],
)
def test_let_through(tmp_path: Path, layers: str, loss: str, y: np.ndarray) -> None:
    check(tmp_path, layers, loss, X, y)


@pytest.mark.parametrize(
    ("label", "message"), [(None, "several trainings: a, b"), ("c", "no training 'c'"), ("aa", "no training 'aa'")]
)
def test_which_training(tmp_path: Path, label: str | None, message: str) -> None:
    np.savez(tmp_path / "d.npz", x=X, y=np.zeros(6))
    text = SPEC.format(layers="dense(1)", loss="mse", input="float[2]")
    head, _, body = text.partition("train net on d {")
    both = f"{head}train net on d as a {{{body}train net on d as b {{{body}"
    (tmp_path / "net.dl").write_text(both)
    with pytest.raises(DlspecError, match=message) as error:
        set_up(tmp_path / "net.dl", label)
    assert error.value.diagnostics[0].code is codes.WHICH_TRAINING
    (tmp_path / "net.dl").write_text(head)
    with pytest.raises(DlspecError, match="no `train` block"):
        set_up(tmp_path / "net.dl", None)


def test_data_of_another_shape_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "d.npz", x=X, y=np.zeros(6))
    (tmp_path / "net.dl").write_text(SPEC.format(layers="dense(1)", loss="mse", input="float[2]"))
    with pytest.raises(DlspecError) as error:
        set_up(tmp_path / "net.dl", None, data={"x": np.zeros((6, 3)), "y": np.zeros(6)})
    assert error.value.diagnostics[0].code in (training_codes.WRONG_DATA_SHAPE, data_codes.COLUMNS_DO_NOT_FIT)
