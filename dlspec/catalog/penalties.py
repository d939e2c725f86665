"""Penalties: terms of the loss that depend on the weights alone, or on what a layer gives (`activity=`)."""

from __future__ import annotations

from typing import ClassVar

from dlspec.catalog.base import Penalty, param


class L1(Penalty):
    """The sum of absolute values; makes weights exactly zero.

    Formula: rate * sum |w|.
    Source: Tibshirani, Regression shrinkage and selection via the lasso, 1996.
    """

    entry = "l1"
    rate: float = param(0.01, "factor on the sum", ge=0)


class L2(Penalty):
    """The sum of squares; keeps weights small.

    Formula: rate * sum w^2.
    Source: Hoerl and Kennard, Ridge regression, 1970.
    """

    entry = "l2"
    rate: float = param(0.01, "factor on the sum", ge=0)


class Elastic(Penalty):
    """Both sums: absolute values and squares.

    Formula: l1 * sum |w| + l2 * sum w^2.
    Source: Zou and Hastie, Regularization and variable selection via the elastic net, 2005.
    """

    entry = "elastic"
    l1: float = param(0.01, "factor on the sum of absolute values", ge=0)
    l2: float = param(0.01, "factor on the sum of squares", ge=0)


class Orthogonal(Penalty):
    """How far the weights of the outputs are from having the norm 1 and being at right angles.

    The weight is taken as a matrix `[out, rest]`, with a row for each place of its first dimension. The other way
    round, W^T W, the sum is less by out - rest, and the gradient the same.

    Formula: rate * sum (W W^T - I)^2.
    Source: Brock et al., Neural photo editing with introspective adversarial networks, 2016; Bansal, Chen and Wang,
    Can we gain more from orthogonality regularizations in training deep CNNs?, 2018 (soft orthogonality).
    """

    entry = "orthogonal"
    of_outputs: ClassVar[bool] = False
    rate: float = param(0.01, "factor on the sum", ge=0)


ENTRIES = (L1, L2, Elastic, Orthogonal)
