"""What stands in the boxes and on the wires, as text."""

from __future__ import annotations

from dlspec.catalog.base import Entry, parameters
from dlspec.tensor import Dim, TensorType, shape_text


def type_text(type: TensorType) -> str:
    """A tensor's type, without its element where that is float: `[64, 56, 56]`, `int[T]`."""
    return str(type).removeprefix("float")


def arguments_text(entry: Entry) -> str:
    """The arguments as a spec would give them, without defaults: `64, 3x3, stride=2x2`."""
    parts = []
    for info in parameters(type(entry)):
        value = getattr(entry, info.attribute)
        if info.required:
            parts.append(value_text(value))
        elif value != info.default:
            parts.append(f"{info.name}={value_text(value)}")
    return ", ".join(parts)


def value_text(value: object) -> str:
    """A value as a spec writes it: `none`, `3x3`, `[1, T]`, `normal(0.02)`."""
    if value is None or isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Entry):
        inside = arguments_text(value)
        return f"{value.entry}({inside})" if inside else value.entry
    if isinstance(value, tuple | list):
        if len(value) in (2, 3) and all(type(each) is int and each > 0 for each in value):
            return "x".join(map(str, value))
        return "[" + ", ".join(map(value_text, value)) + "]"
    return f"{value:g}" if isinstance(value, float) else str(value)


def count_text(value: Dim) -> str:
    """A count: `25,557,032`; `4.09 G` behind it where it is large."""
    if not isinstance(value, int):
        return str(value)
    for size, letter in ((10**12, "T"), (10**9, "G"), (10**6, "M")):
        if value >= size:
            return f"{value:,} ({value / size:.3g} {letter})"
    return f"{value:,}"


def types_text(types: tuple[TensorType, ...]) -> str:
    """Several types."""
    return ", ".join(map(type_text, types))


def weight_text(name: str, shape: tuple[Dim, ...]) -> str:
    """A weight: `kernel [64, 3, 7, 7]`."""
    return f"{name} {shape_text(shape)}"
