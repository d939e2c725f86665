"""Dense layers, embeddings, parameters and constants."""

from __future__ import annotations

from dlspec.backends.keras.common import built, dense_weights, initial, shape_of
from dlspec.backends.keras.initializers import arranged, fill, floats
from dlspec.backends.python.common import whole
from dlspec.backends.python.expression import (
    OWN,
    Call,
    Expr,
    Get,
    In,
    Lit,
    LiteralValue,
    Local,
    Simple,
    X,
    call,
    expr,
    unless,
)
from dlspec.backends.python.fragment import Fragment, Table
from dlspec.backends.python.indexing import size_of
from dlspec.catalog import dense as catalog
from dlspec.catalog import initializers
from dlspec.catalog.base import Initializer, Layer, Types
from dlspec.tensor import Shape

FLOAT = call("keras.config.floatx")


def dense(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`layers.Dense` on the last dimension; a single vector without a batch becomes a row for it."""
    assert isinstance(layer, catalog.Dense)
    new = call("layers.Dense", whole(layer.size), use_bias=unless(layer.bias, True))
    weights = dense_weights(layer.bias)
    made = built(new, whole(inputs[0].shape[-1]))
    return Fragment(call(OWN, X), made, initial(layer, inputs, weights), weights)


def bilinear(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """A layer of our own: Keras has none."""
    assert isinstance(layer, catalog.Bilinear)
    sizes = (whole(inputs[0].shape[-1]), whole(inputs[1].shape[-1]), whole(layer.size))
    weights = (("weight", "weight:same"), *((("bias", "bias:same"),) if layer.bias else ()))
    new = call("Bilinear", *sizes, use_bias=unless(layer.bias, True))
    return Fragment(call(OWN, X, In(1)), new, initial(layer, inputs, weights), weights)


def maxout(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """A dense layer with several features for each output, and the largest of them."""
    assert isinstance(layer, catalog.Maxout)
    size, weights = whole(layer.size), dense_weights(True)
    new = built(call("layers.Dense", size * layer.pieces), whole(inputs[0].shape[-1]))
    before = [size_of(each) for each in inputs[0].shape[:-1]]
    pieces = call("ops.reshape", call(OWN, X), shape_of(inputs[0], *before, Lit(size), Lit(layer.pieces)))
    return Fragment(call("ops.max", pieces, axis=-1), new, initial(layer, inputs, weights), weights)


def embedding(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`layers.Embedding`; with padding a subclass of it."""
    assert isinstance(layer, catalog.Embedding)
    weights = (("weight", "embeddings:same"),)
    sizes = (whole(layer.n), whole(layer.size))
    init = layer.init if layer.init is not None else initializers.Normal()
    if isinstance(init, initializers.Given):
        plain: Call = call("layers.Embedding", *sizes)
        return Fragment(call(OWN, X), built(plain, 1), initial(layer, inputs, weights), weights)
    how = arranged(init, (layer.n, layer.size), "same")
    if layer.padding_index is not None:
        padded = call("PaddedEmbedding", *sizes, layer.padding_index, embeddings_initializer=how)
        return Fragment(call(OWN, X), built(padded, 1), (), weights)
    return Fragment(call(OWN, X), built(call("layers.Embedding", *sizes, embeddings_initializer=how), 1), (), weights)


def added_weight(shape: Shape, initializer: Initializer | None, name: str = "weight") -> Call:
    """`self.add_weight`."""
    how = {} if initializer is None else {"initializer": arranged(initializer, shape, "same")}
    return call(Get(Local("self"), "add_weight"), tuple(map(whole, shape)), **how, name=name)


def parameter(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`self.add_weight`."""
    assert isinstance(layer, catalog.Parameter)
    after: tuple[Simple, ...] = ()
    if isinstance(layer.init, initializers.Given):
        new = added_weight(layer.shape, initializers.Zeros())
        after = fill(layer.init, OWN, layer.shape, "same")
    else:
        new = added_weight(layer.shape, layer.init)
    return Fragment(OWN, new, after, (("weight", ":same"),), atom=True)


def constant(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """A tensor that is kept beside the variables."""
    assert isinstance(layer, catalog.Constant)
    return Fragment(OWN, constant_tensor(layer), atom=True, buffer=True)


def constant_tensor(layer: catalog.Constant) -> Call:
    """The numbers as a tensor of their element type."""
    values: LiteralValue = floats(layer.values) if layer.element == "float" else layer.values
    kind: Expr = FLOAT if layer.element == "float" else expr("bool" if layer.element == "bool" else "int64")
    return call("ops.convert_to_tensor", values, dtype=kind)


LOWERINGS: Table = {
    "dense": dense,
    "bilinear": bilinear,
    "maxout": maxout,
    "embedding": embedding,
    "parameter": parameter,
    "constant": constant,
}
