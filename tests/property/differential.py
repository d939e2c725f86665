"""What must hold of every valid spec: the front end's round trips, and one meaning on every backend.

The bounds are those of SEMANTICS.md, through `dlspec.training.verify.compare`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np

from dlspec.backends.initial import initial_weights
from dlspec.diagnostics.span import SourceFile
from dlspec.ir.chance import without_chance
from dlspec.ir.program import Program
from dlspec.ir.resolve import Resolution
from dlspec.ir.summary import summarize
from dlspec.ir.verify import verify
from dlspec.ir.weights import parameter_count, weights_of
from dlspec.pipeline import linted
from dlspec.syntax.printer import format_source
from dlspec.tensor import Dim, Sym
from dlspec.training.verify.compare import FORWARD, Bound, Worst, worst_of
from dlspec.training.verify.subjects import moved
from tests.property.disagreement import Disagreement, staged
from tests.property.fitting import LENGTHS
from tests.property.growth import resolved
from tests.property.random_specs import Spec, random_array
from tests.property.rounding import DOUBLE, SINGLE, scatter
from tests.property.running import Arrays, Runner, compiled, on_keras, on_torch

Array = np.ndarray[Any, np.dtype[Any]]
Verdict = Literal["same", "rounding", "undefined"]

BATCH = 3
COMPILED = 5
"""One model in so many is also run as a compiled function, which takes long to trace."""
SPARE = 4.0
"""Rounding is let decide where its scatter is within this factor of the bound: a few samples find no worst case."""


@dataclass(slots=True)
class Finding:
    """What an examination found: whether the numbers said something, and on which backends they were compared."""

    verdict: Verdict = "same"
    program: Program | None = None
    compared: set[str] = field(default_factory=set)


def examine(spec: Spec, folder: Path, *, deep: bool) -> Finding:
    """Everything that is said of a spec; Disagreement where it is not so. `deep`: in double precision too."""
    if spec.trains:
        np.savez(folder / "data.npz", **spec.data)  # type: ignore[arg-type]
    program = front_end(spec.text, folder)
    finding = Finding(program=program)
    weights = starting(program)
    certain = without_chance(program)
    drawn = certain.models[program.models["m"]]
    if drawn:
        _same_shapes(spec, program, weights)
    played = certain.program if drawn or "gumbel_softmax" in spec.text else program
    runners = staged("compile", spec.text, partial(compiled, played, weights))
    counted = summarize(program, "m").parameters
    for backend, runner in runners.items():
        if runner.parameters not in (None, counted):
            message = f"{backend} trains {runner.parameters}, the summary has {counted}"
            raise Disagreement("parameters", message, spec.text)
    module = played.module(played.models["m"])
    symbolic = any(port.type.symbols for port in module.inputs)
    for sizes in LENGTHS if symbolic else LENGTHS[:1]:
        inputs = inputs_of(played, spec.seed, sizes)
        outputs = {name: staged(f"run {name}", spec.text, partial(each.run, inputs)) for name, each in runners.items()}
        for backend, found in outputs.items():
            _check_shapes(spec, played, backend, found, sizes)
        verdict = _compared(spec, played, weights, inputs, outputs)
        finding.verdict = verdict if finding.verdict == "same" else finding.verdict
    finding.compared = set(runners)
    if deep and finding.verdict == "same" and "keras" in runners:
        inputs = inputs_of(played, spec.seed, LENGTHS[0])
        double_precision(spec, played, weights, inputs)
        if spec.seed % COMPILED == 0:
            _graph(spec, played, weights, inputs)
    return finding


# ---------------------------------------------------------------- the front end


def front_end(text: str, folder: Path) -> Program:
    """The program of a spec, after every round trip that keeps it."""
    resolution = resolved(text, folder)
    if resolution.report.errors:
        raise Disagreement("check", str([each.message for each in resolution.report.errors]), text)
    staged("lint", text, partial(linted, resolution))
    program = resolution.program
    staged("verify", text, partial(verify, program))
    if Program.model_validate_json(program.model_dump_json()) != program:
        raise Disagreement("json", "the program changes by its JSON", text)
    formatted = staged("fmt", text, partial(format_source, SourceFile("random.dl", text)))
    if format_source(SourceFile("random.dl", formatted)) != formatted:
        raise Disagreement("fmt", "a second time changes something", formatted)
    again = resolved(formatted, folder)
    if again.report.errors or _bare(again) != _bare(resolution):
        raise Disagreement("fmt", "the formatted text means something else", formatted)
    summary = staged("summary", text, lambda: summarize(program, "m"))
    layers = sum(layer.parameters for layer in summary.layers if isinstance(layer.parameters, int))
    known = [parameter_count(weights_of(program, program.models["m"])), summary.parameters, layers]
    if len(set(known)) > 1:
        raise Disagreement("summary", f"parameters are counted {known}", text)
    return program


def _bare(resolution: Resolution) -> Any:
    """A program without the places in its text."""

    def strip(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: strip(each) for name, each in value.items() if name not in ("origin", "places")}
        return [strip(each) for each in value] if isinstance(value, list) else value

    return strip(json.loads(resolution.program.model_dump_json()))


# ---------------------------------------------------------------- numbers


def starting(program: Program) -> Mapping[str, Array]:
    """Weights as a training starts with, those that are one number everywhere moved."""
    declared = weights_of(program, program.models["m"])
    return moved(initial_weights(declared, 3), declared)


def inputs_of(program: Program, seed: int, sizes: dict[str, Dim]) -> dict[str, Array]:
    """Numbers for each input, drawn ones included."""
    rng = np.random.default_rng([seed, *(int(size) for size in sizes.values() if isinstance(size, int))])
    module = program.module(program.models["m"])
    return {port.name: random_array(port.type, BATCH, sizes, rng) for port in module.inputs}


def _check_shapes(spec: Spec, program: Program, backend: str, found: Arrays, sizes: dict[str, Dim]) -> None:
    module = program.module(program.models["m"])
    kinds = {"float": "f", "int": "i", "bool": "b"}
    for result in module.outputs:
        type = module.type_of(result.ref)
        wanted = tuple(size.substitute(sizes) if isinstance(size, Sym) else size for size in type.shape)
        array = found[result.name]
        if array.shape != (BATCH, *wanted) or array.dtype.kind != kinds[type.element]:
            message = f"{result.name} is {type} ({list(wanted)}), {backend} gives {array.dtype}{list(array.shape)}"
            raise Disagreement("shape", message, spec.text)


def _same_shapes(spec: Spec, program: Program, weights: Arrays) -> None:
    """A model that draws its own numbers gives no equal ones, but shapes as inferred."""
    for backend, runner in staged("compile", spec.text, partial(compiled, program, weights)).items():
        for sizes in LENGTHS:
            found = staged(f"run {backend}", spec.text, partial(runner.run, inputs_of(program, spec.seed, sizes)))
            _check_shapes(spec, program, backend, found, sizes)


def _compared(spec: Spec, program: Program, weights: Arrays, inputs: Arrays, outputs: Mapping[str, Arrays]) -> Verdict:
    """Whether every backend gives what the first does, in float32."""
    first = outputs["torch"]
    if not all(np.isfinite(each).all() for each in first.values()):
        return "undefined"
    for backend, found in outputs.items():
        worst = worst_of(found, first, FORWARD["float32"])
        if not worst.ok:
            return _judged(spec, program, weights, inputs, backend, found, first, worst)
    return "same"


def _judged(
    spec: Spec, program: Program, weights: Arrays, inputs: Arrays, backend: str, found: Arrays, first: Arrays,
    worst: Worst,
) -> Verdict:  # fmt: skip
    """Rounding, where that alone moves each element that differs by about the bound; else Disagreement.

    PyTorch and Keras must be the same function all the same: in float64 they have to agree.
    """
    if backend == "keras":
        double_precision(spec, program, weights, inputs)
    double = on_torch(program, weights, double=True)
    moves = scatter(lambda: double.run(inputs), SINGLE)
    if not _rounding(found, first, moves, FORWARD["float32"]):
        message = f"torch and {backend}: {worst.difference:.3g} in {worst.where}, bound {worst.bound:.3g}"
        raise Disagreement("forward", message, spec.text)
    return "rounding"


def _rounding(found: Arrays, wanted: Arrays, moves: Arrays, bound: Bound) -> bool:
    """Whether each element that is off its bound is moved by about so much by rounding alone."""
    for name, array in wanted.items():
        a, b = found[name].astype(np.float64), array.astype(np.float64)
        limit = bound.of(np.where(np.isfinite(b), b, 0.0))
        with np.errstate(invalid="ignore"):
            off = ~((np.abs(a - b) <= limit) | (a == b) | (np.isnan(a) & np.isnan(b)))
        if (off & (moves[name] * SPARE < limit)).any():
            return False
    return True


def double_precision(spec: Spec, program: Program, weights: Arrays, inputs: Arrays) -> None:
    """In float64 two backends that mean the same differ by next to nothing, but where a step is taken at a jump."""
    runs = {"torch": on_torch(program, weights, double=True), "keras": on_keras(program, weights, double=True)}
    one, other = (staged(f"{name} in float64", spec.text, partial(each.run, inputs)) for name, each in runs.items())
    worst = worst_of(other, one, FORWARD["float64"])
    if worst.ok or _rounding(other, one, scatter(lambda: runs["torch"].run(inputs), DOUBLE), FORWARD["float64"]):
        return
    message = f"torch and keras: {worst.difference:.3g} in {worst.where}, bound {worst.bound:.3g}"
    raise Disagreement("forward in float64", message, spec.text)


def _graph(spec: Spec, program: Program, weights: Arrays, inputs: Arrays) -> None:
    """As a compiled function with open sizes, Keras gives what it gives step by step."""
    runs = {"eager": on_keras(program, weights), "graph": on_keras(program, weights, graph=True)}
    _same(spec, "keras graph", inputs, runs, FORWARD["float32"])


def _same(spec: Spec, stage: str, inputs: Arrays, runs: Mapping[str, Runner], bound: Bound) -> None:
    found = {name: staged(f"{stage}, {name}", spec.text, partial(each.run, inputs)) for name, each in runs.items()}
    one, other = found.values()
    worst = worst_of(other, one, bound)
    if not worst.ok:
        message = f"{' and '.join(found)}: {worst.difference:.3g} in {worst.where}, bound {worst.bound:.3g}"
        raise Disagreement(stage, message, spec.text)
