"""Pools, with the channels last."""

from __future__ import annotations

from collections.abc import Callable
from math import prod

from dlspec.backends.keras.policies import Policy
from dlspec.backends.keras.windows import pad, pool_pads
from dlspec.backends.python.common import compact
from dlspec.backends.python.expression import Expr, Global, Lit, Op, Unary, X, call, unless
from dlspec.backends.python.fragment import Fragment, Table
from dlspec.catalog import pool as catalog
from dlspec.catalog.base import Layer, Types
from dlspec.catalog.windows import Window, per_axis
from dlspec.tensor import TensorType


def max_pool(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`ops.max_pool`; padding is minus infinity."""
    return Fragment(_max(layer, X, inputs[0], outputs[0]))


def min_pool(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """The largest of the negated elements, negated."""
    return Fragment(Unary("-", _max(layer, Unary("-", X), inputs[0], outputs[0])))


def _max(layer: Layer, x: Expr, tensor: TensorType, result: TensorType) -> Expr:
    assert isinstance(layer, catalog.Pool)
    over = layer.window(tensor)
    native = _native(layer, over)
    if native is not None:
        return _pool("max", x, over, native)
    return _pool("max", _padded(x, over, tensor, result, float("-inf")), over)


def avg_pool(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`ops.average_pool` without counting the padding."""
    assert isinstance(layer, catalog.AvgPool)
    over = layer.window(inputs[0])
    native = _native(layer, over)
    # On PyTorch Keras counts the padding where it differs at the two ends.
    uneven = native == "same" and over.pads(inputs[0].shape[1:]) is None
    if native is not None and not uneven:
        return Fragment(_pool("average", X, over, native))

    def mean(x: Expr) -> Expr:
        return _pool("average", _padded(x, over, inputs[0], outputs[0], 0.0), over)

    return Fragment(Op("/", mean(X), mean(call("ops.ones_like", X))))


def lp_pool(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """The norm of each window, from the mean of the powers."""
    assert isinstance(layer, catalog.LpPool)
    over = layer.window(inputs[0])
    x = X if _native(layer, over) == "valid" else _padded(X, over, inputs[0], outputs[0], 0.0)
    means = _pool("average", Op("**", call("ops.abs", x), Lit(layer.p)), over)
    return Fragment(call("root", Op("*", means, Lit(prod(over.kernel))), unless(layer.p, 2.0)))


def _native(layer: catalog.Pool, over: Window) -> str | None:
    """The padding as Keras knows it; its `same` is ours, and a margin is not."""
    if over.padding == "same":
        return "same"
    return "valid" if over.padding is None and not any(over.margins) and not layer.ceil else None


def _padded(x: Expr, over: Window, tensor: TensorType, result: TensorType, value: float) -> Expr:
    pads = pool_pads(over, tensor.shape[1:], result.shape[1:])
    if pads is None:
        return call("pad_same", x, over.kernel, over.stride)
    return pad(x, pads, value)


def _pool(kind: str, x: Expr, over: Window, padding: str = "valid") -> Expr:
    if len(over.kernel) == 3:
        function = Global(f"ops.{kind}_pool")
        return call("pool_volumes", function, x, over.kernel, over.stride, padding=unless(padding, "valid"))
    # The stride always stands there: that it is left out where it is the kernel would be a difference in structure.
    return call(
        f"ops.{kind}_pool",
        x,
        compact(over.kernel),
        strides=unless(compact(over.stride), compact(over.kernel)),
        padding=unless(padding, "valid"),
        data_format="channels_last",
    )


def adaptive_max_pool(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """The largest of each bin; windows of one size where the bins are equal."""
    return _adaptive("max", layer, inputs[0])


def adaptive_avg_pool(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """The mean of each bin; windows of one size where the bins are equal."""
    return _adaptive("average", layer, inputs[0])


def _adaptive(kind: str, layer: Layer, tensor: TensorType) -> Fragment:
    assert isinstance(layer, catalog.AdaptivePool)
    size = per_axis(layer, "size", layer.size, tensor)
    places = [place for place in tensor.shape[1:] if isinstance(place, int)]
    if len(places) == len(size) and not any(n % m for n, m in zip(places, size, strict=True)):
        kernel = tuple(n // m for n, m in zip(places, size, strict=True))
        ones = (1,) * len(size)
        return Fragment(_pool(kind, X, Window(kernel, kernel, ones, None, (0,) * len(size))))
    return Fragment(call(f"adaptive_{'max' if kind == 'max' else 'avg'}_pool", X, size))


def _over_places(name: str) -> Callable[[Layer, Types, Types], Fragment]:
    def lowering(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
        places = tuple(range(1, inputs[0].rank))
        return Fragment(call(name, X, axis=places if len(places) > 1 else places[0]))

    return lowering


global_max_pool = _over_places("ops.max")
global_avg_pool = _over_places("ops.mean")


LOWERINGS: Table = {
    "max_pool": max_pool,
    "min_pool": min_pool,
    "avg_pool": avg_pool,
    "lp_pool": lp_pool,
    "adaptive_max_pool": adaptive_max_pool,
    "adaptive_avg_pool": adaptive_avg_pool,
    "global_max_pool": global_max_pool,
    "global_avg_pool": global_avg_pool,
}
POLICIES = {
    "max_pool": Policy.SPATIAL,
    "min_pool": Policy.SPATIAL,
    "avg_pool": Policy.SPATIAL,
    "lp_pool": Policy.SPATIAL,
    "adaptive_max_pool": Policy.SPATIAL,
    "adaptive_avg_pool": Policy.SPATIAL,
    "global_max_pool": Policy.SPATIAL,
    "global_avg_pool": Policy.SPATIAL,
}
