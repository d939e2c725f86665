"""Checkpoints: everything a training needs to go on exactly, written to a temporary folder, synced and renamed."""

from __future__ import annotations

import math
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from dlspec.diagnostics.codes import runtime as codes
from dlspec.diagnostics.report import fail
from dlspec.training.files import TEMPORARY, damaged, new_folder, read_arrays, read_json, write_json, writing
from dlspec.training.files import write_arrays as write

Array = np.ndarray[Any, np.dtype[Any]]
Arrays = Mapping[str, Array]

FORMAT = 1
"""The version of a checkpoint's form; a newer one is refused."""


@dataclass(slots=True)
class Position:
    """How far a training has got: whole epochs, updates of the one that runs, and what `stop` remembers.

    `update` counts within the epoch, `updates` over the whole training, `seconds` the time of earlier processes too.
    `seen` holds the figures of each epoch that learning rates depend on.
    """

    epoch: int = 0
    update: int = 0
    updates: int = 0
    best: float | None = None
    best_epoch: int | None = None
    waited: int = 0
    stopped: bool = False
    seconds: float = 0.0
    seen: dict[str, list[float]] = field(default_factory=dict)


@dataclass(slots=True)
class Partial:
    """What the epoch that runs has given so far: losses of each step's updates, and what the metrics compare."""

    losses: dict[str, list[tuple[dict[str, float], int]]] = field(default_factory=dict)
    outputs: dict[str, list[tuple[Array, ...]]] = field(default_factory=dict)


@dataclass(slots=True)
class Checkpoint:
    """The state of a training between two updates. `figure` is what `best=` watches, where an epoch has just ended."""

    position: Position
    weights: Arrays
    state: Arrays
    best_weights: Arrays
    partial: Partial
    figure: float | None = None


def save(checkpoint: Checkpoint, folder: Path, *, keep: int = 1, higher: bool | None = None) -> Path:
    """Write a checkpoint; leave the newest `keep` ones and, where `higher` says what is better, the best one."""
    path = folder / f"{checkpoint.position.updates:09d}"
    with writing(folder), new_folder(path) as new:
        write(new / "weights.safetensors", checkpoint.weights)
        write(new / "state.safetensors", checkpoint.state)
        if checkpoint.best_weights:
            write(new / "best.safetensors", checkpoint.best_weights)
        outputs = {
            f"{name}/{place}": np.concatenate([each[place] for each in parts])
            for name, parts in checkpoint.partial.outputs.items()
            for place in range(len(parts[0]))
        }
        if outputs:
            write(new / "outputs.safetensors", outputs)
        write_json(
            new / "position.json",
            {
                "format": FORMAT,
                **asdict(checkpoint.position),
                "losses": checkpoint.partial.losses,
                "figure": checkpoint.figure,
            },
        )
    _prune(folder, keep, higher)
    return path


def load(path: Path) -> Checkpoint:
    """What `save` wrote."""
    found = read_json(path / "position.json")
    if isinstance(found.get("format"), int) and found["format"] > FORMAT:
        message = f"the checkpoint '{path}' was written by a newer version of dlspec"
        raise fail(codes.NEWER_RUN, message, help="install a newer dlspec")
    try:
        seen = {
            str(path): [math.nan if value is None else float(value) for value in figures]
            for path, figures in found.get("seen", {}).items()
        }
        position = Position(**{name: found[name] for name in asdict(Position()) if name != "seen"}, seen=seen)
        losses = {
            str(step): [({str(k): float(v) for k, v in row.items()}, int(count)) for row, count in rows]
            for step, rows in found["losses"].items()
        }
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise damaged(path / "position.json") from error
    outputs: dict[str, list[tuple[Array, ...]]] = {}
    if (path / "outputs.safetensors").is_file():
        outputs = _outputs(read_arrays(path / "outputs.safetensors"))
    best = path / "best.safetensors"
    return Checkpoint(
        position=position,
        weights=read_arrays(path / "weights.safetensors"),
        state=read_arrays(path / "state.safetensors"),
        best_weights=read_arrays(best) if best.is_file() else {},
        partial=Partial(losses, outputs),
        figure=found.get("figure"),
    )


def _outputs(arrays: Arrays) -> dict[str, list[tuple[Array, ...]]]:
    several: dict[str, dict[int, Array]] = {}
    for key, array in arrays.items():
        name, _, place = key.rpartition("/")
        several.setdefault(name, {})[int(place)] = array
    return {name: [tuple(parts[place] for place in sorted(parts))] for name, parts in several.items()}


def checkpoints(folder: Path) -> list[Path]:
    """The checkpoints of a run, the newest last."""
    if not folder.is_dir():
        return []
    found = [each for each in folder.iterdir() if each.name.isdecimal() and (each / "position.json").is_file()]
    return sorted(found, key=lambda each: int(each.name))


def _prune(folder: Path, keep: int, higher: bool | None) -> None:
    found = checkpoints(folder)
    kept: set[Path] = set(found[-keep:])
    if higher is not None:
        best = _best(found, higher)
        kept |= {best} if best else set()
    for each in folder.iterdir():
        if each not in kept and (each.name.isdecimal() or each.name.startswith(TEMPORARY)):
            shutil.rmtree(each, ignore_errors=True)


def _best(found: Sequence[Path], higher: bool) -> Path | None:
    """The checkpoint with the best figure; of equals the first."""
    figures = [(read_json(each / "position.json").get("figure"), each) for each in found]
    known = [(figure if higher else -figure, each) for figure, each in figures if figure is not None]
    return max(known, key=lambda pair: pair[0])[1] if known else None
