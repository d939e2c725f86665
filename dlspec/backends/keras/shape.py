"""Layers that move elements: shapes, order, pieces, element types. Images are in `spatial`."""

from __future__ import annotations

from itertools import pairwise

from dlspec.backends.keras.common import BATCH, dim, place_of, shape_of
from dlspec.backends.keras.policies import Policy
from dlspec.backends.python.common import whole
from dlspec.backends.python.expression import (
    Cut,
    Expr,
    FloatType,
    In,
    Lit,
    Sequence,
    X,
    call,
    index,
    unless,
)
from dlspec.backends.python.fragment import Fragment, Table
from dlspec.backends.python.indexing import cut, size_of
from dlspec.catalog import pieces
from dlspec.catalog import shape as catalog
from dlspec.catalog.axes import axis_or_only, one_axis
from dlspec.catalog.base import Layer, Types
from dlspec.tensor import Dim, resolve_axis


def flatten(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`ops.reshape` to two dimensions."""
    (x,) = inputs
    if not x.batched:
        return Fragment(call("ops.reshape", X, (-1,)))
    if not x.rank:
        return Fragment(call("ops.expand_dims", X, 1))
    size = outputs[0].shape[0]
    return Fragment(call("ops.reshape", X, shape_of(x, Lit(size if isinstance(size, int) else -1))))


def reshape(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`ops.reshape`; the batch is -1 where all other sizes are numbers."""
    sizes = [size_of(size) for size in outputs[0].shape]
    unknown = [place for place, size in enumerate(outputs[0].shape) if not isinstance(size, int)]
    if len(unknown) == 1:
        sizes[unknown[0]] = Lit(-1)
    return Fragment(call("ops.reshape", X, shape_of(inputs[0], *sizes)))


def transpose(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`ops.transpose`."""
    assert isinstance(layer, catalog.Transpose)
    (x,) = inputs
    order = layer.order(x.rank)
    if order == tuple(range(x.rank)):
        return Fragment(X)
    batch = (0,) if x.batched else ()
    return Fragment(call("ops.transpose", X, (*batch, *(axis + x.batched for axis in order))))


def concat(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`ops.concatenate`."""
    assert isinstance(layer, pieces.Concat)
    axis = axis_or_only(layer, layer.axis, outputs[0])
    parts: list[Expr] = [
        In(place) if tensor.rank else call("ops.expand_dims", In(place), -1) for place, tensor in enumerate(inputs)
    ]
    where = dim(axis, inputs[0]) if inputs[0].rank else axis + outputs[0].batched
    return Fragment(call("ops.concatenate", parts, axis=where))


def stack(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`ops.stack`."""
    assert isinstance(layer, pieces.Stack)
    place = layer.place(inputs[0].rank) or 0
    parts: list[Expr] = [In(number) for number in range(len(inputs))]
    return Fragment(call("ops.stack", parts, axis=unless(place + outputs[0].batched, 0)))


def split(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`ops.split`, at places where the pieces differ in size; by slices where a size is known only at run time."""
    assert isinstance(layer, pieces.Split)
    (x,) = inputs
    if len(outputs) == 1:
        return Fragment(X)
    axis = axis_or_only(layer, layer.axis, x)
    if isinstance(layer.parts, int):
        return Fragment(call("ops.split", X, layer.parts, axis=dim(axis, x)))
    ends: list[Dim] = [0]
    for size in layer.sizes(x):
        ends.append(ends[-1] + size)
    numbers = [end for end in ends[1:-1] if isinstance(end, int)]
    if len(numbers) == len(ends) - 2:
        return Fragment(call("ops.split", X, tuple(numbers), axis=dim(axis, x)))
    before = [Cut()] * place_of(axis, x)
    bounds = [Cut(size_of(start) if start != 0 else None, size_of(end)) for start, end in pairwise(ends)]
    return Fragment(Sequence(tuple(index(X, *before, bound) for bound in bounds), ""))


def squeeze(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`ops.squeeze`."""
    assert isinstance(layer, catalog.Squeeze)
    return Fragment(call("ops.squeeze", X, axis=one_axis(layer, layer.axis, inputs[0]) + inputs[0].batched))


def unsqueeze(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`ops.expand_dims`."""
    assert isinstance(layer, catalog.Unsqueeze)
    place = resolve_axis(layer.axis, inputs[0].rank + 1) or 0
    return Fragment(call("ops.expand_dims", X, place + inputs[0].batched))


def expand(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`ops.broadcast_to`, with new dimensions behind the batch."""
    assert isinstance(layer, catalog.Expand)
    (x,) = inputs
    sizes = tuple(map(size_of, outputs[0].shape))
    if not x.batched:
        return Fragment(call("ops.broadcast_to", X, Sequence(sizes)))
    base = X
    for _ in range(outputs[0].rank - x.rank):
        base = call("ops.expand_dims", base, 1)  # type: ignore[assignment]
    return Fragment(call("ops.broadcast_to", base, Sequence((BATCH, *sizes))))


def repeat(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`ops.repeat`."""
    assert isinstance(layer, pieces.Repeat)
    axis = axis_or_only(layer, layer.axis, inputs[0])
    return Fragment(call("ops.repeat", X, layer.n, axis=dim(axis, inputs[0])))


def roll(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`ops.roll`, one dimension after another."""
    assert isinstance(layer, pieces.Roll)
    result: Expr = X
    for axis, shift in layer.moves(inputs[0]):
        result = call("ops.roll", result, shift, axis=axis + inputs[0].batched)
    return Fragment(result)


def flip(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`ops.flip`."""
    assert isinstance(layer, pieces.Flip)
    axes = tuple(place_of(axis, inputs[0]) for axis in layer.axes(inputs[0]))
    return Fragment(call("ops.flip", X, axis=axes if len(axes) > 1 else axes[0]))


def last(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`x[:, -1]`."""
    return Fragment(cut(X, inputs[0], -1))


def gather(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`ops.take`; numbers that differ between examples by a helper."""
    assert isinstance(layer, catalog.Gather)
    axis = one_axis(layer, layer.axis, inputs[0])
    if len(inputs) == 2:
        return Fragment(call("take_each", X, In(1), axis=unless(axis + 1, 1)))
    if isinstance(layer.index, tuple):
        size = inputs[0].shape[axis]
        places = tuple(each % size if isinstance(size, int) else each for each in layer.index)
        return Fragment(call("ops.take", X, places, axis=axis + inputs[0].batched))
    assert isinstance(layer.index, int)
    return Fragment(cut(X, inputs[0], *([Cut()] * axis), layer.index))


def one_hot(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """A comparison with all numbers, so that those outside give zeros."""
    assert isinstance(layer, catalog.OneHot)
    kinds = call("ops.arange", whole(outputs[0].shape[-1]), dtype="int32")
    return Fragment(call("ops.cast", call("ops.equal", call("ops.expand_dims", X, -1), kinds), FloatType()))


def cast(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`ops.cast` to whole numbers, bools, or the floats that Keras is set to."""
    assert isinstance(layer, catalog.Cast)
    if layer.type == inputs[0].element:
        return Fragment(X)
    if layer.type == "float":
        return Fragment(call("ops.cast", X, FloatType()))
    return Fragment(call("ops.cast", X, "int64" if layer.type == "int" else "bool"))


LOWERINGS: Table = {
    "flatten": flatten,
    "reshape": reshape,
    "transpose": transpose,
    "concat": concat,
    "stack": stack,
    "split": split,
    "squeeze": squeeze,
    "unsqueeze": unsqueeze,
    "expand": expand,
    "repeat": repeat,
    "roll": roll,
    "flip": flip,
    "last": last,
    "gather": gather,
    "one_hot": one_hot,
    "cast": cast,
}
POLICIES = {
    "concat": Policy.ALONG,
    "split": Policy.ALONG,
    "repeat": Policy.ALONG,
    "flip": Policy.ALONG,
    "cast": Policy.KEEPS,
}
