"""`dlspec verify`: whether the backends agree on a spec or a run, number by number."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dlspec.cli.console import put, put_json, say, table
from dlspec.cli.errors import FINE, WRONG, UsageProblem
from dlspec.cli.files import STDIN
from dlspec.cli.options import FormatOption, Report, RunsOption, SetOption

if TYPE_CHECKING:
    from dlspec.training.verify.table import Verification

EXAMPLE = "dlspec verify digits.dl"


def verify(
    target: Annotated[
        str, typer.Argument(metavar="FILE|RUN", help="A spec, or a run by its folder or label.", show_default=False)
    ],
    set: SetOption = [],  # noqa: B006 - typer copies it
    runs: RunsOption = None,
    format: FormatOption = Report.TEXT,
) -> int:
    """Compare all installed backends: outputs, gradients, 50 training steps and metrics, from the same weights.

    Exit code 1 where a difference is above its bound. Large models: make them or their inputs smaller with --set.
    """
    with _progress() as tell:
        found = _verified(target, set, runs, tell)
    for each in found.left_out:
        say(f"left out: {each}")
    if format is Report.JSON:
        put_json(found.as_json())
    else:
        put(_text(found))
    return FINE if found.ok else WRONG


def _verified(target: str, set: list[str], runs: Path | None, tell: Callable[[str], None]) -> Verification:
    file = Path(target)
    if file == STDIN or file.suffix == ".dl" or file.is_file():
        if runs is not None:
            raise UsageProblem("--runs says where a run is, and a spec was given", "leave it out")
        from dlspec.cli.specs import spec_of

        return spec_of(file, set).verify(tell)
    if set:
        raise UsageProblem("--set changes a spec, and a run was given", "leave it out, or give the spec")
    from dlspec.training.run import Run
    from dlspec.training.verify.measure import verify_run

    return verify_run(Run.open(target, runs), tell=tell)


@contextmanager
def _progress() -> Iterator[Callable[[str], None]]:
    """One line that says what is measured, where standard error is a terminal."""
    if not sys.stderr.isatty():
        yield lambda text: None
        return
    from rich.console import Console

    with Console(stderr=True).status("starting") as status:
        yield status.update


def _text(found: Verification) -> str:
    rows = [
        (row.check, row.pair, f"{row.worst:.1e}", f"{row.bound:.1e}", row.where, "ok" if row.ok else "BROKEN")
        for row in found.rows
    ]
    broken = sum(not row.ok for row in found.rows)
    shown = table(("check", "backends", "worst", "bound", "where", ""), rows, right="llrrll")
    count = f"{len(rows)} comparison{'s' if len(rows) != 1 else ''}"
    return f"{shown}\n\n{count}: " + (f"{broken} outside of the bound" if broken else "the backends agree")
