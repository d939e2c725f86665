"""Activations."""

from __future__ import annotations

from typing import Any

from dlspec.backends.python.common import names, whole
from dlspec.backends.python.expression import OWN, Argument, X, call, method, unless
from dlspec.backends.python.fragment import Fragment, Lowering, Table
from dlspec.backends.torch.common import dim, initial
from dlspec.catalog import activation as catalog
from dlspec.catalog.base import Initializer, Layer, Types


def function(name: str, **arguments: tuple[str, Any]) -> Lowering:
    """The lowering to one function; an argument's name, the layer's field that gives it, and its default."""

    def lowering(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
        given: dict[str, Argument] = {
            argument: unless(getattr(layer, field), default) for argument, (field, default) in arguments.items()
        }
        return Fragment(call(name, X, **given))

    return lowering


def along_axis(name: str, default: int | None = None) -> Lowering:
    """The lowering to a function with `dim`."""

    def lowering(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
        assert isinstance(layer, catalog.AlongAxis | catalog.Gated)
        return Fragment(call(name, X, dim=unless(dim(layer.axis, inputs[0]), default)))

    return lowering


def prelu(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`nn.PReLU` with a slope for each channel."""
    assert isinstance(layer, catalog.Prelu)
    weights = names("weight")
    channels = whole(inputs[0].shape[0])
    if isinstance(layer.init, Initializer):
        new = call("nn.PReLU", channels)
        return Fragment(call(OWN, X), new, initial(layer, inputs, dict(weights)), weights, follows=True)
    return Fragment(call(OWN, X), call("nn.PReLU", channels, init=unless(layer.init, 0.25)), (), weights, follows=True)


def gelu(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`F.gelu`, exact unless told otherwise."""
    assert isinstance(layer, catalog.Gelu)
    return Fragment(call("F.gelu", X, approximate=unless(layer.approximate or "none", "none")))


def gumbel_softmax(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`F.gumbel_softmax` over the last dimension."""
    assert isinstance(layer, catalog.GumbelSoftmax)
    return Fragment(call("F.gumbel_softmax", X, tau=unless(layer.temperature, 1.0), hard=unless(layer.hard, False)))


def binary_step(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """1 above 0, else 0, by functions whose gradient is 0 rather than missing."""
    return Fragment(method(call("F.relu", X), "sign"))


def identity(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """The input."""
    return Fragment(X)


relu = function("F.relu")
relu6 = function("F.relu6")
leaky_relu = function("F.leaky_relu", negative_slope=("slope", 0.01))
elu = function("F.elu", alpha=("alpha", 1.0))
selu = function("F.selu")
celu = function("F.celu", alpha=("alpha", 1.0))
silu = function("F.silu")
mish = function("F.mish")
sigmoid = function("torch.sigmoid")
log_sigmoid = function("F.logsigmoid")
hard_sigmoid = function("F.hardsigmoid")
tanh = function("torch.tanh")
hard_tanh = function("F.hardtanh")
hard_swish = function("F.hardswish")
softplus = function("F.softplus", beta=("beta", 1.0))
softsign = function("F.softsign")
soft_shrink = function("F.softshrink", lambd=("size", 0.5))
hard_shrink = function("F.hardshrink", lambd=("size", 0.5))
softmax = along_axis("F.softmax")
log_softmax = along_axis("F.log_softmax")
glu = along_axis("F.glu", -1)
swiglu = along_axis("swiglu", -1)
geglu = along_axis("geglu", -1)


LOWERINGS: Table = {
    "relu": relu,
    "relu6": relu6,
    "leaky_relu": leaky_relu,
    "prelu": prelu,
    "elu": elu,
    "selu": selu,
    "celu": celu,
    "gelu": gelu,
    "silu": silu,
    "mish": mish,
    "sigmoid": sigmoid,
    "log_sigmoid": log_sigmoid,
    "hard_sigmoid": hard_sigmoid,
    "tanh": tanh,
    "hard_tanh": hard_tanh,
    "hard_swish": hard_swish,
    "softplus": softplus,
    "softsign": softsign,
    "soft_shrink": soft_shrink,
    "hard_shrink": hard_shrink,
    "softmax": softmax,
    "log_softmax": log_softmax,
    "gumbel_softmax": gumbel_softmax,
    "glu": glu,
    "swiglu": swiglu,
    "geglu": geglu,
    "binary_step": binary_step,
    "identity": identity,
}
