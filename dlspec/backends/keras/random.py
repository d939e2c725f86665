"""Layers that draw numbers, and layers that change the gradient alone."""

from __future__ import annotations

from dlspec.backends.keras.common import BATCH, arranged
from dlspec.backends.keras.policies import Policy
from dlspec.backends.python.expression import OWN, Draws, Expr, Lit, Sequence, UnitName, X, call, unless
from dlspec.backends.python.fragment import Fragment, Table
from dlspec.backends.python.indexing import size_of
from dlspec.catalog import random as catalog
from dlspec.catalog.base import Layer, Types
from dlspec.tensor import Dim

GENERATOR = call("keras.random.SeedGenerator")


def dropout(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`layers.Dropout`."""
    assert isinstance(layer, catalog.Dropout)
    return Fragment(call(OWN, X), call("layers.Dropout", layer.rate), follows=True)


def spatial_dropout(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`layers.Dropout` with one number for all places of a channel."""
    assert isinstance(layer, catalog.SpatialDropout)
    return _dropout(layer.rate, arranged((Lit(None), *[Lit(1)] * (inputs[0].rank - 1)), inputs[0]))


def alpha_dropout(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`layers.AlphaDropout`."""
    assert isinstance(layer, catalog.AlphaDropout)
    return Fragment(call(OWN, X), call("layers.AlphaDropout", layer.rate), follows=True)


def drop_path(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`layers.Dropout` with one number for all elements of an example."""
    assert isinstance(layer, catalog.DropPath)
    return _dropout(layer.rate, [Lit(1)] * inputs[0].rank)


def _dropout(rate: float, shared: list[Expr]) -> Fragment:
    new = call("layers.Dropout", rate, noise_shape=Sequence((Lit(None), *shared)))
    return Fragment(call(OWN, X), new, follows=True)


def gaussian_dropout(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`layers.GaussianDropout`."""
    assert isinstance(layer, catalog.GaussianDropout)
    return Fragment(call(OWN, X), call("layers.GaussianDropout", layer.rate), follows=True)


def gaussian_noise(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """A layer of our own: Keras's takes no more than a deviation of 1."""
    assert isinstance(layer, catalog.GaussianNoise)
    return Fragment(call(OWN, X), call("GaussianNoise", layer.std), follows=True)


def random_normal(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """What was drawn outside, else new numbers."""
    assert isinstance(layer, catalog.RandomNormal)
    extra = {"mean": unless(layer.mean, 0.0), "std": unless(layer.std, 1.0)}
    return _draw("random_normal", outputs[0].shape, **extra)


def random_uniform(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """What was drawn outside, else new numbers."""
    assert isinstance(layer, catalog.RandomUniform)
    extra = {"low": unless(layer.low, 0.0), "high": unless(layer.high, 1.0)}
    return _draw("random_uniform", outputs[0].shape, **extra)


def _draw(function: str, shape: tuple[Dim, ...], **extra: Expr) -> Fragment:
    whole = Sequence((BATCH, *map(size_of, shape)))
    return Fragment(call(function, Draws(), UnitName(), OWN, whole, **extra), GENERATOR)


def stop_gradient(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`ops.stop_gradient`."""
    return Fragment(call("ops.stop_gradient", X))


def gradient_reversal(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """A function with a gradient of its own."""
    assert isinstance(layer, catalog.GradientReversal)
    return Fragment(call("gradient_reversal", X, layer.scale))


LOWERINGS: Table = {
    "dropout": dropout,
    "spatial_dropout": spatial_dropout,
    "alpha_dropout": alpha_dropout,
    "drop_path": drop_path,
    "gaussian_noise": gaussian_noise,
    "gaussian_dropout": gaussian_dropout,
    "random_normal": random_normal,
    "random_uniform": random_uniform,
    "stop_gradient": stop_gradient,
    "gradient_reversal": gradient_reversal,
}
POLICIES = {
    "dropout": Policy.KEEPS,
    "spatial_dropout": Policy.ALONG,
    "alpha_dropout": Policy.KEEPS,
    "drop_path": Policy.KEEPS,
    "gaussian_noise": Policy.KEEPS,
    "gaussian_dropout": Policy.KEEPS,
    "stop_gradient": Policy.KEEPS,
    "gradient_reversal": Policy.KEEPS,
    "random_normal": Policy.ANY,
    "random_uniform": Policy.ANY,
}
