"""Attention and places."""

from __future__ import annotations

from dlspec.backends.keras.common import initial
from dlspec.backends.keras.dense import added_weight
from dlspec.backends.python.common import whole
from dlspec.backends.python.expression import OWN, Cut, Expr, In, Lit, X, call, index, op, unless
from dlspec.backends.python.fragment import Fragment, Table
from dlspec.catalog import attention as catalog
from dlspec.catalog import initializers, positions
from dlspec.catalog.base import Layer, Types


def attention(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """A layer of our own: Keras's takes no additive mask."""
    assert isinstance(layer, catalog.Attention)
    size, key_size, value_size = (whole(each.shape[-1]) for each in inputs[:3])
    new = call(
        "RotaryAttention" if layer.rotary else "Attention",
        size,
        layer.heads,
        key_size=unless(key_size, size),
        value_size=unless(value_size, size),
        kv_heads=unless(layer.shared_heads, layer.heads),
        use_bias=unless(layer.bias, True),
        causal=unless(layer.causal, False),
        dropout=unless(layer.dropout, 0.0),
    )
    weights = tuple((weight.name, _variable(weight.name)) for weight in layer.weights(*inputs))
    return Fragment(call(OWN, *_given(inputs)), new, initial(layer, inputs, weights), weights)


def _variable(name: str) -> str:
    """`query_weight` is the kernel of the layer `query`."""
    part, _, kind = name.rpartition("_")
    part = "output_layer" if part == "output" else part
    return f"{part}.kernel:kernel" if kind == "weight" else f"{part}.bias:same"


def scaled_dot_product(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """A function of our own, and a layer of dropout where there is any."""
    assert isinstance(layer, catalog.ScaledDotProduct)
    causal = {"causal": unless(layer.causal, False)}
    if layer.dropout:
        return Fragment(call("attend", *_given(inputs), dropout=OWN, **causal), call("layers.Dropout", layer.dropout))
    return Fragment(call("attend", *_given(inputs), **causal))


def additive_attention(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """A layer of our own."""
    assert isinstance(layer, catalog.AdditiveAttention)
    new = call("AdditiveAttention", *(whole(each.shape[-1]) for each in inputs[:2]), whole(layer.size))
    weights = tuple((f"{name}_weight", f"{name}.kernel:kernel") for name in ("query", "key", "score"))
    return Fragment(call(OWN, *_given(inputs)), new, initial(layer, inputs, weights), weights)


def _given(inputs: Types) -> tuple[Expr, ...]:
    """Queries, keys, values, and the mask if there is one."""
    return tuple(map(In, range(len(inputs))))


def learned_positions(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """The first rows of a weight; `ops.take` refuses places behind its end."""
    assert isinstance(layer, positions.LearnedPositions)
    (weight,) = layer.weights(*inputs)
    time = inputs[0].shape[-2]
    rows: Expr = OWN
    if not isinstance(time, int):
        rows = call("ops.take", OWN, call("ops.arange", index(call("ops.shape", X), -2), dtype="int32"), axis=0)
    elif time < whole(weight.shape[0]):
        rows = index(OWN, Cut(stop=Lit(time)))
    weights = (("weight", ":same"),)
    if isinstance(weight.init, initializers.Given):
        new = added_weight(weight.shape, initializers.Zeros())
        return Fragment(op("+", X, rows), new, initial(layer, inputs, weights), weights)
    return Fragment(op("+", X, rows), added_weight(weight.shape, weight.init), (), weights)


def sinusoidal_positions(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """A function of our own."""
    assert isinstance(layer, positions.SinusoidalPositions)
    return Fragment(call("sinusoidal_positions", X, base=unless(layer.base, 10000.0)))


def rotary_positions(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """A function of our own."""
    assert isinstance(layer, positions.RotaryPositions)
    return Fragment(call("rotary_positions", X, base=unless(layer.base, 10000.0)))


LOWERINGS: Table = {
    "attention": attention,
    "scaled_dot_product": scaled_dot_product,
    "additive_attention": additive_attention,
    "learned_positions": learned_positions,
    "sinusoidal_positions": sinusoidal_positions,
    "rotary_positions": rotary_positions,
}
