"""Metrics of sequences of tokens."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from dlspec.training.metric_cases import Array, kept

AT_ONCE = 1024
"""How many examples are compared at once."""

Pair = tuple[Array, Array]
"""Tokens of a prediction and of its target."""


def bleu(metric: Any, prediction: Array, target: Array) -> float:
    """Clipped matches of all examples, and the penalty for predictions that are shorter than their targets."""
    pairs = _pairs(metric, prediction, target)
    if not pairs:
        return np.nan
    lengths = [sum(len(pair[side]) for pair in pairs) for side in (0, 1)]
    found, possible = np.zeros(metric.n), np.zeros(metric.n)
    for predicted, true in pairs:
        for size in range(1, metric.n + 1):
            ours, theirs = _grams(predicted, size), _grams(true, size)
            found[size - 1] += (ours & theirs).total()
            possible[size - 1] += ours.total()
    if not found.all():
        return 0.0
    return float(min(1.0, np.exp(1 - lengths[1] / lengths[0])) * np.exp(np.log(found / possible).mean()))


def _grams(tokens: Array, size: int) -> Counter[tuple[int, ...]]:
    """How often each row of so many tokens occurs."""
    listed = tokens.tolist()
    return Counter(zip(*(listed[start:] for start in range(size)), strict=False))


def edit_distance(metric: Any, prediction: Array, target: Array) -> float:
    """The mean over the examples."""
    pairs = _pairs(metric, prediction, target)
    return float(_edits(pairs).mean()) if pairs else np.nan


def word_error_rate(metric: Any, prediction: Array, target: Array) -> float:
    """All edits over all tokens of the targets."""
    pairs = _pairs(metric, prediction, target)
    return float(_edits(pairs).sum() / sum(len(true) for _, true in pairs)) if pairs else np.nan


def _pairs(metric: Any, prediction: Array, target: Array) -> list[Pair]:
    """The tokens of each example, without those of padding; an example that is all padding is none."""
    target = target.reshape(len(prediction), -1)
    if prediction.dtype.kind == "f":
        prediction = prediction.reshape(*target.shape, -1).argmax(axis=-1)
    keep = kept(metric, target)
    ours = keep & kept(metric, prediction.reshape(target.shape))
    rows = zip(prediction.reshape(target.shape), target, ours, keep, strict=True)
    return [(predicted[own], true[places]) for predicted, true, own, places in rows if places.any()]


def _edits(pairs: Sequence[Pair]) -> Array:
    """The edit distance of each pair."""
    chunks = (pairs[start : start + AT_ONCE] for start in range(0, len(pairs), AT_ONCE))
    return np.concatenate([_distances(chunk) for chunk in chunks])


def _distances(pairs: Sequence[Pair]) -> Array:
    """Wagner and Fischer's table for many pairs at once, row by row; a row is that of one more predicted token."""
    (predicted, made), (true, wanted) = (_padded([pair[side] for pair in pairs]) for side in (0, 1))
    every, places = np.arange(len(pairs)), np.arange(true.shape[1] + 1)
    row = np.broadcast_to(places, (len(pairs), len(places)))
    found = row[every, wanted]
    for number in range(1, predicted.shape[1] + 1):
        changed = row[:, :-1] + (predicted[:, number - 1 : number] != true)
        above = np.concatenate([row[:, :1] + 1, np.minimum(row[:, 1:] + 1, changed)], axis=1)
        # To put tokens in costs 1 for each step to the right.
        row = np.minimum.accumulate(above - places, axis=1) + places
        found = np.where(made == number, row[every, wanted], found)
    return np.asarray(found)


def _padded(rows: Sequence[Array]) -> tuple[Array, Array]:
    """The rows side by side, and their lengths."""
    lengths = np.array([len(row) for row in rows])
    whole = np.zeros((len(rows), lengths.max()), np.int64)
    for place, row in enumerate(rows):
        whole[place, : len(row)] = row
    return whole, lengths
