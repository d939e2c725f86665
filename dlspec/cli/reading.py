"""`check --data`: the data of a spec read as a training would read it."""

from __future__ import annotations

from pathlib import Path

from dlspec.data.prepare import Prepared, prepare
from dlspec.diagnostics.report import Diagnostic, DlspecError
from dlspec.diagnostics.span import SourceFile
from dlspec.ir.program import Program, Train
from dlspec.pipeline import checked, resolve
from dlspec.training.checks import check_parts
from dlspec.training.setup import choose, parts_of, prepared_for


def read_all(path: Path, source: SourceFile, program: Program, max_parameters: int) -> str:
    """A line for each use of a data block, with the examples of its parts; every error that is found is raised."""
    lines: list[str] = []
    problems: list[Diagnostic] = []
    used = {train.data for train in program.trains}
    for name, train in [
        *((str(train.data), train) for train in program.trains),
        *((data.name, None) for data in program.data if data.name not in used),
    ]:
        try:
            if train is None:
                data = next(each for each in program.data if each.name == name)
                prepared = prepare(data, path.resolve().parent)
            else:
                prepared = _for_training(path, source, program, train, max_parameters)
        except DlspecError as error:
            problems += error.diagnostics
            continue
        parts = ", ".join(f"{len(rows):,} {part}" for part, rows in prepared.rows.items())
        lines.append(f"\n  {name}{f' for {train.label}' if train else ''}: {parts}")
    if problems:
        raise DlspecError(dict.fromkeys(problems))
    return "".join(lines)


def _for_training(path: Path, source: SourceFile, program: Program, train: Train, max_parameters: int) -> Prepared:
    """The data of a training, once all is fine with the sizes learned from it too."""
    prepared = prepared_for(program, train, path.resolve().parent, None)
    if prepared.fitted.sizes:
        sizes = prepared.fitted.sizes
        program = checked(resolve(path, source=source, sizes=sizes, max_parameters=max_parameters)).program
        train = choose(program, train.label)
    check_parts(program, train, parts_of(train, prepared))
    return prepared
