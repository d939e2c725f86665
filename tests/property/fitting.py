"""Whether a layer takes inputs of these types, by its own shape rule, also once the symbolic sizes are known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from dlspec.catalog.base import Layer, Types
from dlspec.ir.builder import wants_of
from dlspec.tensor import Dim, Element, Sym, TensorType, promoted

LENGTHS: tuple[dict[str, Dim], ...] = ({"T": 6, "S": 5}, {"T": 9, "S": 4})
"""What the symbolic sizes stand for when a spec is run: twice, with other numbers."""

LARGEST = 1200
"""Elements of one example."""


def fixed(value: Any, sizes: Mapping[str, Dim]) -> Any:
    """A value with symbolic sizes replaced."""
    if isinstance(value, Sym):
        return value.substitute(dict(sizes))
    if isinstance(value, TensorType):
        return replace(value, shape=fixed(value.shape, sizes), kinds=fixed(value.kinds, sizes))
    return tuple(fixed(each, sizes) for each in value) if isinstance(value, tuple) else value


def least(size: Dim) -> int:
    """A size, or the smallest that it stands for when a spec is run."""
    if isinstance(size, int):
        return size
    return min(found for sizes in LENGTHS if isinstance(found := size.substitute(sizes), int))


def results(layer: Layer, inputs: Types, keywords: tuple[str, ...] = ()) -> Types | None:
    """What comes out, or None where the layer does not take these, or the result is too large or empty.

    `keywords` names the last inputs where they are given by keyword.
    """
    found = _inferred(layer, inputs, keywords)
    if found is None:
        return None
    for sizes in LENGTHS if any(type.symbols for type in inputs) else ():
        again = _inferred(_fixed_layer(layer, sizes), fixed(inputs, sizes), keywords)
        if again is None:
            return None
        assert [type.shape for type in again] == [type.shape for type in fixed(found, sizes)], (layer, inputs, again)
    return found


def fits(types: Types) -> bool:
    """Whether tensors of these types are small, and of no size below 1."""
    for sizes in LENGTHS:
        for type in fixed(types, sizes):
            if type.rank > 5 or any(not isinstance(size, int) or size < 1 for size in type.shape):
                return False
            if type.size > LARGEST:
                return False
    return True


def _inferred(layer: Layer, inputs: Types, keywords: tuple[str, ...]) -> Types | None:
    try:
        found = layer.infer(*as_wanted(layer, inputs, keywords))
    except (ValueError, ZeroDivisionError):
        return None
    made = found if isinstance(found, tuple) else (found,)
    return made if fits(made) else None


def _fixed_layer(layer: Layer, sizes: Mapping[str, Dim]) -> Layer:
    values = {name: fixed(getattr(layer, name), sizes) for name in type(layer).model_fields}
    return type(layer).model_construct(**values)


def as_wanted(layer: Layer, inputs: Types, keywords: tuple[str, ...] = ()) -> Types:
    """The inputs as the compiler gives them: whole numbers as floats, and of one rank where the layer broadcasts."""
    if not inputs:
        return inputs
    wants = wants_of(layer, len(inputs), keywords)
    wants = wants if isinstance(wants, tuple) else (wants,) * len(inputs)
    wants = (*wants, *("any",) * (len(inputs) - len(wants)))
    common = promoted([type for type, want in zip(inputs, wants, strict=False) if want == "common"] or inputs)
    cast = tuple(_cast(type, want, common) for type, want in zip(inputs, wants, strict=False))
    if layer.broadcasts and any(type.batched for type in cast):
        rank = max(type.rank for type in cast)
        return tuple(replace(type, shape=(1,) * (rank - type.rank) + type.shape) for type in cast)
    return cast


def _cast(type: TensorType, want: str, common: Element) -> TensorType:
    wanted = common if want == "common" else want
    if wanted == "any" or wanted == type.element:
        return type
    order: tuple[Element, ...] = ("bool", "int", "float")
    if order.index(type.element) > order.index(wanted):  # type: ignore[arg-type]
        raise ValueError(f"{type} is no {wanted}")
    return type.with_element(wanted)  # type: ignore[arg-type]
