"""Reductions, and layers that work along one dimension."""

from __future__ import annotations

import builtins

from dlspec.backends.python.expression import Expr, In, LiteralValue, Op, X, call, method, op, unless
from dlspec.backends.python.fragment import Fragment, Lowering, Table
from dlspec.backends.torch.common import dim
from dlspec.catalog import reduction as catalog
from dlspec.catalog.axes import several_axes
from dlspec.catalog.base import Layer, Types
from dlspec.tensor import TensorType


def axes_of(layer: catalog.Reduction, tensor: TensorType) -> int | tuple[int, ...]:
    """The dimensions to reduce: all written ones where none are named."""
    if isinstance(layer.axis, int):
        return dim(layer.axis, tensor)
    places = tuple(place + tensor.batched for place in several_axes(layer, layer.axis, tensor))
    return places[0] if len(places) == 1 else places


def nothing_to_reduce(layer: catalog.Reduction, tensor: TensorType) -> bool:
    """Whether the tensor is a number per example: PyTorch takes an empty tuple of dimensions for all of them."""
    return not several_axes(layer, layer.axis, tensor)


def reduction(name: str, **extra: LiteralValue) -> Lowering:
    """The lowering to a method with `dim` and `keepdim`."""

    def lowering(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
        assert isinstance(layer, catalog.Reduction)
        if nothing_to_reduce(layer, inputs[0]):
            return _of_numbers(layer, inputs[0])
        dimensions = axes_of(layer, inputs[0])
        keep = unless(layer.keepdims, False)
        return Fragment(method(X, name, dim=dimensions, **extra, keepdim=keep))

    return lowering


def _of_numbers(layer: catalog.Reduction, tensor: TensorType) -> Fragment:
    """The reduction of a single number for each example."""
    if isinstance(layer, catalog.Variance | catalog.Std):
        return Fragment(op("*", X, 0))
    if isinstance(layer, catalog.Norm):
        return Fragment(call("torch.abs", X))
    return Fragment(method(X, "long") if tensor.element == "bool" else X)


mean = reduction("mean")
sum = reduction("sum")
max = reduction("amax")
min = reduction("amin")
variance = reduction("var", correction=0)
std = reduction("std", correction=0)


def logsumexp(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`torch.logsumexp`."""
    assert isinstance(layer, catalog.Logsumexp)
    if nothing_to_reduce(layer, inputs[0]):
        return Fragment(X)
    return Fragment(method(X, "logsumexp", dim=axes_of(layer, inputs[0]), keepdim=unless(layer.keepdims, False)))


def norm(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`torch.linalg.vector_norm`."""
    assert isinstance(layer, catalog.Norm)
    if nothing_to_reduce(layer, inputs[0]):
        return _of_numbers(layer, inputs[0])
    extra = {"dim": axes_of(layer, inputs[0]), "keepdim": unless(layer.keepdims, False)}
    return Fragment(call("torch.linalg.vector_norm", X, layer.p, **extra))


def prod(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`x.prod`, one dimension after another: PyTorch multiplies along one only."""
    assert isinstance(layer, catalog.Prod)
    axes = sorted(several_axes(layer, layer.axis, inputs[0]), reverse=True)
    result: Expr = X
    for axis in axes:
        result = method(result, "prod", dim=axis + inputs[0].batched, keepdim=unless(layer.keepdims, False))
    return Fragment(result)


def position(name: str) -> Lowering:
    """The lowering of argmax and argmin: the first of several that are equal."""

    def lowering(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
        assert isinstance(layer, catalog.Position)
        return Fragment(method(X, name, dim=dim(layer.axis, inputs[0])))

    return lowering


argmax = position("argmax")
argmin = position("argmin")


def top_k(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """A stable sort, for `torch.topk` leaves open which of several that are equal comes first."""
    assert isinstance(layer, catalog.TopK)
    return Fragment(call("top_k", X, layer.k, unless(dim(layer.axis, inputs[0]), -1)))


def cumsum(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`torch.cumsum`."""
    assert isinstance(layer, catalog.Cumsum)
    return Fragment(method(X, "cumsum", dim=dim(layer.axis, inputs[0])))


def _axis(layer: Layer, inputs: Types) -> int:
    """The dimension of a comparison, counted from the end: its inputs may differ in rank before they broadcast."""
    assert isinstance(layer, catalog.Comparison)
    rank = builtins.max(tensor.rank for tensor in inputs)
    return layer.axis if layer.axis < 0 else layer.axis - rank


def dot(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """The sum of the products."""
    return Fragment(method(Op("*", X, In(1)), "sum", dim=_axis(layer, inputs)))


def cosine_similarity(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`F.cosine_similarity`."""
    return Fragment(call("F.cosine_similarity", X, In(1), dim=unless(_axis(layer, inputs), 1)))


def distance(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """The norm of the difference, whose gradient is 0 where the two are equal."""
    assert isinstance(layer, catalog.Distance)
    return Fragment(call("torch.linalg.vector_norm", Op("-", X, In(1)), layer.p, dim=_axis(layer, inputs)))


LOWERINGS: Table = {
    "mean": mean,
    "sum": sum,
    "prod": prod,
    "max": max,
    "min": min,
    "variance": variance,
    "std": std,
    "norm": norm,
    "logsumexp": logsumexp,
    "argmax": argmax,
    "argmin": argmin,
    "top_k": top_k,
    "cumsum": cumsum,
    "dot": dot,
    "cosine_similarity": cosine_similarity,
    "distance": distance,
}
