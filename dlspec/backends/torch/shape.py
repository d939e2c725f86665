"""Layers that move elements: shapes, order, pieces, element types. Images are in `spatial`."""

from __future__ import annotations

from dlspec.backends.python.common import whole
from dlspec.backends.python.expression import (
    Argument,
    Cut,
    Expr,
    FloatType,
    Get,
    In,
    Lit,
    Op,
    Sequence,
    X,
    call,
    index,
    method,
    unless,
)
from dlspec.backends.python.fragment import Fragment, Table
from dlspec.backends.python.indexing import cut, size_of
from dlspec.catalog import pieces
from dlspec.catalog import shape as catalog
from dlspec.catalog.axes import axis_or_only, one_axis
from dlspec.catalog.base import Layer, Types
from dlspec.tensor import resolve_axis

BATCH = index(Get(X, "shape"), 0)


def flatten(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`x.flatten(1)`."""
    (x,) = inputs
    if not x.batched:
        return Fragment(method(X, "flatten"))
    return Fragment(method(X, "flatten", 1) if x.rank else method(X, "unsqueeze", 1))


def reshape(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`x.reshape`; the batch is -1 where all other sizes are numbers."""
    assert isinstance(layer, catalog.Reshape)
    known = [size if size != -1 else None for size in layer.shape]
    open_places = [place for place, size in enumerate(known) if not isinstance(size, int)]
    sizes: list[Expr] = [size_of(size) if size is not None else Lit(-1) for size in known]
    if len(open_places) == 1:
        sizes[open_places[0]] = Lit(-1)
    if not inputs[0].batched:
        return Fragment(method(X, "reshape", *(sizes or [Sequence(())])))
    return Fragment(method(X, "reshape", BATCH if open_places else -1, *sizes))


def transpose(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`x.transpose` of two dimensions, `x.permute` of more."""
    assert isinstance(layer, catalog.Transpose)
    (x,) = inputs
    order = layer.order(x.rank)
    moved = [place for place, axis in enumerate(order) if place != axis]
    if not moved:
        return Fragment(X)
    if len(moved) == 2:
        return Fragment(method(X, "transpose", *(place + x.batched for place in moved)))
    batch = (0,) if x.batched else ()
    return Fragment(method(X, "permute", *batch, *(axis + x.batched for axis in order)))


def concat(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`torch.cat`."""
    assert isinstance(layer, pieces.Concat)
    axis = axis_or_only(layer, layer.axis, outputs[0])
    parts: list[Expr] = [
        In(place) if tensor.rank else method(In(place), "unsqueeze", -1) for place, tensor in enumerate(inputs)
    ]
    return Fragment(call("torch.cat", parts, dim=unless(axis + outputs[0].batched, 0)))


def stack(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`torch.stack`."""
    assert isinstance(layer, pieces.Stack)
    place = layer.place(inputs[0].rank) or 0
    parts: list[Expr] = [In(number) for number in range(len(inputs))]
    return Fragment(call("torch.stack", parts, dim=unless(place + outputs[0].batched, 0)))


def split(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`x.chunk` into equal pieces, `x.split` into given sizes."""
    assert isinstance(layer, pieces.Split)
    (x,) = inputs
    if len(outputs) == 1:
        return Fragment(X)
    dim = unless(axis_or_only(layer, layer.axis, x) + x.batched, 0)
    if isinstance(layer.parts, int):
        return Fragment(method(X, "chunk", layer.parts, dim=dim))
    sizes = layer.sizes(x)
    whole_sizes = tuple(size for size in sizes if isinstance(size, int))
    given: Expr = Lit(whole_sizes) if len(whole_sizes) == len(sizes) else Sequence(tuple(map(size_of, sizes)))
    return Fragment(method(X, "split", given, dim=dim))


def squeeze(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`x.squeeze`."""
    assert isinstance(layer, catalog.Squeeze)
    return Fragment(method(X, "squeeze", one_axis(layer, layer.axis, inputs[0]) + inputs[0].batched))


def unsqueeze(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`x.unsqueeze`."""
    assert isinstance(layer, catalog.Unsqueeze)
    place = resolve_axis(layer.axis, inputs[0].rank + 1) or 0
    return Fragment(method(X, "unsqueeze", place + inputs[0].batched))


def expand(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`x.expand`, with new dimensions behind the batch."""
    assert isinstance(layer, catalog.Expand)
    (x,) = inputs
    new = outputs[0].rank - x.rank
    old = (*((0,) * new), *x.shape)
    sizes = [Lit(-1) if size == before else size_of(size) for size, before in zip(outputs[0].shape, old, strict=True)]
    if not x.batched:
        return Fragment(method(X, "expand", *sizes))
    base = index(X, Cut(), *([None] * new)) if new else X
    return Fragment(method(base, "expand", -1, *sizes))


def repeat(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`x.repeat_interleave`."""
    assert isinstance(layer, pieces.Repeat)
    axis = axis_or_only(layer, layer.axis, inputs[0])
    return Fragment(method(X, "repeat_interleave", layer.n, dim=axis + inputs[0].batched))


def roll(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`x.roll`."""
    assert isinstance(layer, pieces.Roll)
    moves = layer.moves(inputs[0])
    dims = tuple(axis + inputs[0].batched for axis, _ in moves)
    shifts = tuple(shift for _, shift in moves)
    return Fragment(method(X, "roll", *((shifts, dims) if len(moves) > 1 else (shifts[0], dims[0]))))


def flip(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`x.flip`."""
    assert isinstance(layer, pieces.Flip)
    return Fragment(method(X, "flip", *(axis + inputs[0].batched for axis in layer.axes(inputs[0]))))


def last(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`x[:, -1]`."""
    return Fragment(cut(X, inputs[0], -1))


def gather(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """An index; numbers that differ between examples by a helper."""
    assert isinstance(layer, catalog.Gather)
    axis = one_axis(layer, layer.axis, inputs[0])
    if len(inputs) == 2:
        return Fragment(call("take_each", X, In(1), unless(axis + 1, 1)))
    chosen: Argument = layer.index
    if isinstance(layer.index, tuple):
        chosen = [Lit(each) for each in layer.index]
    return Fragment(cut(X, inputs[0], *([Cut()] * axis), chosen))


def one_hot(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """A comparison with all numbers, so that those outside give zeros."""
    assert isinstance(layer, catalog.OneHot)
    kinds = call("torch.arange", whole(outputs[0].shape[-1]), device=Get(X, "device"))
    return Fragment(method(Op("==", method(X, "unsqueeze", -1), kinds), "to", FloatType()))


def cast(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`x.long()`, `x.bool()`, or to the floats that the model runs in."""
    assert isinstance(layer, catalog.Cast)
    if layer.type == inputs[0].element:
        return Fragment(X)
    if layer.type == "float":
        return Fragment(method(X, "to", FloatType()))
    return Fragment(method(X, "long" if layer.type == "int" else "bool"))


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
