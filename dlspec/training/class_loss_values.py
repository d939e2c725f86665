"""The terms of the losses over classes as figures, in NumPy: focal, divergence, overlap of regions, CTC."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from dlspec.catalog import class_losses as catalog
from dlspec.catalog.base import Loss
from dlspec.catalog.fit import classes_at
from dlspec.tensor import TensorType

Array = np.ndarray[Any, np.dtype[Any]]
Terms = tuple[Array, Array | None]


def log_softmax(f: Array, axis: int = -1) -> Array:
    """The logarithms of the softmax along a dimension."""
    shifted = f - f.max(axis=axis, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=axis, keepdims=True)))


def _log_sigmoid(f: Array) -> Array:
    return np.asarray(-np.logaddexp(0, -f))


def _scores_or_classes(f: Array, y: Array) -> tuple[Array, Array | None, Array]:
    """The prediction, its logarithms of probabilities with the classes behind the batch, and the target.

    Where the target says yes or no there are no classes: None.
    """
    axis = classes_at(TensorType("float", f.shape[1:]), TensorType("int", y.shape[1:]))
    if axis is None:
        return f, None, y.reshape(f.shape).astype(np.float64)
    f = np.moveaxis(f, axis, 1) if axis == -1 else f
    return f, log_softmax(f, 1), y.reshape(len(f), *f.shape[2:]).astype(np.int64)


def _focal(loss: catalog.Focal, f: Array, y: Array) -> Terms:
    f, log_p, y = _scores_or_classes(f, y)
    gamma, alpha = loss.gamma, loss.alpha
    if log_p is None:
        yes, no = _log_sigmoid(f), _log_sigmoid(-f)
        return -(alpha * y * np.exp(gamma * no) * yes + (1 - alpha) * (1 - y) * np.exp(gamma * yes) * no), None
    own = np.take_along_axis(log_p, y[:, None], axis=1)[:, 0]
    return -alpha * (-np.expm1(own)) ** gamma * own, None


def _kl_divergence(loss: catalog.KlDivergence, f: Array, y: Array) -> Terms:
    y = y.reshape(f.shape).astype(np.float64)
    return (y * (np.log(np.where(y > 0, y, 1)) - f)).sum(axis=-1), None


def _regions(f: Array, y: Array) -> tuple[Array, Array]:
    """How far each place belongs to each region, and whether it should: `[N, regions, places]`."""
    f, log_p, y = _scores_or_classes(f, y)
    if log_p is None:
        shape = (len(f), f.shape[1] if f.ndim > 3 else 1, -1)
        return np.exp(_log_sigmoid(f)).reshape(shape), y.reshape(shape)
    masks = y.reshape(len(y), 1, -1) == np.arange(f.shape[1])[:, None]
    return np.exp(log_p).reshape(*f.shape[:2], -1), masks.astype(np.float64)


def _dice(loss: catalog.Dice, f: Array, y: Array) -> Terms:
    p, y = _regions(f, y)
    return 1 - (2 * (p * y).sum(-1) + loss.smooth) / (p.sum(-1) + y.sum(-1) + loss.smooth), None


def _tversky(loss: catalog.Tversky, f: Array, y: Array) -> Terms:
    p, y = _regions(f, y)
    found, wrong, missed = (p * y).sum(-1), (p * (1 - y)).sum(-1), ((1 - p) * y).sum(-1)
    return 1 - (found + loss.smooth) / (found + loss.alpha * wrong + loss.beta * missed + loss.smooth), None


def target_lengths(y: Array, blank: int) -> Array:
    """How long each target of CTC is: it ends at its first blank."""
    return np.asarray(np.cumprod(y != blank, axis=1).sum(axis=1))


def _ctc(loss: catalog.Ctc, f: Array, y: Array) -> Terms:
    """The states are the classes with a blank before each and one at the end; `alpha` is of all ways to each state."""
    log_p, blank, lengths = log_softmax(f), loss.blank, target_lengths(y, loss.blank)
    states = np.full((len(y), 2 * y.shape[1] + 1), blank, np.int64)
    states[:, 1::2] = np.where(np.arange(y.shape[1]) < lengths[:, None], y, blank)
    skips = (states[:, 2:] != blank) & (states[:, 2:] != states[:, :-2])
    emitted = np.take_along_axis(log_p, np.repeat(states[:, None], f.shape[1], axis=1), axis=2)
    alpha = np.where(np.arange(states.shape[1]) < 2, emitted[:, 0], -np.inf)
    for time in range(1, f.shape[1]):
        ways = alpha.copy()
        ways[:, 1:] = np.logaddexp(ways[:, 1:], alpha[:, :-1])
        ways[:, 2:] = np.logaddexp(ways[:, 2:], np.where(skips, alpha[:, :-2], -np.inf))
        alpha = ways + emitted[:, time]
    rows = np.arange(len(y))
    before = np.where(lengths > 0, alpha[rows, 2 * lengths - 1], -np.inf)
    return -np.logaddexp(alpha[rows, 2 * lengths], before), None


FUNCTIONS: dict[type[Loss], Callable[..., Terms]] = {
    catalog.Focal: _focal,
    catalog.KlDivergence: _kl_divergence,
    catalog.Dice: _dice,
    catalog.Tversky: _tversky,
    catalog.Ctc: _ctc,
}
