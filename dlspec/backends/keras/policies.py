"""What each layer asks of the place of the channels."""

from __future__ import annotations

from enum import Enum, auto

from dlspec.catalog.axes import several_axes
from dlspec.catalog.base import Layer, Types
from dlspec.catalog.reduction import Position, Reduction


class Policy(Enum):
    """How a layer takes tensors that have channels."""

    CANONICAL = auto()
    """Channels first, because the order shows."""
    SPATIAL = auto()
    """Channels last."""
    KEEPS = auto()
    """Works on each element by itself: as it comes."""
    JOINS = auto()
    """Works on elements of several tensors: all in one layout."""
    ALONG = auto()
    """Works along dimensions, which are found in either layout."""
    ANY = auto()
    """Reads nothing but sizes."""


SPATIAL = (
    "conv", "conv_transpose", "depthwise_conv", "separable_conv", "max_pool", "min_pool", "avg_pool", "lp_pool",
    "adaptive_max_pool", "adaptive_avg_pool", "global_max_pool", "global_avg_pool", "batch_norm", "group_norm",
    "instance_norm", "local_response_norm", "prelu", "upsample", "resize", "pixel_shuffle", "pixel_unshuffle",
    "channel_shuffle", "unfold",
)  # fmt: skip
KEEPS = (
    "relu", "relu6", "leaky_relu", "elu", "selu", "celu", "gelu", "silu", "mish", "sigmoid", "log_sigmoid",
    "hard_sigmoid", "tanh", "hard_tanh", "hard_swish", "softplus", "softsign", "soft_shrink", "hard_shrink",
    "binary_step", "identity", "dropout", "gaussian_noise", "stop_gradient", "cast", "exp", "log", "log1p", "sqrt",
    "rsqrt", "square", "abs", "sign", "sin", "cos", "tan", "atan", "erf", "floor", "ceil", "round", "clamp", "negative",
    "not",
)  # fmt: skip
JOINS = (
    "add", "subtract", "multiply", "divide", "floor_divide", "remainder", "power", "not_equal", "less_equal",
    "greater_equal", "and", "or", "maximum", "minimum", "equal", "less", "greater", "where",
)  # fmt: skip
ALONG = (
    "concat", "split", "softmax", "log_softmax", "glu", "swiglu", "geglu", "l2_normalize", "mean", "sum", "prod", "max",
    "min", "variance", "std", "norm", "logsumexp", "argmax", "argmin", "cumsum", "flip", "repeat", "crop",
    "center_crop", "pad",
)  # fmt: skip
ANY = ("random_normal", "random_uniform", "to_batch")

POLICIES: dict[str, Policy] = {
    **dict.fromkeys(SPATIAL, Policy.SPATIAL),
    **dict.fromkeys(KEEPS, Policy.KEEPS),
    **dict.fromkeys(JOINS, Policy.JOINS),
    **dict.fromkeys(ALONG, Policy.ALONG),
    **dict.fromkeys(ANY, Policy.ANY),
}
"""By the name of the layer or operator; the rest is canonical."""


def policy_of(layer: Layer) -> Policy:
    """What the layer asks for."""
    return POLICIES.get(layer.entry, Policy.CANONICAL)


def stays_last(layer: Layer, inputs: Types, outputs: Types) -> bool:
    """Whether a layer that took its input with channels last gives such results."""
    if layer.entry == "unfold":
        return False
    if isinstance(layer, Reduction) and not layer.keepdims:
        return 0 not in several_axes(layer, layer.axis, inputs[0])
    if isinstance(layer, Position):
        return layer.axis % inputs[0].rank != 0
    return True
