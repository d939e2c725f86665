"""What a layer may ask of the place of the channels; each family says what its layers ask."""

from __future__ import annotations

from enum import Enum, auto

from dlspec.catalog.axes import several_axes
from dlspec.catalog.base import Layer, Types
from dlspec.catalog.reduction import Position, Reduction


class Policy(Enum):
    """How a layer takes tensors that have channels."""

    CANONICAL = auto()
    """Channels first, because the order shows."""
    SPATIAL = auto()
    """Channels last."""
    KEEPS = auto()
    """Works on each element by itself: as it comes."""
    JOINS = auto()
    """Works on elements of several tensors: all in one layout."""
    ALONG = auto()
    """Works along dimensions, which are found in either layout."""
    ANY = auto()
    """Reads nothing but sizes."""


def stays_last(layer: Layer, inputs: Types, outputs: Types) -> bool:
    """Whether a layer that took its input with channels last gives such results."""
    if layer.entry == "unfold":
        return False
    if isinstance(layer, Reduction) and not layer.keepdims:
        return 0 not in several_axes(layer, layer.axis, inputs[0])
    if isinstance(layer, Position):
        return layer.axis % inputs[0].rank != 0
    return True
