"""Exit codes, and what is said about faults of dlspec itself."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dlspec.cli import errors, main
from dlspec.diagnostics.codes import names, runtime, training
from dlspec.diagnostics.codes.lint import CODES as LINT
from dlspec.diagnostics.report import Diagnostic
from dlspec.diagnostics.span import SourceFile, Span

IN_SPEC = Span(SourceFile("a.dl", "x"), 0, 1)
IN_SET = Span(SourceFile("--set width", "x"), 0, 1)
SPEC = Diagnostic(names.UNKNOWN_NAME, "m", IN_SPEC)
NOTE = Diagnostic(LINT[0], "m", IN_SPEC)


@pytest.mark.parametrize(
    ("found", "code"),
    [
        ([], 0),
        ([NOTE], 0),
        ([SPEC], 1),
        ([NOTE, SPEC], 1),
        ([Diagnostic(runtime.MISSING_BACKEND, "m")], 2),
        ([Diagnostic(runtime.MISSING_BACKEND, "m"), SPEC], 1),
        ([Diagnostic(training.UNKNOWN_PATH, "m")], 2),
        ([Diagnostic(training.UNKNOWN_PATH, "m", IN_SPEC)], 1),
        ([Diagnostic(names.UNKNOWN_NAME, "m", IN_SET)], 2),
        ([Diagnostic(runtime.DAMAGED_RUN, "m")], 1),
    ],
)
def test_exit_code(found: list[Diagnostic], code: int) -> None:
    assert errors.exit_code(found) == code


def run(raised: BaseException, monkeypatch: pytest.MonkeyPatch) -> int:
    def call(arguments: list[str]) -> int:
        raise raised

    monkeypatch.setattr("dlspec.cli.verbs.call", call)
    return main.run([])


def test_a_fault_of_ours_is_short_and_its_traceback_is_in_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert run(KeyError("missing\nsecond line"), monkeypatch) == errors.FAULT
    said = capsys.readouterr().err
    assert said.startswith("internal error: KeyError: ")
    assert len(said.splitlines()) == 2
    found = re.search(r"the details are in (\S+)", said)
    assert found
    assert "Traceback (most recent call last)" in Path(found[1]).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("raised", "code", "words"),
    [
        (KeyboardInterrupt(), 130, "interrupted"),
        (errors.Terminated("ended"), 143, "ended"),
        (MemoryError(), 1, "not enough memory"),
        (errors.UsageProblem("m\x1b[31m", "h"), 2, "error: m␛[31m\n = help: h"),
    ],
)
def test_ways_to_end(
    raised: BaseException,
    code: int,
    words: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(raised, monkeypatch) == code
    assert words in capsys.readouterr().err
