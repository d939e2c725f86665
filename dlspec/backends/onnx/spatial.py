"""Places of images, sequences and volumes; a part of `shape`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from dlspec.backends.onnx.call import FAR, Call, Lowering
from dlspec.backends.onnx.windows import flat_pads, pad_same
from dlspec.catalog import spatial as catalog
from dlspec.catalog.windows import per_axis, slid
from dlspec.tensor import Dim

_PAD_MODES = {"zeros": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}


def _pad(call: Call, layer: catalog.Pad) -> str:
    margins = [(0, 0)] * call.lead + list(layer.margins(call.type))
    return call.op("Pad", call.x, call.ints(flat_pads(margins)), mode=_PAD_MODES[layer.mode])


def _crop(call: Call, layer: catalog.Crop) -> str:
    margins = layer.margins(call.type)
    starts = call.ints(before for before, _ in margins)
    stops = call.ints(-after if after else FAR for _, after in margins)
    return call.op("Slice", call.x, starts, stops, call.ints(range(call.lead, call.lead + len(margins))))


def _center_crop(call: Call, layer: catalog.CenterCrop) -> str:
    sizes = per_axis(layer, "size", layer.size, call.type)
    starts = [(old - new) // 2 for old, new in zip(call.type.shape[1:], sizes, strict=True)]
    stops = [start + size for start, size in zip(starts, sizes, strict=True)]
    axes = range(call.lead + 1, call.lead + 1 + len(sizes))
    return call.op("Slice", call.x, call.sizes(starts), call.sizes(stops), call.ints(axes))


# ---------------------------------------------------------------- resolution

_INTERPOLATION: dict[str, dict[str, Any]] = {
    "bilinear": {"mode": "linear", "coordinate_transformation_mode": "half_pixel"},
    "bicubic": {"mode": "cubic", "cubic_coeff_a": -0.75, "coordinate_transformation_mode": "half_pixel"},
}


_NEAREST = {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}


def _upsample(call: Call, layer: catalog.Upsample) -> str:
    factors = per_axis(layer, "factor", layer.factor, call.type)
    scales = call.floats([1.0, 1.0, *factors])
    return call.op("Resize", call.x, "", scales, **_INTERPOLATION.get(layer.method, _NEAREST))


def _resize(call: Call, layer: catalog.Resize) -> str:
    """The nearest places are gathered by whole numbers, floor(i n / size): a float scale may miss by one."""
    sizes = per_axis(layer, "size", layer.size, call.type)
    if layer.method != "nearest":
        axes = list(range(2, 2 + len(sizes)))
        return call.op("Resize", call.x, "", "", call.ints(sizes), axes=axes, **_INTERPOLATION[layer.method])
    value = call.x
    for axis, (old, new) in enumerate(zip(call.type.shape[1:], sizes, strict=True), start=2):
        if old != new:
            value = call.op("Gather", value, _nearest(call, old, new), axis=axis)
    return value


def _nearest(call: Call, old: Dim, new: int) -> str:
    places = np.arange(new)
    if isinstance(old, int):
        return call.constant(places * old // new)
    return call.op("Div", call.op("Mul", call.constant(places), call.sizes([old])), call.ints([new]), name="places")


# ---------------------------------------------------------------- channels and pixels


def _regroup(call: Call, parts: Sequence[Dim], order: Sequence[int]) -> str:
    """Split dimensions into parts, bring these into another order and join them to the output's shape."""
    split = call.reshape(call.x, tuple(parts), batched=True)
    moved = call.transpose(split, [0, *(place + 1 for place in order)])
    return call.reshape(moved, call.output.shape, batched=True, source=call.type)


def _pixel_shuffle(call: Call, layer: catalog.PixelShuffle) -> str:
    if call.type.element == "float":
        return call.op("DepthToSpace", call.x, blocksize=layer.factor, mode="CRD")
    _, height, width = call.type.shape
    factor = layer.factor
    return _regroup(call, [call.output.shape[0], factor, factor, height, width], [0, 3, 1, 4, 2])


def _pixel_unshuffle(call: Call, layer: catalog.PixelUnshuffle) -> str:
    _, height, width = call.output.shape
    factor = layer.factor
    return _regroup(call, [call.type.shape[0], height, factor, width, factor], [0, 2, 4, 1, 3])


def _channel_shuffle(call: Call, layer: catalog.ChannelShuffle) -> str:
    channels, *rest = call.type.shape
    order = [1, 0, *range(2, 2 + len(rest))]
    return _regroup(call, [layer.groups, channels // layer.groups, *rest], order)


def _unfold(call: Call, layer: catalog.Unfold) -> str:
    """Each spatial dimension is gathered into (element of the kernel, window)."""
    window = layer.window(call.type)
    sizes = call.type.shape[1:]
    pads = window.pads(sizes)
    value = call.x
    if pads is None:
        value = pad_same(call, window)
    elif any(before or after for before, after in pads):
        value = call.op("Pad", value, call.ints(flat_pads([(0, 0), (0, 0), *pads])))
    rank = len(sizes)
    counts = slid(layer, call.type, window)
    for place, count in enumerate(counts):
        step, stride, width = window.dilation[place], window.stride[place], window.kernel[place]
        elements = step * np.arange(width)[:, None]
        if isinstance(count, int):
            index = call.constant(elements + stride * np.arange(count))
        else:
            reach = call.squeeze(call.sizes([count * stride]), 0)
            starts = call.op("Range", call.number(0, "int"), reach, call.number(stride, "int"))
            index = call.op("Add", call.constant(elements), starts, name="places")
        value = call.op("Gather", value, index, axis=2 + 2 * place)
    order = [0, 1, *range(2, 2 + 2 * rank, 2), *range(3, 3 + 2 * rank, 2)]
    return call.reshape(call.transpose(value, order), call.output.shape, batched=True)


LOWERINGS: Mapping[type[Any], Lowering] = {
    catalog.Pad: _pad,
    catalog.Crop: _crop,
    catalog.CenterCrop: _center_crop,
    catalog.Upsample: _upsample,
    catalog.Resize: _resize,
    catalog.PixelShuffle: _pixel_shuffle,
    catalog.PixelUnshuffle: _pixel_unshuffle,
    catalog.ChannelShuffle: _channel_shuffle,
    catalog.Unfold: _unfold,
}
