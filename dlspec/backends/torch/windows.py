"""Padding of windows that slide: given to PyTorch's own layers where they can do it, explicit where they cannot."""

from __future__ import annotations

from dlspec.backends.python.expression import Expr, Size, call, expr, unless
from dlspec.catalog.windows import Window
from dlspec.tensor import Dim, Shape, Sym

Pads = tuple[tuple[Dim, Dim], ...]


def own_margins(over: Window) -> tuple[int, ...] | None:
    """The padding of both sides as an argument of the layer, where that is right for inputs of every size."""
    if over.padding is None:
        return over.margins
    if over.padding == "same" and set(over.stride) == {1} and all(reach % 2 for reach in over.reach):
        return tuple((reach - 1) // 2 for reach in over.reach)
    return None


def padded(x: Expr, over: Window, spatial: Shape, value: float = 0.0) -> Expr:
    """The input with the padding that `same` or `causal` asks for."""
    pads = over.pads(spatial)
    if pads is None:
        return call("pad_same", x, over.reach, over.stride, value=unless(value, 0.0))
    return pad(x, pads, value)


def pad(x: Expr, pads: Pads, value: float = 0.0) -> Expr:
    """`F.pad`, which counts from the last dimension; the input itself where there is nothing to pad."""
    flat = [size for pair in reversed(pads) for size in pair]
    if not any(flat):
        return x
    amounts: Expr | tuple[int, ...] = tuple(size for size in flat if isinstance(size, int))
    if any(isinstance(size, Sym) for size in flat):
        amounts = expr([Size(size) for size in flat])
    return call("F.pad", x, amounts, value=unless(value, 0.0))


def pool_pads(over: Window, spatial: Shape, sizes: Shape) -> Pads:
    """The explicit padding with which windows without padding give a result of these sizes."""
    if over.padding is not None:
        pads = over.pads(spatial)
        assert pads is not None
        return pads
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
