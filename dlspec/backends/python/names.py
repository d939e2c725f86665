"""Names of a spec as identifiers of Python code: checked, unlike anything they would hide, each once in its scope."""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Collection

LONGEST = 64
_BUILTIN = frozenset(dir(builtins))
_NOT_WORD = re.compile(r"[^0-9A-Za-z_]+")


def identifier(text: str, fallback: str = "x") -> str:
    """The text as an identifier that is no keyword, no builtin and begins with a small letter,
    as no class and no imported name of the code does alone."""
    name = _NOT_WORD.sub("_", text)[:LONGEST].strip("_")
    if not name:
        return fallback
    name = f"{fallback}{name}" if name[0].isdigit() else name[0].lower() + name[1:]
    if keyword.iskeyword(name) or keyword.issoftkeyword(name) or name in _BUILTIN:
        name = f"{name}_"
    return name


def class_name(text: str) -> str:
    """The text in CamelCase: `digits_cnn` is `DigitsCnn`."""
    words = [word for word in _NOT_WORD.sub("_", text)[:LONGEST].split("_") if word]
    name = "".join(word[0].upper() + word[1:] for word in words)
    if not name:
        return "Model"
    if name[0].isdigit():
        name = f"Model{name}"
    return f"{name}_" if keyword.iskeyword(name) or name in _BUILTIN else name


class Names:
    """The names of one scope. `allocate` gives a free one and keeps it."""

    def __init__(self, reserved: Collection[str] = ()) -> None:
        self._taken = set(reserved)
        self._next: dict[str, int] = {}

    def allocate(self, wanted: str, separator: str = "_") -> str:
        """`wanted`, or `wanted_2`, `wanted_3` … where it is taken."""
        name, number = wanted, self._next.get(wanted, 2)
        while name in self._taken:
            name = f"{wanted.rstrip('_')}{separator}{number}"
            number += 1
        self._next[wanted] = number
        self._taken.add(name)
        return name

    def __contains__(self, name: str) -> bool:
        return name in self._taken


def plural(name: str) -> str:
    """The identifier for several: `bottleneck_3` is `bottlenecks_3`."""
    found = re.fullmatch(r"(.*?)(_\d+)?", name)
    stem, number = found.groups("") if found else (name, "")
    if stem.endswith(("s", "x", "ch", "sh", "z")):
        return identifier(f"{stem}es{number}")
    if stem.endswith("y") and stem[-2:-1] not in "aeiou":
        return identifier(f"{stem[:-1]}ies{number}")
    return identifier(f"{stem}s{number}")
