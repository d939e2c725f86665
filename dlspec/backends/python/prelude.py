"""The head of a generated file: imports, and the definitions that its code uses."""

from __future__ import annotations

from collections.abc import Mapping

from dlspec.backends.python.helper import Helper

Imports = Mapping[str, tuple[str, str]]
"""Global name -> where it comes from: a module and a name in it, or a whole line."""

STANDARD: dict[str, tuple[str, str]] = {
    "math": ("", "import math"),
    "Any": ("typing", "Any"),
    "NamedTuple": ("typing", "NamedTuple"),
    "Protocol": ("typing", "Protocol"),
    "Callable": ("collections.abc", "Callable"),
    "Iterable": ("collections.abc", "Iterable"),
    "Iterator": ("collections.abc", "Iterator"),
    "Mapping": ("collections.abc", "Mapping"),
    "Sequence": ("collections.abc", "Sequence"),
}
"""What comes with Python."""


def prelude(names: set[str], helpers: Mapping[str, Helper], imports: Imports) -> str:
    """Imports and definitions for these names, as the head of a file after its docstring.

    `imports` are those of other packages. A helper stands behind those that it uses.
    """
    wanted = set(names)
    for name in reversed(list(helpers)):
        if name in wanted:
            wanted.update(helpers[name].uses)
    lines = ["from __future__ import annotations", ""]
    lines += _section(wanted, STANDARD)
    lines += _section(wanted, imports)
    text = "\n".join(lines).rstrip() + "\n"
    return text + "".join(f"\n{helpers[name].source}" for name in helpers if name in wanted)


def _section(wanted: set[str], imports: Imports) -> list[str]:
    names = wanted & imports.keys()
    lines = sorted(imports[name][1] for name in names if not imports[name][0])
    for module in sorted({imports[name][0] for name in names} - {""}):
        items = sorted(
            (name for name in names if imports[name][0] == module), key=lambda item: (item[0].islower(), item)
        )
        lines.append(f"from {module} import {', '.join(items)}")
    return [*lines, ""] if lines else []
