"""Penalties: terms of the loss that depend on the weights alone."""

from __future__ import annotations

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


ENTRIES = (L1, L2, Elastic)
