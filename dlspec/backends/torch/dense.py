"""Dense layers, embeddings, parameters and constants."""

from __future__ import annotations

from dlspec.backends.python.common import names, whole
from dlspec.backends.python.expression import (
    OWN,
    Do,
    Expr,
    Get,
    In,
    Lit,
    LiteralValue,
    Simple,
    X,
    call,
    expr,
    index,
    method,
    unless,
)
from dlspec.backends.python.fragment import Fragment, Table
from dlspec.backends.torch.common import initial
from dlspec.backends.torch.initializers import fill, floats
from dlspec.catalog import dense as catalog
from dlspec.catalog import initializers
from dlspec.catalog.base import Layer, Types


def dense(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`nn.Linear` on the last dimension."""
    assert isinstance(layer, catalog.Dense)
    new = call("nn.Linear", whole(inputs[0].shape[-1]), whole(layer.size), bias=unless(layer.bias, True))
    weights = names("weight") + names("bias", given=layer.bias)
    return Fragment(call(OWN, X), new, initial(layer, inputs, dict(weights)), weights)


def bilinear(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`nn.Bilinear`."""
    assert isinstance(layer, catalog.Bilinear)
    sizes = (whole(inputs[0].shape[-1]), whole(inputs[1].shape[-1]), whole(layer.size))
    weights = names("weight") + names("bias", given=layer.bias)
    new = call("nn.Bilinear", *sizes, bias=unless(layer.bias, True))
    return Fragment(call(OWN, X, In(1)), new, initial(layer, inputs, dict(weights)), weights)


def maxout(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """A linear layer with several rows for each output, and the largest of them."""
    assert isinstance(layer, catalog.Maxout)
    size, weights = whole(layer.size), names("weight", "bias")
    new = call("nn.Linear", whole(inputs[0].shape[-1]), size * layer.pieces)
    pieces = method(call(OWN, X), "unflatten", -1, (size, layer.pieces))
    return Fragment(method(pieces, "amax", dim=-1), new, initial(layer, inputs, dict(weights)), weights)


def embedding(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`nn.Embedding`; its padding row stays zero and has no gradient."""
    assert isinstance(layer, catalog.Embedding)
    weights = names("weight")
    sizes = (whole(layer.n), whole(layer.size))
    new = call("nn.Embedding", *sizes, padding_idx=unless(layer.padding_index, None))
    after: tuple[Simple, ...] = initial(layer, inputs, dict(weights))
    if after and layer.padding_index is not None:
        row = index(Get(Get(OWN, "weight"), "data"), layer.padding_index)
        after = (*after, Do(method(row, "zero_")))
    return Fragment(call(OWN, X), new, after, weights)


def parameter(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`nn.Parameter`."""
    assert isinstance(layer, catalog.Parameter)
    shape = tuple(map(whole, layer.shape))
    after: tuple[Simple, ...] = ()
    match layer.init:
        case initializers.Zeros():
            values: Expr = call("torch.zeros", shape)
        case initializers.Ones():
            values = call("torch.ones", shape)
        case initializers.Constant(value=value):
            values = call("torch.full", shape, value)
        case _:
            values = call("torch.empty", shape)
            after = fill(layer.init, OWN, shape)
    return Fragment(OWN, call("nn.Parameter", values), after, (("weight", ""),), atom=True)


def constant(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """A buffer that is no part of the saved state."""
    assert isinstance(layer, catalog.Constant)
    return Fragment(OWN, call("torch.tensor", constant_value(layer)), atom=True, buffer=True)


def constant_value(layer: catalog.Constant) -> Lit:
    """The numbers as a literal of their element type."""
    values: LiteralValue = floats(layer.values) if layer.element == "float" else layer.values
    literal = expr(values)
    assert isinstance(literal, Lit)
    return literal


LOWERINGS: Table = {
    "dense": dense,
    "bilinear": bilinear,
    "maxout": maxout,
    "embedding": embedding,
    "parameter": parameter,
    "constant": constant,
}
