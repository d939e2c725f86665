"""Losses as figures: the value of a loss that stands among the metrics, on the predictions of a whole split.

In NumPy and double precision, by the catalogue's formulas, the same whatever backend has trained. Arrays have the
batch in front; `f` is the prediction, `y` the target.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from dlspec.catalog import losses as catalog
from dlspec.catalog.base import Loss
from dlspec.training import class_loss_values, embedding_loss_values
from dlspec.training.class_loss_values import log_softmax

Array = np.ndarray[Any, np.dtype[Any]]
Terms = tuple[Array, Array | None]
"""The terms, the batch in front, and where classes have weights the weight of each (the terms contain it)."""


def loss_value(loss: Loss, *inputs: Array) -> float:
    """The mean (or with `reduction=sum` the mean of the examples' sums) over all examples, times its weight."""
    with np.errstate(all="ignore"):
        terms, places = FUNCTIONS[type(loss)](loss, *(_doubles(each) for each in inputs))
        if not terms.size:
            return float("nan")
        if loss.reduction == "sum":
            value = terms.reshape(len(terms), -1).sum(axis=1).mean()
        elif places is not None:
            total = places.sum()
            value = terms.sum() / total if total else 0.0
        else:
            value = terms.mean()
    return float(loss.weight * value)


def _doubles(values: Array) -> Array:
    return values.astype(np.float64, copy=False) if values.dtype.kind in "fb" else values


def _elementwise(formula: Callable[[Any, Array, Array], Array]) -> Callable[..., Terms]:
    """A loss with a term for each number; `[]` and `[1]` are taken for each other."""

    def terms(loss: Any, f: Array, y: Array) -> Terms:
        if f.ndim != y.ndim and f.size == y.size:
            y = y.reshape(f.shape)
        return formula(loss, f, y.astype(np.float64, copy=False)), None

    return terms


def _huber(loss: Any, f: Array, y: Array) -> Array:
    d = np.abs(f - y)
    return np.asarray(np.where(d <= loss.delta, d**2 / 2, loss.delta * (d - loss.delta / 2)))


def _log_cosh(loss: Any, f: Array, y: Array) -> Array:
    d = np.abs(f - y)
    return np.asarray(d + np.log1p(np.exp(-2 * d)) - np.log(2))


def _quantile(loss: Any, f: Array, y: Array) -> Array:
    d = y - f
    return np.asarray(np.maximum(loss.q * d, (loss.q - 1) * d))


def _gaussian_nll(loss: Any, mean: Array, log_variance: Array, y: Array) -> Terms:
    log_variance, y = log_variance.reshape(mean.shape), y.reshape(mean.shape)
    return 0.5 * (log_variance + np.square(y - mean) * np.exp(-log_variance)), None


def _binary_cross_entropy(loss: Any, f: Array, y: Array) -> Array:
    y = (1 - loss.label_smoothing) * y + loss.label_smoothing / 2
    return np.asarray(loss.positive_weight * y * np.logaddexp(0, -f) + (1 - y) * np.logaddexp(0, f))


def _cross_entropy(loss: Any, f: Array, y: Array) -> Terms:
    axis = 1 if loss.axis == 0 else -1
    log_p = log_softmax(np.moveaxis(f, axis, -1))
    smoothing, classes = loss.label_smoothing, log_p.shape[-1]
    if y.dtype.kind == "f" and y.shape == f.shape:
        soft = (1 - smoothing) * np.moveaxis(y, axis, -1) + smoothing / classes
        return -(soft * log_p).sum(axis=-1), None
    weights = np.ones(classes) if loss.class_weights is None else np.asarray(loss.class_weights)
    hard, places = _chosen(loss, log_p, y, weights)
    even = -(weights * log_p).sum(axis=-1) * _counting(loss, y).reshape(places.shape)
    return (1 - smoothing) * hard + smoothing / classes * even, places


def _nll(loss: Any, f: Array, y: Array) -> Terms:
    weights = np.ones(f.shape[-1]) if loss.class_weights is None else np.asarray(loss.class_weights)
    return _chosen(loss, f, y, weights)


def _chosen(loss: Any, log_p: Array, y: Array, weights: Array) -> tuple[Array, Array]:
    """The weighted negative log-probability of each target class, and its weight: 0 where it is ignored."""
    y = y.reshape(log_p.shape[:-1]).astype(np.int64)
    counts = _counting(loss, y)
    y = np.where(counts, y, 0)
    places = weights[y] * counts
    return -places * np.take_along_axis(log_p, y[..., None], axis=-1)[..., 0], places


def _counting(loss: Any, y: Array) -> Array:
    """Which places are not ignored."""
    return np.ones(y.shape, bool) if loss.ignore_index is None else np.asarray(y != loss.ignore_index)


def _kl_normal(loss: Any, mean: Array, log_variance: Array) -> Terms:
    log_variance = log_variance.reshape(mean.shape)
    terms = 1 + log_variance - mean**2 - np.exp(log_variance)
    return -0.5 * terms.reshape(len(terms), -1).sum(axis=1), None


FUNCTIONS: dict[type[Loss], Callable[..., Terms]] = {
    catalog.Mse: _elementwise(lambda loss, f, y: np.square(f - y)),
    catalog.Mae: _elementwise(lambda loss, f, y: np.abs(f - y)),
    catalog.Huber: _elementwise(_huber),
    catalog.LogCosh: _elementwise(_log_cosh),
    catalog.Quantile: _elementwise(_quantile),
    catalog.Poisson: _elementwise(lambda loss, f, y: np.exp(f) - y * f),
    catalog.GaussianNll: _gaussian_nll,
    catalog.Hinge: _elementwise(lambda loss, f, y: np.maximum(0, 1 - y * f)),
    catalog.SquaredHinge: _elementwise(lambda loss, f, y: np.square(np.maximum(0, 1 - y * f))),
    catalog.Perceptron: _elementwise(lambda loss, f, y: np.maximum(0, -y * f)),
    catalog.Wasserstein: _elementwise(lambda loss, f, y: -y * f),
    catalog.BinaryCrossEntropy: _elementwise(_binary_cross_entropy),
    catalog.CrossEntropy: _cross_entropy,
    catalog.Nll: _nll,
    catalog.KlNormal: _kl_normal,
    **class_loss_values.FUNCTIONS,
    **embedding_loss_values.FUNCTIONS,
}
