"""What a run says of itself: versions, seed, hashes, how it was started and how it stands."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from dlspec.diagnostics.span import SourceFile
from dlspec.training.files import hash_of, write_text, writing
from dlspec.training.folder import FORMAT, RunFolder
from dlspec.version import __version__

PACKAGES = ("numpy", "torch", "keras", "tensorflow", "safetensors", "scikit-learn", "pandas", "onnx", "onnxruntime")


def manifest(
    run: RunFolder,
    *,
    spec: Path,
    folder: Path,
    sources: Mapping[Path, SourceFile],
    overrides: Sequence[tuple[str, str]],
    seed: int,
    backend: str,
    device: str,
    log_every: int | None,
    data: Mapping[str, Any],
) -> dict[str, Any]:
    """The manifest of a run that begins."""
    return {
        "format": FORMAT,
        "dlspec": __version__,
        "status": "running",
        "label": run.label,
        "number": run.number,
        "started": now(),
        "spec": {
            "file": spec.name,
            "folder": Path(os.path.relpath(folder, run.path)).as_posix(),
            "hashes": {name: hash_of(source.text.encode()) for name, source in spec_files(folder, sources).items()},
        },
        "overrides": [list(pair) for pair in overrides],
        "seed": seed,
        "backend": backend,
        "device": device,
        "log_every": log_every,
        "data": dict(data),
        "command": sys.argv,
        "versions": {"python": platform.python_version(), **_versions()},
        "platform": platform.platform(),
        "cores": os.cpu_count(),
    }


def spec_files(folder: Path, sources: Mapping[Path, SourceFile]) -> dict[str, SourceFile]:
    """The files of the spec by their path from its folder; those of the bundled library are no part of it."""
    found: dict[str, SourceFile] = {}
    for path, source in sources.items():
        absolute = path.resolve()
        if absolute.is_relative_to(folder):
            found[absolute.relative_to(folder).as_posix()] = source
    return found


def write_spec(run: RunFolder, folder: Path, sources: Mapping[Path, SourceFile]) -> None:
    """Copy the spec as it was run."""
    for name, source in spec_files(folder, sources).items():
        target = run.spec / name
        with writing(target):
            target.parent.mkdir(parents=True, exist_ok=True)
        write_text(target, source.text)


def now() -> str:
    """The time in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _versions() -> dict[str, str]:
    found: dict[str, str] = {}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
