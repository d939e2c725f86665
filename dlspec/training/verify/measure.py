"""Everything that is verified of a spec or a run, measured on every backend that is installed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

from dlspec.diagnostics.codes import runtime as codes
from dlspec.diagnostics.report import DlspecError, fail
from dlspec.diagnostics.span import SourceFile
from dlspec.ir.resolve import MAX_PARAMETERS
from dlspec.training.run import Run
from dlspec.training.verify.engines import TITLES, Engine, Engines, installed
from dlspec.training.verify.forward import forward, forward_rows
from dlspec.training.verify.gradients import gradient_rows, gradients
from dlspec.training.verify.metrics import figures, metric_rows
from dlspec.training.verify.steps import losses, steps_rows
from dlspec.training.verify.subjects import Found, Subject, subject_of_run, subjects_of_spec
from dlspec.training.verify.table import Row, Verification

Tell = Callable[[str], None]
"""Is told what is measured now."""

Measured = TypeVar("Measured")


def verify_spec(
    path: Path,
    *,
    source: SourceFile | None = None,
    overrides: Sequence[tuple[str, str]] = (),
    max_parameters: int = MAX_PARAMETERS,
    tell: Tell = lambda text: None,
    engines: Engines | None = None,
) -> Verification:
    """Compare the backends on every model and training of a spec. DlspecError where the spec is wrong, or there are
    no two backends."""
    tell("reading the spec and its data")
    settings: dict[str, Any] = {"source": source, "overrides": overrides, "max_parameters": max_parameters}
    return verify_subjects(subjects_of_spec(path, **settings), tell, engines)


def verify_run(run: Run, *, tell: Tell = lambda text: None, engines: Engines | None = None) -> Verification:
    """Compare the backends on what a run has trained, at its final weights."""
    tell("reading the run and its data")
    found = Found()
    found.subjects.append(subject_of_run(run.program, run.train, run.parts(), run.weights()))
    return verify_subjects(found, tell, engines)


def verify_subjects(found: Found, tell: Tell, engines: Engines | None = None) -> Verification:
    """Compare the backends on subjects."""
    left_out = list(found.left_out)
    if engines is None:
        backends, missing = installed()
        engines = Engines(backends)
        left_out += missing
    if len(engines.backends) < 2:
        only = f"only {TITLES[engines.backends[0]]} is" if engines.backends else "no backend is"
        raise fail(
            codes.MISSING_BACKEND,
            f"there is nothing to compare: {only} installed",
            help="pip install 'dlspec[torch,keras,onnx]'",
        )
    rows: list[Row] = []
    for subject in found.subjects:
        rows += _Measurement(subject, engines, tell, left_out).rows()
    return Verification(tuple(rows), tuple(dict.fromkeys(left_out)))


class _Measurement:
    """The checks of one subject. What a backend cannot compile is left out there, with the reason."""

    def __init__(self, subject: Subject, engines: Engines, tell: Tell, left_out: list[str]) -> None:
        self.subject = subject
        self.engines = engines
        self.tell = tell
        self.left_out = left_out

    def rows(self) -> Iterator[Row]:
        """The rows of every check."""
        subject, engines = self.subject, self.engines
        yield from forward_rows(self._by_engine("forward pass", forward), engines)
        found = self._by_engine("gradients", gradients, trains=True)
        yield from gradient_rows(subject, found, engines, self.tell)
        if subject.fields is not None:
            yield from steps_rows(subject.name, self._by_engine("training steps", losses, trains=True), engines)
            yield from metric_rows(subject.name, self._by_engine("metrics", figures), engines)

    def _by_engine(
        self, what: str, measure: Callable[[Subject, Engine, Engines], Measured], *, trains: bool = False
    ) -> dict[Engine, Measured]:
        found: dict[Engine, Measured] = {}
        for engine in self.engines.each(trains=trains):
            title = TITLES[engine.backend]
            self.tell(f"{self.subject.name}: {what} on {title} in {engine.precision}")
            try:
                found[engine] = measure(self.subject, engine, self.engines)
            except DlspecError as error:
                self.left_out.append(f"{self.subject.name}, {what} on {title}: {error.diagnostics[0].message}")
        return found
