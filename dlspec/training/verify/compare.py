"""The bounds of the contract, and the worst difference between two sets of tensors."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]
Arrays = Mapping[str, Array]


class Bound(NamedTuple):
    """`abs(a - b) <= absolute + relative * abs(b)`; with `whole`, the largest abs(b) of the tensor."""

    absolute: float
    relative: float
    whole: bool = False

    def of(self, wanted: Array) -> Array:
        """The bound at each element."""
        size = np.abs(wanted)
        if self.whole:
            size = np.full(wanted.shape, size.max(initial=0.0))
        return np.asarray(self.absolute + self.relative * size)

    def times(self, factor: float) -> Bound:
        """So many times wider."""
        return Bound(self.absolute * factor, self.relative * factor, self.whole)


FORWARD = {"float32": Bound(1e-5, 1e-4), "float64": Bound(1e-7, 1e-6)}
GRADIENT = {"float32": Bound(1e-5, 1e-3, whole=True), "float64": Bound(1e-7, 1e-5, whole=True)}
"""In float64 a hundredth of what the contract asks in float32: what rounding hides there shows here."""


class Worst(NamedTuple):
    """The difference that is largest for its bound."""

    difference: float
    bound: float
    where: str

    @property
    def ok(self) -> bool:
        return self.difference <= self.bound

    @property
    def share(self) -> float:
        return self.difference / self.bound


def worst_of(found: Arrays, wanted: Arrays, bound: Bound) -> Worst:
    """The worst element of the worst tensor, which `where` names; equal where both are undefined alike."""
    if set(found) != set(wanted):
        missing = sorted(set(found) ^ set(wanted))[0]
        return Worst(math.inf, bound.absolute, f"{missing} (one has it alone)")
    return max((_worst(name, found[name], wanted[name], bound) for name in wanted), key=lambda worst: worst.share)


def _worst(name: str, found: Array, wanted: Array, bound: Bound) -> Worst:
    if found.shape != wanted.shape:
        return Worst(math.inf, bound.absolute, f"{name} ({list(found.shape)} and {list(wanted.shape)})")
    if not wanted.size:
        return Worst(0.0, bound.absolute, name)
    a, b = found.astype(np.float64), wanted.astype(np.float64)
    with np.errstate(invalid="ignore"):
        difference = np.where((a == b) | (np.isnan(a) & np.isnan(b)), 0.0, np.abs(a - b))
    difference = np.where(np.isnan(difference), np.inf, difference)
    limits = bound.of(np.where(np.isfinite(b), b, 0.0))
    place = int((difference / limits).argmax())
    return Worst(float(difference.flat[place]), float(limits.flat[place]), name)
