"""What the lowerings share: dimensions with the batch in front, initial values."""

from __future__ import annotations

from collections.abc import Iterable

from dlspec.backends.python.common import below
from dlspec.backends.python.expression import OWN, Simple
from dlspec.backends.torch.initializers import fill
from dlspec.catalog.base import Weighted
from dlspec.tensor import TensorType


def dim(axis: int, tensor: TensorType) -> int:
    """The tensor's dimension for an axis over the written ones."""
    return axis if axis < 0 else axis + tensor.batched


def dims(axes: Iterable[int], tensor: TensorType) -> tuple[int, ...]:
    """The same for several."""
    return tuple(dim(axis, tensor) for axis in axes)


def initial(layer: Weighted, inputs: tuple[TensorType, ...], paths: dict[str, str]) -> tuple[Simple, ...]:
    """Statements that give the weights the initial values that were set, by the paths of the weights below the
    attribute; nothing for those that were left to PyTorch, whose own defaults are the same."""
    statements: list[Simple] = []
    for weight in layer.weights(*inputs):
        chosen = layer.bias_init if weight.name == "bias" or weight.role == "bias" else layer.init
        if chosen is not None and weight.role != "state":
            statements += fill(chosen, below(OWN, paths[weight.name]), weight.shape)
    return tuple(statements)
