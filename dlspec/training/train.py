"""`train`: from a spec to a run."""

from __future__ import annotations

import math
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np

from dlspec.backends.session import Session
from dlspec.data.augment import augmented_batches
from dlspec.diagnostics.codes import runtime as codes
from dlspec.diagnostics.report import DlspecError, fail
from dlspec.ir.program import Train
from dlspec.ir.resolve import MAX_PARAMETERS
from dlspec.training import checkpoint as saved
from dlspec.training.backends import emitted, opened
from dlspec.training.figures import evaluated, higher_is_better
from dlspec.training.files import (
    read_arrays,
    read_lines,
    synced,
    to_json,
    write_arrays,
    write_json,
    write_text,
    writing,
)
from dlspec.training.folder import RUNS, RunFolder, find_run, locked, new_run, newest
from dlspec.training.loop import Diverged, Loop, Records, diverged
from dlspec.training.manifest import manifest, now, write_spec
from dlspec.training.plan import Plan, plan_of
from dlspec.training.progress import Progress, Quiet
from dlspec.training.run import Run
from dlspec.training.setup import Setup, set_up
from dlspec.training.signals import Interrupt, Interrupted
from dlspec.training.starting import starting_weights
from dlspec.training.stored import read_program, same_training, write_program

Array = np.ndarray[Any, np.dtype[Any]]

RESULT = 1
"""The version of `result.json`'s form."""


def train(
    spec: str | Path,
    label: str | None = None,
    *,
    backend: str = "torch",
    device: str = "cpu",
    overrides: Sequence[tuple[str, str]] = (),
    runs: Path | None = None,
    resume: bool | str | Path = False,
    log_every: int | None = None,
    data: Any = None,
    progress: Progress | None = None,
    max_parameters: int = MAX_PARAMETERS,
    allow_outside: bool = False,
) -> Run:
    """Train what a spec says, in a run folder of its own.

    `runs` is where runs go (`runs/` beside the spec); `resume` goes on with a run that was broken off: the newest of
    the label, or the one that is named. `data` is a mapping of arrays or a DataFrame in place of the source.
    Whatever is wrong with spec or data is a DlspecError; Ctrl-C and SIGTERM give Interrupted, after a checkpoint.
    """
    path = Path(spec)
    before = _resumed(path, label, runs, resume)
    if before is not None:
        known = before.read_manifest()
        label = before.label
        overrides = overrides or [(name, value) for name, value in known.get("overrides", [])]
        backend = known.get("backend", backend)
        log_every = log_every or known.get("log_every")
    setup = set_up(
        path, label, overrides=overrides, data=data, max_parameters=max_parameters, allow_outside=allow_outside
    )
    work = _Work(
        setup=setup,
        path=path,
        plan=plan_of(setup.train, len(next(iter(setup.parts["train"].values())))),
        backend=backend,
        device=device,
        overrides=overrides,
        runs=runs.resolve() if runs else setup.folder / RUNS,
        log_every=log_every,
        given=data is not None,
        progress=progress or Quiet(),
    )
    if before is None:
        return work.fresh(allow_outside)
    with locked(before):
        return work.resumed(before)


def _resumed(path: Path, label: str | None, runs: Path | None, resume: bool | str | Path) -> RunFolder | None:
    """The run to go on with, if any."""
    if resume is False:
        return None
    if resume is not True:
        return find_run(resume, runs)
    base = runs or path.resolve().parent / RUNS
    if label is None:
        from dlspec.pipeline import checked, resolve
        from dlspec.training.setup import choose

        label = choose(checked(resolve(path)).program, None).label
    return newest(base, label, trained=False)


@dataclass(slots=True)
class _Work:
    """One call of `train`, once the spec and its data are fine."""

    setup: Setup
    path: Path
    plan: Plan
    backend: str
    device: str
    overrides: Sequence[tuple[str, str]]
    runs: Path
    log_every: int | None
    given: bool
    progress: Progress

    @property
    def train(self) -> Train:
        return self.setup.train

    # ---------------------------------------------------------------- beginning

    def fresh(self, allow_outside: bool) -> Run:
        """A new run from its first update."""
        code = emitted(self.backend, self.setup.program, self.train)
        initial = starting_weights(
            self.setup.program, self.train, self.plan.seed, self.setup.folder, self.runs, allow_outside=allow_outside
        )
        run = new_run(self.runs, self.train.label)
        with locked(run):
            try:
                self._write_inputs(run, code, initial)
                session = opened(self.backend, run.code / f"{self.train.label}.py", self.device)
                session.load_weights(initial)
            except DlspecError:
                shutil.rmtree(run.path, ignore_errors=True)  # nothing of the user's is in it yet
                raise
            session.seed(self.plan.seed)
            return self._run(run, session, None)

    def _write_inputs(self, run: RunFolder, code: str, initial: Mapping[str, Array]) -> None:
        with writing(run.path):
            for folder in (run.spec, run.code, run.checkpoints):
                folder.mkdir(exist_ok=True)
        write_spec(run, self.setup.folder, self.setup.sources)
        write_text(run.code / f"{self.train.label}.py", code)
        write_program(run.program, self.setup.program, self.setup.folder)
        with writing(run.data):
            self.setup.prepared.fitted.save(run.data)
        write_arrays(run.initial, initial)
        write_json(
            run.manifest,
            manifest(
                run,
                spec=self.path,
                folder=self.setup.folder,
                sources=self.setup.sources,
                overrides=self.overrides,
                seed=self.plan.seed,
                backend=self.backend,
                device=self.device,
                log_every=self.log_every,
                data=self._data_facts(),
            ),
        )

    def _data_facts(self) -> dict[str, Any]:
        return {
            "source": "given" if self.given else "spec",
            "hash": self.setup.data_hash,
            "examples": {part: len(next(iter(fields.values()))) for part, fields in self.setup.parts.items()},
        }

    def resumed(self, run: RunFolder) -> Run:
        """A run that was broken off, from its last checkpoint, or from its beginning where it has none."""
        known = run.read_manifest()
        if known.get("status") in ("finished", "diverged"):
            self.progress.note(f"{run.path} is complete; there is nothing to go on with")
            return Run(run, setup=self.setup)
        self._unchanged(run, known)
        session = opened(self.backend, run.code / f"{self.train.label}.py", self.device)
        found = saved.checkpoints(run.checkpoints)
        session.load_weights(read_arrays(run.initial))
        session.seed(self.plan.seed)
        run.update_manifest(status="running")
        return self._run(run, session, saved.load(found[-1]) if found else None)

    def _unchanged(self, run: RunFolder, known: Mapping[str, Any]) -> None:
        """Raise where going on would not give the same curve."""
        if known.get("data", {}).get("hash") != self.setup.data_hash:
            raise _changed(f"the data is not what it was when '{run.path}' began")
        before = read_program(run.program, self.setup.folder)
        if not same_training(before, self.setup.program, self.train.label):
            raise _changed(f"the spec is not what it was when '{run.path}' began")

    # ---------------------------------------------------------------- the loop, and what follows

    def _run(self, run: RunFolder, session: Session, checkpoint: saved.Checkpoint | None) -> Run:
        try:
            return self._trained(run, session, checkpoint)
        except Diverged:
            raise
        except DlspecError:
            run.update_manifest(status="failed", finished=now())
            raise
        finally:
            self.progress.end()

    def _trained(self, run: RunFolder, session: Session, checkpoint: saved.Checkpoint | None) -> Run:
        parts = {part: session.put(fields) for part, fields in self.setup.parts.items()}
        began = time.perf_counter() - (checkpoint.position.seconds if checkpoint else 0.0)
        with Interrupt() as interrupt, self._records(run, checkpoint) as records:
            loop = Loop(
                session=session,
                train=self.train,
                plan=self.plan,
                parts=parts,
                examples=len(next(iter(self.setup.parts["train"].values()))),
                records=records,
                progress=self.progress,
                interrupted=lambda: interrupt.number is not None,
                augmented=augmented_batches(self.setup.data.augment, self.setup.parts["train"], self.plan.seed),
            )
            if checkpoint is not None:
                loop.resume(checkpoint)
            try:
                complete = loop.run()
            except Diverged:
                session.load_weights(loop.best_weights or loop.good_weights)
                self._finish(run, session, parts, loop, "diverged", time.perf_counter() - began)
                raise
            stopped = "interrupted" if not complete else "early" if loop.position.stopped else "completed"
            self._finish(run, session, parts, loop, stopped, time.perf_counter() - began)
            made = Run(run, setup=self.setup)
            if not complete and interrupt.number is not None:
                raise Interrupted(made, interrupt.number)
            return made

    def _finish(
        self, run: RunFolder, session: Session, parts: Mapping[str, Any], loop: Loop, stopped: str, seconds: float
    ) -> None:
        """Write the final weights and what they are worth."""
        write_arrays(run.weights, session.weights())
        figures = {part: evaluated(session, self.train, fields, self.plan.batch) for part, fields in parts.items()}
        finite = math.isfinite(figures["train"]["loss"])
        position = loop.position
        write_json(
            run.result,
            {
                "format": RESULT,
                "label": self.train.label,
                "backend": self.backend,
                "epochs": position.epoch,
                "steps": loop.steps,
                "seconds": round(seconds, 3),
                "stopped": stopped if finite else "diverged",
                "best_epoch": position.best_epoch,
                **figures,
            },
        )
        status = "finished" if stopped in ("completed", "early") else stopped
        run.update_manifest(status=status if finite else "diverged", finished=now())
        if not finite and stopped != "diverged":
            raise diverged("the loss of the final weights is no finite number")

    @contextmanager
    def _records(self, run: RunFolder, checkpoint: saved.Checkpoint | None) -> Iterator[Records]:
        """The files that grow while the training runs; of a run that goes on, what stood there at its checkpoint."""
        epochs = checkpoint.position.epoch if checkpoint else 0
        rows = [row for row in read_lines(run.metrics) if row.get("epoch", epochs) < epochs]
        _rewrite(run.metrics, rows)
        if self.log_every:
            updates = checkpoint.position.updates if checkpoint else 0
            _rewrite(run.steps, read_lines(run.steps)[: updates // self.log_every])
        setting = self.plan.checkpoint
        best = higher_is_better(self.train, setting.best) if setting and setting.best else None

        def save(state: saved.Checkpoint) -> None:
            synced(run.metrics)
            saved.save(state, run.checkpoints, keep=setting.keep if setting else 1, higher=best)

        losses = run.steps if self.log_every else run.metrics
        with (
            writing(run.path),
            open(run.metrics, "a", encoding="utf-8") as metrics,
            open(losses, "a", encoding="utf-8") as steps,
        ):
            yield Records(
                row=lambda row: _append(metrics, row),
                loss=lambda row: _append(steps, row),
                checkpoint=save,
                log_every=self.log_every,
            )


def _append(file: IO[str], row: Mapping[str, Any]) -> None:
    file.write(to_json(dict(row)) + "\n")
    file.flush()


def _rewrite(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    write_text(path, "".join(to_json(dict(row)) + "\n" for row in rows))


def _changed(message: str) -> DlspecError:
    return fail(codes.RUN_CHANGED, message, help="put it back as it was, or start a new run without --resume")
