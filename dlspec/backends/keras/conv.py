"""Convolutions, with the channels last: Keras's own where they mean the same, else layers of our own."""

from __future__ import annotations

from typing import Any

from dlspec.backends.keras.common import built, initial
from dlspec.backends.keras.policies import Policy
from dlspec.backends.keras.windows import explicit_pads, native_padding, pad
from dlspec.backends.python.common import compact, whole
from dlspec.backends.python.expression import OWN, Call, Cut, Expr, Lit, X, call, index, unless
from dlspec.backends.python.fragment import Fragment, Table
from dlspec.catalog import conv as catalog
from dlspec.catalog.base import Layer, Types
from dlspec.catalog.windows import Window, per_axis

Weights = tuple[tuple[str, str], ...]
LAST = "channels_last"


def kernel_weights(bias: bool, layout: str = "kernel") -> Weights:
    """A kernel and a bias."""
    return (("weight", f"kernel:{layout}"), *((("bias", "bias:same"),) if bias else ()))


def conv(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`layers.Conv1D`, `2D` or `3D`; groups, or stride and dilation together, by a layer of our own."""
    assert isinstance(layer, catalog.Conv)
    over, weights = layer.window(inputs[0]), kernel_weights(layer.bias)
    sizes = (whole(inputs[0].shape[0]), whole(layer.channels))
    new = _convolution(over, *sizes, layer.groups, layer.bias)
    return Fragment(call(OWN, _padded(over)), new, initial(layer, inputs, weights), weights)


def depthwise_conv(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`layers.DepthwiseConv1D` or `2D`; in three dimensions groups of one channel."""
    assert isinstance(layer, catalog.DepthwiseConv)
    over, channels = layer.window(inputs[0]), whole(inputs[0].shape[0])
    new, layout = _depthwise(over, channels, layer.multiplier, layer.bias)
    weights = kernel_weights(layer.bias, layout)
    return Fragment(call(OWN, _padded(over)), new, initial(layer, inputs, weights), weights)


def separable_conv(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """A depthwise convolution, then one of kernel 1."""
    assert isinstance(layer, catalog.SeparableConv)
    over, channels = layer.window(inputs[0]), whole(inputs[0].shape[0])
    middle, rank = channels * layer.multiplier, len(over.kernel)
    depthwise, layout = _depthwise(over, channels, layer.multiplier, False)
    one = (1,) * rank
    pointwise = _convolution(Window(one, one, one, None, (0,) * rank), middle, whole(layer.channels), 1, layer.bias)
    bias = (("bias", "1.bias:same"),) if layer.bias else ()
    weights = (("depthwise_weight", f"0.kernel:{layout}"), ("pointwise_weight", "1.kernel:kernel"), *bias)
    weights = tuple((name, f"layers.{path}") for name, path in weights)
    new = call("keras.Sequential", [depthwise, pointwise])
    return Fragment(call(OWN, _padded(over)), new, initial(layer, inputs, weights), weights)


def _native(over: Window) -> bool:
    """Whether the frameworks below Keras can do it: not stride and dilation at once."""
    return max(over.stride) == 1 or max(over.dilation) == 1


def _sideways(over: Window, channels: int) -> bool:
    """Whether one channel is walked over in longer steps to the side alone."""
    return channels == 1 and len(over.stride) == 2 and over.stride[0] == 1 < over.stride[1]


def _padded(over: Window) -> Expr:
    return X if native_padding(over) else pad(X, explicit_pads(over))


def _arguments(over: Window) -> dict[str, Expr]:
    return {
        "strides": unless(compact(over.stride), 1),
        "padding": unless(native_padding(over) or "valid", "valid"),
        "dilation_rate": unless(compact(over.dilation), 1),
    }


def _convolution(over: Window, channels: int, size: int, groups: int, bias: bool) -> Call:
    rank = len(over.kernel)
    last: dict[str, Any] = {"use_bias": unless(bias, True)}
    if groups > 1 or not _native(over) or _sideways(over, channels):
        return call("GroupedConv", channels, size, over.kernel, **_whole(over), groups=unless(groups, 1), **last)
    last["data_format"] = LAST
    return built(call(f"layers.Conv{rank}D", size, compact(over.kernel), **_arguments(over), **last), channels)


def _depthwise(over: Window, channels: int, multiplier: int, bias: bool) -> tuple[Call, str]:
    rank = len(over.kernel)
    if rank > 2 or not _native(over) or len(set(over.stride)) > 1:
        return _convolution(over, channels, channels * multiplier, channels, bias), "kernel"
    more: dict[str, Any] = {"depth_multiplier": unless(multiplier, 1), "use_bias": unless(bias, True)}
    new = call(f"layers.DepthwiseConv{rank}D", compact(over.kernel), **_arguments(over), **more, data_format=LAST)
    return built(new, channels), "depthwise"


def _whole(over: Window) -> dict[str, Expr]:
    """The arguments of a layer of our own, with a number for each dimension."""
    ones = (1,) * len(over.kernel)
    return {
        "strides": unless(over.stride, ones),
        "padding": unless(native_padding(over) or "valid", "valid"),
        "dilation": unless(over.dilation, ones),
    }


def conv_transpose(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`layers.Conv1DTranspose`, `2D` or `3D` without padding, then a cut; else a layer of our own."""
    assert isinstance(layer, catalog.ConvTranspose)
    over, weights = layer.window(inputs[0]), kernel_weights(layer.bias)
    extra = per_axis(layer, "output_padding", layer.output_padding, inputs[0])
    cuts = tuple(_cut(over, place, extra[place]) for place in range(len(over.kernel)))
    channels, size, rank = whole(inputs[0].shape[0]), whole(layer.channels), len(over.kernel)
    bias = {"use_bias": unless(layer.bias, True)}
    plain = layer.groups == 1 and max(over.dilation) == 1 and min(after for _, after in cuts) >= 0
    if plain:
        made = call(
            f"layers.Conv{rank}DTranspose",
            size,
            compact(over.kernel),
            strides=unless(compact(over.stride), 1),
            **bias,
            data_format=LAST,
        )
        new, result = built(made, channels), _cropped(call(OWN, X), cuts)
    else:
        ones, nothing = (1,) * rank, ((0, 0),) * rank
        new = call(
            "ConvTranspose",
            channels,
            size,
            over.kernel,
            strides=unless(over.stride, ones),
            dilation=unless(over.dilation, ones),
            cut=unless(cuts, nothing),
            groups=unless(layer.groups, 1),
            **bias,
        )
        result = call(OWN, X)
    return Fragment(result, new, initial(layer, inputs, weights), weights)


def _cut(over: Window, place: int, extra: int) -> tuple[int, int]:
    """What is cut off at both ends of Keras's result without padding, which is never shorter than n * stride;
    at the end less than nothing where the result is longer than that."""
    stride, reach, margin = over.stride[place], over.reach[place], over.margins[place]
    if over.padding == "same":
        surplus = max(reach - stride, 0)
        return surplus // 2, surplus - surplus // 2
    return margin, max(reach, stride) - reach + margin - extra


def _cropped(result: Expr, cuts: tuple[tuple[int, int], ...]) -> Expr:
    if not any(map(any, cuts)):
        return result
    parts = [Cut(Lit(before) if before else None, Lit(-after) if after else None) for before, after in cuts]
    return index(result, Cut(), *parts)


LOWERINGS: Table = {
    "conv": conv,
    "conv_transpose": conv_transpose,
    "depthwise_conv": depthwise_conv,
    "separable_conv": separable_conv,
}
POLICIES = {
    "conv": Policy.SPATIAL,
    "conv_transpose": Policy.SPATIAL,
    "depthwise_conv": Policy.SPATIAL,
    "separable_conv": Policy.SPATIAL,
}
