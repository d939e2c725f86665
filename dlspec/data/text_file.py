"""Text files: their pieces as columns, and what a word is."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlspec.data.paths import unreadable
from dlspec.diagnostics.span import Span
from dlspec.tensor import TensorType

if TYPE_CHECKING:
    import numpy as np

    Columns = dict[str, np.ndarray[Any, np.dtype[Any]]]

_WORD = re.compile(r"\w+(?:['’]\w+)*|[^\w\s]")


def words(text: str) -> list[str]:
    """Runs of letters and digits with apostrophes inside; any other sign that is no space is a word of its own."""
    return _WORD.findall(text)


def lines(text: str) -> list[str]:
    """The lines without their ends; blank ones are left out."""
    return [line for line in text.split("\n") if line and not line.isspace()]


PIECES: dict[str, Callable[[str], list[str]]] = {"characters": list, "words": words, "lines": lines}
"""How a text is cut, by the root's name."""


def text_header(path: Path, span: Span | None = None) -> dict[str, TensorType]:
    """The columns that a text has; nothing of it is read."""
    if not path.stat().st_size:
        raise unreadable(path, "it is empty", span, "give a file with text in it")
    return {name: TensorType("string", ()) for name in PIECES}


def text_columns(path: Path, names: list[str]) -> Columns:
    """The pieces of a text, one a row."""
    import numpy as np

    text = read_text(path)
    columns: Columns = {}
    for name in names:
        pieces = PIECES[name](text)
        columns[name] = np.empty(len(pieces), dtype=object)
        columns[name][:] = pieces
    return columns


def read_text(path: Path) -> str:
    """The whole text, the ends of its lines as one character each; a byte order mark is passed over."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise unreadable(path, f"line {bad_line(path)} is no UTF-8 text", None, "save it in UTF-8") from error
    except OSError as error:
        raise unreadable(path, error.strerror or str(error), None) from error
    if "\0" in text:
        raise unreadable(path, "it is no text: it has NUL characters", None, "save it as text in UTF-8")
    return text


def bad_line(path: Path) -> int:
    """The first line that is no UTF-8."""
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError:
                return number
    return 1
