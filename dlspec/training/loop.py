"""The one training loop, for every backend: epochs, batches, steps, history, early stopping, checkpoints.

It sees a `Session` and numbers alone. The generated module's own `fit` does the same, bit for bit.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from dlspec.backends.session import Session, StepResult
from dlspec.diagnostics.codes import runtime as codes
from dlspec.diagnostics.report import Diagnostic, DlspecError
from dlspec.ir.program import Train
from dlspec.training.checkpoint import Checkpoint, Partial, Position
from dlspec.training.figures import averaged, evaluated, higher_is_better, metric_terms, score, watched
from dlspec.training.plan import Plan, updates
from dlspec.training.progress import Progress

Array = np.ndarray[Any, np.dtype[Any]]
Row = dict[str, Any]

READ_AFTER = 1024
"""Updates whose losses stay on the device before they are read: a bound on memory, far above a usual epoch's."""

SHARE = 50
"""Where the spec says nothing of checkpoints, one is written when the last one's time has passed this many times."""

LEAST = 1.0
"""Seconds between two checkpoints in that case."""


class Diverged(DlspecError):
    """The loss is no finite number any more."""


def diverged(message: str) -> Diverged:
    """The exception for that."""
    help = "try a smaller learning rate (a tenth), `clip norm=1.0`, or `standardize` the fields that are large"
    return Diverged([Diagnostic(codes.DIVERGED, message, help=help)])


@dataclass(slots=True)
class Records:
    """Where the loop leaves what it has found: a row an epoch, a loss every `log_every` updates, checkpoints."""

    row: Callable[[Row], None]
    loss: Callable[[Row], None]
    checkpoint: Callable[[Checkpoint], None]
    log_every: int | None = None


@dataclass(slots=True)
class Loop:
    """A training that runs. `parts` holds what the session's `put` gave for each part of the data.

    `interrupted` is asked after each update; where it says yes, a checkpoint is written and `run` returns.
    """

    session: Session
    train: Train
    plan: Plan
    parts: Mapping[str, Any]
    examples: int
    records: Records
    progress: Progress
    interrupted: Callable[[], bool]
    augmented: Callable[[int, Array], Mapping[str, Array]] | None = None
    """Gives the batch of an epoch with these rows, where the examples that train are changed at random."""
    position: Position = field(default_factory=Position)
    partial: Partial = field(default_factory=Partial)
    best_weights: Mapping[str, Array] = field(default_factory=dict)
    good_weights: Mapping[str, Array] = field(default_factory=dict)
    """The weights at the end of the last epoch in which every loss was finite."""
    _pending: list[tuple[str, int, int, StepResult]] = field(default_factory=list)
    _started: float = field(default_factory=time.perf_counter)
    _saved: float = field(default_factory=time.perf_counter)
    _cost: float = 0.0

    @property
    def batches(self) -> int:
        """Batches of an epoch; with `accumulate`, the groups of them that a step sees."""
        return math.ceil(self.examples / self.plan.step_size)

    @property
    def steps(self) -> int:
        """Batches that have been seen, over the whole training."""
        order = [place for place, _ in updates(self.batches, self.train.steps)]
        begun = order[self.position.update - 1] + 1 if self.position.update else 0
        return self.position.epoch * self.batches + begun

    def run(self) -> bool:
        """Train to the end; False where it was interrupted. A loss that is not finite is a diagnostic."""
        self._started -= self.position.seconds
        self.good_weights = self.good_weights or self.session.weights()
        self.progress.begin(self.plan.epochs, self.position.epoch, self.batches)
        complete = True
        while complete and self.position.epoch < self.plan.epochs and not self.position.stopped:
            complete = self._epoch()
        if self.best_weights:
            self.session.load_weights(self.best_weights)
        return complete

    def resume(self, checkpoint: Checkpoint) -> None:
        """Begin where a checkpoint was written."""
        self.position, self.partial = replace(checkpoint.position), checkpoint.partial
        self.best_weights = checkpoint.best_weights
        self.session.load_weights(checkpoint.weights)
        self.session.load_state(checkpoint.state)

    # ---------------------------------------------------------------- one epoch

    def _epoch(self) -> bool:
        """The updates of an epoch and what follows them; False where it was interrupted."""
        began, first = time.perf_counter(), self.position.update
        if not self._updates():
            self._save()
            return False
        trained = time.perf_counter() - began
        row = self._row()
        done = len(list(updates(self.batches, self.train.steps)))
        share = 1 - first / done
        row["seconds"] = round(time.perf_counter() - began, 6)
        row["examples_per_second"] = round(self.examples * share / trained, 1)
        self.partial = Partial()
        self.position.epoch += 1
        self.position.update = 0
        self._watch(row)
        self.records.row(row)
        self.progress.epoch(row)
        if self._due():
            self._save(row)
        return not self.interrupted() or self._leave(row)

    def _leave(self, row: Row) -> bool:
        """Interrupted between two epochs: whether there was nothing left to do anyway."""
        if self.position.stopped or self.position.epoch == self.plan.epochs:
            return True
        self._save(row)
        return False

    def _updates(self) -> bool:
        """The updates of the epoch that are left; False where it was interrupted."""
        plan, session, position = self.plan, self.session, self.position
        session.start_epoch(position.epoch)
        order = self._order(position.epoch)
        first = position.epoch * self.batches
        steps_setting = plan.checkpoint.steps if plan.checkpoint else None
        draws: Mapping[str, Array] = {}
        drawn = -1
        fields, chosen = self.parts["train"], order
        for index, (place, name) in enumerate(updates(self.batches, self.train.steps)):
            if index < position.update:
                continue
            rows = order[place * plan.step_size : (place + 1) * plan.step_size]
            if drawn != place:
                draws, drawn = session.draw(len(rows), plan.seed, first + place), place
                fields, chosen = self._batch(rows)
            rate = self._rate(name, first + place)
            result = session.train_step(name, fields, chosen, rate, draws)
            self._pending.append((name, len(rows), first + place, result))
            position.update += 1
            position.updates += 1
            self._log(name, first + place, result)
            self.progress.update(place + 1)
            if self.interrupted():
                self._read()
                return False
            if len(self._pending) >= READ_AFTER:
                self._read()
            if steps_setting and position.updates % steps_setting == 0:
                self._read()
                self._save()
        self._read()
        return True

    def _batch(self, rows: Array) -> tuple[Any, Array]:
        """Fields on the device, and which of their rows make the batch."""
        if self.augmented is None:
            return self.parts["train"], rows
        return self.session.put(self.augmented(self.position.epoch, rows)), np.arange(len(rows))

    def _rate(self, name: str, step: int) -> float:
        if self.plan.monitors:
            return self.session.learning_rate(name, step, self.batches, self.position.seen)
        return self.session.learning_rate(name, step, self.batches)

    def _order(self, epoch: int) -> Array:
        if not self.plan.shuffle:
            return np.arange(self.examples)
        return np.random.default_rng([self.plan.seed, epoch]).permutation(self.examples)

    def _log(self, name: str, step: int, result: StepResult) -> None:
        every = self.records.log_every
        if not every or self.position.updates % every:
            return
        (losses,) = self.session.read_losses([result])
        row: Row = {"step": step + 1, "loss": losses["loss"]}
        self.records.loss(row if len(self.train.steps) == 1 else {**row, "of": name})

    def _read(self) -> None:
        """Fetch the losses and outputs of the updates since the last time; a diagnostic where a loss is not finite."""
        pending, self._pending = self._pending, []
        results = [result for *_, result in pending]
        for (name, count, step, _), losses in zip(pending, self.session.read_losses(results), strict=True):
            if not all(map(math.isfinite, losses.values())):
                raise self._diverged(losses, step)
            self.partial.losses.setdefault(name, []).append((losses, count))
        for metric, arrays in self.session.read_outputs(results).items():
            self.partial.outputs.setdefault(metric, []).append(arrays)

    def _diverged(self, losses: Mapping[str, float], step: int) -> Diverged:
        name, value = next((name, value) for name, value in losses.items() if not math.isfinite(value))
        epoch = self.position.epoch
        kept = f"the weights of epoch {epoch} are kept" if epoch else "the initial weights are kept"
        return diverged(
            f"the loss became {'undefined (NaN)' if math.isnan(value) else 'infinite'} ('{name}' in update {step + 1}, "
            f"epoch {epoch + 1}); {kept}",
        )

    # ---------------------------------------------------------------- after an epoch

    def _row(self) -> Row:
        """The figures of the epoch."""
        figures: dict[str, float] = {}
        for step in self.train.steps:
            if step.name in self.partial.losses:
                for name, value in averaged(self.partial.losses[step.name]).items():
                    # Terms have names of their own; `loss` and `penalty` of several steps add up.
                    figures[name] = figures.get(name, 0.0) + value
        outputs = {
            name: tuple(np.concatenate(each) for each in zip(*parts, strict=True))
            for name, parts in self.partial.outputs.items()
        }
        figures |= score(metric_terms(self.train), outputs)
        last = (self.position.epoch + 1) * self.batches - 1
        rate = self._rate(self.train.steps[0].name, last)
        row: Row = {"epoch": self.position.epoch, "step": last + 1, "train": figures, "lr": rate}
        if "validation" in self.parts:
            row["validation"] = evaluated(self.session, self.train, self.parts["validation"], self.plan.batch)
        return row

    def _watch(self, row: Row) -> None:
        """Remember the weights, and stop where the monitored figure has not got better for long enough."""
        self.good_weights = self.session.weights()
        for monitor in self.plan.monitors:
            if monitor.partition(".")[0] in row:
                figures = [*self.position.seen.get(monitor, ()), watched(monitor, row)]
                self.position.seen = {**self.position.seen, monitor: figures}
        stop, position = self.plan.stop, self.position
        if stop is None or stop.monitor.partition(".")[0] not in row:
            return
        value = watched(stop.monitor, row)
        better = value > _worst(position.best, -math.inf) if higher_is_better(self.train, stop.monitor) else (
            value < _worst(position.best, math.inf)
        )  # fmt: skip
        if better:
            position.best, position.best_epoch, position.waited = value, row["epoch"], 0
            if stop.restore_best:
                self.best_weights = self.good_weights
        else:
            position.waited += 1
        position.stopped = position.waited > stop.patience

    # ---------------------------------------------------------------- checkpoints

    def _due(self) -> bool:
        setting = self.plan.checkpoint
        if setting is not None:
            return self.position.epoch % setting.every == 0
        return time.perf_counter() - self._saved > max(LEAST, SHARE * self._cost)

    def _save(self, row: Row | None = None) -> None:
        """Write a checkpoint; after an epoch `row` has its figures."""
        began = time.perf_counter()
        best = self.plan.checkpoint.best if self.plan.checkpoint else None
        figure = watched(best, row) if best and row else None
        self.records.checkpoint(
            Checkpoint(
                position=replace(self.position, seconds=began - self._started),
                weights=self.session.weights() if row is None else self.good_weights,
                state=self.session.state(),
                best_weights=self.best_weights,
                partial=self.partial,
                figure=figure,
            )
        )
        self._saved = time.perf_counter()
        self._cost = self._saved - began


def _worst(best: float | None, worst: float) -> float:
    return worst if best is None else best
