"""The places that count for a metric: what was decided there, and what is true."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]
Compute = Callable[[Any, Array, Array], float]
"""The value of a metric for predictions and targets, the batch in front."""


class Cases(NamedTuple):
    """Places that count, in one row: for classes the logits [N, C] (else None), and decision and truth of each."""

    logits: Array | None
    decided: Array
    true: Array


def kept(metric: Any, target: Array) -> Array:
    """Which places count: those whose target is not to be ignored."""
    return np.ones(target.shape, bool) if metric.ignore_index is None else np.asarray(target != metric.ignore_index)


def cases_of(metric: Any, prediction: Array, target: Array) -> Cases:
    """The places that count, for a metric of decisions."""
    keep = kept(metric, target)
    if prediction.shape != target.shape:
        logits = prediction
        if target.shape != prediction.shape[:-1]:
            logits = np.moveaxis(prediction, 1, -1)
        logits, true = logits[keep], target[keep].astype(np.int64)
        return Cases(logits, logits.argmax(axis=-1), true)
    if prediction.dtype.kind == "b":
        return Cases(None, prediction[keep].astype(np.int64), (target[keep] > 0).astype(np.int64))
    if prediction.dtype.kind in "iu":
        return Cases(None, prediction[keep], target[keep].astype(np.int64))
    if _is_distribution(target):
        logits = prediction.reshape(-1, prediction.shape[-1])
        return Cases(logits, logits.argmax(axis=-1), target.reshape(logits.shape).argmax(axis=-1))
    return Cases(None, (prediction[keep] > 0).astype(np.int64), (target[keep] > 0).astype(np.int64))


def _is_distribution(target: Array) -> bool:
    """Whether every row is a probability for each of several classes, one-hot rows among them."""
    return target.ndim > 1 and bool((target >= 0).all() and (abs(target.sum(axis=-1) - 1) < 1e-4).all())


def log_softmax(logits: Array) -> Array:
    """Logarithms of the probabilities, over the last dimension."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)))
