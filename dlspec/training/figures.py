"""The figures of a split by name: losses as the backend gives them, metrics computed from what they compare."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from dlspec.backends.session import Session
from dlspec.catalog.base import Loss, Metric
from dlspec.ir.program import MetricTerm, Train

Array = np.ndarray[Any, np.dtype[Any]]
Figures = dict[str, float]


def metric_terms(train: Train) -> dict[str, MetricTerm]:
    """The metrics of all steps by name."""
    return {term.name: term for step in train.steps for term in step.metrics}


def score(terms: Mapping[str, MetricTerm], outputs: Mapping[str, tuple[Array, ...]]) -> Figures:
    """The value of each metric."""
    return {name: _value(term, outputs[name]) for name, term in terms.items() if name in outputs}


def _value(term: MetricTerm, arrays: tuple[Array, ...]) -> float:
    if isinstance(term.metric, Metric):
        # scikit-learn takes a second to load: only where there is a metric.
        from dlspec.training.metrics import compute

        return compute(term.metric, *arrays)
    from dlspec.training.loss_values import loss_value

    assert isinstance(term.metric, Loss)
    return loss_value(term.metric, *arrays)


def evaluated(session: Session, train: Train, fields: Any, batch_size: int) -> Figures:
    """All figures of a split in inference mode."""
    losses, outputs = session.evaluate(fields, batch_size)
    return dict(losses) | score(metric_terms(train), outputs)


def averaged(rows: Iterable[tuple[Mapping[str, float], int]]) -> Figures:
    """The mean of each loss over updates, by the number of examples of each, in the order of the updates."""
    rows = list(rows)
    found: Figures = {}
    for name in rows[0][0]:
        total = float(sum(count for _, count in rows))
        found[name] = sum(losses[name] * float(count) for losses, count in rows) / total
    return found


def higher_is_better(train: Train, path: str) -> bool:
    """Which direction of `validation.accuracy` and the like is the better one: losses fall, metrics say so."""
    term = metric_terms(train).get(path.partition(".")[2])
    return term is not None and isinstance(term.metric, Metric) and term.metric.higher_is_better


def watched(path: str, row: Mapping[str, Any]) -> float:
    """The value of `validation.accuracy` and the like in a row of the history; nan where it has none."""
    part, _, name = path.partition(".")
    value = row.get(part, {}).get(name)
    return math.nan if value is None else float(value)
