"""Convolutions: Conv and ConvTranspose with explicit pads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dlspec.backends.onnx.call import Call, Lowering
from dlspec.backends.onnx.windows import flat_pads, pad_same
from dlspec.catalog import conv as catalog
from dlspec.catalog.windows import per_axis


def _convolve(call: Call, layer: catalog.Convolution, weight: str, bias: Sequence[str], groups: int) -> str:
    window = layer.window(call.type)
    pads = window.pads(call.type.shape[1:])
    return call.op(
        "Conv",
        pad_same(call, window) if pads is None else call.x,
        weight,
        *bias,
        kernel_shape=window.kernel,
        strides=window.stride,
        pads=[0] * (2 * len(window.kernel)) if pads is None else flat_pads(pads),
        dilations=window.dilation,
        group=groups,
    )


def _bias(call: Call, layer: catalog.Convolution) -> list[str]:
    return [call.weight("bias")] if layer.bias else []


def _conv(call: Call, layer: catalog.Conv) -> str:
    return _convolve(call, layer, call.weight("weight"), _bias(call, layer), layer.groups)


def _channels(call: Call) -> int:
    channels = call.type.shape[0]
    assert isinstance(channels, int)
    return channels


def _depthwise_conv(call: Call, layer: catalog.DepthwiseConv) -> str:
    return _convolve(call, layer, call.weight("weight"), _bias(call, layer), _channels(call))


def _separable_conv(call: Call, layer: catalog.SeparableConv) -> str:
    """A depthwise convolution without bias, then one of kernel 1."""
    deep = _convolve(call, layer, call.weight("depthwise_weight"), (), _channels(call))
    return call.op("Conv", deep, call.weight("pointwise_weight"), *_bias(call, layer), name="pointwise")


def _conv_transpose(call: Call, layer: catalog.ConvTranspose) -> str:
    """`same` gives `size * stride` places: what is too much is cropped, the smaller half at the start."""
    window = layer.window(call.type)
    if window.padding == "same":
        crops = [max(reach - step, 0) for reach, step in zip(window.reach, window.stride, strict=True)]
        pads = flat_pads([(crop // 2, crop - crop // 2) for crop in crops])
        extra = [max(step - reach, 0) for reach, step in zip(window.reach, window.stride, strict=True)]
    else:
        pads = [*window.margins, *window.margins]
        extra = list(per_axis(layer, "output_padding", layer.output_padding, call.type))
    surplus = _shortened(pads, extra, window.stride)
    found = call.op(
        "ConvTranspose",
        call.x,
        call.weight("weight"),
        *([] if any(surplus) else _bias(call, layer)),
        kernel_shape=window.kernel,
        strides=window.stride,
        pads=pads,
        output_padding=extra,
        dilations=window.dilation,
        group=layer.groups,
    )
    if not any(surplus):
        return found
    padded = call.op("Pad", found, call.ints(flat_pads([(0, 0), (0, 0), *((0, each) for each in surplus)])))
    if not layer.bias:
        return padded
    return call.op("Add", padded, call.unsqueeze(call.weight("bias"), *range(1, len(surplus) + 1)))


def _shortened(pads: list[int], extra: list[int], stride: Sequence[int]) -> list[int]:
    """Take what is added at the end from what is cropped there, where it is as long as the stride, which ONNX Runtime
    refuses; what is left of it are places that no element of the input reaches."""
    rank, surplus = len(extra), [0] * len(extra)
    for place, step in enumerate(stride):
        if extra[place] >= step and extra[place]:
            taken = min(extra[place], pads[rank + place])
            pads[rank + place] -= taken
            surplus[place] = extra[place] - taken
            extra[place] = 0
    return surplus


LOWERINGS: Mapping[type[Any], Lowering] = {
    catalog.Conv: _conv,
    catalog.ConvTranspose: _conv_transpose,
    catalog.DepthwiseConv: _depthwise_conv,
    catalog.SeparableConv: _separable_conv,
}
