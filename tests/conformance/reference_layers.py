"""Oracles of layers with weights, windows and activations."""

from __future__ import annotations

import math
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from tests.conformance.reference import Given, Oracle, of_input, pad_pairs

_CONV = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}
_CONV_TRANSPOSE: dict[int, Any] = {1: F.conv_transpose1d, 2: F.conv_transpose2d, 3: F.conv_transpose3d}


def pads_of(given: Given, kernel: Any, stride: Any, dilation: Any = 1) -> list[tuple[int, int]]:
    """Before and after each spatial dimension, as SEMANTICS.md pins them."""
    padding = given.layer.padding
    pairs: list[tuple[int, int]] = []
    for place, (n, k, s, d) in enumerate(
        zip(given.x.shape[2:], given.each(kernel), given.each(stride), given.each(dilation), strict=True)
    ):
        if padding == "same":
            total = max((math.ceil(n / s) - 1) * s + d * (k - 1) + 1 - n, 0)
            pairs.append((total // 2, total - total // 2))
        elif padding == "causal":
            pairs.append((d * (k - 1), 0))
        else:
            amount = 0 if padding == "valid" else given.each(padding)[place]
            pairs.append((amount, amount))
    return pairs


def _conv(given: Given, weight: str = "weight", groups: int = 1) -> Tensor:
    layer = given.layer
    padded = pad_pairs(given.x, pads_of(given, layer.kernel, layer.stride, layer.dilation))
    bias = given.weights.get("bias") if weight == "weight" else None
    convolve = _CONV[given.spatial]
    return convolve(
        padded,
        given.weights[weight],
        bias,
        stride=given.each(layer.stride),
        dilation=given.each(layer.dilation),
        groups=groups,
    )


def _separable(given: Given) -> Tensor:
    deep = _conv(given, "depthwise_weight", given.x.shape[1])
    return _CONV[given.spatial](deep, given.weights["pointwise_weight"], given.weights.get("bias"))


def _conv_transpose(given: Given) -> Tensor:
    layer = given.layer
    transpose = _CONV_TRANSPOSE[given.spatial]
    stride, dilation = given.each(layer.stride), given.each(layer.dilation)
    common = {"stride": stride, "dilation": dilation, "groups": layer.groups}
    if layer.padding != "same":
        padding = 0 if layer.padding == "valid" else given.each(layer.padding)
        extra = given.each(layer.output_padding)
        return transpose(
            given.x, given.weights["weight"], given.weights.get("bias"), padding=padding, output_padding=extra, **common
        )
    whole = transpose(given.x, given.weights["weight"], **common)
    for place, (n, k, s, d) in enumerate(
        zip(given.x.shape[2:], given.each(layer.kernel), stride, dilation, strict=True)
    ):
        start = max(d * (k - 1) + 1 - s, 0) // 2
        short = max(start + n * s - whole.shape[2 + place], 0)
        whole = pad_pairs(whole, [(0, short if other == place else 0) for other in range(given.spatial)])
        whole = whole.narrow(2 + place, start, n * s)
    return whole + given.weights["bias"].reshape(-1, *[1] * given.spatial)


# ---------------------------------------------------------------- pools


def _windows(given: Given) -> Tensor:
    """The elements of each window in the last dimension, NaN where they lie outside."""
    layer = given.layer
    kernel = given.each(layer.kernel)
    stride = kernel if layer.stride is None else given.each(layer.stride)
    x = given.x
    for place, (pair, k, s) in enumerate(zip(pads_of(given, kernel, stride), kernel, stride, strict=True)):
        n = x.shape[2 + place]
        reach = n + sum(pair) - k
        count = reach // s + 1
        if layer.ceil and layer.padding not in ("same", "causal") and reach % s and count * s < n + pair[0]:
            count += 1
        after = max((count - 1) * s + k - n - pair[0], 0)
        pairs = [(pair[0], after), *[(0, 0)] * (x.ndim - 3 - place)]
        x = pad_pairs(x, pairs, float("nan")).unfold(2 + place, k, s).narrow(2 + place, 0, count)
    return x.flatten(2 + given.spatial)


def _lp_pool(given: Given) -> Tensor:
    p = given.layer.p
    return _windows(given).abs().pow(p).nansum(-1).pow(1 / p)


def _adaptive(reduce: str) -> Oracle:
    functions: dict[tuple[str, int], Any] = {
        ("avg", 1): F.adaptive_avg_pool1d,
        ("avg", 2): F.adaptive_avg_pool2d,
        ("avg", 3): F.adaptive_avg_pool3d,
        ("max", 1): F.adaptive_max_pool1d,
        ("max", 2): F.adaptive_max_pool2d,
        ("max", 3): F.adaptive_max_pool3d,
    }
    return lambda given: functions[reduce, given.spatial](given.x, given.each(given.layer.size))


# ---------------------------------------------------------------- dense and norm


def _bilinear(given: Given) -> Tensor:
    return F.bilinear(given.inputs[0], given.inputs[1], given.weights["weight"], given.weights.get("bias"))


def _maxout(given: Given) -> Tensor:
    pieces = F.linear(given.x, given.weights["weight"], given.weights["bias"])
    return pieces.unflatten(-1, (given.layer.size, given.layer.pieces)).amax(-1)


def _layer_norm(given: Given) -> Tensor:
    axes = given.axes(given.layer.axis)
    rest = [axis for axis in range(given.x.ndim) if axis not in axes]
    order = [*rest, *axes]
    moved = given.x.permute(order)
    shape = list(moved.shape[len(rest) :])
    normal = F.layer_norm(moved, shape, given.weights.get("weight"), given.weights.get("bias"), given.layer.eps)
    return normal.permute([order.index(axis) for axis in range(given.x.ndim)])


def _rms_norm(given: Given) -> Tensor:
    axes = given.axes(given.layer.axis)
    normal = given.x / torch.sqrt(given.x.pow(2).mean(axes, keepdim=True) + given.layer.eps)
    if "weight" in given.weights:
        sizes = [given.x.shape[axis] if axis in axes else 1 for axis in range(given.x.ndim)]
        normal = normal * given.weights["weight"].reshape(sizes)
    return normal


def _batch_norm(given: Given) -> Tensor:
    mean, variance = given.weights["running_mean"], given.weights["running_var"]
    return F.batch_norm(
        given.x, mean, variance, given.weights.get("weight"), given.weights.get("bias"), eps=given.layer.eps
    )


def _gated(gate: Any, which: int) -> Oracle:
    def oracle(given: Given) -> Tensor:
        halves = given.x.chunk(2, given.axis(given.layer.axis))
        return gate(halves[which]) * halves[1 - which]

    return oracle


def _prelu(given: Given) -> Tensor:
    return F.prelu(given.x, given.weights["weight"])


def _gelu(given: Given) -> Tensor:
    return F.gelu(given.x, approximate=given.layer.approximate or "none")


def _reversed(given: Given) -> Tensor:
    """The input, whose gradient is changed on its way back."""
    result = given.x.clone()
    if result.requires_grad:
        result.register_hook(lambda gradient: -given.layer.scale * gradient)
    return result


ORACLES: dict[str, Oracle] = {
    "dense": lambda g: F.linear(g.x, g.weights["weight"], g.weights.get("bias")),
    "bilinear": _bilinear,
    "maxout": _maxout,
    "embedding": lambda g: F.embedding(g.x, g.weights["weight"]),
    "parameter": lambda g: g.weights["weight"],
    "constant": lambda g: torch.tensor(g.layer.values),
    "conv": lambda g: _conv(g, groups=g.layer.groups),
    "conv_transpose": _conv_transpose,
    "depthwise_conv": lambda g: _conv(g, groups=g.x.shape[1]),
    "separable_conv": _separable,
    "max_pool": lambda g: _windows(g).nan_to_num(-math.inf).amax(-1),
    "min_pool": lambda g: _windows(g).nan_to_num(math.inf).amin(-1),
    "avg_pool": lambda g: _windows(g).nanmean(-1),
    "lp_pool": _lp_pool,
    "adaptive_max_pool": _adaptive("max"),
    "adaptive_avg_pool": _adaptive("avg"),
    "global_max_pool": lambda g: g.x.flatten(2).amax(-1),
    "global_avg_pool": lambda g: g.x.flatten(2).mean(-1),
    "batch_norm": _batch_norm,
    "layer_norm": _layer_norm,
    "group_norm": lambda g: F.group_norm(
        g.x, g.layer.groups, g.weights.get("weight"), g.weights.get("bias"), g.layer.eps
    ),
    "instance_norm": lambda g: F.instance_norm(
        g.x, weight=g.weights.get("weight"), bias=g.weights.get("bias"), eps=g.layer.eps
    ),
    "rms_norm": _rms_norm,
    "local_response_norm": of_input(F.local_response_norm, "size", "alpha", "beta", "k"),
    "l2_normalize": lambda g: F.normalize(g.x, dim=g.axis(g.layer.axis)),
    "relu": of_input(F.relu),
    "relu6": of_input(F.relu6),
    "leaky_relu": of_input(F.leaky_relu, "slope"),
    "prelu": _prelu,
    "elu": of_input(F.elu, "alpha"),
    "selu": of_input(F.selu),
    "celu": of_input(F.celu, "alpha"),
    "gelu": _gelu,
    "silu": of_input(F.silu),
    "mish": of_input(F.mish),
    "sigmoid": of_input(torch.sigmoid),
    "log_sigmoid": of_input(F.logsigmoid),
    "hard_sigmoid": of_input(F.hardsigmoid),
    "tanh": of_input(torch.tanh),
    "hard_tanh": of_input(F.hardtanh),
    "hard_swish": of_input(F.hardswish),
    "softplus": of_input(F.softplus, "beta"),
    "softsign": of_input(F.softsign),
    "soft_shrink": of_input(F.softshrink, "size"),
    "hard_shrink": of_input(F.hardshrink, "size"),
    "softmax": lambda g: F.softmax(g.x, g.axis(g.layer.axis)),
    "log_softmax": lambda g: F.log_softmax(g.x, g.axis(g.layer.axis)),
    "glu": lambda g: F.glu(g.x, g.axis(g.layer.axis)),
    "swiglu": _gated(F.silu, 0),
    "geglu": _gated(F.gelu, 0),
    "binary_step": lambda g: (g.x > 0).float(),
    "identity": lambda g: g.x,
    "dropout": lambda g: g.x,
    "spatial_dropout": lambda g: g.x,
    "alpha_dropout": lambda g: g.x,
    "drop_path": lambda g: g.x,
    "gaussian_noise": lambda g: g.x,
    "gaussian_dropout": lambda g: g.x,
    "stop_gradient": lambda g: g.x,
    "gradient_reversal": _reversed,
}
