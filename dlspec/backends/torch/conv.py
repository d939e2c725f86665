"""Convolutions: PyTorch's own, with explicit padding where theirs cannot be told."""

from __future__ import annotations

from dlspec.backends.python.common import compact, names, whole
from dlspec.backends.python.expression import OWN, Cut, Expr, Lit, X, call, index, unless
from dlspec.backends.python.fragment import Fragment, Table
from dlspec.backends.torch.common import initial
from dlspec.backends.torch.windows import own_margins, padded
from dlspec.catalog import conv as catalog
from dlspec.catalog.base import Layer, Types
from dlspec.catalog.windows import Window, per_axis
from dlspec.tensor import TensorType


def conv(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`nn.Conv1d`, `2d` or `3d`."""
    assert isinstance(layer, catalog.Conv)
    over = layer.window(inputs[0])
    weights = names("weight") + names("bias", given=layer.bias)
    new = _convolution(over, whole(inputs[0].shape[0]), whole(layer.channels), layer.groups, layer.bias)
    return Fragment(call(OWN, _input(over, inputs[0])), new, initial(layer, inputs, dict(weights)), weights)


def depthwise_conv(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """A convolution with a group for each channel."""
    assert isinstance(layer, catalog.DepthwiseConv)
    over, channels = layer.window(inputs[0]), whole(inputs[0].shape[0])
    weights = names("weight") + names("bias", given=layer.bias)
    new = _convolution(over, channels, channels * layer.multiplier, channels, layer.bias)
    return Fragment(call(OWN, _input(over, inputs[0])), new, initial(layer, inputs, dict(weights)), weights)


def separable_conv(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """A depthwise convolution, then one of kernel 1."""
    assert isinstance(layer, catalog.SeparableConv)
    over, channels = layer.window(inputs[0]), whole(inputs[0].shape[0])
    middle, rank = channels * layer.multiplier, len(over.kernel)
    depthwise = _convolution(over, channels, middle, channels, False)
    pointwise = call(f"nn.Conv{rank}d", middle, whole(layer.channels), 1, bias=unless(layer.bias, True))
    bias = (("bias", "1.bias"),) if layer.bias else ()
    weights = (("depthwise_weight", "0.weight"), ("pointwise_weight", "1.weight"), *bias)
    new = call("nn.Sequential", depthwise, pointwise)
    return Fragment(call(OWN, _input(over, inputs[0])), new, initial(layer, inputs, dict(weights)), weights)


def _convolution(over: Window, channels: int, size: int, groups: int, bias: bool) -> Expr:
    margins = own_margins(over) or (0,) * len(over.kernel)
    return call(
        f"nn.Conv{len(over.kernel)}d",
        channels,
        size,
        compact(over.kernel),
        stride=unless(compact(over.stride), 1),
        padding=unless(compact(margins), 0),
        dilation=unless(compact(over.dilation), 1),
        groups=unless(groups, 1),
        bias=unless(bias, True),
    )


def _input(over: Window, tensor: TensorType) -> Expr:
    return X if own_margins(over) is not None else padded(X, over, tensor.shape[1:])


def conv_transpose(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`nn.ConvTranspose1d`, `2d` or `3d`; for `same` the odd place is cut off at the end."""
    assert isinstance(layer, catalog.ConvTranspose)
    over, tensor = layer.window(inputs[0]), inputs[0]
    margins = over.margins
    extra = per_axis(layer, "output_padding", layer.output_padding, tensor)
    cut: tuple[int, ...] = (0,) * len(margins)
    if over.padding == "same":
        surplus = [reach - stride for reach, stride in zip(over.reach, over.stride, strict=True)]
        margins = tuple(max(each, 0) // 2 for each in surplus)
        cut = tuple(max(each, 0) % 2 for each in surplus)
        extra = tuple(max(-each, 0) for each in surplus)
    weights = names("weight") + names("bias", given=layer.bias)
    new = call(
        f"nn.ConvTranspose{len(over.kernel)}d",
        whole(tensor.shape[0]),
        whole(layer.channels),
        compact(over.kernel),
        stride=unless(compact(over.stride), 1),
        padding=unless(compact(margins), 0),
        output_padding=unless(compact(extra), 0),
        groups=unless(layer.groups, 1),
        bias=unless(layer.bias, True),
        dilation=unless(compact(over.dilation), 1),
    )
    result: Expr = call(OWN, X)
    if any(cut):
        result = index(result, Cut(), Cut(), *(Cut(stop=Lit(-1)) if odd else Cut() for odd in cut))
    return Fragment(result, new, initial(layer, inputs, dict(weights)), weights)


LOWERINGS: Table = {
    "conv": conv,
    "conv_transpose": conv_transpose,
    "depthwise_conv": depthwise_conv,
    "separable_conv": separable_conv,
}
