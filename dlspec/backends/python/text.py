"""Pieces of text that the functions of the generated file are put together from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from dlspec.backends.python.expression import Expr
from dlspec.backends.python.layout import WIDTH, flat, literal, wrapped


@dataclass(frozen=True, slots=True)
class Part:
    """A top-level definition of the generated file, and global names that its text does not show by itself."""

    lines: Sequence[str]
    names: frozenset[str] = frozenset()


def spelled(entries: Iterable[object]) -> str:
    """The names of some entries, each once: `l1, l2 and elastic`."""
    *names, last = dict.fromkeys(getattr(entry, "entry", "") for entry in entries)
    return f"{', '.join(names)} and {last}" if names else last


def signature(name: str, parameters: Mapping[str, str], gives: str) -> list[str]:
    """The head of a function of parameters and their types."""
    texts = [f"{parameter}: {type}" for parameter, type in parameters.items()]
    line = f"def {name}({', '.join(texts)}) -> {gives}:"
    if len(line) <= WIDTH:
        return [line]
    inner = f"    {', '.join(texts)}"
    if len(inner) <= WIDTH:
        return [f"def {name}(", inner, f") -> {gives}:"]
    return [f"def {name}(", *(f"    {text}," for text in texts), f") -> {gives}:"]


def dictionary(head: str, entries: Mapping[str, Expr]) -> list[str]:
    """`head {…}` on one line or several."""
    line = f"    {head}{{{', '.join(f'{literal(name)}: {flat(value)}' for name, value in entries.items())}}}"
    if len(line) <= WIDTH:
        return [line]
    lines = [f"    {head}{{"]
    for name, value in entries.items():
        wrapped_value = wrapped(f"{literal(name)}: ", value, 2)
        lines += [*wrapped_value[:-1], f"{wrapped_value[-1]},"]
    return [*lines, "    }"]
