"""Activations."""

from __future__ import annotations

from typing import Any

from dlspec.backends.keras.common import dim, initial
from dlspec.backends.keras.dense import added_weight
from dlspec.backends.keras.policies import Policy
from dlspec.backends.python.expression import OWN, Argument, Lit, Op, X, call, unless
from dlspec.backends.python.fragment import Fragment, Lowering, Table
from dlspec.catalog import activation as catalog
from dlspec.catalog.base import Initializer, Layer, Types
from dlspec.catalog.initializers import Constant


def function(name: str, **arguments: tuple[str, Any]) -> Lowering:
    """The lowering to one function; an argument's name, the layer's field that gives it, and its default."""

    def lowering(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
        given: dict[str, Argument] = {
            argument: unless(getattr(layer, field), default) for argument, (field, default) in arguments.items()
        }
        return Fragment(call(name, X, **given))

    return lowering


MOST_DIMENSIONS = 5
"""What TensorFlow's softmax takes."""


def along_axis(name: str, default: int | None = -1) -> Lowering:
    """The lowering to a function with `axis`."""

    def lowering(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
        assert isinstance(layer, catalog.AlongAxis | catalog.Gated)
        return Fragment(call(name, X, axis=unless(dim(layer.axis, inputs[0]), default)))

    return lowering


def prelu(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """A slope for each channel, which is last."""
    assert isinstance(layer, catalog.Prelu)
    weights = (("weight", ":same"),)
    if isinstance(layer.init, Initializer):
        new = added_weight(inputs[0].shape[:1], None)
        return Fragment(call("prelu", X, OWN), new, initial(layer, inputs, weights), weights, follows=True)
    new = added_weight(inputs[0].shape[:1], Constant(value=float(layer.init)))
    return Fragment(call("prelu", X, OWN), new, (), weights, follows=True)


def gelu(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`ops.gelu` by tanh, a function of our own for the exact one."""
    assert isinstance(layer, catalog.Gelu)
    if layer.approximate == "tanh":
        return Fragment(call("ops.gelu", X, approximate=True))
    return Fragment(call("gelu", X))


def softplus(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`ops.softplus`, stretched by beta."""
    assert isinstance(layer, catalog.Softplus)
    if layer.beta == 1.0:
        return Fragment(call("ops.softplus", X))
    return Fragment(Op("/", call("ops.softplus", Op("*", Lit(layer.beta), X)), Lit(layer.beta)))


def gumbel_softmax(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """A function of our own, with a generator of numbers."""
    assert isinstance(layer, catalog.GumbelSoftmax)
    extra = {"temperature": unless(layer.temperature, 1.0), "hard": unless(layer.hard, False)}
    return Fragment(call("gumbel_softmax", X, OWN, **extra), call("keras.random.SeedGenerator"))


def binary_step(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """1 above 0, else 0, by functions whose gradient is 0 rather than missing."""
    return Fragment(call("ops.sign", call("ops.relu", X)))


def identity(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """The input."""
    return Fragment(X)


relu = function("ops.relu")
relu6 = function("ops.relu6")
leaky_relu = function("ops.leaky_relu", negative_slope=("slope", None))
elu = function("ops.elu", alpha=("alpha", None))
selu = function("ops.selu")
celu = function("ops.celu", alpha=("alpha", None))
silu = function("ops.silu")
mish = function("keras.activations.mish")
sigmoid = function("ops.sigmoid")
log_sigmoid = function("ops.log_sigmoid")
hard_sigmoid = function("ops.hard_sigmoid")
tanh = function("ops.tanh")
hard_tanh = function("ops.hard_tanh")
hard_swish = function("ops.hard_swish")
softsign = function("ops.softsign")
soft_shrink = function("ops.soft_shrink", threshold=("size", None))
hard_shrink = function("ops.hard_shrink", threshold=("size", None))


def softmax(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`ops.softmax`; that of more than five dimensions, which TensorFlow's own refuses, by its logarithm."""
    assert isinstance(layer, catalog.Softmax)
    axis = unless(dim(layer.axis, inputs[0]), -1)
    if inputs[0].rank + inputs[0].batched > MOST_DIMENSIONS:
        return Fragment(call("ops.exp", call("ops.log_softmax", X, axis=axis)))
    return Fragment(call("ops.softmax", X, axis=axis))


log_softmax = along_axis("ops.log_softmax")
glu = along_axis("glu")
swiglu = along_axis("swiglu")
geglu = along_axis("geglu")


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
POLICIES = {
    "relu": Policy.KEEPS,
    "relu6": Policy.KEEPS,
    "leaky_relu": Policy.KEEPS,
    "elu": Policy.KEEPS,
    "selu": Policy.KEEPS,
    "celu": Policy.KEEPS,
    "gelu": Policy.KEEPS,
    "silu": Policy.KEEPS,
    "mish": Policy.KEEPS,
    "sigmoid": Policy.KEEPS,
    "log_sigmoid": Policy.KEEPS,
    "hard_sigmoid": Policy.KEEPS,
    "tanh": Policy.KEEPS,
    "hard_tanh": Policy.KEEPS,
    "hard_swish": Policy.KEEPS,
    "softplus": Policy.KEEPS,
    "softsign": Policy.KEEPS,
    "soft_shrink": Policy.KEEPS,
    "hard_shrink": Policy.KEEPS,
    "binary_step": Policy.KEEPS,
    "identity": Policy.KEEPS,
    "prelu": Policy.SPATIAL,
    "softmax": Policy.ALONG,
    "log_softmax": Policy.ALONG,
    "glu": Policy.ALONG,
    "swiglu": Policy.ALONG,
    "geglu": Policy.ALONG,
}
