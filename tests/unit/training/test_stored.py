"""Programs in run folders."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from dlspec.diagnostics.codes import runtime as codes
from dlspec.diagnostics.report import DlspecError
from dlspec.ir.program import FORMAT, Program
from dlspec.pipeline import checked, resolve
from dlspec.training.stored import read_program, same_training, write_program

SPEC = """
data d {
  source csv("d.csv")
  x = column("x")
  y = column("y")
}
model net(width = 3) {
  input x: float[]
  output z = x -> reshape(1) -> dense(width) -> relu -> dense(1)
}
train net on d { loss mse
  optimizer sgd(lr=0.1)
}
"""


def program(folder: Path, text: str = SPEC) -> Program:
    (folder / "d.csv").write_text("x,y\n1,2\n")
    (folder / "net.dl").write_text(text)
    return checked(resolve(folder / "net.dl")).program


def test_a_program_is_independent_of_its_place(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "elsewhere" / "there"
    here.mkdir()
    made = program(here)
    write_program(here / "program.json", made, here)
    assert str(here) not in json.loads((here / "program.json").read_text())["data"][0]["folder"]
    shutil.copytree(here, there)
    found = read_program(there / "program.json", there)
    assert Path(found.data[0].folder) == there
    assert same_training(found, made, "net")


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("data d", "# why\n\ndata d", True),
        ("width = 3", "width = 4", False),
        ("lr=0.1", "lr=0.2", False),
        ('column("y")', 'column("y") -> standardize', False),
        ("train net", "model other { input a: float[2]\n output b = a -> dense(1)\n}\ntrain net", True),
    ],
)
def test_which_changes_count(tmp_path: Path, old: str, new: str, same: bool) -> None:
    before, after = program(tmp_path), program(tmp_path, SPEC.replace(old, new))
    assert same_training(before, after, "net") == same


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"format": FORMAT + 1}, codes.NEWER_RUN),
        ({"trains": 3}, codes.DAMAGED_RUN),
        ({"unknown": 3}, codes.DAMAGED_RUN),
        ({"modules": [{"name": "a"}]}, codes.DAMAGED_RUN),
    ],
)
def test_a_program_that_is_none_is_a_diagnostic(tmp_path: Path, change: dict[str, object], code: object) -> None:
    path = tmp_path / "program.json"
    write_program(path, program(tmp_path), tmp_path)
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(DlspecError) as error:
        read_program(path, tmp_path)
    assert error.value.diagnostics[0].code is code


def test_a_label_cannot_name_another_folder(tmp_path: Path) -> None:
    path = tmp_path / "program.json"
    write_program(path, program(tmp_path), tmp_path)
    path.write_text(
        path.read_text().replace('"label": "net"', '"label": "../net"').replace('"label":"net"', '"label":"../n"')
    )
    with pytest.raises(DlspecError, match="damaged"):
        read_program(path, tmp_path)
