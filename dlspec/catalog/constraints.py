"""Constraints: what weights are held to, after each update."""

from __future__ import annotations

from dlspec.catalog.base import Constraint, Misfit, param


class Clamp(Constraint):
    """Each number between two bounds.

    Formula: w = min(max(w, min), max).
    Source: Arjovsky, Chintala and Bottou, Wasserstein GAN, 2017.
    """

    entry = "clamp"
    min: float = param(..., "the least that a weight may be")
    max: float = param(..., "the most that a weight may be")

    def check(self) -> None:
        if self.min > self.max:
            raise Misfit(f"has min={self.min} and max={self.max}", "min must not be above max")


class MaxNorm(Constraint):
    """The weights of each output scaled down to a norm, where theirs is larger.

    The outputs are the first dimension of the canonical weight (of a `conv_transpose`: its input channels); in a
    vector each number stands by itself.

    Formula: w[k] = w[k] * min(1, limit / ||w[k]||).
    Source: Srivastava et al., Dropout: a simple way to prevent neural networks from overfitting, 2014.
    """

    entry = "max_norm"
    limit: float = param(..., "the largest norm", gt=0)


class NonNegative(Constraint):
    """No number below 0.

    Formula: w = max(w, 0).
    Source: Chorowski and Zurada, Learning understandable neural networks with nonnegative weight constraints, 2015.
    """

    entry = "non_negative"


class UnitNorm(Constraint):
    """The weights of each output scaled to the norm 1; those that are all 0 stay so.

    The outputs are the first dimension of the canonical weight (of a `conv_transpose`: its input channels); in a
    vector each number stands by itself.

    Formula: w[k] = w[k] / ||w[k]||.
    Source: Douglas, Amari and Kung, On gradient adaptation with unit-norm constraints, 2000.
    """

    entry = "unit_norm"


ENTRIES = (Clamp, MaxNorm, NonNegative, UnitNorm)
