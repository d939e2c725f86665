"""Text of a spec in docstrings: nothing in it can end the string or hide in it."""

from __future__ import annotations

import textwrap

from dlspec.backends.python.layout import INDENT, WIDTH


def clean(text: str) -> str:
    """The text without anything that means something inside a docstring."""
    text = text.replace("\\", "\\\\").replace('"""', "'''")
    return "".join(char if char.isprintable() or char == "\n" else " " for char in text)


def docstring(text: str, depth: int) -> list[str]:
    """A docstring at that depth of indentation, its lines wrapped."""
    indent = INDENT * depth
    lines: list[str] = []
    for line in clean(text).strip().split("\n"):
        lines += textwrap.wrap(line, WIDTH - len(indent) - 6, break_long_words=False, break_on_hyphens=False) or [""]
    if len(lines) == 1 and not lines[0].endswith('"'):
        return [f'{indent}"""{lines[0]}"""']
    return [f'{indent}"""{lines[0]}', *(f"{indent}{line}".rstrip() for line in lines[1:]), f'{indent}"""']
