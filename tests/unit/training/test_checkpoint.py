"""Checkpoints: what is written comes back, old ones go, and only whole ones count."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlspec.diagnostics.codes import runtime as codes
from dlspec.diagnostics.report import DlspecError
from dlspec.training.checkpoint import Checkpoint, Partial, Position, checkpoints, load, save


def made(updates: int, figure: float | None = None, **position: Any) -> Checkpoint:
    return Checkpoint(
        position=Position(updates=updates, **position),
        weights={"w": np.full((2, 3), updates, np.float32), "scalar": np.array(1.0, np.float32)},
        state={"optimizer/train/w/step": np.array(updates, np.float32), "generator/cpu": np.arange(9, dtype=np.uint8)},
        best_weights={"w": np.zeros((2, 3), np.float32)},
        partial=Partial({"train": [({"loss": 0.1 + 0.2}, 4)]}, {"accuracy": [(np.eye(2), np.arange(2))] * 2}),
        figure=figure,
    )


def test_what_is_written_comes_back(tmp_path: Path) -> None:
    given = made(7, epoch=2, update=3, best=0.1 + 0.2, best_epoch=1, waited=1, seconds=1.5)
    found = load(save(given, tmp_path))
    assert found.position == given.position
    assert found.partial.losses == given.partial.losses
    for ours, theirs in ((found.weights, given.weights), (found.state, given.state)):
        assert ours.keys() == theirs.keys()
        for name, array in ours.items():
            assert array.dtype == theirs[name].dtype
            assert np.array_equal(array, theirs[name])
    ((logits, targets),) = found.partial.outputs["accuracy"]
    assert np.array_equal(logits, np.concatenate([np.eye(2)] * 2))
    assert targets.tolist() == [0, 1, 0, 1]


@pytest.mark.parametrize(
    ("keep", "higher", "left"), [(1, None, [5]), (2, None, [4, 5]), (1, True, [2, 5]), (1, False, [3, 5])]
)
def test_the_newest_and_the_best_are_kept(tmp_path: Path, keep: int, higher: bool | None, left: list[int]) -> None:
    for updates, figure in zip(range(1, 6), [0.5, 0.9, 0.1, None, 0.9], strict=True):
        save(made(updates, figure), tmp_path, keep=keep, higher=higher)
    assert [int(each.name) for each in checkpoints(tmp_path)] == left


def test_half_of_one_does_not_count_and_is_cleared_away(tmp_path: Path) -> None:
    save(made(1), tmp_path)
    (tmp_path / ".new-000000002").mkdir()
    (tmp_path / "000000003").mkdir()
    assert [int(each.name) for each in checkpoints(tmp_path)] == [1]
    save(made(4), tmp_path)
    assert [each.name for each in tmp_path.iterdir()] == ["000000004"]


def test_a_newer_or_damaged_one_is_a_diagnostic(tmp_path: Path) -> None:
    position = save(made(1), tmp_path) / "position.json"
    content = json.loads(position.read_text())
    position.write_text(json.dumps(content | {"format": 99}))
    with pytest.raises(DlspecError) as error:
        load(position.parent)
    assert error.value.diagnostics[0].code is codes.NEWER_RUN
    position.write_text(json.dumps(content | {"losses": [1]}))
    with pytest.raises(DlspecError) as error:
        load(position.parent)
    assert error.value.diagnostics[0].code is codes.DAMAGED_RUN
