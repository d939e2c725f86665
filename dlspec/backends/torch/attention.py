"""Attention and places."""

from __future__ import annotations

from dlspec.backends.python.common import whole
from dlspec.backends.python.expression import OWN, Cut, Expr, Get, In, Lit, X, call, index, method, op, unless
from dlspec.backends.python.fragment import Fragment, Table
from dlspec.backends.torch.common import initial
from dlspec.backends.torch.initializers import fill
from dlspec.catalog import attention as catalog
from dlspec.catalog import positions
from dlspec.catalog.base import Layer, Types


def attention(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """A module of our own: PyTorch's has one matrix for three projections, and its masks are the other way round."""
    assert isinstance(layer, catalog.Attention)
    size, key_size, value_size = (whole(each.shape[-1]) for each in inputs[:3])
    new = call(
        "RotaryAttention" if layer.rotary else "Attention",
        size,
        layer.heads,
        key_size=unless(key_size, size),
        value_size=unless(value_size, size),
        kv_heads=unless(layer.shared_heads, layer.heads),
        bias=unless(layer.bias, True),
        causal=unless(layer.causal, False),
        dropout=unless(layer.dropout, 0.0),
    )
    weights = tuple((weight.name, weight.name.replace("_", ".")) for weight in layer.weights(*inputs))
    return Fragment(call(OWN, *_given(inputs)), new, initial(layer, inputs, dict(weights)), weights)


def scaled_dot_product(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """PyTorch's function, behind a mask of its own shape, and in a module where there is dropout."""
    assert isinstance(layer, catalog.ScaledDotProduct)
    if layer.dropout:
        new = call("ScaledDotProduct", layer.dropout, causal=unless(layer.causal, False))
        return Fragment(call(OWN, *_given(inputs)), new)
    if len(inputs) == 3:
        return Fragment(call("F.scaled_dot_product_attention", *_given(inputs), is_causal=unless(layer.causal, False)))
    return Fragment(call("attend", *_given(inputs), causal=unless(layer.causal, False)))


def additive_attention(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """A module of our own."""
    assert isinstance(layer, catalog.AdditiveAttention)
    new = call("AdditiveAttention", *(whole(each.shape[-1]) for each in inputs[:2]), whole(layer.size))
    weights = tuple((f"{name}_weight", f"{name}.weight") for name in ("query", "key", "score"))
    return Fragment(call(OWN, *_given(inputs)), new, initial(layer, inputs, dict(weights)), weights)


def _given(inputs: Types) -> tuple[Expr, ...]:
    """Queries, keys, values, and the mask if there is one."""
    return tuple(map(In, range(len(inputs))))


def learned_positions(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """The first rows of a parameter; `narrow` refuses a sequence that is longer than the table."""
    assert isinstance(layer, positions.LearnedPositions)
    (weight,) = layer.weights(*inputs)
    shape = tuple(map(whole, weight.shape))
    time = inputs[0].shape[-2]
    rows: Expr = OWN
    if not isinstance(time, int):
        rows = method(OWN, "narrow", 0, 0, index(Get(X, "shape"), -2))
    elif time < shape[0]:
        rows = index(OWN, Cut(stop=Lit(time)))
    new = call("nn.Parameter", call("torch.empty", shape))
    return Fragment(op("+", X, rows), new, fill(weight.init, OWN, weight.shape), (("weight", ""),))


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
