"""Reductions, and layers that work along one dimension."""

from __future__ import annotations

import builtins

from dlspec.backends.keras.common import dim, dims
from dlspec.backends.keras.policies import Policy
from dlspec.backends.python.expression import Expr, In, Lit, Op, X, call, op, unless
from dlspec.backends.python.fragment import Fragment, Lowering, Table
from dlspec.catalog import reduction as catalog
from dlspec.catalog.axes import several_axes
from dlspec.catalog.base import Layer, Types
from dlspec.tensor import TensorType


def axes_of(layer: catalog.Reduction, tensor: TensorType) -> int | tuple[int, ...]:
    """The dimensions to reduce: all written ones where none are named."""
    if isinstance(layer.axis, int):
        return dim(layer.axis, tensor)
    places = dims(several_axes(layer, layer.axis, tensor), tensor)
    return places[0] if len(places) == 1 else places


def nothing_to_reduce(layer: catalog.Reduction, tensor: TensorType) -> bool:
    """Whether the tensor is a number per example."""
    return not several_axes(layer, layer.axis, tensor)


def reduction(name: str) -> Lowering:
    """The lowering to a function with `axis` and `keepdims`."""

    def lowering(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
        assert isinstance(layer, catalog.Reduction)
        x: Expr = X
        if inputs[0].element == "bool":
            x = call("ops.cast", X, "int64")
        if nothing_to_reduce(layer, inputs[0]):
            return _of_numbers(layer, x)
        keep = unless(layer.keepdims, False)
        return Fragment(call(name, x, axis=axes_of(layer, inputs[0]), keepdims=keep))

    return lowering


def _of_numbers(layer: catalog.Reduction, x: Expr) -> Fragment:
    """The reduction of a single number for each example."""
    if isinstance(layer, catalog.Variance | catalog.Std):
        return Fragment(op("*", x, 0))
    return Fragment(call("ops.abs", X) if isinstance(layer, catalog.Norm) else x)


mean = reduction("ops.mean")
sum = reduction("ops.sum")
prod = reduction("ops.prod")
max = reduction("ops.max")
min = reduction("ops.min")
variance = reduction("ops.var")
logsumexp = reduction("ops.logsumexp")


def std(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """The root of the variance, whose gradient is 0 where that is 0."""
    assert isinstance(layer, catalog.Std)
    if nothing_to_reduce(layer, inputs[0]):
        return _of_numbers(layer, X)
    spread = call("ops.var", X, axis=axes_of(layer, inputs[0]), keepdims=unless(layer.keepdims, False))
    return Fragment(call("root", spread))


def norm(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """The root of the sum of the powers."""
    assert isinstance(layer, catalog.Norm)
    if nothing_to_reduce(layer, inputs[0]):
        return _of_numbers(layer, X)
    extra = {"axis": axes_of(layer, inputs[0]), "keepdims": unless(layer.keepdims, False)}
    return Fragment(call("vector_norm", X, layer.p, **extra))


def position(name: str) -> Lowering:
    """The lowering of argmax and argmin: the first of several that are equal."""

    def lowering(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
        assert isinstance(layer, catalog.Position)
        tensor = call("plain_zeros", X) if inputs[0].element == "float" else X
        return Fragment(call("ops.cast", call(name, tensor, axis=dim(layer.axis, inputs[0])), "int64"))

    return lowering


argmax = position("ops.argmax")
argmin = position("ops.argmin")


def top_k(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """Values and places."""
    assert isinstance(layer, catalog.TopK)
    return Fragment(call("top_k", X, layer.k, axis=unless(dim(layer.axis, inputs[0]), -1)))


def cumsum(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`ops.cumsum`."""
    assert isinstance(layer, catalog.Cumsum)
    return Fragment(call("ops.cumsum", X, axis=dim(layer.axis, inputs[0])))


def _axis(layer: Layer, inputs: Types) -> int:
    """The dimension of a comparison, counted from the end: its inputs may differ in rank before they broadcast."""
    assert isinstance(layer, catalog.Comparison)
    rank = builtins.max(tensor.rank for tensor in inputs)
    return layer.axis if layer.axis < 0 else layer.axis - rank


def dot(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """The sum of the products."""
    return Fragment(call("ops.sum", Op("*", X, In(1)), axis=_axis(layer, inputs)))


def cosine_similarity(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """A function of our own."""
    return Fragment(call("cosine_similarity", X, In(1), axis=unless(_axis(layer, inputs), -1)))


def distance(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """The norm of the difference, whose gradient is 0 where the two are equal."""
    assert isinstance(layer, catalog.Distance)
    return Fragment(call("vector_norm", Op("-", X, In(1)), Lit(layer.p), axis=_axis(layer, inputs)))


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
POLICIES = {
    "mean": Policy.ALONG,
    "sum": Policy.ALONG,
    "prod": Policy.ALONG,
    "max": Policy.ALONG,
    "min": Policy.ALONG,
    "variance": Policy.ALONG,
    "std": Policy.ALONG,
    "norm": Policy.ALONG,
    "logsumexp": Policy.ALONG,
    "argmax": Policy.ALONG,
    "argmin": Policy.ALONG,
    "cumsum": Policy.ALONG,
}
