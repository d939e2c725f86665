"""Normalisation."""

from __future__ import annotations

from math import prod

from dlspec.backends.python.common import names, whole
from dlspec.backends.python.expression import (
    OWN,
    Assign,
    Call,
    Expr,
    Get,
    Lit,
    Simple,
    X,
    call,
    method,
    op,
    substitute,
    unless,
)
from dlspec.backends.python.fragment import Fragment, Table
from dlspec.backends.python.indexing import size_of
from dlspec.backends.torch.common import dim, dims, initial
from dlspec.catalog import norm as catalog
from dlspec.catalog.axes import Axes, several_axes
from dlspec.catalog.base import Layer, Types
from dlspec.tensor import TensorType

STATE = names("running_mean", "running_var")


def batch_norm(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`nn.BatchNorm1d`, `2d` or `3d`; where a batch may have one value per channel, a subclass that takes it."""
    assert isinstance(layer, catalog.BatchNorm)
    (x,) = inputs
    name = f"BatchNorm{max(x.rank - 1, 1)}d"
    new = call(
        f"nn.{name}" if several_places(x) else name,
        whole(x.shape[0]),
        eps=unless(layer.eps, 1e-5),
        momentum=unless(layer.momentum, 0.1),
        affine=unless(layer.scale or layer.center, True),
    )
    affine = _affine(layer)
    after = _without(layer) + initial(layer, inputs, dict(affine + STATE))
    return Fragment(call(OWN, X), new, after, affine + STATE, follows=True)


def several_places(tensor: TensorType) -> bool:
    """Whether each channel certainly has more than one number."""
    sizes = [size for size in tensor.shape[1:] if isinstance(size, int)]
    return prod(sizes) > 1


def _affine(layer: catalog.Normalisation) -> tuple[tuple[str, str], ...]:
    return names("weight", given=layer.scale) + names("bias", given=layer.center)


def _without(layer: catalog.Normalisation) -> tuple[Simple, ...]:
    """PyTorch has both or none of weight and bias: takes away the one that is not wanted."""
    if layer.scale == layer.center:
        return ()
    return (Assign((Get(OWN, "bias" if layer.scale else "weight"),), Lit(None)),)


def group_norm(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`nn.GroupNorm`."""
    assert isinstance(layer, catalog.GroupNorm)
    (x,) = inputs
    return _groups(layer, layer.groups, inputs, plain=several_places(x) or whole(x.shape[0]) > layer.groups)


def instance_norm(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`nn.InstanceNorm1d`, `2d` or `3d`; where there may be one place, groups of one channel."""
    assert isinstance(layer, catalog.InstanceNorm)
    (x,) = inputs
    channels = whole(x.shape[0])
    if not several_places(x):
        return _groups(layer, channels, inputs, plain=False)
    affine = _affine(layer)
    new = call(
        f"nn.InstanceNorm{x.rank - 1}d",
        channels,
        eps=unless(layer.eps, 1e-5),
        affine=unless(layer.scale or layer.center, False),
    )
    after = _without(layer) + initial(layer, inputs, dict(affine))
    return Fragment(call(OWN, X), new, after, affine, follows=True)


def _groups(layer: catalog.Normalisation, groups: int, inputs: Types, *, plain: bool) -> Fragment:
    """Groups of channels. `nn.GroupNorm` refuses groups of a single number, its function does not; neither has a
    gradient with a bias alone."""
    affine = _affine(layer)
    new = call(
        "nn.GroupNorm",
        groups,
        whole(inputs[0].shape[0]),
        eps=unless(layer.eps, 1e-5),
        affine=unless(layer.scale or layer.center, True),
    )
    bias, weight = Get(OWN, "bias"), Get(OWN, "weight")
    alone = layer.center and not layer.scale
    # A number by itself is its own mean; PyTorch subtracts that too late for nothing to be left of a large one.
    given = op("*", X, 0) if inputs[0].size == groups else X
    factor = call("torch.ones_like", bias) if alone else weight
    direct = call("torch.group_norm", given, groups, factor, bias, layer.eps)
    after = _without(layer) + initial(layer, inputs, dict(affine))
    return Fragment(call(OWN, X) if plain and not alone else direct, new, after, affine, follows=True)


def layer_norm(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`nn.LayerNorm`, with the dimensions brought to the end where they are elsewhere."""
    assert isinstance(layer, catalog.LayerNorm)
    if not (layer.scale or layer.center):
        return _plain("F.layer_norm", layer, layer.axis, inputs[0], eps=unless(layer.eps, 1e-5))
    x = _centred(layer, layer.axis, inputs[0])
    affine = _affine(layer)
    new = call(
        "nn.LayerNorm",
        _sizes(layer, layer.axis, inputs[0]),
        eps=unless(layer.eps, 1e-5),
        bias=unless(layer.center, True),
    )
    after = (() if layer.scale else _without(layer)) + initial(layer, inputs, dict(affine))
    return Fragment(_at_the_end(layer, layer.axis, inputs[0], x), new, after, affine, follows=True)


def _centred(layer: Layer, axis: Axes, tensor: TensorType) -> Expr:
    """The input, but zeros where each number is its own mean: PyTorch subtracts a large one too late."""
    alone = all(tensor.shape[place] == 1 for place in several_axes(layer, axis, tensor))
    return op("*", X, 0) if alone else X


def rms_norm(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`nn.RMSNorm`."""
    assert isinstance(layer, catalog.RmsNorm)
    if not layer.scale:
        return _plain("F.rms_norm", layer, layer.axis, inputs[0], eps=Lit(layer.eps))
    weights = names("weight")
    new = call("nn.RMSNorm", _sizes(layer, layer.axis, inputs[0]), eps=layer.eps)
    after = initial(layer, inputs, dict(weights))
    return Fragment(_at_the_end(layer, layer.axis, inputs[0]), new, after, weights, follows=True)


def _plain(function: str, layer: Layer, axis: Axes, tensor: TensorType, eps: Lit) -> Fragment:
    """Without weights the sizes may be known only at run time."""
    sizes = [size_of(tensor.shape[place]) for place in several_axes(layer, axis, tensor)]
    normalised = _at_the_end(layer, axis, tensor, _centred(layer, axis, tensor) if "layer" in function else X)
    return Fragment(
        substitute(normalised, lambda part: _applied(function, part, sizes, eps) if isinstance(part, Call) else None)
    )


def _applied(function: str, own: Call, sizes: list[Expr], eps: Lit) -> Expr | None:
    """The function in place of the call of the module."""
    return call(function, *own.arguments, sizes, eps=eps) if own.function == OWN else None


def _sizes(layer: Layer, axis: Axes, tensor: TensorType) -> int | tuple[int, ...]:
    sizes = tuple(whole(tensor.shape[place]) for place in several_axes(layer, axis, tensor))
    return sizes[0] if len(sizes) == 1 else sizes


def _at_the_end(layer: Layer, axis: Axes, tensor: TensorType, x: Expr = X) -> Expr:
    """The call on the input `x` with the normalised dimensions last."""
    axes = several_axes(layer, axis, tensor)
    last = tuple(range(-len(axes), 0))
    if tuple(place - tensor.rank for place in axes) == last:
        return call(OWN, x)
    there: tuple[int, ...] | int = dims(axes, tensor)
    back: tuple[int, ...] | int = last
    if len(axes) == 1:
        there, back = dims(axes, tensor)[0], -1
    return method(call(OWN, method(x, "movedim", there, back)), "movedim", back, there)


def local_response_norm(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`F.local_response_norm`."""
    assert isinstance(layer, catalog.LocalResponseNorm)
    extra = {"alpha": unless(layer.alpha, 1e-4), "beta": unless(layer.beta, 0.75), "k": unless(layer.k, 1.0)}
    return Fragment(call("F.local_response_norm", X, layer.size, **extra))


def l2_normalize(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`F.normalize`."""
    assert isinstance(layer, catalog.L2Normalize)
    return Fragment(call("F.normalize", X, dim=unless(dim(layer.axis, inputs[0]), 1)))


LOWERINGS: Table = {
    "batch_norm": batch_norm,
    "layer_norm": layer_norm,
    "group_norm": group_norm,
    "instance_norm": instance_norm,
    "rms_norm": rms_norm,
    "local_response_norm": local_response_norm,
    "l2_normalize": l2_normalize,
}
