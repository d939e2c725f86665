"""Initial weights, drawn by dlspec itself, so that every backend starts from the same numbers.

Each weight has a generator of its own, from the seed and the weight's name: no draw depends on another's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import sha256
from math import prod, sqrt
from typing import Any

import numpy as np

from dlspec.catalog import initializers as catalog
from dlspec.catalog.base import Initializer, Weight

Array = np.ndarray[Any, np.dtype[np.float32]]
Shape = tuple[int, ...]

CUT = 2.0
"""Where a truncated normal distribution ends, in standard deviations."""


def initial_weights(weights: Mapping[str, Weight], seed: int) -> dict[str, Array]:
    """The initial values of weights by canonical name, in float32."""
    return {name: _initial(name, weight, seed) for name, weight in weights.items()}


def _initial(name: str, weight: Weight, seed: int) -> Array:
    values = draw(weight.init, _sizes(name, weight), generator(seed, name))
    if weight.zero_row is not None:
        values[weight.zero_row] = 0.0
    return values


def generator(seed: int, name: str) -> np.random.Generator:
    """The generator of one weight."""
    words = np.frombuffer(sha256(name.encode()).digest(), dtype="<u4")
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, *map(int, words)])))


def draw(init: Initializer, shape: Shape, rng: np.random.Generator) -> Array:
    """Values of that shape by an initializer."""
    # `ascontiguousarray` makes one dimension of none.
    return np.ascontiguousarray(FUNCTIONS[type(init)](init, shape, rng), dtype=np.float32).reshape(shape)


def _sizes(name: str, weight: Weight) -> Shape:
    """The shape in whole numbers; ValueError where a size is not known yet."""
    sizes = [size for size in weight.shape if isinstance(size, int)]
    if len(sizes) != len(weight.shape):
        raise ValueError(f"the weight {name!r} has no size yet: {weight.shape}")
    return tuple(sizes)


def _fans(shape: Shape) -> tuple[int, int]:
    """fan_in and fan_out, as the catalogue counts them."""
    kernel = prod(shape[2:])
    return shape[1] * kernel, shape[0] * kernel


# ---------------------------------------------------------------- one function an initializer


def _uniform(rng: np.random.Generator, shape: Shape, low: float, high: float) -> Array:
    return rng.random(shape, dtype=np.float32) * np.float32(high - low) + np.float32(low)


def _normal(rng: np.random.Generator, shape: Shape, std: float, mean: float = 0.0) -> Array:
    return rng.standard_normal(shape, dtype=np.float32) * np.float32(std) + np.float32(mean)


def _truncated(init: Any, shape: Shape, rng: np.random.Generator) -> Array:
    """Normal draws, and again where one lies too far out."""
    values = rng.standard_normal(prod(shape), dtype=np.float32)
    while (outside := np.flatnonzero(np.abs(values) > CUT)).size:
        values[outside] = rng.standard_normal(outside.size, dtype=np.float32)
    return values.reshape(shape) * np.float32(init.std) + np.float32(init.mean)


def _xavier_uniform(init: Any, shape: Shape, rng: np.random.Generator) -> Array:
    bound = sqrt(6.0 / sum(_fans(shape)))
    return _uniform(rng, shape, -bound, bound)


def _xavier_normal(init: Any, shape: Shape, rng: np.random.Generator) -> Array:
    return _normal(rng, shape, sqrt(2.0 / sum(_fans(shape))))


def _kaiming_std(init: Any, shape: Shape) -> float:
    return sqrt(2.0 / ((1.0 + init.slope**2) * _fans(shape)[0]))


def _kaiming_uniform(init: Any, shape: Shape, rng: np.random.Generator) -> Array:
    bound = sqrt(3.0) * _kaiming_std(init, shape)
    return _uniform(rng, shape, -bound, bound)


def _kaiming_normal(init: Any, shape: Shape, rng: np.random.Generator) -> Array:
    return _normal(rng, shape, _kaiming_std(init, shape))


def _lecun_normal(init: Any, shape: Shape, rng: np.random.Generator) -> Array:
    return _normal(rng, shape, sqrt(1.0 / _fans(shape)[0]))


def _orthogonal(init: Any, shape: Shape, rng: np.random.Generator) -> Array:
    """The orthogonal factor of a normal matrix `[first, rest]`, with the signs of R's diagonal (Mezzadri, 2007)."""
    rows, columns = shape[0], prod(shape[1:])
    q, r = np.linalg.qr(rng.standard_normal((max(rows, columns), min(rows, columns))))
    q = q * np.where(np.diagonal(r) < 0, -1.0, 1.0)
    return np.asarray(init.gain * (q if rows >= columns else q.T).reshape(shape), dtype=np.float32)


def _uniform_by_fan(init: Any, shape: Shape, rng: np.random.Generator) -> Array:
    bound = 1.0 / sqrt(init.fan)
    return _uniform(rng, shape, -bound, bound)


def _given(init: Any, shape: Shape, rng: np.random.Generator) -> Array:
    return np.asarray(init.values, dtype=np.float32).reshape(shape)


FUNCTIONS: dict[type[Initializer], Callable[[Any, Shape, np.random.Generator], Array]] = {
    catalog.Zeros: lambda init, shape, rng: np.zeros(shape, np.float32),
    catalog.Ones: lambda init, shape, rng: np.ones(shape, np.float32),
    catalog.Constant: lambda init, shape, rng: np.full(shape, init.value, np.float32),
    catalog.Normal: lambda init, shape, rng: _normal(rng, shape, init.std, init.mean),
    catalog.TruncatedNormal: _truncated,
    catalog.Uniform: lambda init, shape, rng: _uniform(rng, shape, init.low, init.high),
    catalog.XavierUniform: _xavier_uniform,
    catalog.XavierNormal: _xavier_normal,
    catalog.KaimingUniform: _kaiming_uniform,
    catalog.KaimingNormal: _kaiming_normal,
    catalog.LecunNormal: _lecun_normal,
    catalog.Orthogonal: _orthogonal,
    catalog.Eye: lambda init, shape, rng: np.eye(*shape, dtype=np.float32),
    catalog.Given: _given,
    catalog.UniformByFan: _uniform_by_fan,
}
