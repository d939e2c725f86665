"""What a NumPy lowering gets and gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dlspec.data.values import Array
from dlspec.tensor import TensorType


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a layer on whole columns.

    Every array has the rows first, a tensor without a batch dimension one row, so that it is broadcast.
    `results` are the types of the results, all sizes known.
    """

    layer: Any
    inputs: tuple[Array, ...]
    results: tuple[TensorType, ...]

    @property
    def x(self) -> Array:
        """The first input."""
        return self.inputs[0]

    @property
    def shape(self) -> tuple[int, ...]:
        """The written dimensions of the first result."""
        return tuple(int(str(size)) for size in self.results[0].shape)

    @property
    def rank(self) -> int:
        """How many written dimensions the first input has."""
        return self.x.ndim - 1

    def type(self, input: int = 0) -> TensorType:
        """The type of an input, as the catalogue's methods want it; its element type is of no account."""
        return TensorType("float", tuple(self.inputs[input].shape[1:]))

    def axis(self, axis: int, rank: int | None = None) -> int:
        """A written axis as one of the array, rows counted."""
        return axis % (self.rank if rank is None else rank) + 1


Lowering = Callable[[Call], Array | tuple[Array, ...]]
