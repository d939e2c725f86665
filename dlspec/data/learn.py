"""Transforms that learn: what each keeps of the training part (plain JSON data), and how it applies that."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from dlspec.catalog.texts import Vocabulary
from dlspec.catalog.transforms import Bucketize, Category, Impute, MinMax, Standardize
from dlspec.data.kinds import apply_category, fit_category
from dlspec.data.values import Array, BadValue, as_objects, flat, is_text, missing_in, shown, to_float
from dlspec.data.vocabulary import apply_vocabulary, fit_vocabulary
from dlspec.diagnostics.codes import data as codes

State = dict[str, Any]
"""What a transform has learnt; numbers of components are flat lists in the order of the elements."""


class Learner(NamedTuple):
    """`fit(layer, values)` gives the state; `apply(layer, state, values, first)` the result.

    `first` says that the values are the training part itself.
    """

    fit: Callable[[Any, Array], State]
    apply: Callable[[Any, State, Array, bool], Array]


def _like(numbers: list[float], values: Array) -> Array:
    """A number for each component, to be broadcast over the rows."""
    return np.array(numbers, dtype=np.float64).reshape(1, *values.shape[1:])


def _known(values: Array) -> Array:
    """The flat values, of which each component must have one; none may be infinite."""
    known = flat(to_float(values))
    infinite = np.flatnonzero(np.isinf(known))
    if infinite.size:
        raise BadValue("the value is infinite", int(infinite[0]), code=codes.NOT_FINITE, help="correct it or clamp it")
    if not len(known) or np.isnan(known).all(axis=0).any():
        raise _nothing()
    return known


def _nothing() -> BadValue:
    help = "use `impute(constant, value=…)` or leave the column out"
    return BadValue("every value of the training part is missing", code=codes.NOTHING_TO_LEARN, help=help)


# ---------------------------------------------------------------- scale


def _fit_standardize(layer: Standardize, values: Array) -> State:
    known = _known(values)
    constant = np.nanmin(known, axis=0) == np.nanmax(known, axis=0)
    mean = np.where(constant, np.nanmin(known, axis=0), np.nanmean(known, axis=0))
    return {"mean": mean.tolist(), "scale": np.where(constant, 1.0, np.nanstd(known, axis=0)).tolist()}


def _apply_standardize(layer: Standardize, state: State, values: Array, first: bool) -> Array:
    result: Array = (to_float(values) - _like(state["mean"], values)) / _like(state["scale"], values)
    return result


def _fit_min_max(layer: MinMax, values: Array) -> State:
    known = _known(values)
    return {"low": np.nanmin(known, axis=0).tolist(), "high": np.nanmax(known, axis=0).tolist()}


def _apply_min_max(layer: MinMax, state: State, values: Array, first: bool) -> Array:
    low, high = _like(state["low"], values), _like(state["high"], values)
    span = np.where(high > low, high - low, 1.0)
    result: Array = (to_float(values) - low) / span * (layer.high - layer.low) + layer.low
    return result


# ---------------------------------------------------------------- impute


def _fit_impute(layer: Impute, values: Array) -> State:
    table = flat(values)
    if layer.how == "constant":
        return {"value": [layer.value] * table.shape[1]}
    if layer.how in ("mean", "median"):
        known = _known(values)
        figures = np.nanmean(known, axis=0) if layer.how == "mean" else np.nanmedian(known, axis=0)
        return {"value": figures.tolist()}
    choose = _last if layer.how == "previous" else _most_frequent
    return {"value": [choose(column[~missing_in(column)]) for column in table.T]}


def _most_frequent(present: Array) -> Any:
    """The value that occurs most often, of several the smallest (of text the first by code point)."""
    if not present.size:
        raise _nothing()
    kinds, counts = np.unique(present.astype(str) if is_text(present) else present, return_counts=True)
    return kinds[counts.argmax()].item() if kinds.dtype != object else kinds[counts.argmax()]


def _last(present: Array) -> Any:
    if not present.size:
        raise _nothing()
    return present[-1].item() if present.dtype != object else present[-1]


def _apply_impute(layer: Impute, state: State, values: Array, first: bool) -> Array:
    if layer.how in ("mean", "median"):
        values = to_float(values)
    missing = missing_in(values)
    if not missing.any():
        return values
    constants = state["value"]
    if any(isinstance(each, str) for each in constants) and values.dtype != object:
        if values.dtype.kind == "f" and missing.all():
            values = as_objects(values)
        else:
            message = f"the text {shown(constants[0])} cannot be filled in among numbers"
            raise BadValue(message, int(np.flatnonzero(missing)[0]), help="use `impute(constant, value=0)`")
    if layer.how == "previous":
        return _forward(values, missing, constants, first)
    filled = values.copy()
    fill = np.empty((1, len(constants)), dtype=object if values.dtype == object else values.dtype)
    fill[0] = constants
    filled[missing] = np.broadcast_to(fill.reshape(1, *values.shape[1:]), values.shape)[missing]
    return filled


def _forward(values: Array, missing: Array, before: list[Any], first: bool) -> Array:
    """Each missing value from the row above; in parts behind training, the first rows from the last of training."""
    table, gaps = flat(values).copy(), flat(missing)
    rows = np.where(gaps, -1, np.arange(len(table))[:, None])
    source = np.maximum.accumulate(rows, axis=0)
    leading = source < 0
    if first and leading.any():
        at = int(np.flatnonzero(leading)[0])
        help = "begin with a row that has a value, or use `impute(median)`"
        raise BadValue("the first row has no value before it", at, code=codes.MISSING_VALUES, help=help)
    filled = np.take_along_axis(table, np.maximum(source, 0), axis=0)
    for component, value in enumerate(before):
        filled[leading[:, component], component] = value
    return filled.reshape(values.shape)


# ---------------------------------------------------------------- bucketize


def _fit_bucketize(layer: Bucketize, values: Array) -> State:
    if isinstance(layer.edges, tuple):
        return {"edges": [list(layer.edges)]}
    shares = np.arange(1, layer.edges) / layer.edges
    return {"edges": np.nanquantile(_known(values), shares, axis=0).T.tolist()}


def _apply_bucketize(layer: Bucketize, state: State, values: Array, first: bool) -> Array:
    edges, table = state["edges"], flat(to_float(values))
    if len(edges) == 1:
        return np.searchsorted(edges[0], table, side="right").reshape(values.shape).astype(np.int64)
    columns = [np.searchsorted(each, column, side="right") for each, column in zip(edges, table.T, strict=True)]
    return np.stack(columns, axis=1).reshape(values.shape).astype(np.int64)


LEARNERS: dict[str, Learner] = {
    "standardize": Learner(_fit_standardize, _apply_standardize),
    "min_max": Learner(_fit_min_max, _apply_min_max),
    "impute": Learner(_fit_impute, _apply_impute),
    "category": Learner(fit_category, apply_category),
    "bucketize": Learner(_fit_bucketize, _apply_bucketize),
    "vocabulary": Learner(fit_vocabulary, apply_vocabulary),
}
"""By name; the architecture tests hold it against the transforms that say they learn."""


def learnt_size(layer: Any, state: State) -> int | None:
    """How many numbers a category, vocabulary or bucketize gives."""
    if isinstance(layer, Category | Vocabulary):
        return int(state["size"])
    return layer.buckets if isinstance(layer, Bucketize) else None
