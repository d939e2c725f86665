"""Layers that draw numbers, and layers that change the gradient alone."""

from __future__ import annotations

from dlspec.backends.python.expression import (
    OWN,
    Draws,
    Expr,
    FloatType,
    Get,
    Sequence,
    Size,
    UnitName,
    X,
    call,
    expr,
    index,
    method,
    unless,
)
from dlspec.backends.python.fragment import Fragment
from dlspec.catalog import random as catalog
from dlspec.catalog.base import Layer, Types
from dlspec.tensor import Dim


def dropout(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`nn.Dropout`."""
    assert isinstance(layer, catalog.Dropout)
    return Fragment(call(OWN, X), call("nn.Dropout", layer.rate), follows=True)


def gaussian_noise(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """A module of our own: PyTorch has none."""
    assert isinstance(layer, catalog.GaussianNoise)
    return Fragment(call(OWN, X), call("GaussianNoise", layer.std), follows=True)


def random_normal(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """What was drawn outside, else new numbers."""
    assert isinstance(layer, catalog.RandomNormal)
    extra = {"mean": unless(layer.mean, 0.0), "std": unless(layer.std, 1.0)}
    return Fragment(_draw("random_normal", outputs[0].shape, **extra))


def random_uniform(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """What was drawn outside, else new numbers."""
    assert isinstance(layer, catalog.RandomUniform)
    extra = {"low": unless(layer.low, 0.0), "high": unless(layer.high, 1.0)}
    return Fragment(_draw("random_uniform", outputs[0].shape, **extra))


def _draw(function: str, shape: tuple[Dim, ...], **extra: Expr) -> Expr:
    sizes: list[Expr] = [expr(size) if isinstance(size, int) else Size(size) for size in shape]
    whole = Sequence((index(Get(X, "shape"), 0), *sizes))
    return call(function, Draws(), UnitName(), whole, FloatType(), Get(X, "device"), **extra)


def stop_gradient(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`x.detach()`."""
    return Fragment(method(X, "detach"))
