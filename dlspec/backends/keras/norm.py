"""Normalisation."""

from __future__ import annotations

from dlspec.backends.keras.common import built, dim, initial
from dlspec.backends.keras.dense import added_weight
from dlspec.backends.keras.policies import Policy
from dlspec.backends.python.common import whole
from dlspec.backends.python.expression import OWN, Expr, Lit, Op, X, call, op, unless
from dlspec.backends.python.fragment import Fragment, Table
from dlspec.catalog import norm as catalog
from dlspec.catalog.axes import Axes, several_axes
from dlspec.catalog.base import Layer, Types
from dlspec.catalog.initializers import Ones
from dlspec.tensor import Dim, TensorType

Weights = tuple[tuple[str, str], ...]
STATE: Weights = (("running_mean", "moving_mean:same"), ("running_var", "moving_variance:same"))


def batch_norm(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """A subclass of `layers.BatchNormalization` that keeps the unbiased variance."""
    assert isinstance(layer, catalog.BatchNorm)
    (x,) = inputs
    new = call("BatchNorm", momentum=unless(_kept(layer.momentum), 0.9), **_affine_arguments(layer, 1e-5))
    weights = _affine(layer) + STATE
    after = initial(layer, inputs, weights)
    return Fragment(call(OWN, X), built(new, whole(x.shape[0]), x.rank - 1), after, weights, follows=True)


def _kept(momentum: float) -> float:
    """How much of the running value stays: Keras's momentum."""
    return float(f"{1 - momentum:.12g}")


def _affine(layer: catalog.Normalisation) -> Weights:
    scale = (("weight", "gamma:same"),) if layer.scale else ()
    return (*scale, ("bias", "beta:same")) if layer.center else scale


def _affine_arguments(layer: catalog.Normalisation, eps: float | None = None) -> dict[str, Lit]:
    return {
        "epsilon": Lit(layer.eps) if eps is None else unless(layer.eps, eps),
        "center": unless(layer.center, True),
        "scale": unless(layer.scale, True),
    }


def group_norm(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`layers.GroupNormalization`."""
    assert isinstance(layer, catalog.GroupNorm)
    return _groups(layer, layer.groups, inputs)


def instance_norm(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`layers.GroupNormalization` with groups of one channel."""
    assert isinstance(layer, catalog.InstanceNorm)
    return _groups(layer, -1, inputs)


def _groups(layer: catalog.Normalisation, groups: int, inputs: Types) -> Fragment:
    (x,) = inputs
    new = call("layers.GroupNormalization", groups, **_affine_arguments(layer))
    weights = _affine(layer)
    made = built(new, whole(x.shape[0]), x.rank - 1)
    # A number by itself is its own mean; Keras subtracts that too late for nothing to be left of a large one.
    alone = x.size == (x.shape[0] if groups == -1 else groups)
    given = op("*", X, 0) if alone else X
    return Fragment(call(OWN, given), made, initial(layer, inputs, weights), weights, follows=True)


def layer_norm(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`layers.LayerNormalization` of the last dimension; of others a layer of our own, or a function."""
    assert isinstance(layer, catalog.LayerNorm)
    axes = _axes(layer, layer.axis, inputs[0])
    # As with groups: a number by itself is its own mean.
    given = op("*", X, 0) if all(size == 1 for size in _sizes_of(layer, inputs[0])) else X
    if not (layer.scale or layer.center):
        return Fragment(call("layer_norm", given, axes, epsilon=unless(layer.eps, 1e-5)))
    weights = _affine(layer)
    after = initial(layer, inputs, weights)
    if axes == (-1,):
        made = built(call("layers.LayerNormalization", **_affine_arguments(layer)), whole(inputs[0].shape[-1]))
    else:
        made = call("LayerNorm", axes, _sizes(axes, inputs[0]), **_affine_arguments(layer, 1e-5))
    return Fragment(call(OWN, given), made, after, weights, follows=True)


def _sizes_of(layer: catalog.LayerNorm, tensor: TensorType) -> list[Dim]:
    """The sizes of the dimensions that are normalised together."""
    return [tensor.shape[place] for place in several_axes(layer, layer.axis, tensor)]


def rms_norm(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """A function, times a weight where there is one."""
    assert isinstance(layer, catalog.RmsNorm)
    axes = _axes(layer, layer.axis, inputs[0])
    plain = call("rms_norm", X, axes, epsilon=unless(layer.eps, 1e-5))
    if not layer.scale:
        return Fragment(plain)
    weights: Weights = (("weight", ":same"),)
    after = initial(layer, inputs, weights)
    new = added_weight(_sizes(axes, inputs[0]), None if after else Ones())
    weight: Expr = OWN
    if axes != tuple(range(-len(axes), 0)):
        spread = tuple(size if place in axes else 1 for place, size in _places(axes, inputs[0]))
        weight = call("ops.reshape", OWN, spread)
    return Fragment(Op("*", plain, weight), new, after, weights, follows=True)


def _places(axes: tuple[int, ...], tensor: TensorType) -> list[tuple[int, int]]:
    """From the first of the dimensions to the last of the tensor: each with its size, if it is one of them."""
    return [(place, whole(tensor.shape[place]) if place in axes else 1) for place in range(axes[0], 0)]


def _sizes(axes: tuple[int, ...], tensor: TensorType) -> tuple[int, ...]:
    return tuple(whole(tensor.shape[place]) for place in axes)


def _axes(layer: Layer, axis: Axes, tensor: TensorType) -> tuple[int, ...]:
    """Dimensions counted from the end, in ascending order."""
    return tuple(place - tensor.rank for place in several_axes(layer, axis, tensor))


def local_response_norm(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """A function of our own."""
    assert isinstance(layer, catalog.LocalResponseNorm)
    extra = {"alpha": unless(layer.alpha, 1e-4), "beta": unless(layer.beta, 0.75), "k": unless(layer.k, 1.0)}
    return Fragment(call("local_response_norm", X, layer.size, **extra))


def l2_normalize(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """A function of our own: the gradient of Keras's is not a number at 0."""
    assert isinstance(layer, catalog.L2Normalize)
    return Fragment(call("l2_normalize", X, axis=unless(dim(layer.axis, inputs[0]), -1)))


LOWERINGS: Table = {
    "batch_norm": batch_norm,
    "layer_norm": layer_norm,
    "group_norm": group_norm,
    "instance_norm": instance_norm,
    "rms_norm": rms_norm,
    "local_response_norm": local_response_norm,
    "l2_normalize": l2_normalize,
}
POLICIES = {
    "batch_norm": Policy.SPATIAL,
    "group_norm": Policy.SPATIAL,
    "instance_norm": Policy.SPATIAL,
    "local_response_norm": Policy.SPATIAL,
    "l2_normalize": Policy.ALONG,
}
