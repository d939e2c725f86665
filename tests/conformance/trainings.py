"""Trainings of four small networks on the digits, with whatever setting is looked at: fifty updates on each backend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from dlspec.catalog.base import Entry
from dlspec.cli.spelling import call_text
from dlspec.diagnostics.span import SourceFile
from dlspec.training.verify.engines import Engine, Engines
from dlspec.training.verify.steps import losses, steps_rows
from dlspec.training.verify.subjects import Subject, subjects_of_spec
from dlspec.training.verify.table import Row

ROWS, BATCH, EPOCHS = 100, 32, 14
"""The last batch of an epoch is smaller; fifty updates are twelve epochs and a half."""

MODELS = {
    "mlp": "image -> flatten -> dense(24) -> tanh -> dense(10)",
    "cnn": "image -> conv(6, 3x3, padding=same) -> batch_norm -> relu -> max_pool(2x2) -> flatten -> dense(10)",
    "lstm": "image -> reshape(8, 8) -> lstm(16) -> last -> dense(10)",
    "transformer": (
        "image -> reshape(8, 8) -> dense(16) -> learned_positions(8) -> encoder(2, 24) -> mean(axis=0) -> dense(10)"
    ),
}

SPEC = """
data digits {{
  source builtin("digits")
  image = column("pixel_*") -> reshape(1, 8, 8) -> rescale(1/16)
  label = column("digit") -> category(10)
  split train=0.8, validation=0.2
}}

block encoder(heads, hidden) {{
  a = in -> layer_norm
  y = in + ((a, a, a) -> attention(heads))
  return y + (y -> layer_norm -> dense(hidden) -> gelu -> dense(16))
}}

model net {{
  input image: float[1, 8, 8]
  output logits = {flow}
}}

train net on digits {{
  {settings}
}}
"""

USUAL = {
    "loss": "loss cross_entropy", "optimizer": "optimizer sgd(lr=0.1, momentum=0.9)", "epochs": f"epochs {EPOCHS}",
    "batch": f"batch {BATCH}",
}  # fmt: skip
"""What a training has where nothing else is said, by its first word."""


@dataclass(frozen=True)
class Training:
    """A network, lines of settings, and the entries that the training is about."""

    model: str
    lines: tuple[str, ...]
    about: tuple[type[Entry], ...]

    def __str__(self) -> str:
        return f"{self.model}: {'; '.join(self.lines)}"

    @property
    def text(self) -> str:
        """The spec."""
        said = {line.split()[0] for line in self.lines}
        usual = [line for word, line in USUAL.items() if word not in said]
        return SPEC.format(flow=MODELS[self.model], settings="\n  ".join([*usual, *self.lines]))


def line(entry: Entry) -> str:
    """The setting in which an optimizer, a schedule, a penalty or a constraint stands."""
    return f"{entry.kind} {call_text(entry)}"


def subject_of(training: Training) -> Subject:
    """The training with the rows that it sees."""
    source = SourceFile("net.dl", training.text)
    (subject,) = subjects_of_spec(Path("net.dl"), source=source).subjects
    assert subject.fields is not None
    return replace(subject, fields={name: array[:ROWS] for name, array in subject.fields.items()})


def compared(training: Training, precisions: Sequence[str] = ("float64", "float32")) -> list[Row]:
    """The difference of Keras from PyTorch over fifty updates, by precision; float32 as far as PyTorch does not drift
    from its own float64."""
    subject, engines = subject_of(training), Engines(("torch", "keras"))
    every: Any = [Engine(backend, precision) for precision in precisions for backend in engines.backends]  # type: ignore[arg-type]
    return list(steps_rows(str(training), {engine: losses(subject, engine, engines) for engine in every}, engines))


@cache
def samples(entry: type[Entry]) -> tuple[Entry, ...]:
    """Every sample of an entry, made."""
    from tests.conformance.required import samples_of

    return tuple(entry.model_validate(sample.arguments) for sample in samples_of(entry))
