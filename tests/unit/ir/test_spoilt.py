"""What an error has spoilt is not judged again, and all else is."""

from __future__ import annotations

from pathlib import Path

import pytest

from dlspec import pipeline

MODEL = "model net {\n  input x: float[4]\n  output y = x -> dense(1)\n}\n"


def found(text: str, folder: Path, **others: str) -> list[str]:
    for name, content in others.items():
        (folder / f"{name}.dl").write_text(content)
    path = folder / "spec.dl"
    path.write_text(text)
    return [item.code.id for item in pipeline.check(path).report]


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        (MODEL.replace("dense(1)", "dense(1"), ["DL102"]),
        ("block b {\n  return in -> relu + in\n}\n" + MODEL.replace("dense(1)", "b -> desne(1)"), ["DL110"]),
        ("width = 8px\n" + MODEL.replace("dense(1)", "dense(width)"), ["DL106"]),
        ("modle a {\n  input x: float[4]\n}\n" + MODEL.replace("dense(1)", "a"), ["DL111"]),
        ("x = 3;\n" + MODEL.replace("dense(1)", "desne(1)"), ["DL107", "DL202"]),
        (MODEL.replace("output y =", "output y") + MODEL.replace("net", "other").replace("dense", "desne"),
         ["DL101", "DL202"]),
    ],
)  # fmt: skip
def test_an_error_of_form_is_reported_once_and_hides_nothing_elsewhere(
    text: str, codes: list[str], tmp_path: Path
) -> None:
    assert found(text, tmp_path) == codes


def test_nothing_is_said_of_what_half_a_file_declares(tmp_path: Path) -> None:
    spec = 'from "parts.dl" import tower, other\n' + MODEL.replace("dense(1)", "tower -> other")
    assert found(spec, tmp_path, parts="block tower(n {\n  return in\n}\n") == ["DL102", "DL604"]


def test_a_block_that_uses_itself_with_the_same_arguments_is_endless(tmp_path: Path) -> None:
    assert found("block b {\n  return in -> b\n}\n" + MODEL.replace("dense(1)", "b"), tmp_path) == ["DL224"]


def test_the_settings_of_a_training_are_judged_though_its_model_is_spoilt(tmp_path: Path) -> None:
    data = 'data d {\n  source builtin("digits")\n  x = column("pixel_*")\n  split train=0.5, test=0.5\n}\n'
    train = "train net on d {\n  loss mse\n  epoch 3\n  batch 0\n}\n"
    assert found(data + MODEL.replace("dense", "desne") + train, tmp_path) == ["DL202", "DL222", "DL206"]
