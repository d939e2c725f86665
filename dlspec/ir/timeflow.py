"""Where the dimension of time goes in a graph, as long as every layer but the recurrent ones keeps time steps apart."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from dlspec.catalog.axes import several_axes
from dlspec.catalog.base import Layer
from dlspec.catalog.recurrent import Gru, Lstm, Recurrent, Rnn
from dlspec.catalog.shape import Transpose
from dlspec.ir.flat import FlatGraph, FlatNode
from dlspec.ir.program import INPUT, Ref
from dlspec.tensor import TensorType


class Mixing(Exception):
    """A layer in which time steps meet; the text says which one, and in what way."""


@dataclass(slots=True)
class Recurrences:
    """Whether a recurrent layer reads along time."""

    any: bool = False


EACH = frozenset(
    {
        *("add", "subtract", "multiply", "divide", "floor_divide", "remainder", "power", "negative", "not_equal"),
        *("less_equal", "greater_equal", "and", "or", "not", "maximum", "minimum", "equal", "less", "greater", "where"),
        *("relu", "relu6", "leaky_relu", "elu", "selu", "celu", "gelu", "silu", "mish", "sigmoid", "log_sigmoid"),
        *("hard_sigmoid", "tanh", "hard_tanh", "hard_swish", "softplus", "softsign", "soft_shrink", "hard_shrink"),
        *("binary_step", "identity", "dropout", "alpha_dropout", "gaussian_noise", "gaussian_dropout"),
        *("stop_gradient", "gradient_reversal", "cast", "exp", "log", "log1p", "sqrt", "rsqrt", "square", "abs"),
        *("sign", "sin", "cos", "tan", "atan", "erf", "floor", "ceil", "round", "clamp"),
    }
)
"""Layers that work on each element by itself."""

ALONG = frozenset(
    {
        *("softmax", "log_softmax", "gumbel_softmax", "glu", "swiglu", "geglu", "l2_normalize", "layer_norm"),
        *("rms_norm", "mean", "sum", "prod", "max", "min", "variance", "std", "norm", "logsumexp", "argmax", "argmin"),
        *("top_k", "cumsum", "dot", "cosine_similarity", "distance", "squeeze", "concat", "split", "flip"),
    }
)
"""Layers that work along the dimensions that their `axis` names, all where it is none."""

FEATURES = frozenset({"dense", "maxout", "bilinear"})
"""Layers that work on the last dimension."""

LONGER = frozenset({"embedding", "one_hot"})
"""Layers that give each number a new last dimension."""


def time_axes(graph: FlatGraph, fields: Collection[str], recurrences: Recurrences) -> dict[Ref, int]:
    """The dimension of time of every tensor that has one, where that of the `fields` is their first; Mixing else."""
    axes: dict[Ref, int] = {(INPUT, place): 0 for place, port in enumerate(graph.inputs) if port.name in fields}
    for place, node in enumerate(graph.nodes):
        types = [graph.type_of(ref) for ref in node.inputs]
        times = [axes.get(ref) for ref in node.inputs]
        if node.layer.entry == "to_batch" or not node.layer.inputs:
            times = times[: 1 if node.layer.inputs else 0]  # the rest is there for its batch size alone
        for which, time in enumerate(_through(node, types, times, recurrences)):
            if time is not None:
                axes[place, which] = time
    return axes


Times = Sequence[int | None]


def _through(node: FlatNode, types: Sequence[TensorType], times: Times, recurrences: Recurrences) -> Times:
    """The dimension of time of each result of a node."""
    layer = node.layer
    if isinstance(layer, Rnn | Gru | Lstm):
        recurrences.any = True
        return _recurrent(layer, node, types, times)
    if all(time is None for time in times):
        if getattr(layer, "return_state", None) is not None:
            raise Mixing(f"{_text(layer)} reads a sequence that is not cut")
        return [None] * len(node.outputs)
    for names, rule in _RULES:
        if layer.entry in names:
            return [rule(layer, types, times, output) for output in node.outputs]
    raise _mixing(layer)


def _text(layer: Layer) -> str:
    return f"'{layer.entry}'"


def _mixing(layer: Layer) -> Mixing:
    return Mixing(f"{_text(layer)} looks at several time steps at once")


def _recurrent(layer: Recurrent, node: FlatNode, types: Sequence[TensorType], times: Times) -> Times:
    if times[0] is None:
        raise Mixing(f"{_text(layer)} reads a sequence that is not cut")
    if times[0] != 0:
        raise _mixing(layer)
    if layer.bidirectional:
        raise Mixing(f"{_text(layer)} reads them backwards too: its end is not known before the last chunk")
    if layer.has_mask(tuple(types)):
        raise Mixing(f"{_text(layer)} has a mask, which chunks cannot have")
    return [0, *[None] * (len(node.outputs) - 1)]


def _each(layer: Layer, types: Sequence[TensorType], times: Times, output: TensorType) -> int | None:
    """Broadcast from the last dimension on: all must have time at the same place, or 1 there."""
    behind = {time - type.rank for time, type in zip(times, types, strict=True) if time is not None}
    if len(behind) != 1:
        raise _mixing(layer)
    (place,) = behind
    for time, type in zip(times, types, strict=True):
        if time is None and type.rank >= -place and type.shape[place] != 1:
            raise Mixing(f"{_text(layer)} takes them together with something that is not cut")
    return output.rank + place


def _along(layer: Layer, types: Sequence[TensorType], times: Times, output: TensorType) -> int | None:
    if len(set(times)) != 1 or times[0] is None:
        raise _mixing(layer)
    time = times[0]
    axes = several_axes(layer, getattr(layer, "axis", None), types[0])
    if time in axes:
        raise _mixing(layer)
    if output.rank == types[0].rank:
        return time
    return time - sum(axis < time for axis in axes)


def _features(layer: Layer, types: Sequence[TensorType], times: Times, output: TensorType) -> int | None:
    if len(set(times)) != 1 or times[0] is None or times[0] == types[0].rank - 1:
        raise _mixing(layer)
    return times[0]


def _longer(layer: Layer, types: Sequence[TensorType], times: Times, output: TensorType) -> int | None:
    return times[0]


def _unsqueeze(layer: Layer, types: Sequence[TensorType], times: Times, output: TensorType) -> int | None:
    axis: int = getattr(layer, "axis", 0) % output.rank
    assert times[0] is not None
    return times[0] + (axis <= times[0])


def _reshape(layer: Layer, types: Sequence[TensorType], times: Times, output: TensorType) -> int | None:
    """What is rearranged within each time step alone keeps the leading dimension."""
    if times[0] == 0 and output.shape[:1] == types[0].shape[:1]:
        return 0
    raise _mixing(layer)


def _transpose(layer: Layer, types: Sequence[TensorType], times: Times, output: TensorType) -> int | None:
    assert isinstance(layer, Transpose)
    assert times[0] is not None
    return layer.order(types[0].rank).index(times[0])


def _repeated(layer: Layer, types: Sequence[TensorType], times: Times, output: TensorType) -> int | None:
    return times[0]


Rule = Callable[[Layer, Sequence[TensorType], Times, TensorType], int | None]

_RULES: tuple[tuple[Collection[str], Rule], ...] = (
    (EACH, _each),
    (ALONG, _along),
    (FEATURES, _features),
    (LONGER, _longer),
    (("unsqueeze",), _unsqueeze),
    (("reshape",), _reshape),
    (("transpose",), _transpose),
    (("to_batch",), _repeated),
)
"""For the layers in which time steps stay apart, the dimension of time of a result."""
