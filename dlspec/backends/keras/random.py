"""Layers that draw numbers, and layers that change the gradient alone."""

from __future__ import annotations

from dlspec.backends.keras.common import BATCH, size_of
from dlspec.backends.python.expression import OWN, Draws, Expr, Sequence, UnitName, X, call, unless
from dlspec.backends.python.fragment import Fragment
from dlspec.catalog import random as catalog
from dlspec.catalog.base import Layer, Types
from dlspec.tensor import Dim

GENERATOR = call("keras.random.SeedGenerator")


def dropout(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`layers.Dropout`."""
    assert isinstance(layer, catalog.Dropout)
    return Fragment(call(OWN, X), call("layers.Dropout", layer.rate), follows=True)


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
