"""Where the files of a source are, and that they lie where a spec may read."""

from __future__ import annotations

import os
from pathlib import Path

from dlspec.diagnostics.codes import data as codes
from dlspec.diagnostics.report import DlspecError, did_you_mean, fail
from dlspec.diagnostics.span import Span

_LISTED = 8
"""Files of the folder that a message names."""


def locate(
    path: str, folder: Path, *, root: Path | None = None, allow_outside: bool = False, span: Span | None = None
) -> Path:
    """The existing file of that path under `folder`; symbolic links are followed before it is judged.

    It must lie under `root` (the folder of the root file; `folder` where none is given) unless `allow_outside`.
    """
    if "\0" in path:
        raise fail(codes.MISSING_DATA_FILE, "a path has a NUL character in it", span, help="write the file's name")
    found = os.path.realpath(folder / path)
    border = os.path.realpath(root or folder)
    if not allow_outside and not Path(found).is_relative_to(border):
        raise fail(
            codes.PATH_OUTSIDE,
            f"'{path}' lies outside the folder of the spec",
            span,
            help="put the file under the folder of the spec and write its path from there",
        )
    if not os.path.isfile(found):
        raise fail(codes.MISSING_DATA_FILE, f"there is no file '{path}'", span, help=_way_out(path, folder))
    return Path(found)


def unreadable(path: Path, why: str, span: Span | None, help: str = "") -> DlspecError:
    """The diagnostic for a file that is not what its source says."""
    return fail(codes.UNREADABLE_DATA, f"'{path.name}' cannot be read: {why}", span, help=help)


def _way_out(path: str, folder: Path) -> str:
    """The nearest name in the folder where the file should be, or what is there."""
    parent, name = os.path.split(path)
    place = folder / parent
    try:
        names = sorted(entry.name for entry in os.scandir(place) if entry.is_file())
    except OSError:
        return f"there is no folder '{parent}' either" if parent else "the path begins at the folder of the spec"
    near = did_you_mean(name, names)
    if near:
        return near
    alike = [each for each in names if each.endswith(os.path.splitext(name)[1] or "\0")] or names
    listed = ", ".join(alike[:_LISTED]) + (" …" if len(alike) > _LISTED else "")
    return f"the folder has {listed}" if alike else "the folder has no files"
