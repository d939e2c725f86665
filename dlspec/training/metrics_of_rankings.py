"""Metrics of rankings, the first of them by scikit-learn."""

from __future__ import annotations

from typing import Any

import numpy as np

from dlspec.training.metric_cases import Array, kept


def ndcg(metric: Any, prediction: Array, target: Array) -> float:
    """scikit-learn's, with items that are not there behind all others."""
    from sklearn.metrics import ndcg_score

    scores, relevance, _ = _rows(metric, prediction, target)
    return float(ndcg_score(relevance, scores, k=metric.k)) if len(scores) else np.nan


def mrr(metric: Any, prediction: Array, target: Array) -> float:
    """One over the place of the first relevant item."""
    scores, relevance, there = _rows(metric, prediction, target)
    if not len(scores):
        return np.nan
    relevant = relevance > 0
    best = np.where(relevant, scores, -np.inf).max(axis=1, keepdims=True)
    before = (there & ~relevant & (scores >= best)).sum(axis=1)
    return float(np.where(relevant.any(axis=1), 1 / (1 + before), 0.0).mean())


def _rows(metric: Any, prediction: Array, target: Array) -> tuple[Array, Array, Array]:
    """Scores and relevance of the rows that count, [rows, items], and which items are there."""
    items = prediction.shape[-1]
    if prediction.shape == target.shape:
        scores, relevance = prediction.reshape(-1, items), target.reshape(-1, items)
        there = kept(metric, relevance)
        counts = there.any(axis=1)
        relevance = np.where(there, np.maximum(relevance.astype(np.float64), 0), 0)
    else:
        counts = kept(metric, target).reshape(-1)
        scores, there = prediction.reshape(-1, items), np.ones((counts.size, items), bool)
        relevance = np.arange(items) == target.reshape(-1, 1)
    scores = np.where(there, scores, scores.min() - 1).astype(np.float64)
    return scores[counts], relevance[counts].astype(np.float64), there[counts]
