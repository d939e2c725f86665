"""Layers on the places of images, sequences and volumes; a part of the family `shape`."""

from __future__ import annotations

from dlspec.backends.keras.common import arranged
from dlspec.backends.keras.policies import Policy
from dlspec.backends.keras.windows import explicit_pads, pad
from dlspec.backends.python.expression import Cut, Expr, Lit, Sequence, X, call, expr, unless
from dlspec.backends.python.fragment import Fragment, Table
from dlspec.backends.python.indexing import cut, size_of
from dlspec.catalog import spatial as catalog
from dlspec.catalog.base import Layer, Types
from dlspec.catalog.windows import per_axis


def pad_edges(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`ops.pad` with zeros; a continuation by indices."""
    assert isinstance(layer, catalog.Pad)
    (x,) = inputs
    margins = layer.margins(x)
    pairs = tuple(each.value for each in arranged(tuple(map(Lit, margins)), x) if isinstance(each, Lit))
    whole = (((0, 0),) if x.batched else ()) + pairs
    if layer.mode != "zeros":
        return Fragment(call("pad_edges", X, whole, layer.mode))
    if not any(map(any, margins)):
        return Fragment(X)
    return Fragment(call("ops.pad", X, whole))


def crop(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """A slice."""
    assert isinstance(layer, catalog.Crop)
    cuts = tuple(_between(*pair) for pair in layer.margins(inputs[0]))
    return Fragment(cut(X, inputs[0], *arranged(cuts, inputs[0])))


def _between(before: int, after: int) -> Expr:
    return Cut(expr(before) if before else None, expr(-after) if after else None)


def center_crop(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """A slice."""
    assert isinstance(layer, catalog.CenterCrop)
    (x,) = inputs
    cuts: list[Expr] = [Cut()]
    for size, kept in zip(x.shape[1:], per_axis(layer, "size", layer.size, x), strict=True):
        start = (size - kept) // 2
        cuts.append(Cut() if size == kept else Cut(size_of(start), size_of(start + kept)))
    return Fragment(cut(X, x, *arranged(tuple(cuts), x)))


def upsample(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """Repeated places, or a resampling."""
    assert isinstance(layer, catalog.Upsample)
    factors = per_axis(layer, "factor", layer.factor, inputs[0])
    if layer.method == "nearest":
        result: Expr = X
        for place, factor in enumerate(factors, start=1):
            result = call("ops.repeat", result, factor, axis=place) if factor > 1 else result
        return Fragment(result)
    return _resampled(layer, Sequence(tuple(map(size_of, outputs[0].shape[1:]))))


def resize(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """A resampling; Keras's own depends on the engine."""
    assert isinstance(layer, catalog.Resize)
    return _resampled(layer, Lit(per_axis(layer, "size", layer.size, inputs[0])))


def _resampled(layer: catalog.Resampling, sizes: Expr) -> Fragment:
    if layer.method == "nearest":
        return Fragment(call("resize_nearest", X, sizes))
    return Fragment(call("resize", X, sizes, cubic=unless(layer.method == "bicubic", False)))


def pixel_shuffle(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """A function of our own."""
    assert isinstance(layer, catalog.PixelShuffle)
    return Fragment(call("pixel_shuffle", X, layer.factor))


def pixel_unshuffle(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """A function of our own."""
    assert isinstance(layer, catalog.PixelUnshuffle)
    return Fragment(call("pixel_unshuffle", X, layer.factor))


def channel_shuffle(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """Groups and their channels exchanged."""
    assert isinstance(layer, catalog.ChannelShuffle)
    return Fragment(call("channel_shuffle", X, layer.groups))


def unfold(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """A function of our own."""
    assert isinstance(layer, catalog.Unfold)
    (x,) = inputs
    over = layer.window(x)
    pads = over.pads(x.shape[1:]) if over.padding == "same" else explicit_pads(over)
    image = call("pad_same", X, over.reach, over.stride) if pads is None else pad(X, pads)
    ones = (1,) * len(over.kernel)
    extra = {"strides": unless(over.stride, ones), "dilation": unless(over.dilation, ones)}
    return Fragment(call("unfold", image, over.kernel, **extra))


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
POLICIES = {
    "pad": Policy.ALONG,
    "crop": Policy.ALONG,
    "center_crop": Policy.ALONG,
    "upsample": Policy.SPATIAL,
    "resize": Policy.SPATIAL,
    "pixel_shuffle": Policy.SPATIAL,
    "pixel_unshuffle": Policy.SPATIAL,
    "channel_shuffle": Policy.SPATIAL,
    "unfold": Policy.SPATIAL,
}
