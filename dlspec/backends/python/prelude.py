"""The head of a generated file: imports, and the definitions that its code uses."""

from __future__ import annotations

from collections.abc import Mapping

from dlspec.backends.python.helper import Helper

Imports = Mapping[str, tuple[str, str]]
"""Global name -> where it comes from: a module and a name in it, or a whole line."""

STANDARD: dict[str, tuple[str, str]] = {
    "math": ("", "import math"),
    "contextmanager": ("contextlib", "contextmanager"),
    "defaultdict": ("collections", "defaultdict"),
    "lru_cache": ("functools", "lru_cache"),
    "partial": ("functools", "partial"),
    "wraps": ("functools", "wraps"),
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
    ordered: dict[str, None] = {}
    for name in helpers:
        if name in names:
            _add(name, helpers, ordered)
    wanted = names.union(*(helpers[name].uses for name in ordered))
    lines = ["from __future__ import annotations", ""]
    lines += _section(wanted, STANDARD)
    lines += _section(wanted, imports)
    text = "\n".join(lines).rstrip() + "\n"
    for name in ordered:
        # Formatters want two empty lines before a class or a function, one between imports and an assignment.
        source = helpers[name].source
        text += f"\n{source}" if source.lstrip().startswith(("class ", "def ", "@")) else source
    return text


def _add(name: str, helpers: Mapping[str, Helper], ordered: dict[str, None]) -> None:
    for used in helpers[name].uses:
        if used in helpers and used not in ordered:
            _add(used, helpers, ordered)
    ordered[name] = None


def _section(wanted: set[str], imports: Imports) -> list[str]:
    names = wanted & imports.keys()
    lines = sorted(imports[name][1] for name in names if not imports[name][0])
    for module in sorted({imports[name][0] for name in names} - {""}):
        items = sorted(
            (name for name in names if imports[name][0] == module), key=lambda item: (item[0].islower(), item)
        )
        lines.append(f"from {module} import {', '.join(items)}")
    return [*lines, ""] if lines else []
