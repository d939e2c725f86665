"""Normalisation, in inference."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from dlspec.backends.onnx.call import Call, Lowering
from dlspec.backends.onnx.reduction import axes_of
from dlspec.catalog import norm as catalog
from dlspec.tensor import Dim


def _channels(call: Call) -> int:
    channels = call.type.shape[0]
    assert isinstance(channels, int)
    return channels


def _scale(call: Call, layer: Any) -> str:
    """The weight, or ones for each channel."""
    return call.weight("weight") if layer.scale else call.constant(np.ones(_channels(call), np.float32))


def _center(call: Call, layer: Any) -> str:
    """The bias, or zeros for each channel."""
    return call.weight("bias") if layer.center else call.constant(np.zeros(_channels(call), np.float32))


def _batch_norm(call: Call, layer: catalog.BatchNorm) -> str:
    """By the running statistics."""
    statistics = call.weight("running_mean"), call.weight("running_var")
    return call.op(
        "BatchNormalization", call.x, _scale(call, layer), _center(call, layer), *statistics, epsilon=layer.eps
    )


def _instance_norm(call: Call, layer: catalog.InstanceNorm) -> str:
    return call.op("InstanceNormalization", call.x, _scale(call, layer), _center(call, layer), epsilon=layer.eps)


def _group_norm(call: Call, layer: catalog.GroupNorm) -> str:
    """Each group as a channel of its own. GroupNormalization takes the variance as the difference of two means, which
    leaves no digits of a small one."""
    groups = call.op("Reshape", call.x, call.ints([0, layer.groups, -1]), name="groups")
    ones, zeros = call.floats([1.0] * layer.groups), call.floats([0.0] * layer.groups)
    found = call.op("InstanceNormalization", groups, ones, zeros, epsilon=layer.eps, name="normalised")
    found = call.op("Reshape", found, call.op("Shape", call.x), name="joined")
    places = range(1, call.type.rank)
    if layer.scale:
        found = call.op("Mul", found, call.unsqueeze(call.weight("weight"), *places), name="scaled")
    return call.op("Add", found, call.unsqueeze(call.weight("bias"), *places)) if layer.center else found


def _layer_norm(call: Call, layer: catalog.LayerNorm) -> str:
    """LayerNormalization knows the last dimensions; other sets of axes are written out."""
    axes = axes_of(call, layer.axis)
    rank = call.type.rank + call.lead
    shape: list[Dim] = [call.type.shape[axis - call.lead] for axis in axes]
    trailing = axes == list(range(rank - len(axes), rank))
    if trailing and (layer.scale or all(isinstance(dim, int) for dim in shape)):
        scale = call.weight("weight") if layer.scale else call.constant(np.ones(_known(shape), np.float32))
        bias = [call.weight("bias")] if layer.center else []
        return call.op("LayerNormalization", call.x, scale, *bias, axis=axes[0], epsilon=layer.eps)
    centred = call.op("Sub", call.x, call.reduce("ReduceMean", call.x, axes, keepdims=True))
    value = _by_root_mean_square(call, centred, axes, layer.eps)
    if layer.scale:
        value = call.op("Mul", value, _aligned(call, "weight", axes), name="scale")
    if layer.center:
        value = call.op("Add", value, _aligned(call, "bias", axes), name="center")
    return value


def _known(shape: list[Dim]) -> tuple[int, ...]:
    return tuple(dim for dim in shape if isinstance(dim, int))


def _aligned(call: Call, weight: str, axes: list[int]) -> str:
    """A weight of the sizes of `axes`, with a 1 for each dimension between and behind them."""
    rank = call.type.rank + call.lead
    between = [axis - axes[0] for axis in range(axes[0], rank) if axis not in axes]
    return call.unsqueeze(call.weight(weight), *between)


def _by_root_mean_square(call: Call, x: str, axes: list[int], eps: float) -> str:
    power = call.reduce("ReduceMean", call.op("Mul", x, x, name="square"), axes, keepdims=True)
    return call.op("Div", x, call.op("Sqrt", call.op("Add", power, call.number(eps))))


def _rms_norm(call: Call, layer: catalog.RmsNorm) -> str:
    axes = axes_of(call, layer.axis)
    value = _by_root_mean_square(call, call.x, axes, layer.eps)
    return call.op("Mul", value, _aligned(call, "weight", axes), name="scale") if layer.scale else value


def _local_response_norm(call: Call, layer: catalog.LocalResponseNorm) -> str:
    """The mean square of neighbouring channels, `size // 2` before and the rest behind; ONNX's LRN takes odd sizes of
    images only."""
    size = layer.size
    squares = call.op("Mul", call.x, call.x)
    rows = call.op("Reshape", call.unsqueeze(squares, 1), call.ints([0, 0, 0, -1]), name="rows")
    means = call.op(
        "AveragePool",
        rows,
        kernel_shape=[size, 1],
        strides=[1, 1],
        pads=[size // 2, 0, (size - 1) // 2, 0],
        count_include_pad=1,
    )
    shaped = call.op("Reshape", means, call.op("Shape", call.x), name="means")
    scaled = call.op("Add", call.op("Mul", shaped, call.number(layer.alpha)), call.number(layer.k))
    return call.op("Div", call.x, call.op("Pow", scaled, call.number(layer.beta)))


def _l2_normalize(call: Call, layer: catalog.L2Normalize) -> str:
    """Lengths are at least 1e-12, so that zeros stay zeros."""
    length = call.reduce("ReduceL2", call.x, axes_of(call, layer.axis), keepdims=True)
    return call.op("Div", call.x, call.op("Max", length, call.number(1e-12)))


LOWERINGS: Mapping[type[Any], Lowering] = {
    catalog.BatchNorm: _batch_norm,
    catalog.LayerNorm: _layer_norm,
    catalog.GroupNorm: _group_norm,
    catalog.InstanceNorm: _instance_norm,
    catalog.RmsNorm: _rms_norm,
    catalog.LocalResponseNorm: _local_response_norm,
    catalog.L2Normalize: _l2_normalize,
}
