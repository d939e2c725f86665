"""Attention."""

from __future__ import annotations

from typing import ClassVar

from dlspec.catalog.axes import require_rank
from dlspec.catalog.base import Count, Extent, Layer, Misfit, Types, Wants, Weight, Weighted, param
from dlspec.catalog.owned import kaiming, require_no_bias_init, weight, xavier, zeros
from dlspec.catalog.positions import LearnedPositions, RotaryPositions, SinusoidalPositions
from dlspec.tensor import Dim, TensorType, shape_text

INPUTS = ("query", "key", "value")
WANTS: tuple[Wants, ...] = ("float", "float", "float", "any")
SEQUENCES = "queries, keys and values as [time, features] each"


def mask_of(layer: Layer, inputs: Types) -> TensorType | None:
    """The type of the mask, if there is one; Misfit where it does not fit the queries and keys."""
    if len(inputs) < 4:
        return None
    if len(inputs) > 4:
        raise Misfit("has its mask twice", "give it once, by keyword or in the tuple")
    queries, keys, mask = inputs[0].shape[-2], inputs[1].shape[-2], inputs[3]
    wanted = {"bool": ((keys,), (queries, keys)), "float": ((queries, keys),)}
    if mask.shape not in wanted.get(mask.element, ()):
        raise Misfit(
            f"got the mask {mask} with {queries} queries and {keys} keys",
            f"a mask is bool[{keys}] or bool[{queries}, {keys}] (true attends), or float[{queries}, {keys}] (added)",
        )
    return mask


def require_sequences(layer: Layer, inputs: Types, most: int = 2) -> None:
    """Misfit unless queries, keys and values are sequences, with a value for each key."""
    for each in inputs[:3]:
        require_rank(layer, each, 2, most, SEQUENCES)
    query, key, value = inputs[:3]
    if key.shape[:-1] != value.shape[:-1] or query.shape[:-2] != key.shape[:-2]:
        shapes = " and ".join(shape_text(each.shape) for each in (query, key, value))
        raise Misfit(f"got {shapes}", "there is one value for each key: their first dimensions must be equal")


class Attention(Weighted):
    """Multi-head attention: of each query to all keys, several times side by side, between learned projections.

    A bool mask says what is attended to: of the keys `[keys]` (false is padding), or of the pairs `[queries, keys]`;
    a float mask `[queries, keys]` is added to the scores. With `causal`, place i attends to places 0 to i. A query
    with nothing to attend to gets zeros, before the output's projection. With fewer `kv_heads` than heads,
    neighbouring heads share keys and values. With `rotary`, queries and keys are turned by their places first, each
    head as `rotary_positions` does it. Dropout is on the attention weights, while training.

    Weights: query_weight and output_weight `[d, d]`, key_weight and value_weight `[d * kv_heads / heads, features]`,
    all Xavier-uniform; query_bias, key_bias, value_bias and output_bias, from 0.

    Shapes: ([queries, d], [keys, k], [keys, v]) -> [queries, d].
    Formula: y = concat_h(softmax(Q_h K_h^T / sqrt(d / heads) + mask) V_h) W_o^T + b_o, Q = q W_q^T + b_q, and so on.
    Source: Vaswani et al., Attention is all you need, 2017; Ainslie et al., GQA, 2023; Su et al., RoFormer, 2021.
    """

    entry = "attention"
    inputs: ClassVar[tuple[str, ...]] = INPUTS
    optional: ClassVar[tuple[str, ...]] = ("mask",)
    wants: ClassVar[Wants | tuple[Wants, ...]] = WANTS
    random: ClassVar[bool] = True
    differs_in_training: ClassVar[bool] = True
    heads: Count = param(..., "attentions side by side; they divide the features")
    causal: bool = param(False, "whether a place attends only to itself and those before it")
    dropout: float = param(0.0, "rate of dropout on the attention weights", ge=0, lt=1)
    bias: bool = param(True, "whether the projections have biases")
    kv_heads: Count | None = param(None, "heads of keys and values; as many as heads where it is left out")
    rotary: bool = param(False, "whether queries and keys are turned by their places")

    def check(self) -> None:
        if not self.bias:
            require_no_bias_init(self)
        if self.heads % self.shared_heads:
            raise Misfit(f"has heads={self.heads} and kv_heads={self.kv_heads}", "kv_heads must divide heads")

    @property
    def shared_heads(self) -> int:
        """Heads of keys and values."""
        return self.kv_heads or self.heads

    def infer(self, *inputs: TensorType) -> TensorType:
        require_sequences(self, inputs)
        (_, width) = inputs[0].shape
        if width % self.heads:
            raise Misfit(
                f"has heads={self.heads} and got queries of {width} features, {shape_text(inputs[0].shape)}",
                "heads must divide the features",
            )
        if self.rotary and (width // self.heads) % 2:
            raise Misfit(
                f"has rotary=true and {width // self.heads} features a head, of {shape_text(inputs[0].shape)}",
                "rotary positions turn pairs of features: a head needs an even number of them",
            )
        mask_of(self, inputs)
        self.weights(*inputs)
        return inputs[0].with_shape(inputs[0].shape)

    def weights(self, *inputs: TensorType) -> tuple[Weight, ...]:
        width, keys, values = (each.shape[-1] for each in inputs[:3])
        shared = self.shared_width(width)
        shapes = {"query": (width, width), "key": (shared, keys), "value": (shared, values), "output": (width, width)}
        found: list[Weight] = []
        for name, shape in shapes.items():
            found.append(weight(self, f"{name}_weight", shape, self.init or xavier()))
            if self.bias:
                found.append(weight(self, f"{name}_bias", shape[:1], self.bias_init or zeros(), "bias"))
        return tuple(found)

    def shared_width(self, width: Dim) -> Dim:
        """Features of all heads of the keys, for queries of so many."""
        return width // self.heads * self.shared_heads

    def macs(self, inputs: Types, outputs: Types) -> Dim:
        (queries, width), (keys, key_width), (_, value_width) = (each.shape for each in inputs[:3])
        projected = 2 * queries * width * width + keys * self.shared_width(width) * (key_width + value_width)
        return projected + 2 * queries * keys * width


class ScaledDotProduct(Layer):
    """Attention without weights: of each query to all keys; what is found are means of the values.

    Masks, `causal`, `dropout` and queries with nothing to attend to (zeros) are as with `attention`. Dimensions in
    front of the last two, such as heads, are treated each by itself.

    Shapes: ([..., queries, d], [..., keys, d], [..., keys, v]) -> [..., queries, v].
    Formula: y = softmax(q k^T / sqrt(d) + mask) v.
    Source: Vaswani et al., Attention is all you need, 2017.
    """

    entry = "scaled_dot_product"
    inputs: ClassVar[tuple[str, ...]] = INPUTS
    optional: ClassVar[tuple[str, ...]] = ("mask",)
    wants: ClassVar[Wants | tuple[Wants, ...]] = WANTS
    random: ClassVar[bool] = True
    differs_in_training: ClassVar[bool] = True
    causal: bool = param(False, "whether a place attends only to itself and those before it")
    dropout: float = param(0.0, "rate of dropout on the attention weights", ge=0, lt=1)

    def infer(self, *inputs: TensorType) -> TensorType:
        require_sequences(self, inputs, 99)
        query, key, value = inputs[:3]
        if query.shape[-1] != key.shape[-1]:
            raise Misfit(
                f"got queries {shape_text(query.shape)} and keys {shape_text(key.shape)}",
                "queries and keys must have as many features",
            )
        mask_of(self, inputs)
        return query.with_shape((*query.shape[:-1], value.shape[-1]))

    def macs(self, inputs: Types, outputs: Types) -> Dim:
        return inputs[0].size * inputs[1].shape[-2] + outputs[0].size * inputs[1].shape[-2]


class AdditiveAttention(Weighted):
    """Attention by a small network: each query is scored against all keys; what is found are means of the values.

    Masks and queries with nothing to attend to (zeros) are as with `attention`.

    Weights: query_weight `[size, q]`, key_weight `[size, k]`, score_weight `[1, size]`; there are no biases.

    Shapes: ([queries, q], [keys, k], [keys, v]) -> [queries, v].
    Formula: y = softmax(w tanh(W q + U k) + mask) v.
    Source: Bahdanau, Cho and Bengio, Neural machine translation by jointly learning to align and translate, 2014.
    """

    entry = "additive_attention"
    inputs: ClassVar[tuple[str, ...]] = INPUTS
    optional: ClassVar[tuple[str, ...]] = ("mask",)
    wants: ClassVar[Wants | tuple[Wants, ...]] = WANTS
    size: Extent = param(..., "width of the network that scores")

    def check(self) -> None:
        require_no_bias_init(self)

    def infer(self, *inputs: TensorType) -> TensorType:
        require_sequences(self, inputs)
        mask_of(self, inputs)
        self.weights(*inputs)
        return inputs[0].with_shape((inputs[0].shape[0], inputs[2].shape[-1]))

    def weights(self, *inputs: TensorType) -> tuple[Weight, ...]:
        init = self.init or kaiming()
        return (
            weight(self, "query_weight", (self.size, inputs[0].shape[-1]), init),
            weight(self, "key_weight", (self.size, inputs[1].shape[-1]), init),
            weight(self, "score_weight", (1, self.size), init),
        )

    def macs(self, inputs: Types, outputs: Types) -> Dim:
        (queries, width), (keys, key_width), (_, value_width) = (each.shape for each in inputs[:3])
        projected = self.size * (queries * width + keys * key_width)
        return projected + queries * keys * (self.size + value_width)


ENTRIES: tuple[type[Layer], ...] = (
    Attention, ScaledDotProduct, AdditiveAttention, LearnedPositions, SinusoidalPositions, RotaryPositions,
)  # fmt: skip
