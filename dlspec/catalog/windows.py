"""Windows that slide over spatial dimensions: what convolutions, pools and `unfold` share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from dlspec.catalog.axes import require_rank
from dlspec.catalog.base import Layer, Misfit, NaturalPerAxis
from dlspec.tensor import Dim, Shape, TensorType, ceil_div, shape_text

Padding = Literal["same", "valid", "causal"] | NaturalPerAxis
IMAGES = "[channels, length], [channels, height, width] or [channels, depth, height, width]"


def spatial_shape(layer: Layer, tensor: TensorType) -> Shape:
    """The sizes behind the channels; Misfit unless there are one to three."""
    require_rank(layer, tensor, 2, 4, IMAGES)
    return tensor.shape[1:]


def size_text(sizes: tuple[int, ...]) -> str:
    """`3x3`, as a spec writes it."""
    return "x".join(str(size) for size in sizes)


def per_axis(layer: Layer, name: str, value: int | tuple[int, ...], tensor: TensorType) -> tuple[int, ...]:
    """An argument as one number for each spatial dimension."""
    count = tensor.rank - 1
    if isinstance(value, int):
        return (value,) * count
    if len(value) != count:
        raise Misfit(
            f"has {name}={size_text(value)} and got {shape_text(tensor.shape)}",
            f"{name} is one number, or {count} for the {count} dimension{'s' if count > 1 else ''} behind the channels",
        )
    return value


@dataclass(frozen=True, slots=True)
class Window:
    """A window with a number for each spatial dimension; `margins` is None for `same` and `causal`."""

    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    dilation: tuple[int, ...]
    padding: Literal["same", "causal"] | None
    margins: tuple[int, ...]

    @property
    def reach(self) -> tuple[int, ...]:
        """How many places a window spans: dilation * (kernel - 1) + 1."""
        return tuple(d * (k - 1) + 1 for k, d in zip(self.kernel, self.dilation, strict=True))

    def pads(self, spatial: Shape) -> tuple[tuple[int, int], ...] | None:
        """Padding before and after each dimension; None where `same` depends on a size known only at run time."""
        found: list[tuple[int, int]] = []
        for n, s, reach, margin in zip(spatial, self.stride, self.reach, self.margins, strict=True):
            if self.padding is None:
                found.append((margin, margin))
            elif self.padding == "causal":
                found.append((reach - 1, 0))
            elif isinstance(n, int):
                total = max((-(-n // s) - 1) * s + reach - n, 0)
                found.append((total // 2, total - total // 2))
            elif s == 1:
                found.append(((reach - 1) // 2, reach // 2))
            else:
                return None
        return tuple(found)


def window(
    layer: Layer,
    tensor: TensorType,
    kernel: int | tuple[int, ...],
    stride: int | tuple[int, ...],
    padding: Padding,
    dilation: int | tuple[int, ...] = 1,
) -> Window:
    """The window of a layer over this input; Misfit where an argument has too few or too many sizes."""
    spatial_shape(layer, tensor)
    if padding == "causal" and tensor.rank != 2:
        raise Misfit(
            f"has padding=causal and got {shape_text(tensor.shape)}",
            "causal padding is for sequences, [channels, length]",
        )
    margins = 0 if isinstance(padding, str) else padding
    return Window(
        kernel=per_axis(layer, "kernel", kernel, tensor),
        stride=per_axis(layer, "stride", stride, tensor),
        dilation=per_axis(layer, "dilation", dilation, tensor),
        padding=padding if padding == "same" or padding == "causal" else None,
        margins=per_axis(layer, "padding", margins, tensor),
    )


def slid(layer: Layer, tensor: TensorType, over: Window, *, ceil: bool = False) -> Shape:
    """How often a window fits into each spatial dimension; Misfit where it does not fit once.

    `ceil` counts windows that hang over the end too, as long as they begin inside.
    """
    return tuple(_count(layer, tensor, over, place, ceil) for place in range(len(over.kernel)))


def _count(layer: Layer, tensor: TensorType, over: Window, place: int, ceil: bool) -> Dim:
    n, s, reach, margin = tensor.shape[place + 1], over.stride[place], over.reach[place], over.margins[place]
    if over.padding is not None:
        return ceil_div(n, s)
    if isinstance(n, int) and n + 2 * margin < reach:
        raise Misfit(
            f"has a kernel of {size_text(over.kernel)}{_dilated(over)} and got "
            f"{shape_text(tensor.shape)}{_padded(over)}: it does not fit",
            "use a smaller kernel, more padding, or padding=same",
        )
    if not ceil:
        return (n + 2 * margin - reach) // s + 1
    # The last window must begin before the padding behind: of the two bounds the smaller one, known from s.
    if s >= reach - margin:
        return ceil_div(n + margin, s)
    return ceil_div(n + 2 * margin - reach, s) + 1


def _dilated(over: Window) -> str:
    return f" with dilation {size_text(over.dilation)}" if set(over.dilation) != {1} else ""


def _padded(over: Window) -> str:
    return f" with padding {size_text(over.margins)}" if any(over.margins) else ""
