"""Pools: PyTorch's own, on input padded by hand where its padding means something else."""

from __future__ import annotations

from collections.abc import Callable

from dlspec.backends.python.common import compact
from dlspec.backends.python.expression import Expr, Op, Unary, X, call, method, unless
from dlspec.backends.python.fragment import Fragment, Table
from dlspec.backends.torch.windows import own_margins, pad, padded, pool_pads
from dlspec.catalog import pool as catalog
from dlspec.catalog.base import Layer, Types
from dlspec.catalog.windows import Window, per_axis
from dlspec.tensor import Sym, TensorType


def max_pool(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`F.max_pool1d`, `2d` or `3d`; padding is minus infinity."""
    return Fragment(_max(layer, X, inputs[0], outputs[0]))


def min_pool(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """The largest of the negated elements, negated."""
    return Fragment(Unary("-", _max(layer, Unary("-", X), inputs[0], outputs[0])))


def _max(layer: Layer, x: Expr, tensor: TensorType, result: TensorType) -> Expr:
    assert isinstance(layer, catalog.Pool)
    over = layer.window(tensor)
    margins = _native(over)
    if margins is not None:
        return _pool("max", x, over, margins, ceil_mode=unless(layer.ceil, False))
    return _pool("max", _padded(x, over, tensor, result, float("-inf")), over)


def avg_pool(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`F.avg_pool1d`, `2d` or `3d` without counting the padding."""
    assert isinstance(layer, catalog.AvgPool)
    over = layer.window(inputs[0])
    margins = _native(over)
    if margins is not None and not _smaller(over, inputs[0]):
        counted = not any(margins) and not layer.ceil
        extra = {"ceil_mode": unless(layer.ceil, False), "count_include_pad": unless(counted, True)}
        return Fragment(_pool("avg", X, over, margins, **extra))

    def mean(x: Expr) -> Expr:
        return _pool("avg", _padded(x, over, inputs[0], outputs[0], 0.0), over)

    return Fragment(Op("/", mean(X), mean(call("torch.ones_like", X))))


def lp_pool(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """The norm of each window; unlike `F.lp_pool2d` with a gradient at 0 and right for odd p."""
    assert isinstance(layer, catalog.LpPool)
    over = layer.window(inputs[0])
    plain = over.padding is None and not any(over.margins) and not layer.ceil
    windows = X if plain else _padded(X, over, inputs[0], outputs[0], 0.0)
    for place, (kernel, stride) in enumerate(zip(over.kernel, over.stride, strict=True)):
        windows = method(windows, "unfold", 2 + place, kernel, stride)
    last = tuple(range(-len(over.kernel), 0))
    return Fragment(call("torch.linalg.vector_norm", windows, layer.p, dim=last))


def _smaller(over: Window, tensor: TensorType) -> bool:
    """Whether a volume is smaller than the kernel but for its padding, which PyTorch forgets."""
    if len(over.kernel) < 3 or not any(over.margins):
        return False
    return any(isinstance(n, Sym) or n < k for n, k in zip(tensor.shape[1:], over.kernel, strict=True))


def _native(over: Window) -> tuple[int, ...] | None:
    """The padding as an argument: PyTorch takes at most half the kernel."""
    margins = own_margins(over)
    if margins is None or any(2 * margin > kernel for margin, kernel in zip(margins, over.kernel, strict=True)):
        return None
    return margins


def _padded(x: Expr, over: Window, tensor: TensorType, result: TensorType, value: float) -> Expr:
    if over.padding is not None:
        return padded(x, over, tensor.shape[1:], value)
    return pad(x, pool_pads(over, tensor.shape[1:], result.shape[1:]), value)


def _pool(kind: str, x: Expr, over: Window, margins: tuple[int, ...] = (0,), **extra: Expr) -> Expr:
    # The stride always stands there: that it is left out where it is the kernel would be a difference in structure.
    stride = unless(compact(over.stride), compact(over.kernel))
    function = f"F.{kind}_pool{len(over.kernel)}d"
    return call(function, x, compact(over.kernel), stride=stride, padding=unless(compact(margins), 0), **extra)


def adaptive_max_pool(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`F.adaptive_max_pool1d`, `2d` or `3d`."""
    return _adaptive("max", layer, inputs[0])


def adaptive_avg_pool(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`F.adaptive_avg_pool1d`, `2d` or `3d`."""
    return _adaptive("avg", layer, inputs[0])


def _adaptive(kind: str, layer: Layer, tensor: TensorType) -> Fragment:
    assert isinstance(layer, catalog.AdaptivePool)
    size = compact(per_axis(layer, "size", layer.size, tensor))
    return Fragment(call(f"F.adaptive_{kind}_pool{tensor.rank - 1}d", X, size))


def _over_places(name: str) -> Callable[[Layer, Types, Types], Fragment]:
    def lowering(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
        return Fragment(method(X, name, dim=compact_dims(inputs[0].rank)))

    return lowering


def compact_dims(rank: int) -> int | tuple[int, ...]:
    """The dimensions behind batch and channels."""
    places = tuple(range(2, rank + 1))
    return places if len(places) > 1 else places[0]


global_max_pool = _over_places("amax")
global_avg_pool = _over_places("mean")


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
