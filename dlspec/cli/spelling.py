"""Values of the compiler as a spec writes them."""

from __future__ import annotations

from dlspec.catalog.base import Entry, ParameterInfo, parameters


def value_text(value: object) -> str:
    """A value: `3`, `none`, `[2, 2]`, `normal(0.02)`."""
    if value is None or isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple | list):
        return "[" + ", ".join(map(value_text, value)) + "]"
    return call_text(value) if isinstance(value, Entry) else str(value)


def call_text(entry: Entry) -> str:
    """An entry with its arguments that are not defaults: `conv(channels=32, kernel=[3, 3])`."""
    values = ((info, getattr(entry, info.attribute)) for info in parameters(type(entry)))
    given = [f"{info.name}={value_text(value)}" for info, value in values if info.required or value != info.default]
    return f"{entry.entry}({', '.join(given)})" if given else entry.entry


def signature(entry: type[Entry]) -> str:
    """How an entry is written: `dropout(rate=0.5)`, and a setting without parentheses."""
    infos = parameters(entry)
    if not infos:
        return entry.entry
    listed = ", ".join(map(_parameter, infos))
    return f"{entry.entry} {listed}" if entry.kind.endswith("setting") else f"{entry.entry}({listed})"


def _parameter(info: ParameterInfo) -> str:
    name = ("*" if info.variadic else "") + info.name
    return name if info.required else f"{name}={value_text(info.default)}"
