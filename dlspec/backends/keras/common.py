"""What the lowerings share: dimensions where they are, initial values, ways to write sizes."""

from __future__ import annotations

from collections.abc import Iterable

from dlspec.backends.keras.initializers import fill
from dlspec.backends.keras.laid import Laid
from dlspec.backends.python.expression import OWN, Call, Expr, Get, Lit, Sequence, Simple, X, call, index
from dlspec.catalog.base import Types, Weighted
from dlspec.tensor import TensorType

SHAPE = call("ops.shape", X)
BATCH = index(SHAPE, 0)


def shape_of(tensor: TensorType, *sizes: Expr) -> Expr:
    """A shape with the batch of the input in front, which is -1 where all other sizes are numbers."""
    numbers = [size.value for size in sizes if isinstance(size, Lit)]
    known = len(numbers) == len(sizes)
    if not tensor.batched:
        return Lit(tuple(numbers)) if known else Sequence(sizes)
    return Lit((-1, *numbers)) if known and -1 not in numbers else Sequence((BATCH, *sizes))


def dim(axis: int, tensor: TensorType) -> int:
    """The tensor's dimension for an axis over the written ones."""
    if isinstance(tensor, Laid) and tensor.last:
        place = axis % tensor.rank
        return place if place else -1
    return axis if axis < 0 else axis + tensor.batched


def place_of(axis: int, tensor: TensorType) -> int:
    """The same, counted from the front."""
    found = dim(axis, tensor)
    return found if found >= 0 else found + tensor.rank + tensor.batched


def dims(axes: Iterable[int], tensor: TensorType) -> tuple[int, ...]:
    """The same for several, in ascending order."""
    return tuple(sorted(place_of(axis, tensor) for axis in axes))


def arranged(items: tuple[Expr, ...], tensor: TensorType) -> list[Expr]:
    """An item for each written dimension, in the order of the tensor's."""
    found = list(items)
    return [*found[1:], found[0]] if isinstance(tensor, Laid) and tensor.last else found


def split_path(path: str) -> tuple[str, str]:
    """Where a variable is, and its layout."""
    place, _, layout = path.rpartition(":")
    return place, layout


def variable_at(base: Expr, place: str) -> Expr:
    """The variable at a path of attributes and places in lists."""
    for name in place.split(".") if place else ():
        base = index(base, int(name)) if name.isdigit() else Get(base, name)
    return base


def initial(layer: Weighted, inputs: Types, weights: tuple[tuple[str, str], ...]) -> tuple[Simple, ...]:
    """Statements that give the weights the initial values that were set; nothing for those that were left open."""
    paths = dict(weights)
    statements: list[Simple] = []
    for weight in layer.weights(*inputs):
        chosen = layer.bias_init if weight.name == "bias" or weight.role == "bias" else layer.init
        if chosen is not None and weight.role != "state":
            place, layout = split_path(paths[weight.name])
            statements += fill(chosen, variable_at(OWN, place), weight.shape, layout)
    return tuple(dict.fromkeys(statements))


def built(layer: Call, features: int, rank: int = 0) -> Call:
    """The layer with its variables, for so many features behind `rank` places."""
    return call("built", layer, features, rank=Lit(rank, 0))


def dense_weights(bias: bool, path: str = "") -> tuple[tuple[str, str], ...]:
    """A kernel and a bias, in the layouts that Keras has for them."""
    kernel = (("weight", f"{path}kernel:kernel"),)
    return (*kernel, ("bias", f"{path}bias:same")) if bias else kernel
