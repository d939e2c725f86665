"""Fields in the form that a training takes, and the checks that they can be trained on."""

from __future__ import annotations

import numpy as np

from dlspec.data.flow import Flow
from dlspec.data.graph import layer_of, needed
from dlspec.data.values import (
    Array,
    BadValue,
    is_number,
    rows_with,
    shown,
    to_bool,
    to_float,
    to_int,
    to_numbers,
    width,
)
from dlspec.diagnostics.codes import data as codes
from dlspec.diagnostics.report import DlspecError, fail
from dlspec.ir.program import Ref
from dlspec.tensor import Element


def finished(values: Array, element: Element) -> Array:
    """float32, int64 or bool by the element type; where that is not known, whole numbers where all of them are."""
    word = _word(values)
    if word is not None:
        raise BadValue(
            f"the field is text, as {shown(str(values.flat[word]))}, and a model takes numbers",
            word,
            value=values.flat[word],
            code=codes.TEXT_FIELD,
            help="number its kinds: `-> category`",
        )
    match element:
        case "float":
            return _single(to_float(values))
        case "int":
            return to_int(values)
        case "bool":
            return to_bool(values)
    numbers = to_numbers(values)
    if numbers.dtype.kind != "f":
        return numbers
    whole = values.dtype == object and bool(np.all(numbers == np.rint(numbers)))
    return to_int(values) if whole else _single(numbers)


def _word(values: Array) -> int | None:
    """Where the first text (or date) is in values of which no text is a number; None where there is none."""
    if values.dtype.kind == "M" and values.size:
        return 0
    texts = [at for at, value in enumerate(values.flat) if isinstance(value, str)] if values.dtype == object else []
    return texts[0] if texts and not any(is_number(values.flat[at]) for at in texts) else None


def _single(values: Array) -> Array:
    with np.errstate(over="ignore"):
        return values.astype(np.float32)


def require_finite(flow: Flow, name: str, ref: Ref, values: Array) -> None:
    """A diagnostic for the first row in which a field is infinite or undefined, with what made it so."""
    if values.dtype.kind != "f":
        return
    bad = np.flatnonzero(~np.isfinite(values))
    if bad.size:
        raise _not_finite(flow, name, ref, int(bad[0]), values)


def _not_finite(flow: Flow, name: str, ref: Ref, at: int, values: Array) -> DlspecError:
    local = at // width(values)
    row = flow.row_of(values, at)
    value = "undefined (NaN)" if np.isnan(values.flat[at]) else "infinite"
    where = f"{flow.place.row(row)}, field '{name}'" if row is not None else f"field '{name}'"
    count = int(rows_with(~np.isfinite(values)).sum())
    more = f" ({count} rows are)" if count > 1 else ""
    node = _maker(flow, ref, local)
    if node is not None:
        layer = layer_of(flow.module, node)
        return fail(
            codes.NOT_FINITE,
            f"{where}: the value is {value} behind '{layer.entry}'{more}",
            help="bring the values into its range before, as with `clamp(min=…)`, or leave the rows out with `keep`",
            where=flow.place.origin(node),
        )
    columns = flow.place.names([ref])
    column = f"column '{columns[0]}' is" if len(columns) == 1 else "a value of its columns is"
    help = "correct the file, or leave the rows out with `keep`"
    return fail(codes.NOT_FINITE, f"{where}: {column} {value}{more}", help=help)


def _maker(flow: Flow, ref: Ref, local: int) -> int | None:
    """The first node on the way to a field whose result is not finite in an example, though its inputs are."""
    for node in needed(flow.module, [ref]):
        inputs = [flow.value(each) for each in flow.module.nodes[node].inputs]
        made = any(not _finite(result, local) for result in flow.values[node])
        if made and all(_finite(each, local) for each in inputs):
            return node
    return None


def _finite(values: Array, row: int) -> bool:
    """Whether an example's values are finite; a tensor with other rows counts as a whole."""
    chosen = values[row] if row < len(values) else values
    chosen = np.asarray(chosen)
    if chosen.dtype == object:
        return not any(isinstance(each, float) and not np.isfinite(each) for each in chosen.reshape(-1))
    return chosen.dtype.kind != "f" or bool(np.isfinite(chosen).all())


def require_class_numbers(values: Array, classes: int, field: str) -> None:
    """A diagnostic unless all numbers of a field lie in 0 to `classes - 1`."""
    bad = np.flatnonzero((values < 0) | (values >= classes))
    if bad.size:
        raise fail(
            codes.NUMBER_OUT_OF_RANGE,
            f"the field '{field}' has the class number {values.flat[bad[0]]}, and there are {classes} classes, from 0",
            help="number the classes with `category`, or give the model as many outputs as there are classes",
        )
