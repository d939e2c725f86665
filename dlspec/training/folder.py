"""The folder of a run: `runs/<label>/<number>/`, its files, its number and its lock."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dlspec.diagnostics.codes import runtime as codes
from dlspec.diagnostics.report import did_you_mean, fail
from dlspec.training.files import damaged, read_json, write_json, writing

FORMAT = 1
"""The version of the folder's form; a newer one is refused."""

KNOWN: dict[str, type] = {"label": str, "backend": str, "spec": dict, "data": dict, "overrides": list, "status": str}
"""What is read of a manifest, and its types."""

RUNS = "runs"
"""The folder of runs, beside the spec."""

_MOST = 100_000


@dataclass(frozen=True, slots=True)
class RunFolder:
    """The places of a run's files."""

    path: Path

    @property
    def label(self) -> str:
        return self.path.parent.name

    @property
    def number(self) -> int:
        return int(self.path.name)

    @property
    def spec(self) -> Path:
        return self.path / "spec"

    @property
    def code(self) -> Path:
        return self.path / "code"

    @property
    def program(self) -> Path:
        return self.path / "program.json"

    @property
    def manifest(self) -> Path:
        return self.path / "manifest.json"

    @property
    def data(self) -> Path:
        return self.path / "data.json"

    @property
    def metrics(self) -> Path:
        return self.path / "metrics.jsonl"

    @property
    def steps(self) -> Path:
        return self.path / "steps.jsonl"

    @property
    def result(self) -> Path:
        return self.path / "result.json"

    @property
    def initial(self) -> Path:
        return self.path / "initial.safetensors"

    @property
    def weights(self) -> Path:
        return self.path / "weights.safetensors"

    @property
    def checkpoints(self) -> Path:
        return self.path / "checkpoints"

    def read_manifest(self) -> dict[str, Any]:
        """The manifest, unless a newer version wrote it."""
        manifest = read_json(self.manifest)
        written = manifest.get("format")
        if isinstance(written, int) and written > FORMAT:
            raise fail(
                codes.NEWER_RUN,
                f"the run '{self.path}' was written by a newer version of dlspec (format {written}, this one knows "
                f"{FORMAT})",
                help="install a newer dlspec",
            )
        if any(not isinstance(manifest.get(name, type()), type) for name, type in KNOWN.items()):
            raise damaged(self.manifest)
        return manifest

    def update_manifest(self, **changes: Any) -> None:
        """Change some entries of the manifest."""
        write_json(self.manifest, read_json(self.manifest) | changes)


def new_run(runs: Path, label: str) -> RunFolder:
    """A folder of its own with the next number; two processes never get the same one."""
    parent = runs / label
    with writing(parent):
        parent.mkdir(parents=True, exist_ok=True)
        number = max((run.number for run in runs_of(runs, label)), default=0) + 1
        for candidate in range(number, number + _MOST):
            try:
                (parent / str(candidate)).mkdir()
            except FileExistsError:
                continue
            return RunFolder(parent / str(candidate))
    raise fail(codes.UNWRITABLE, f"'{parent}' has no free number left", help="choose another place with --runs")


def runs_of(runs: Path, label: str) -> list[RunFolder]:
    """The runs of a label, by number."""
    parent = runs / label
    if not parent.is_dir():
        return []
    numbers = sorted(int(each.name) for each in parent.iterdir() if each.name.isdecimal() and each.is_dir())
    return [RunFolder(parent / str(number)) for number in numbers]


def newest(runs: Path, label: str, *, trained: bool = True) -> RunFolder:
    """The newest run of a label: of those that have weights, or with `trained=False` of all."""
    found = runs_of(runs, label)
    if not found:
        there = sorted(each.name for each in runs.iterdir() if each.is_dir()) if runs.is_dir() else []
        listed = f"there are runs of {', '.join(there)}" if there else f"'{runs}' has no runs; train first"
        raise fail(codes.UNKNOWN_RUN, f"there is no run of '{label}'", help=did_you_mean(label, there) or listed)
    usable = [run for run in found if run.weights.is_file()] if trained else found
    if not usable:
        raise fail(
            codes.UNKNOWN_RUN,
            f"no run of '{label}' has weights yet",
            help="wait for its end, or go on with one that was broken off: `dlspec train … --resume`",
        )
    return usable[-1]


def find_run(where: str | Path, runs: Path | None = None) -> RunFolder:
    """The run that a path, `label` or `label/number` means; of a label the newest that has weights."""
    path = Path(where)
    for candidate in (path, (runs or Path(RUNS)) / path):
        if (candidate / "manifest.json").is_file():
            return RunFolder(candidate.resolve())
        if candidate.is_dir() and any(each.name.isdecimal() for each in candidate.iterdir()):
            return newest(candidate.resolve().parent, candidate.resolve().name)
    if len(path.parts) == 1:
        return newest(runs or Path(RUNS), path.name)
    there = path if path.is_dir() else path.parent
    names = sorted(each.name for each in there.iterdir() if each.is_dir()) if there.is_dir() else []
    what = f"'{where}' is no run: it has no manifest.json" if path.is_dir() else f"there is no run '{where}'"
    nearest = did_you_mean(path.name, names) if not path.is_dir() else ""
    raise fail(codes.UNKNOWN_RUN, what, help=nearest or "give the folder of a run, as `runs/digits_cnn/1`")


@contextmanager
def locked(run: RunFolder) -> Iterator[None]:
    """Hold the run against other processes; the system lets go of it when this one ends, however it ends."""
    with writing(run.path / ".lock"):
        descriptor = os.open(run.path / ".lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            _lock(descriptor)
        except OSError as error:
            raise fail(
                codes.RUN_IN_USE,
                f"another process is writing the run '{run.path}'",
                help="wait for it, or start a new run",
            ) from error
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
