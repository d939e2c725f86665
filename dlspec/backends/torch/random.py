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
from dlspec.backends.python.fragment import Fragment, Table
from dlspec.catalog import random as catalog
from dlspec.catalog.base import Layer, Types
from dlspec.tensor import Dim


def dropout(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`nn.Dropout`."""
    assert isinstance(layer, catalog.Dropout)
    return Fragment(call(OWN, X), call("nn.Dropout", layer.rate), follows=True)


def spatial_dropout(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`nn.Dropout1d`, `2d` or `3d`."""
    assert isinstance(layer, catalog.SpatialDropout)
    return Fragment(call(OWN, X), call(f"nn.Dropout{inputs[0].rank - 1}d", layer.rate), follows=True)


def alpha_dropout(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`nn.AlphaDropout`."""
    assert isinstance(layer, catalog.AlphaDropout)
    return Fragment(call(OWN, X), call("nn.AlphaDropout", layer.rate), follows=True)


def drop_path(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """A module of our own: PyTorch has none."""
    assert isinstance(layer, catalog.DropPath)
    return Fragment(call(OWN, X), call("DropPath", layer.rate), follows=True)


def gaussian_dropout(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """A module of our own: PyTorch has none."""
    assert isinstance(layer, catalog.GaussianDropout)
    return Fragment(call(OWN, X), call("GaussianDropout", layer.rate), follows=True)


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


def gradient_reversal(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """A function with a gradient of its own."""
    assert isinstance(layer, catalog.GradientReversal)
    return Fragment(call("GradientReversal.apply", X, layer.scale))


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
