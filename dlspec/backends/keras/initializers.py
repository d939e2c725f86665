"""Initial values, for use of the code without dlspec: Keras's own initializers of the same distribution."""

from __future__ import annotations

from math import prod
from typing import Any

from dlspec.backends.python.expression import Call, Do, Expr, Simple, call, method, unless
from dlspec.catalog import initializers as catalog
from dlspec.catalog.base import Initializer
from dlspec.tensor import Shape


def fill(initializer: Initializer, target: Expr, shape: Shape, layout: str) -> tuple[Simple, ...]:
    """Statements that fill a variable."""
    if isinstance(initializer, catalog.Given):
        return (Do(method(target, "assign", laid(given(initializer, shape), layout))),)
    return (Do(call("fill", target, arranged(initializer, shape, layout))),)


def arranged(initializer: Initializer, shape: Shape, layout: str) -> Call:
    """The call that makes the initializer of a variable; `shape` is that of the canonical weight.

    Keras takes every variable for a kernel `[*k, in, out]`. Where it is laid out otherwise, what reads the numbers of
    inputs and outputs off the shape is given that of the kernel.
    """
    how = initializer_call(initializer)
    if not isinstance(initializer, OF_MATRICES) or len(shape) < 2:
        return how
    return call(WRAPPED[layout], how) if layout in WRAPPED else how


OF_MATRICES = (
    catalog.XavierUniform,
    catalog.XavierNormal,
    catalog.KaimingUniform,
    catalog.KaimingNormal,
    catalog.LecunNormal,
    catalog.Orthogonal,
)
"""Initializers that tell inputs from outputs."""

WRAPPED = {"same": "outputs_first", "depthwise": "depthwise_start"}
"""The helper that brings a kernel's initial values to another layout."""


def given(initializer: catalog.Given, shape: Shape) -> Any:
    """The numbers as floats, nested as the canonical shape."""
    flat = iter(_flat(initializer.values))
    return _nested(flat, [size for size in shape if isinstance(size, int)])


def _flat(values: Any) -> list[float]:
    if isinstance(values, tuple):
        return [leaf for each in values for leaf in _flat(each)]
    return [float(values)]


def _nested(flat: Any, shape: list[int]) -> Any:
    if not shape:
        return next(flat)
    return tuple(_nested(flat, shape[1:]) for _ in range(shape[0]))


def floats(values: Any) -> Any:
    """Nested numbers as floats."""
    return tuple(floats(each) for each in values) if isinstance(values, tuple) else float(values)


def laid(values: Any, layout: str) -> Any:
    """Canonical numbers as a kernel has them: `[out, in, *k]` becomes `[*k, in, out]`."""
    if layout == "same":
        return values
    if layout != "kernel":
        raise LookupError(f"numbers cannot be given for a variable laid out as '{layout}'")
    shape = []
    inner = values
    while isinstance(inner, tuple):
        shape.append(len(inner))
        inner = inner[0]
    out, into, *kernel = shape
    table = _flat(values)
    places = prod(kernel)
    flat = (table[(o * into + i) * places + k] for k in range(places) for i in range(into) for o in range(out))
    return _nested(flat, [*kernel, into, out])


def initializer_call(initializer: Initializer) -> Call:
    """The call that makes Keras's initializer."""
    match initializer:
        case catalog.Zeros():
            return call("initializers.Zeros")
        case catalog.Ones():
            return call("initializers.Ones")
        case catalog.Constant(value=value):
            return call("initializers.Constant", value)
        case catalog.Normal(mean=mean, std=std):
            return call("initializers.RandomNormal", mean=unless(mean, 0.0), stddev=std)
        case catalog.TruncatedNormal(mean=mean, std=std):
            return call("initializers.TruncatedNormal", mean=unless(mean, 0.0), stddev=std)
        case catalog.Uniform(low=low, high=high):
            return call("initializers.RandomUniform", low, high)
        case catalog.XavierUniform():
            return call("initializers.GlorotUniform")
        case catalog.XavierNormal():
            return _scaled(1.0, "fan_avg", "untruncated_normal")
        case catalog.KaimingUniform(slope=slope):
            return _scaled(2.0 / (1.0 + slope**2), "fan_in", "uniform")
        case catalog.KaimingNormal(slope=slope):
            return _scaled(2.0 / (1.0 + slope**2), "fan_in", "untruncated_normal")
        case catalog.LecunNormal():
            return _scaled(1.0, "fan_in", "untruncated_normal")
        case catalog.Orthogonal(gain=gain):
            return call("initializers.Orthogonal", gain=unless(gain, 1.0))
        case catalog.Eye():
            return call("initializers.Identity")
    raise KeyError(f"no Keras code for the initializer '{initializer.entry}'")


def _scaled(scale: float, mode: str, distribution: str) -> Call:
    return call("initializers.VarianceScaling", scale, mode, distribution)
