"""What an archive of NumPy arrays holds, from the headers of its arrays; NumPy is not loaded."""

from __future__ import annotations

import ast
import math
import re
import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from dlspec.data.paths import unreadable
from dlspec.diagnostics.span import Span
from dlspec.tensor import Element

_LONGEST_NPY_HEADER = 1 << 16
_MAGIC = b"\x93NUMPY"
_DESCR = re.compile(r"[<>|=]?(?P<kind>[a-zA-Z])(?P<size>\d*)(\[\w+\])?")
_ELEMENTS: dict[str, Element] = {"f": "float", "i": "int", "u": "int", "b": "bool", "U": "string", "S": "string"}
_ELEMENTS["M"] = "string"
DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, struct.error)
"""What reading an archive that is damaged, encrypted or packed in an unknown way raises."""


@dataclass(frozen=True, slots=True)
class Array:
    """An array of an archive: what it holds, its whole shape (rows first), its bytes."""

    member: str
    element: Element
    shape: tuple[int, ...]
    bytes: int


def npz_header(path: Path, span: Span | None = None) -> dict[str, Array]:
    """The arrays of an archive by name, in its order; numbers without a dimension (no rows) are passed over."""
    found: dict[str, Array] = {}
    try:
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                if info.filename.endswith(".npy"):
                    with archive.open(info) as file:
                        array = _npy_header(file, info, path, span)
                    if array.shape:
                        found[info.filename.removesuffix(".npy")] = array
    except DAMAGED as error:
        raise unreadable(path, "it is no archive of NumPy arrays, or a damaged one", span) from error
    if not found:
        raise unreadable(path, "it holds no arrays", span, "write it with `numpy.savez(path, name=array, …)`")
    return found


def _npy_header(file: IO[bytes], info: zipfile.ZipInfo, path: Path, span: Span | None) -> Array:
    name = info.filename.removesuffix(".npy")
    damaged = unreadable(path, f"its array '{name}' is damaged", span)
    start = file.read(8)
    if start[:6] != _MAGIC or start[6] not in (1, 2, 3):
        raise damaged
    width, form = (2, "<H") if start[6] == 1 else (4, "<I")
    (length,) = struct.unpack(form, file.read(width))
    if length > _LONGEST_NPY_HEADER:
        raise damaged
    try:
        header = ast.literal_eval(file.read(length).decode("latin-1"))
        descr, shape = header["descr"], header["shape"]
    except (ValueError, SyntaxError, TypeError, KeyError, MemoryError, RecursionError) as error:
        raise damaged from error
    if not isinstance(shape, tuple) or not all(type(size) is int and size >= 0 for size in shape):
        raise damaged
    element, size = _element(descr, name, path, span)
    stated = math.prod(shape) * size
    if stated + 8 + width + length != info.file_size:
        raise damaged
    return Array(info.filename, element, shape, stated)


def _element(descr: object, name: str, path: Path, span: Span | None) -> tuple[Element, int]:
    """What a NumPy type holds, and the bytes of one."""
    match = _DESCR.fullmatch(descr) if isinstance(descr, str) else None
    kind = match["kind"] if match else ""
    if kind == "O":
        help = "store numbers or text; pickled objects can run code when they are read, so they are not"
        raise unreadable(path, f"its array '{name}' holds Python objects", span, help)
    if match is None or kind not in _ELEMENTS:
        raise unreadable(path, f"its array '{name}' has the type {descr!r}", span, "store numbers or text")
    return _ELEMENTS[kind], int(match["size"] or 1) * (4 if kind == "U" else 1)
