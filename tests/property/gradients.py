"""Gradients and updates of PyTorch and Keras in float64: one meaning of a training, away from kinks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Literal
from unittest.mock import patch

import numpy as np

from dlspec.backends.initial import initial_weights
from dlspec.backends.keras.runtime import tf
from dlspec.ir.chance import without_chance
from dlspec.ir.program import ModelUse, Program
from dlspec.ir.weights import train_weights
from dlspec.training.verify.compare import FORWARD, GRADIENT, Arrays, Worst, worst_of
from dlspec.training.verify.engines import Engine, Engines
from dlspec.training.verify.gradients import Gradients, gradients
from dlspec.training.verify.steps import BOUNDS, differences, losses
from dlspec.training.verify.subjects import Subject, moved, subjects_of_spec
from dlspec.training.verify.trains import with_cotangent
from tests.property.disagreement import Disagreement, staged
from tests.property.fitting import LENGTHS
from tests.property.random_specs import Spec, random_array

Array = np.ndarray[Any, np.dtype[Any]]
Verdict = Literal["same", "kink", "undefined", "nothing"]

ENGINES = Engines(("torch", "keras"))
TORCH, KERAS = Engine("torch", "float64"), Engine("keras", "float64")
EXAMPLES = 4
UPDATES = 4
NOTHING = 1e-12
"""A loss that is always smaller is 0 but for rounding: there is nothing that it could be relative to."""
COMPILED = 5
"""One training in so many is compiled as it is for a user."""
NUDGES, NUDGE = 2, 1e-3
"""Where the two differ, this many neighbours are compared, so far away (relative): at a kink or tie, whose gradient
is not pinned, the neighbours agree; where the meaning differs they differ too."""


class Uncompiled:
    """Stands for `tf.function`: the function as it is written, for tracing each takes most of the time."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function

    def __call__(self, *arguments: Any) -> Any:
        return self.function(*arguments)

    def get_concrete_function(self, *_: Any) -> None:
        """Nothing is traced."""


@contextmanager
def step_by_step(on: bool = True) -> Iterator[None]:
    """Keras's updates run without being compiled."""
    real = tf.function

    def as_written(function: Any = None, **options: Any) -> Any:
        # Generated code says `autograph=False`; Keras compiles functions of its own, as it needs.
        return Uncompiled(function) if "autograph" in options else real(function, **options)

    with patch.object(tf, "function", as_written) if on else nullcontext():
        yield


def compare_gradients(spec: Spec, program: Program) -> Verdict:
    """Gradients of a random cotangent's product with the outputs, by each weight."""
    subject = _of_model(program, spec.seed)
    if subject is None:
        return "nothing"
    return _away_from_kinks(spec, "gradients", subject, _differing_gradients)


def _of_model(program: Program, seed: int) -> Subject | None:
    certain = without_chance(program)
    train = with_cotangent(certain.program, "m")
    if train is None:
        return None
    declared = train_weights(certain.program, train)
    weights = moved(initial_weights(declared, 3), declared)
    rng = np.random.default_rng([seed, 77])
    fields = {port.name: random_array(port.type, EXAMPLES, LENGTHS[0], rng) for port in train.fields}
    uses = (ModelUse(name="m", module=program.models["m"]),)
    return Subject("m", certain.program, train, uses, certain.models, weights, weights, fields)


def _differing_gradients(subject: Subject) -> Worst | None:
    """The worst difference where it is above its bound; None where all is well or nothing can be said."""
    with step_by_step():
        one, other = (gradients(subject, engine, ENGINES) for engine in (TORCH, KERAS))
    if not _finite(one):
        return None
    for found, wanted, bound in (
        (other.gradients, one.gradients, GRADIENT["float64"]),
        (other.statistics, one.statistics, FORWARD["float64"]),
    ):
        if wanted and not (worst := worst_of(found, wanted, bound)).ok:
            return worst
    return None


def _finite(found: Gradients) -> bool:
    return all(np.isfinite(each).all() for part in found for each in part.values())


def _away_from_kinks(spec: Spec, stage: str, subject: Subject, differing: Callable[[Subject], Worst | None]) -> Verdict:
    worst = staged(stage, spec.text, partial(differing, subject))
    if worst is None:
        return "same"
    for seed in range(NUDGES):
        if differing(_nudged(subject, seed)) is None:
            return "kink"
    raise Disagreement(stage, f"{worst.difference:.3g} in {worst.where}, bound {worst.bound:.3g}", spec.text)


def _nudged(subject: Subject, seed: int) -> Subject:
    rng = np.random.default_rng(seed)

    def near(arrays: Mapping[str, Array]) -> Arrays:
        return {
            name: array + (NUDGE * rng.normal(size=array.shape)).astype(array.dtype)
            if array.dtype.kind == "f"
            else array
            for name, array in arrays.items()
        }

    assert subject.fields is not None
    weights = near(subject.weights)
    return replace(subject, weights=weights, start=weights, fields=near(subject.fields))


def compare_training(spec: Spec, folder: Path) -> Verdict:
    """Gradients, and the losses of the first updates, of the spec's own training."""
    path = folder / "random.dl"
    path.write_text(spec.text, encoding="utf-8")
    verdict: Verdict = "nothing"
    for subject in staged("reading a training", spec.text, lambda: subjects_of_spec(path)).subjects:
        if subject.fields is None:
            continue
        verdict = _away_from_kinks(spec, "training's gradients", subject, _differing_gradients)
        if verdict == "same":
            differing = partial(_differing_losses, compiled=spec.seed % COMPILED == 0)
            verdict = _away_from_kinks(spec, "training steps", subject, differing)
    return verdict


def _differing_losses(subject: Subject, *, compiled: bool) -> Worst | None:
    with step_by_step(not compiled):
        one, other = (losses(subject, engine, ENGINES, count=UPDATES) for engine in (TORCH, KERAS))
    if not all(np.isfinite(each.value) for each in one):
        return None
    if max(abs(each.value) for each in (*one, *other)) < NOTHING:
        return None
    worst = max(differences(other, one))
    return None if worst <= BOUNDS["float64"] else Worst(worst, BOUNDS["float64"], f"the losses {one}, {other}")
