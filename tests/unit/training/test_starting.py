"""The weights a training begins with."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from dlspec.diagnostics.codes import runtime as codes
from dlspec.diagnostics.report import DlspecError
from dlspec.pipeline import checked, resolve
from dlspec.training.starting import starting_weights

SPEC = """
data d {{
  source csv("d.csv")
  x = (column("a"), column("b")) -> concat
  y = column("c")
}}
block part {{ return in -> dense(4) -> relu -> dense(3) }}
model net {{
  input x: float[2]
  backbone = x -> part
  output y = backbone -> dense(1)
}}
train net on d {{
  {load}
  loss mse
  optimizer sgd(lr=0.1)
  seed 4
}}
"""


def weights(folder: Path, load: str) -> dict[str, np.ndarray]:
    (folder / "d.csv").write_text("a,b,c\n1,2,3\n")
    (folder / "net.dl").write_text(SPEC.format(load=load).replace("output y", "output z"))
    program = checked(resolve(folder / "net.dl")).program
    return starting_weights(program, program.trains[0], 4, folder, folder / "runs")


def test_own_names_go_before_names_without_the_fixed_head(tmp_path: Path) -> None:
    before = weights(tmp_path, "")
    own, short = np.full((4, 2), 2.0), np.full((4,), 3.0)
    given = {"backbone.part.dense.weight": own, "part.dense.weight": -own, "part.dense.bias": short}
    save_file(given | {"z.dense.weight": np.full((1, 3), 9.0)}, tmp_path / "w.safetensors")
    after = weights(tmp_path, 'load "w.safetensors", into="backbone.part.dense.*", strict=false')
    assert np.array_equal(after["backbone.part.dense.weight"], own)
    assert np.array_equal(after["backbone.part.dense.bias"], before["backbone.part.dense.bias"])
    after = weights(tmp_path, 'load "w.safetensors", into="backbone.*", strict=false')
    assert np.array_equal(after["backbone.part.dense.weight"], own)
    assert np.array_equal(after["backbone.part.dense.bias"], short)
    assert after["backbone.part.dense.bias"].dtype == np.float32
    for name in ("backbone.part.dense_2.weight", "z.dense.weight"):
        assert np.array_equal(after[name], before[name])


@pytest.mark.parametrize(
    ("load", "content", "message"),
    [
        ('"w.safetensors"', {"z.dense.weight": np.zeros((1, 3))}, "has no weight 'backbone.part.dense.weight'"),
        ('"w.safetensors", into="z.*"', {"z.dense.weight": np.zeros((1, 4))}, r"is \[1, 4\] in 'w.safetensors'"),
        ('"w.safetensors", into="z.*", strict=false', {"a": np.zeros(1)}, "has none of the weights"),
        ('"w.safetensors", into="zz.*"', {"a": np.zeros(1)}, "matches no weight"),
        ('"w.safetensors"', b"PK\x03\x04", "holds no weights"),
        ('"none.safetensors"', {}, "no file 'none.safetensors'"),
        ('"../w.safetensors"', {}, "outside the folder"),
        ('run("net")', {}, "no run of 'net'"),
    ],
)
def test_what_cannot_be_loaded_is_a_diagnostic(
    tmp_path: Path, load: str, content: dict[str, np.ndarray] | bytes, message: str
) -> None:
    path = tmp_path / "w.safetensors"
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        save_file(content, path)
    with pytest.raises(DlspecError, match=message) as error:
        weights(tmp_path, f"load {load}")
    assert error.value.diagnostics[0].help or error.value.diagnostics[0].code is codes.WEIGHTS_MISFIT
