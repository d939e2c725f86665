"""A run as an ONNX model with its preprocessing, which needs no dlspec."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

from dlspec.catalog.roots import Column, Piece
from dlspec.data.fitted import Fitted
from dlspec.data.flow import Flow, Rows
from dlspec.data.graph import window_of
from dlspec.data.load import Columns, root_values
from dlspec.data.table import place_of
from dlspec.data.values import as_objects, is_text, to_numbers
from dlspec.diagnostics.codes import runtime as codes
from dlspec.diagnostics.report import fail
from dlspec.ir.flat import flatten
from dlspec.ir.program import INPUT, Data, ModelUse, Program, Ref
from dlspec.training.files import TEMPORARY, writing

if TYPE_CHECKING:
    from dlspec.training.run import Run

Array = np.ndarray[Any, np.dtype[Any]]

ROWS = 256
"""Rows on which an exported model is compared with the trained one."""

TOLERANCE = 1e-4
"""How far an output may be off: absolute, and relative to the trained model's."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written, what stayed outside (each with its reason), and how the check went."""

    files: tuple[Path, ...]
    left_out: tuple[str, ...]
    rows: int
    largest_difference: float


def export_run(run: Run, path: Path, *, model: str | None, data: Any, force: bool) -> Exported:
    """Write the ONNX file of a run's model, checked before."""
    if path.exists() and not force:
        raise fail(codes.FILE_EXISTS, f"'{path}' is there already", help="choose another name, or use --force")
    from dlspec.backends.onnx.emit import save_model
    from dlspec.backends.onnx.pipeline import emit_pipeline
    from dlspec.backends.onnx.runtime import OnnxSession

    use = run.model(model)
    _need_fields(run, use)
    export = emit_pipeline(run.program, run.data, run.fitted.units, use.module, _own_weights(run, use))
    session = OnnxSession(export.model.SerializeToString())
    columns = _some_rows(run, data)
    feeds = {name: _feed(run, name, columns) for name in session.inputs}
    inputs, rows = run.inputs_of(use, columns)
    trained = run.outputs(inputs, use, single=True)
    worst = _compared(session.predict(feeds), trained, _random_outputs(run.program, use))
    with writing(path), TemporaryDirectory(prefix=TEMPORARY, dir=path.absolute().parent) as folder:
        made = save_model(export.model, Path(folder) / path.name)
        files = tuple(each.replace(path.with_name(each.name)) for each in reversed(made))
    return Exported(files, tuple(export.left_out), rows, worst)


def _own_weights(run: Run, use: ModelUse) -> dict[str, Array]:
    """The weights of one model under the names that it has alone."""
    weights = run.weights()
    if len(run.train.models) == 1:
        return weights
    head = f"{use.name}."
    return {name.removeprefix(head): array for name, array in weights.items() if name.startswith(head)}


def _need_fields(run: Run, use: ModelUse) -> None:
    """Raise where the training, not the data, feeds an input."""
    known = {result.name for result in run.data.module.outputs}
    for port in run.program.module(use.module).inputs:
        if port.name not in known:
            raise fail(
                codes.WRONG_INPUT,
                f"the input '{port.name}' of '{use.name}' is no field of the data: the training computes it",
                help=f"`dlspec compile {run.path} --to onnx` writes the model without preprocessing",
            )


# ---------------------------------------------------------------- the check


def _some_rows(run: Run, data: Any) -> Columns:
    """Some rows of the raw data: of the last part that there is, or the first ones of what is given."""
    table = run.table(data)
    count = len(next(iter(table.values())))
    refs = [result.ref for result in run.data.module.outputs]
    if data is not None:
        rows = np.arange(min(count, ROWS))
    else:
        prepared = run.prepared
        part = next(each for each in ("test", "validation", "train") if each in prepared.rows)
        rows = prepared.rows[part][:ROWS]
        if window_of(run.data.module, refs) is not None:
            rows = np.arange(rows[0], min(rows[0] + ROWS, count))
    return {name: values[rows] for name, values in table.items()}


def _feed(run: Run, name: str, columns: Columns) -> Array:
    """The values of an input of the exported graph: raw columns, or a tensor that stays outside."""
    from dlspec.backends.onnx.pipeline import input_name

    for root in run.data.roots:
        if isinstance(root.root, Column | Piece) and input_name(root.root) == name:
            return _raw(root_values(columns, root.root.pattern, run.fitted.columns[root.name]))
    ref = _ref_of(run.data, name)
    place = place_of(run.data, columns, run.fitted, [ref], given=True)
    return _flow(place, len(next(iter(columns.values()))), run.fitted).run([ref])[0]


def _flow(place: Any, count: int, fitted: Fitted) -> Flow:
    rows = Rows(np.arange(count), (count,))
    return Flow.on(place, rows, dict(fitted.units), dict(fitted.sizes), learning=False)


def _ref_of(data: Data, name: str) -> Ref:
    """The tensor of the data's flows that an input of the graph is named after."""
    for index, node in enumerate(data.module.nodes):
        if f"{data.name}.{data.module.units[node.unit].name}" == name:
            return index, 0
    raise fail(
        codes.EXPORT_DIFFERS,
        f"the graph has an input '{name}' that nothing in the data gives",
        help="report this, please",
    )


def _raw(values: Array) -> Array:
    """A column as the graph takes it: text without gaps, or numbers with NaN for what is missing."""
    if is_text(values):
        texts = ["" if each is None else str(each) for each in as_objects(values).reshape(-1)]
        return np.array(texts, dtype=object).reshape(values.shape)
    return to_numbers(values)


def _compared(found: Mapping[str, Array], trained: Mapping[str, Array], random: set[str]) -> float:
    """The largest difference of the outputs that chance has no part in; a diagnostic where one is too large."""
    worst = 0.0
    for name, wanted in trained.items():
        got = found[name]
        if got.shape != wanted.shape:
            raise _differs(name, f"has the shape {got.shape} in place of {wanted.shape}")
        if name in random:
            continue
        difference = np.abs(got.astype(np.float64) - wanted.astype(np.float64))
        if not bool((difference <= TOLERANCE + TOLERANCE * np.abs(wanted)).all()):
            raise _differs(name, f"is off by {float(np.nanmax(difference)):.3g}")
        worst = max(worst, float(difference.max(initial=0.0)))
    return worst


def _differs(output: str, how: str) -> Exception:
    return fail(
        codes.EXPORT_DIFFERS,
        f"the output '{output}' of the exported model {how}; nothing was written",
        help="numbers above 10 million lose digits in float32: bring such columns into a smaller range, or report it",
    )


def _random_outputs(program: Program, use: ModelUse) -> set[str]:
    """The outputs that numbers drawn in inference go into."""
    flat = flatten(program, use.module)
    touched: set[int] = set()
    for index, node in enumerate(flat.nodes):
        always = node.layer.random and not node.layer.inputs
        if always or any(ref[0] != INPUT and ref[0] in touched for ref in node.inputs):
            touched.add(index)
    return {result.name for result in flat.outputs if result.ref[0] in touched}
