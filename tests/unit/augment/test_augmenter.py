"""The settings of a data block on batches: what is changed, and what is left alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dlspec.catalog.index import names
from dlspec.data.augment import AUGMENTATIONS, Augmenter, augmented_batches
from dlspec.data.schema import schema
from dlspec.diagnostics.report import DlspecError
from dlspec.diagnostics.span import SourceFile
from dlspec.ir.program import Data, Program
from dlspec.ir.resolve import Resolver

HEAD = """
data d {
  source npz("d.npz")
  image = column("image") * 1.0
  mask  = column("mask")
  label = column("label")
"""
RANDOM = np.random.default_rng(0)
FIELDS = {
    "image": RANDOM.normal(size=(40, 3, 8, 8)).astype(np.float32),
    "mask": RANDOM.integers(0, 3, size=(40, 8, 8)),
    "label": np.arange(40),
}


@pytest.fixture
def data(tmp_path: Path):  # type: ignore[no-untyped-def]
    def made(body: str) -> Data:
        np.savez(tmp_path / "d.npz", **FIELDS)
        resolution = Resolver(schema).resolve(SourceFile("spec.dl", f"{HEAD}{body}\n}}\n"), tmp_path)
        if resolution.report.errors:
            raise DlspecError(resolution.report.errors)
        return resolution.program.data[0]

    return made


def test_every_augmentation_has_a_function() -> None:
    assert set(AUGMENTATIONS) == set(names("augmentation"))


def test_batches_hold_the_changed_field_and_the_others_as_they_are(data) -> None:  # type: ignore[no-untyped-def]
    block = data("augment image -> random_flip(horizontal) -> random_crop(8x8, padding=2) -> gaussian_noise(0.1)")
    batches = augmented_batches(block.augment, FIELDS, 3)
    assert batches is not None
    rows = np.array([5, 30, 11])
    batch = batches(2, rows)
    assert set(batch) == set(FIELDS)
    np.testing.assert_array_equal(batch["label"], rows)
    np.testing.assert_array_equal(batch["mask"], FIELDS["mask"][rows])
    assert batch["image"].dtype == np.float32
    assert batch["image"].flags.c_contiguous
    assert all(not np.array_equal(batch["image"][i], FIELDS["image"][row]) for i, row in enumerate(rows))


def test_a_draw_belongs_to_seed_epoch_and_row(data) -> None:  # type: ignore[no-untyped-def]
    block = data("augment image -> random_rotation(30) -> random_brightness(0.5)")
    rows = np.arange(40)
    fields = {"image": FIELDS["image"]}
    whole = Augmenter(block.augment, 7)(1, rows, fields)["image"]
    part = rows[[20, 3, 3]]
    chosen = {"image": FIELDS["image"][part]}
    np.testing.assert_array_equal(Augmenter(block.augment, 7)(1, part, chosen)["image"], whole[part])
    assert not np.allclose(Augmenter(block.augment, 7)(2, rows, fields)["image"], whole)
    assert not np.allclose(Augmenter(block.augment, 8)(1, rows, fields)["image"], whole)


def test_fields_of_a_tuple_move_together(data) -> None:  # type: ignore[no-untyped-def]
    block = data("augment (image, mask) -> random_flip(both) -> random_crop(8x8, padding=1) -> gaussian_blur")
    traced = {"image": np.repeat(FIELDS["mask"][:, None], 3, axis=1).astype(np.float32), "mask": FIELDS["mask"]}
    moves = data("augment (image, mask) -> random_flip(both) -> random_crop(8x8, padding=1)")
    both = Augmenter(moves.augment, 0)(0, np.arange(40), traced)
    np.testing.assert_array_equal(both["image"][:, 1], both["mask"])
    blurred = Augmenter(block.augment, 0)(0, np.arange(40), traced)
    np.testing.assert_array_equal(blurred["mask"], both["mask"])
    assert not np.array_equal(blurred["image"], both["image"])


def test_two_settings_draw_for_themselves(data) -> None:  # type: ignore[no-untyped-def]
    block = data("augment image -> random_flip(horizontal)\naugment label -> random_mask(0.5)".replace("label", "mask"))
    found = Augmenter(block.augment, 0)(0, np.arange(40), FIELDS)
    assert set(found) == {"image", "mask"}


def test_what_the_training_does_not_use_is_passed_over(data) -> None:  # type: ignore[no-untyped-def]
    block = data("augment (image, mask) -> random_brightness(0.5) -> random_flip(horizontal)")
    rows = np.arange(40)
    whole = Augmenter(block.augment, 0)(0, rows, FIELDS)
    np.testing.assert_array_equal(Augmenter(block.augment, 0)(0, rows, {"mask": FIELDS["mask"]})["mask"], whole["mask"])
    assert augmented_batches(block.augment, {"label": FIELDS["label"]}, 0) is None


def test_repetition_and_names_of_the_file(data, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    block = data("size = 8\naugment image -> random_crop(size, padding=size // 4) * 2 -> random_zoom(0.1)")
    assert [step.entry for step in block.augment[0].steps] == ["random_crop", "random_crop", "random_zoom"]
    dumped = Program(source="", data=(block,)).model_dump_json()
    assert Program.model_validate_json(dumped).data[0].augment == block.augment


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("augment image", "takes a field through augmentations"),
        ("augment image -> relu", "'relu' is no augmentation"),
        ("augment image -> random_flipp(horizontal)", "'random_flipp' is no augmentation"),
        ("augment picture -> random_flip(horizontal)", "there is no field 'picture'"),
        ("augment (image, image) -> random_flip(horizontal)", "'image' is augmented twice"),
        ("augment image -> random_flip(vertical)\naugment image -> random_zoom(0.1)", "'image' is augmented twice"),
        ("augment label -> random_flip(horizontal)", "takes pictures"),
        ("augment mask -> random_flip(horizontal)", "takes pictures"),
        ("augment image -> random_crop(6x6)", r"\[3, 6, 6\] when it is augmented"),
        ("augment image -> random_crop(20x20, padding=1)", "takes 20 pixels of 8"),
        ("augment (image, label) -> mixup", "nothing between two class numbers"),
        ("augment image -> random_flip(sideways)", "no choice for 'direction'"),
        ("augment image -> random_rotation(500)", "'degrees' of 'random_rotation' takes"),
        ("augment image * 2 -> random_flip(horizontal)", "takes fields by name"),
    ],
)
def test_settings_that_cannot_be(data, setting: str, words: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(DlspecError, match=words):
        data(setting)
