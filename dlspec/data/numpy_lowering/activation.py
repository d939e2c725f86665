"""Activations without weights and chance, on whole columns."""

from __future__ import annotations

import numpy as np

from dlspec.data.numpy_lowering.call import Call, Lowering
from dlspec.data.numpy_lowering.elementwise import erf, one
from dlspec.data.values import Array

_SELU = (1.0507009873554805, 1.6732632423543772)


def _sigmoid(x: Array) -> Array:
    return np.asarray(0.5 * (1 + np.tanh(0.5 * x)))


def _softplus(x: Array) -> Array:
    return np.asarray(np.logaddexp(0.0, x))


def _gelu(x: Array) -> Array:
    return np.asarray(0.5 * x * (1 + erf(x / np.sqrt(2))))


def _tanh_gelu(x: Array) -> Array:
    return np.asarray(0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))))


def _elu(x: Array, alpha: float) -> Array:
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))


def _log_softmax(call: Call) -> Array:
    axis = call.axis(call.layer.axis)
    shifted = call.x - call.x.max(axis=axis, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=axis, keepdims=True)))


def _halves(call: Call) -> tuple[Array, Array]:
    first, second = np.split(call.x, 2, axis=call.axis(call.layer.axis))
    return first, second


def _glu(call: Call) -> Array:
    first, second = _halves(call)
    return first * _sigmoid(second)


def _swiglu(call: Call) -> Array:
    first, second = _halves(call)
    return first * _sigmoid(first) * second


def _geglu(call: Call) -> Array:
    first, second = _halves(call)
    return _gelu(first) * second


ACTIVATION: dict[str, Lowering] = {
    "relu": one(lambda x: np.maximum(x, 0)),
    "relu6": one(lambda x: np.clip(x, 0, 6)),
    "leaky_relu": lambda call: np.where(call.x > 0, call.x, call.layer.slope * call.x),
    "elu": lambda call: _elu(call.x, call.layer.alpha),
    "selu": one(lambda x: _SELU[0] * _elu(x, _SELU[1])),
    "celu": lambda call: np.where(
        call.x > 0, call.x, call.layer.alpha * np.expm1(np.minimum(call.x, 0) / call.layer.alpha)
    ),
    "gelu": lambda call: _gelu(call.x) if call.layer.approximate is None else _tanh_gelu(call.x),
    "silu": one(lambda x: x * _sigmoid(x)),
    "mish": one(lambda x: x * np.tanh(_softplus(x))),
    "sigmoid": one(_sigmoid),
    "log_sigmoid": one(lambda x: -_softplus(-x)),
    "hard_sigmoid": one(lambda x: np.clip(x + 3, 0, 6) / 6),
    "tanh": one(np.tanh),
    "hard_tanh": one(lambda x: np.clip(x, -1, 1)),
    "hard_swish": one(lambda x: x * np.clip(x + 3, 0, 6) / 6),
    "softplus": lambda call: _softplus(call.layer.beta * call.x) / call.layer.beta,
    "softsign": one(lambda x: x / (1 + np.abs(x))),
    "soft_shrink": lambda call: np.sign(call.x) * np.maximum(np.abs(call.x) - call.layer.size, 0),
    "hard_shrink": lambda call: np.where(np.abs(call.x) > call.layer.size, call.x, 0),
    "softmax": lambda call: np.exp(_log_softmax(call)),
    "log_softmax": _log_softmax,
    "glu": _glu,
    "swiglu": _swiglu,
    "geglu": _geglu,
    "binary_step": one(lambda x: (x > 0).astype(np.float64)),
    "identity": lambda call: call.x,
    "stop_gradient": lambda call: call.x,
    "gradient_reversal": lambda call: call.x,
}
