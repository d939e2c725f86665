"""Padding of windows that slide over places, with the channels behind them."""

from __future__ import annotations

from dlspec.backends.python.common import whole
from dlspec.backends.python.expression import Expr, Sequence, call, unless
from dlspec.backends.python.indexing import size_of
from dlspec.catalog.windows import Window
from dlspec.tensor import Dim, Shape, Sym

Pads = tuple[tuple[Dim, Dim], ...]


def native_padding(over: Window) -> str | None:
    """The padding as Keras knows it, where it does."""
    if over.padding == "same":
        return "same"
    if over.padding is None and not any(over.margins):
        return "valid"
    if over.padding is None and set(over.stride) == {1} and all(reach % 2 for reach in over.reach):
        centred = tuple((reach - 1) // 2 for reach in over.reach)
        return "same" if over.margins == centred else None
    return None


def explicit_pads(over: Window) -> Pads:
    """Before and after each dimension, where the padding is not `same`."""
    if over.padding == "causal":
        return tuple((reach - 1, 0) for reach in over.reach)
    return tuple((margin, margin) for margin in over.margins)


def pad(x: Expr, pads: Pads, value: float = 0.0) -> Expr:
    """`ops.pad` of the places between batch and channels; the input itself where there is nothing to pad."""
    flat = [size for pair in pads for size in pair]
    if not any(flat):
        return x
    amounts: Expr | tuple[tuple[int, int], ...]
    if any(isinstance(size, Sym) for size in flat):
        pairs = [Sequence((size_of(before), size_of(after))) for before, after in ((0, 0), *pads, (0, 0))]
        amounts = Sequence(tuple(pairs))
    else:
        amounts = ((0, 0), *((whole(before), whole(after)) for before, after in pads), (0, 0))
    return call("ops.pad", x, amounts, constant_values=unless(value, 0.0))


def pool_pads(over: Window, spatial: Shape, sizes: Shape) -> Pads | None:
    """The explicit padding with which windows without padding give a result of these sizes; None where `same`
    depends on a size known only at run time."""
    if over.padding is not None:
        return over.pads(spatial)
    found: list[tuple[Dim, Dim]] = []
    for n, m, k, s, margin in zip(spatial, sizes, over.kernel, over.stride, over.margins, strict=True):
        after = (m - 1) * s + k - n - margin
        if isinstance(after, int):
            after = max(after, 0)
        elif m == (n + 2 * margin - k) // s + 1:
            after = margin
        elif s >= k - margin:
            # The last window begins in the input: with so many places behind it, whatever the size, it ends there too.
            after = k - 1
        found.append((margin, after))
    return tuple(found)
