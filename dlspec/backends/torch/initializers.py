"""Initial values, for use of the code without dlspec: PyTorch's own initializers of the same distribution."""

from __future__ import annotations

from typing import Any

from dlspec.backends.python.expression import Do, Expr, Get, Simple, call, method
from dlspec.catalog import initializers as catalog
from dlspec.catalog.base import Initializer
from dlspec.tensor import Shape


def fill(initializer: Initializer, target: Expr, shape: Shape) -> tuple[Simple, ...]:
    """Statements that fill a weight."""
    if isinstance(initializer, catalog.Given):
        values = call("torch.tensor", floats(initializer.values))
        if catalog.list_shape(initializer.values, "") != shape:
            values = method(values, "reshape", tuple(size for size in shape if isinstance(size, int)))
        return (Do(method(Get(target, "data"), "copy_", values)),)
    return (Do(_call(initializer, target)),)


def floats(values: Any) -> Any:
    """Nested numbers as floats."""
    return tuple(floats(each) for each in values) if isinstance(values, tuple) else float(values)


def _call(initializer: Initializer, target: Expr) -> Expr:
    match initializer:
        case catalog.Zeros():
            return call("nn.init.zeros_", target)
        case catalog.Ones():
            return call("nn.init.ones_", target)
        case catalog.Constant(value=value):
            return call("nn.init.constant_", target, value)
        case catalog.Normal(mean=mean, std=std):
            return call("nn.init.normal_", target, mean=mean, std=std)
        case catalog.TruncatedNormal(mean=mean, std=std):
            bounds = {"a": mean - 2 * std, "b": mean + 2 * std}
            return call("nn.init.trunc_normal_", target, mean=mean, std=std, **bounds)
        case catalog.Uniform(low=low, high=high):
            return call("nn.init.uniform_", target, low, high)
        case catalog.XavierUniform():
            return call("nn.init.xavier_uniform_", target)
        case catalog.XavierNormal():
            return call("nn.init.xavier_normal_", target)
        case catalog.KaimingUniform(slope=slope):
            return call("nn.init.kaiming_uniform_", target, a=slope)
        case catalog.KaimingNormal(slope=slope):
            return call("nn.init.kaiming_normal_", target, a=slope)
        case catalog.LecunNormal():
            return call("nn.init.kaiming_normal_", target, nonlinearity="linear")
        case catalog.Orthogonal(gain=gain):
            return call("nn.init.orthogonal_", target, gain=gain)
        case catalog.Eye():
            return call("nn.init.eye_", target)
    raise KeyError(f"no PyTorch code for the initializer '{initializer.entry}'")
