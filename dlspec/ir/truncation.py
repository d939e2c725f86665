"""Truncated back-propagation through time: which fields are cut, and whether time steps stay apart between the cuts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from dlspec.catalog.base import Loss
from dlspec.catalog.train_settings import Truncate
from dlspec.diagnostics.codes import training as codes
from dlspec.diagnostics.report import fail
from dlspec.diagnostics.span import Span
from dlspec.ir.flat import flatten_module
from dlspec.ir.program import INPUT, Program, Ref, Result, Step, Train
from dlspec.ir.timeflow import Mixing, Recurrences, time_axes
from dlspec.tensor import Dim, Sym, shape_text

BY_ELEMENT = frozenset(
    {
        *("mse", "mae", "huber", "log_cosh", "quantile", "poisson", "gaussian_nll", "hinge", "squared_hinge"),
        *("perceptron", "wasserstein", "binary_cross_entropy", "cross_entropy", "nll", "focal"),
    }
)
"""Losses that are a mean over time steps."""

WHOLE = "leave out `truncate`, and cut the data into shorter pieces: `window(length=…)`"


@dataclass(frozen=True, slots=True)
class Truncation:
    """`length` time steps make a chunk; `fields` are cut, and `metrics` gives the dimension of time (or None) of what
    each metric compares."""

    length: int
    fields: tuple[str, ...]
    metrics: Mapping[str, tuple[int | None, ...]]


def truncation_of(program: Program, train: Train, place: Span | None = None) -> Truncation | None:
    """What `truncate` means for a training, None where it has none; a diagnostic where it makes no sense."""
    setting = train.settings.get("truncate")
    if not isinstance(setting, Truncate):
        return None
    cut = _cut_fields(program, train, place)
    metrics: dict[str, tuple[int | None, ...]] = {}
    recurrent = False
    for step in train.steps:
        refs = _term_refs(step)
        compared = tuple(Result(name=str(place), ref=ref) for place, ref in enumerate(refs))
        graph = flatten_module(program, step.module.model_copy(update={"outputs": compared}))
        found = Recurrences()
        try:
            axes = time_axes(graph, cut, found)
        except Mixing as mixing:
            raise fail(codes.CANNOT_TRUNCATE, f"`truncate` cuts sequences, and {mixing}", place, help=WHOLE) from mixing
        recurrent = recurrent or found.any
        own = {ref: axes.get(flat.ref) for ref, flat in zip(refs, graph.outputs, strict=True)}
        _check_losses(step, own, place)
        for metric in step.metrics:
            metrics[metric.name] = tuple(own[ref] for ref in metric.inputs)
    if not recurrent:
        raise fail(
            codes.CANNOT_TRUNCATE,
            "`truncate` carries the state of recurrent layers on, and no model here has one",
            place,
            help=WHOLE,
        )
    return Truncation(setting.n, tuple(cut), metrics)


# ---------------------------------------------------------------- fields


def _cut_fields(program: Program, train: Train, place: Span | None) -> list[str]:
    """The fields that are sequences of a model, and the others of the same length."""
    lengths: dict[str, Dim] = {}
    whole: set[str] = set()
    for step in train.steps:
        for name, length, symbolic in _fed(program, step):
            if symbolic:
                lengths[name] = length
            else:
                whole.add(name)
    different = list(dict.fromkeys(lengths.values()))
    if not different:
        raise fail(
            codes.CANNOT_TRUNCATE,
            "`truncate` cuts sequences, and no field feeds an input whose first dimension is a symbolic size",
            place,
            help="declare the model's input with one, as in `input tokens: int[T]`",
        )
    if len(different) > 1:
        listed = " and ".join(f"'{name}' has {length}" for name, length in lengths.items())
        message = f"`truncate` cuts sequences of one length, and {listed} time steps"
        raise fail(codes.CANNOT_TRUNCATE, message, place, help=WHOLE)
    return [
        port.name for port in train.fields
        if port.name in lengths or (port.name not in whole and port.type.shape[:1] == (different[0],))
    ]  # fmt: skip


def _fed(program: Program, step: Step) -> Iterator[tuple[str, Dim, bool]]:
    """Each field that is an input of a model: its first dimension, and whether the model's is a symbol."""
    module = step.module
    for node in module.nodes:
        unit = module.units[node.unit]
        if unit.module is None:
            continue
        for port, ref in zip(program.module(unit.module).inputs, node.inputs, strict=True):
            while ref[0] != INPUT and _entry(step, ref) == "cast":
                ref = module.nodes[ref[0]].inputs[0]
            if ref[0] == INPUT and port.type.shape:
                field = module.inputs[ref[1]]
                yield field.name, field.type.shape[0], isinstance(port.type.shape[0], Sym)


def _entry(step: Step, ref: Ref) -> str:
    layer = step.module.units[step.module.nodes[ref[0]].unit].layer
    return layer.entry if layer is not None else ""


# ---------------------------------------------------------------- terms


def _term_refs(step: Step) -> list[Ref]:
    inputs = [*(term.inputs for term in step.losses), *(term.inputs for term in step.metrics)]
    return list(dict.fromkeys(ref for refs in inputs for ref in refs))


def _check_losses(step: Step, own: Mapping[Ref, int | None], place: Span | None) -> None:
    for term in step.losses:
        loss, times = term.loss, [own[ref] for ref in term.inputs]
        if not isinstance(loss, Loss) or all(time is None for time in times):
            continue
        type = step.module.type_of(term.inputs[0])
        axis = getattr(loss, "axis", None)
        along = axis is not None and times[0] == axis % type.rank
        if loss.entry not in BY_ELEMENT or along:
            shape = shape_text(type.shape)
            message = f"`truncate` cuts sequences, and the loss '{term.name}' looks at {shape} as a whole"
            raise fail(codes.CANNOT_TRUNCATE, message, place, help=WHOLE)
