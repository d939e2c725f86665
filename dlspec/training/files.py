"""Files of a run: written whole or not at all, and read with a diagnostic where they are not what they should be."""

from __future__ import annotations

import hashlib
import json
import math
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from dlspec.diagnostics.codes import runtime as codes
from dlspec.diagnostics.report import DlspecError, fail

Array = np.ndarray[Any, np.dtype[Any]]
Arrays = Mapping[str, Array]

TEMPORARY = ".new-"
"""How the names of files and folders begin that are not whole yet."""


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Errors of the file system as a diagnostic that names what was to be written."""
    try:
        yield
    except (OSError, SafetensorError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise fail(codes.UNWRITABLE, f"'{path}' cannot be written: {reason}", help="choose another place") from error


# ---------------------------------------------------------------- text and JSON


def to_json(value: Any, indent: int | None = None) -> str:
    """JSON with `null` for what is no finite number, for which JSON has no word."""
    return json.dumps(_finite(value), indent=indent, ensure_ascii=False, allow_nan=False)


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _finite(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def write_text(path: Path, text: str) -> None:
    """Put a text in place of the file at once: there is never half of it."""
    with writing(path), replaced(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: Path, value: Any) -> None:
    """The same for JSON."""
    write_text(path, to_json(value, indent=2) + "\n")


def read_json(path: Path) -> dict[str, Any]:
    """The object in a JSON file of a run."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise damaged(path) from error
    if not isinstance(found, dict):
        raise damaged(path)
    return found


def read_lines(path: Path) -> list[dict[str, Any]]:
    """The whole lines of a file with an object a line; what stands behind the last line break was cut short."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return []
    except (OSError, ValueError) as error:
        raise damaged(path) from error
    lines = text.split("\n")[:-1]
    try:
        return [dict(json.loads(line)) for line in lines]
    except (ValueError, TypeError, RecursionError) as error:
        raise damaged(path) from error


def damaged(path: Path) -> DlspecError:
    """The diagnostic for a file of a run that is missing or broken."""
    what = "is damaged" if path.exists() else "is missing"
    return fail(
        codes.DAMAGED_RUN,
        f"'{path.name}' of the run '{path.parent}' {what}",
        help="train again, or put the file back from a copy",
    )


# ---------------------------------------------------------------- arrays


def write_arrays(path: Path, arrays: Arrays) -> None:
    """Write named arrays as safetensors, at once."""
    with writing(path), replaced(path) as temporary:
        temporary.touch()
        mode = temporary.stat().st_mode  # the library makes files that their owner alone can read
        save_file({name: np.asarray(array, order="C") for name, array in arrays.items()}, temporary)
        temporary.chmod(mode)


def read_arrays(path: Path) -> dict[str, Array]:
    """The named arrays of a safetensors file."""
    try:
        return load_file(path)
    except (OSError, ValueError, SafetensorError) as error:
        raise damaged(path) from error


# ---------------------------------------------------------------- whole or not at all


@contextmanager
def replaced(path: Path) -> Iterator[Path]:
    """A temporary file to write, which takes the place of `path` when all went well."""
    temporary = path.with_name(f"{TEMPORARY}{path.name}.{os.getpid()}")
    try:
        yield temporary
        synced(temporary)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """A temporary folder to fill, which becomes `path` when all of it is on the disk."""
    temporary = path.with_name(f"{TEMPORARY}{path.name}")
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    try:
        yield temporary
        for file in temporary.iterdir():
            synced(file)
        synced(temporary)
        shutil.rmtree(path, ignore_errors=True)
        temporary.rename(path)
        synced(path.parent)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def synced(path: Path) -> None:
    """Wait until a file, or a folder's list of names, is on the disk."""
    if path.is_dir() and os.name == "nt":
        return  # Windows has no such thing for folders
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


# ---------------------------------------------------------------- hashes


def hash_of(content: bytes) -> str:
    """The SHA-256 of some bytes."""
    return hashlib.sha256(content).hexdigest()


def hash_of_arrays(arrays: Arrays) -> str:
    """The SHA-256 of named arrays: names, types, shapes and contents."""
    digest = hashlib.sha256()
    for name in sorted(arrays):
        array = np.asarray(arrays[name], order="C")
        digest.update(f"{name} {array.dtype.str} {array.shape}\n".encode())
        digest.update(array.data if array.size else b"")
    return digest.hexdigest()
