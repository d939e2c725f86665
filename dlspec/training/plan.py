"""What the loop needs to know of a `train` block: its settings, with their defaults."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dlspec.catalog import train_settings as settings
from dlspec.catalog.schedules import Plateau
from dlspec.diagnostics.codes import training as codes
from dlspec.diagnostics.report import fail
from dlspec.ir.program import Step, Train

DEFAULT_BATCH = 32


@dataclass(frozen=True, slots=True)
class Plan:
    """The settings of a training. `checkpoint` is None where the spec says nothing of it.

    A step sees `accumulate` batches of the size `batch`; `monitors` are the figures that learning rates depend on.
    """

    epochs: int
    batch: int
    shuffle: bool
    seed: int
    stop: settings.Stop | None
    checkpoint: settings.Checkpoint | None
    accumulate: int = 1
    monitors: tuple[str, ...] = ()

    @property
    def step_size(self) -> int:
        """Examples of a step."""
        return self.batch * self.accumulate


def plan_of(train: Train, examples: int) -> Plan:
    """The settings of a training on so many examples; a diagnostic where it would stop by its test part."""
    epochs, batch, shuffle, seed, stop, checkpoint = (
        train.settings.get(name) for name in ("epochs", "batch", "shuffle", "seed", "stop", "checkpoint")
    )
    accumulate = train.settings.get("accumulate")
    assert stop is None or isinstance(stop, settings.Stop)
    assert checkpoint is None or isinstance(checkpoint, settings.Checkpoint)
    monitors = dict.fromkeys(
        phase.monitor for step in train.steps for phase in step.schedule if isinstance(phase, Plateau)
    )
    for path in (stop.monitor if stop else "", (checkpoint.best or "") if checkpoint else "", *monitors):
        if path.startswith("test."):
            message = f"'{path}' cannot be watched: the test part is looked at when the training is over"
            raise fail(codes.UNKNOWN_FIGURE, message, help=f"watch `validation{path.removeprefix('test')}`")
    size = batch.n if isinstance(batch, settings.Batch) else DEFAULT_BATCH
    return Plan(
        epochs=epochs.n if isinstance(epochs, settings.Epochs) else 1,
        batch=examples if size == "all" else size,
        shuffle=shuffle.on if isinstance(shuffle, settings.Shuffle) else True,
        seed=seed.n if isinstance(seed, settings.Seed) else 0,
        stop=stop,
        checkpoint=checkpoint,
        accumulate=accumulate.n if isinstance(accumulate, settings.Accumulate) else 1,
        monitors=tuple(monitors),
    )


def updates(batches: int, steps: Sequence[Step]) -> Iterator[tuple[int, str]]:
    """The updates of an epoch in order: which batch, which step. Each repetition of a step takes the next batch."""
    place = 0
    while place < batches:
        for step in steps:
            for repetition in range(step.repeat):
                place += repetition > 0
                if place == batches:
                    return
                yield place, step.name
        place += 1
