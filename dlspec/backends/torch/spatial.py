"""Layers on the places of images, sequences and volumes; a part of the family `shape`."""

from __future__ import annotations

from dlspec.backends.python.common import compact
from dlspec.backends.python.expression import Cut, Expr, Lit, X, call, expr, method, unless
from dlspec.backends.python.fragment import Fragment, Table
from dlspec.backends.python.indexing import cut, size_of
from dlspec.backends.torch.windows import own_margins, pad, padded
from dlspec.catalog import spatial as catalog
from dlspec.catalog.base import Layer, Types
from dlspec.catalog.windows import per_axis
from dlspec.tensor import TensorType


def pad_edges(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`F.pad`; where it does not know the type or the dimensions, by indices."""
    assert isinstance(layer, catalog.Pad)
    (x,) = inputs
    margins = layer.margins(x)
    if layer.mode == "zeros":
        return Fragment(pad(X, margins if any(margins[0]) else margins[1:]))
    flat = tuple(size for pair in reversed(margins[1:]) for size in pair)
    if x.element == "float" and x.batched and x.rank > 1 and not any(margins[0]):
        return Fragment(call("F.pad", X, flat, mode=layer.mode))
    pairs = (((0, 0),) if x.batched else ()) + margins
    return Fragment(call("pad_edges", X, pairs, layer.mode))


def crop(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """A slice."""
    assert isinstance(layer, catalog.Crop)
    return Fragment(cut(X, inputs[0], *(_between(*pair) for pair in layer.margins(inputs[0]))))


def _between(before: int, after: int) -> Cut:
    return Cut(expr(before) if before else None, expr(-after) if after else None)


def center_crop(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """A slice."""
    assert isinstance(layer, catalog.CenterCrop)
    (x,) = inputs
    cuts: list[Expr] = [Cut()]
    for size, kept in zip(x.shape[1:], per_axis(layer, "size", layer.size, x), strict=True):
        start = (size - kept) // 2
        cuts.append(Cut() if size == kept else Cut(size_of(start), size_of(start + kept)))
    return Fragment(cut(X, x, *cuts))


def upsample(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`F.interpolate` by a factor."""
    assert isinstance(layer, catalog.Upsample)
    factor = compact(per_axis(layer, "factor", layer.factor, inputs[0]))
    return Fragment(call("F.interpolate", X, scale_factor=factor, mode=_mode(layer, inputs[0])))


def resize(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`F.interpolate` to a size."""
    assert isinstance(layer, catalog.Resize)
    size = compact(per_axis(layer, "size", layer.size, inputs[0]))
    return Fragment(call("F.interpolate", X, size=size, mode=_mode(layer, inputs[0])))


def _mode(layer: catalog.Resampling, tensor: TensorType) -> Lit:
    linear = {2: "linear", 3: "bilinear", 4: "trilinear"}[tensor.rank]
    return unless(linear if layer.method == "bilinear" else layer.method, "nearest")


def pixel_shuffle(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`F.pixel_shuffle`."""
    assert isinstance(layer, catalog.PixelShuffle)
    return Fragment(call("F.pixel_shuffle", X, layer.factor))


def pixel_unshuffle(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`F.pixel_unshuffle`."""
    assert isinstance(layer, catalog.PixelUnshuffle)
    return Fragment(call("F.pixel_unshuffle", X, layer.factor))


def channel_shuffle(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """Groups and their channels exchanged."""
    assert isinstance(layer, catalog.ChannelShuffle)
    groups = method(X, "unflatten", 1, (layer.groups, -1))
    return Fragment(method(method(groups, "transpose", 1, 2), "flatten", 1, 2))


def unfold(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`F.unfold`, on sequences as images of height 1."""
    assert isinstance(layer, catalog.Unfold)
    (x,) = inputs
    over = layer.window(x)
    margins = own_margins(over)
    image = X if margins is not None else padded(X, over, x.shape[1:])
    kernel, dilation, stride = over.kernel, over.dilation, over.stride
    margins = margins or (0,) * len(kernel)
    if x.rank == 2:
        image = method(image, "unsqueeze", 2)
        kernel, dilation, stride, margins = (1, *kernel), (1, *dilation), (1, *stride), (0, *margins)
    return Fragment(
        call(
            "F.unfold",
            image,
            compact(kernel),
            dilation=unless(compact(dilation), 1),
            padding=unless(compact(margins), 0),
            stride=unless(compact(stride), 1),
        )
    )


LOWERINGS: Table = {
    "pad": pad_edges,
    "crop": crop,
    "center_crop": center_crop,
    "upsample": upsample,
    "resize": resize,
    "pixel_shuffle": pixel_shuffle,
    "pixel_unshuffle": pixel_unshuffle,
    "channel_shuffle": channel_shuffle,
    "unfold": unfold,
}
