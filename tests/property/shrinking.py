"""A failing spec made small: lines, parts of flows and bindings are left out as long as it fails the same way."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

MOST = 150
"""Texts that are tried."""

BINDING = re.compile(r"\s*(\w+) = \(*(\w+)\b.*")
DECLARATION = re.compile(r"^(?:block|model|data|train) .*?^}\n", re.MULTILINE | re.DOTALL)


def shrunk(text: str, fails: Callable[[str], bool]) -> str:
    """The smallest text found that still fails. `fails` says so, and is False for a text that is no valid spec."""
    tried = {text}
    progress = True
    while progress and len(tried) < MOST:
        progress = False
        for candidate in _smaller(text):
            if candidate in tried:
                continue
            tried.add(candidate)
            if fails(candidate):
                text, progress = candidate, True
                break
    return text


def _smaller(text: str) -> Iterator[str]:
    """Texts with a declaration, a line, a binding or a layer less."""
    for found in DECLARATION.finditer(text):
        yield text.replace(found[0], "", 1)
    lines = text.splitlines(keepends=True)
    for place in reversed(range(len(lines))):
        rest = [*lines[:place], *lines[place + 1 :]]
        yield "".join(rest)
        if bound := BINDING.match(lines[place]):
            yield re.sub(rf"\b{bound[1]}\b", bound[2], "".join(rest))
    for place, line in enumerate(lines):
        for changed in _shorter(line):
            yield "".join([*lines[:place], changed, *lines[place + 1 :]])


def _shorter(line: str) -> Iterator[str]:
    """A line with a layer, or an argument, less."""
    for found in re.finditer(r" -> \w+(\([^()]*\))?|, \w+=[\w.]+(\([^()]*\))?|\(\w+=[\w.]+\)| \* [\d.]+", line):
        yield line[: found.start()] + line[found.end() :]
    for found in re.finditer(r"\(([\w., ]+ -> \w+)\)", line):
        yield line[: found.start()] + found[1] + line[found.end() :]
