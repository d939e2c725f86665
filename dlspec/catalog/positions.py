"""Layers that tell places of a sequence apart. They are part of the family `attention`."""

from __future__ import annotations

from typing import ClassVar

from dlspec.catalog.axes import require_rank
from dlspec.catalog.base import Extent, Layer, Misfit, Weight, Weighted, param
from dlspec.catalog.initializers import Normal
from dlspec.catalog.owned import require_no_bias_init, weight
from dlspec.tensor import TensorType, shape_text

SEQUENCE = "[time, features]"
MANY = 99
"""Any number of dimensions may stand in front of the two."""


class LearnedPositions(Weighted):
    """Adds a learned vector to each place of a sequence of at most n.

    Weights: weight `[n, features]`, normal(0.02).

    Shapes: [..., time, features] -> the same.
    Formula: y[t] = x[t] + W[t].
    Source: Gehring et al., Convolutional sequence to sequence learning, 2017; Devlin et al., BERT, 2018.
    """

    entry = "learned_positions"
    batchless: ClassVar[bool] = True
    n: Extent = param(..., "the longest sequence")

    def check(self) -> None:
        require_no_bias_init(self)

    def infer(self, *inputs: TensorType) -> TensorType:
        (input,) = inputs
        require_rank(self, input, 2, MANY, SEQUENCE)
        time = input.shape[-2]
        if isinstance(time, int) and isinstance(self.n, int) and time > self.n:
            raise Misfit(f"has n={self.n} and got {shape_text(input.shape)}", f"write n={time} or more")
        if self.n == 1 and time != 1:
            # Its one row would fit in a sum with any number of places.
            raise Misfit(f"has n=1 and got {shape_text(input.shape)}", "n is the length of the longest sequence")
        self.weights(*inputs)
        return input.with_shape(input.shape)

    def weights(self, *inputs: TensorType) -> tuple[Weight, ...]:
        return (weight(self, "weight", (self.n, inputs[0].shape[-1]), self.init or Normal(std=0.02)),)


class SinusoidalPositions(Layer):
    """Adds a fixed vector of sines and cosines to each place of a sequence; even features hold the sines.

    Shapes: [..., time, features] -> the same.
    Formula: y[t, 2i] = x[t, 2i] + sin a, y[t, 2i+1] = x[t, 2i+1] + cos a, a = t / base^(2i / features).
    Source: Vaswani et al., Attention is all you need, 2017.
    """

    entry = "sinusoidal_positions"
    batchless: ClassVar[bool] = True
    base: float = param(10000.0, "the slowest wave is that many times slower than the fastest", gt=0)

    def infer(self, *inputs: TensorType) -> TensorType:
        (input,) = inputs
        require_rank(self, input, 2, MANY, SEQUENCE)
        require_known_features(input)
        return input.with_shape(input.shape)


class RotaryPositions(Layer):
    """Turns each pair of neighbouring features by an angle that grows with the place.

    The pairs are (0, 1), (2, 3) and so on, as in the paper, not the first with the second half.

    Shapes: [..., time, features] -> the same, with an even number of features.
    Formula: y[2i] = x[2i] cos a - x[2i+1] sin a, y[2i+1] = x[2i+1] cos a + x[2i] sin a, a = t / base^(2i / features).
    Source: Su et al., RoFormer: enhanced transformer with rotary position embedding, 2021.
    """

    entry = "rotary_positions"
    batchless: ClassVar[bool] = True
    base: float = param(10000.0, "the slowest pair turns about that many times slower than the first", gt=0)

    def infer(self, *inputs: TensorType) -> TensorType:
        (input,) = inputs
        require_rank(self, input, 2, MANY, SEQUENCE)
        require_known_features(input)
        if input.shape[-1] % 2:
            raise Misfit(f"got {shape_text(input.shape)}", "the last dimension must be even: its features go in pairs")
        return input.with_shape(input.shape)


def require_known_features(tensor: TensorType) -> None:
    """Misfit where the number of features is known only at run time."""
    if not isinstance(tensor.shape[-1], int):
        raise Misfit(
            f"got {shape_text(tensor.shape)}, whose number of features is known only at run time",
            "fix the size of the last dimension, or transpose",
        )
