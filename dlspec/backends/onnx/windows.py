"""Padding of the windows of convolutions and pools, as ONNX wants it."""

from __future__ import annotations

from collections.abc import Sequence

from dlspec.backends.onnx.call import Call
from dlspec.catalog.windows import Window
from dlspec.tensor import Dim, ceil_div


def flat_pads(pairs: Sequence[tuple[int, int]]) -> list[int]:
    """ONNX's `pads`: all of those before, then all of those after."""
    return [before for before, _ in pairs] + [after for _, after in pairs]


def pad_same(call: Call, window: Window) -> str:
    """The first input padded with zeros for `padding=same`, where spatial sizes are known only at run time."""
    totals: list[str] = []
    for size, span, stride in zip(call.type.shape[1:], window.reach, window.stride, strict=True):
        reach: Dim = (ceil_div(size, stride) - 1) * stride + span - size
        totals.append(call.op("Max", call.sizes([reach]), call.ints([0])))
    total = call.op("Concat", *totals, name="totals", axis=0) if len(totals) > 1 else totals[0]
    before = call.op("Div", total, call.ints([2]), name="before")
    after = call.op("Sub", total, before, name="after")
    none = call.ints([0, 0])
    return call.op("Pad", call.x, call.op("Concat", none, before, none, after, name="pads", axis=0))


def ceil_pads(window: Window) -> list[int]:
    """`pads` with which floor mode gives the windows of ceil mode, whatever the sizes.

    In ceil mode a window may reach over the end as long as it begins in the input or in the padding before it; which
    of the two bounds is the smaller one follows from the stride.
    """
    return flat_pads(
        [
            (margin, width - 1 if stride >= width - margin else margin + stride - 1)
            for width, stride, margin in zip(window.kernel, window.stride, window.margins, strict=True)
        ]
    )
