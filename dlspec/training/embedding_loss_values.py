"""The terms of the losses that compare vectors as figures, in NumPy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from dlspec.catalog import embedding_losses as catalog
from dlspec.catalog.base import Loss

Array = np.ndarray[Any, np.dtype[Any]]
Terms = tuple[Array, Array | None]

ROWS = 512
"""Examples that are compared with all others at a time."""


def _units(vectors: Array) -> Array:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-8))


def _cosine(loss: catalog.Cosine, f: Array, y: Array) -> Terms:
    return 1 - (_units(f) * _units(y)).sum(axis=-1), None


def _contrastive(loss: catalog.Contrastive, a: Array, b: Array, same: Array) -> Terms:
    distance = np.linalg.norm(a - b, axis=-1)
    # A bare number of the spec comes as a whole vector of it.
    same = same.reshape(distance.shape) if same.size == distance.size else same[..., 0]
    near, far = distance**2, np.maximum(0, loss.margin - distance) ** 2
    return 0.5 * (same * near + (1 - same) * far), None


def _triplet(loss: catalog.Triplet, anchor: Array, positive: Array, negative: Array) -> Terms:
    near, far = np.linalg.norm(anchor - positive, axis=-1), np.linalg.norm(anchor - negative, axis=-1)
    return np.maximum(0, near - far + loss.margin), None


def _info_nce(loss: catalog.InfoNce, f: Array, y: Array) -> Terms:
    f, y = _units(f), _units(y)
    parts = []
    for start in range(0, len(f), ROWS):
        scores = f[start : start + ROWS] @ y.T / loss.temperature
        most = scores.max(axis=1)
        total = most + np.log(np.exp(scores - most[:, None]).sum(axis=1))
        parts.append(total - scores[np.arange(len(scores)), start + np.arange(len(scores))])
    return np.concatenate(parts) if parts else np.empty(0), None


FUNCTIONS: dict[type[Loss], Callable[..., Terms]] = {
    catalog.Cosine: _cosine,
    catalog.Contrastive: _contrastive,
    catalog.Triplet: _triplet,
    catalog.InfoNce: _info_nce,
}
