"""Activations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dlspec.backends.onnx.call import Call, Lowering
from dlspec.backends.onnx.operators import plain
from dlspec.catalog import activation as catalog
from dlspec.tensor import TensorType


def _relu6(call: Call, _layer: catalog.Relu6) -> str:
    return call.op("Clip", call.x, call.number(0.0), call.number(6.0))


def _leaky_relu(call: Call, layer: catalog.LeakyRelu) -> str:
    return call.op("LeakyRelu", call.x, alpha=layer.slope)


def _prelu(call: Call, _layer: catalog.Prelu) -> str:
    """The slopes, one a channel, stand against the first written dimension."""
    return call.op("PRelu", call.x, call.unsqueeze(call.weight("weight"), *range(1, call.type.rank)))


def _elu(call: Call, layer: catalog.Elu) -> str:
    return call.op("Elu", call.x, alpha=layer.alpha)


def _celu(call: Call, layer: catalog.Celu) -> str:
    return call.op("Celu", call.x, alpha=layer.alpha)


def _gelu(call: Call, layer: catalog.Gelu) -> str:
    return gelu(call, call.x, layer.approximate)


def gelu(call: Call, x: str, approximate: str | None = None) -> str:
    """Exact, or by the tanh."""
    return call.op("Gelu", x, approximate=approximate or "none")


def silu(call: Call, x: str) -> str:
    """`x * sigmoid(x)`."""
    return call.op("Mul", x, call.op("Sigmoid", x))


def _silu(call: Call, _layer: catalog.Silu) -> str:
    return silu(call, call.x)


def _log_sigmoid(call: Call, _layer: catalog.LogSigmoid) -> str:
    """`-softplus(-x)`, which does not overflow."""
    return call.op("Neg", call.op("Softplus", call.op("Neg", call.x)), name="result")


def _hard_sigmoid(call: Call, _layer: catalog.HardSigmoid) -> str:
    return call.op("HardSigmoid", call.x, alpha=1 / 6, beta=0.5)


def _hard_tanh(call: Call, _layer: catalog.HardTanh) -> str:
    return call.op("Clip", call.x, call.number(-1.0), call.number(1.0))


def _softplus(call: Call, layer: catalog.Softplus) -> str:
    if layer.beta == 1:
        return call.op("Softplus", call.x)
    beta = call.number(layer.beta)
    return call.op("Div", call.op("Softplus", call.op("Mul", call.x, beta)), beta)


def _soft_shrink(call: Call, layer: catalog.SoftShrink) -> str:
    return call.op("Shrink", call.x, lambd=layer.size, bias=layer.size)


def _hard_shrink(call: Call, layer: catalog.HardShrink) -> str:
    return call.op("Shrink", call.x, lambd=layer.size, bias=0.0)


def _softmax(call: Call, layer: catalog.Softmax) -> str:
    return call.op("Softmax", call.x, axis=call.axis(layer.axis))


def _log_softmax(call: Call, layer: catalog.LogSoftmax) -> str:
    return call.op("LogSoftmax", call.x, axis=call.axis(layer.axis))


def _gumbel_softmax(call: Call, layer: catalog.GumbelSoftmax) -> str:
    """Gumbel noise is `-log(-log u)`; u starts above 0, so that the noise is finite."""
    axis = call.axis(-1)
    uniform = TensorType("float", call.type.shape, call.type.batched)
    u = call.draw(uniform) if call.draw else call.op("RandomUniformLike", call.x, low=1e-10, high=1.0)
    noise = call.op("Neg", call.op("Log", call.op("Neg", call.op("Log", u))))
    scaled = call.op("Div", call.op("Add", call.x, noise), call.number(layer.temperature))
    soft = call.op("Softmax", scaled, axis=axis)
    return one_hot_of_largest(call, soft, axis) if layer.hard else soft


def one_hot_of_largest(call: Call, x: str, axis: int) -> str:
    """1 where the largest along an axis stands (the first of several), else 0."""
    best = call.op("ArgMax", x, axis=axis, keepdims=0)
    depth = call.op("Shape", x, name="depth", start=axis, end=axis + 1)
    return call.op("OneHot", best, depth, call.floats([0, 1]), axis=axis)


def _halves(call: Call, axis: int) -> tuple[str, ...]:
    return call.ops("Split", call.x, outputs=2, axis=call.axis(axis), num_outputs=2)


def _glu(call: Call, layer: catalog.Glu) -> str:
    value, gate = _halves(call, layer.axis)
    return call.op("Mul", value, call.op("Sigmoid", gate))


def _swiglu(call: Call, layer: catalog.Swiglu) -> str:
    gate, value = _halves(call, layer.axis)
    return call.op("Mul", silu(call, gate), value)


def _geglu(call: Call, layer: catalog.Geglu) -> str:
    gate, value = _halves(call, layer.axis)
    return call.op("Mul", gelu(call, gate), value)


def _binary_step(call: Call, _layer: catalog.BinaryStep) -> str:
    return call.cast(call.op("Greater", call.x, call.number(0.0)), "float")


def unchanged(call: Call, _layer: Any) -> str:
    """The input itself."""
    return call.x


LOWERINGS: Mapping[type[Any], Lowering] = {
    catalog.Relu: plain("Relu"),
    catalog.Relu6: _relu6,
    catalog.LeakyRelu: _leaky_relu,
    catalog.Prelu: _prelu,
    catalog.Elu: _elu,
    catalog.Selu: plain("Selu"),
    catalog.Celu: _celu,
    catalog.Gelu: _gelu,
    catalog.Silu: _silu,
    catalog.Mish: plain("Mish"),
    catalog.Sigmoid: plain("Sigmoid"),
    catalog.LogSigmoid: _log_sigmoid,
    catalog.HardSigmoid: _hard_sigmoid,
    catalog.Tanh: plain("Tanh"),
    catalog.HardTanh: _hard_tanh,
    catalog.HardSwish: plain("HardSwish"),
    catalog.Softplus: _softplus,
    catalog.Softsign: plain("Softsign"),
    catalog.SoftShrink: _soft_shrink,
    catalog.HardShrink: _hard_shrink,
    catalog.Softmax: _softmax,
    catalog.LogSoftmax: _log_softmax,
    catalog.GumbelSoftmax: _gumbel_softmax,
    catalog.Glu: _glu,
    catalog.Swiglu: _swiglu,
    catalog.Geglu: _geglu,
    catalog.BinaryStep: _binary_step,
    catalog.Identity: unchanged,
}
