"""How layers make their weights: default initial values, those that were set, and what cannot be a weight."""

from __future__ import annotations

import math
from functools import cache

from dlspec.catalog.base import Initializer, Misfit, Role, Weight, Weighted
from dlspec.catalog.initializers import (
    KaimingUniform,
    Normal,
    Ones,
    Orthogonal,
    Uniform,
    UniformByFan,
    XavierUniform,
    Zeros,
    require_fit,
)
from dlspec.tensor import Dim, Shape, Sym, TensorType, shape_text


@cache
def kaiming() -> Initializer:
    """The default of dense and convolution weights: uniform, +-1/sqrt(fan_in)."""
    return KaimingUniform(slope=math.sqrt(5))


@cache
def xavier() -> Initializer:
    """The default of attention's projections and of the input weights of recurrent layers."""
    return XavierUniform()


@cache
def orthogonal() -> Initializer:
    """The default of recurrent weights."""
    return Orthogonal()


@cache
def zeros() -> Initializer:
    """Zeros."""
    return Zeros()


@cache
def ones() -> Initializer:
    """Ones."""
    return Ones()


@cache
def standard_normal() -> Initializer:
    """Normal with mean 0 and deviation 1."""
    return Normal()


@cache
def uniform_by_fan(fan: Dim) -> Initializer:
    """The default of biases: uniform, +-1/sqrt(fan)."""
    if isinstance(fan, Sym):
        return UniformByFan(fan=fan)
    bound = 1 / math.sqrt(fan)
    return Uniform(low=-bound, high=bound)


def weight(layer: Weighted, name: str, shape: Shape, init: Initializer, role: Role = "kernel") -> Weight:
    """A weight; Misfit where a size is known only at run time, or the initial values do not fit."""
    if any(isinstance(size, Sym) and not _learned(size) for size in shape):
        raise Misfit(
            f"a weight of {shape_text(shape)} would have a size that is known only at run time",
            "only sizes known before training can be sizes of weights; transpose, or fix the size",
        )
    require_fit(init, name, shape)
    return Weight(name, shape, init, role)


def require_known_channels(tensor: TensorType) -> None:
    """Misfit where the number of channels is known only at run time."""
    size = tensor.shape[0]
    if isinstance(size, Sym) and not _learned(size):
        raise Misfit(
            f"needs to know its channels before it runs, got {shape_text(tensor.shape)}",
            "transpose, or fix the size of the first dimension",
        )


def _learned(size: Sym) -> bool:
    """Whether it is learned from data (`corpus.tokens.size`), so that it is known before weights are made."""
    return all("." in symbol for symbol in size.symbols)


def bias_weight(layer: Weighted, size: Dim, fan_in: Dim) -> Weight:
    """The bias of a dense or convolution layer."""
    return weight(layer, "bias", (size,), layer.bias_init or uniform_by_fan(fan_in), "bias")


def require_no_bias_init(layer: Weighted) -> None:
    """Misfit where `bias_init=` is given and there is no bias."""
    if layer.bias_init is not None:
        raise Misfit("bias_init= is given and there is no bias", "leave out bias_init=")
