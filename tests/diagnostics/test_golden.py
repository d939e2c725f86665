"""Every diagnostic as a user meets it: `cases/<CODE>_<slug>/` holds what is run and what must come out.

A case has `spec.dl` with the files it needs, `expected.txt` (standard output, then standard error), and where the
defaults don't fit `command.txt` (else `check spec.dl`) and `exit.txt` (else 1). Of several commands, one a line, the
earlier ones prepare the last and must succeed; a line that begins with `python` is run by Python. `UPDATE_GOLDEN=1`
rewrites `expected.txt`; read the difference before it is kept.

Commands that load no framework run in this process, which is ten times as fast; all others are processes of their own.
"""

from __future__ import annotations

import io
import os
import shlex
import shutil
import subprocess
import sys
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from dlspec.cli.main import main

CASES = Path(__file__).parent / "cases"
REPOSITORY = Path(__file__).parents[2]
NOT_INPUT = ("expected.txt", "command.txt", "exit.txt")
QUICK = ("check", "summary", "draw")
SETTINGS = {"COLUMNS": "120", "CUDA_VISIBLE_DEVICES": "", "NO_COLOR": "1", "PYTHONUTF8": "1"}


def test_there_are_at_least_sixty_cases() -> None:
    assert len(list(CASES.glob("DL[0-9][0-9][0-9]_*"))) >= 60


@pytest.mark.parametrize("case", sorted(CASES.iterdir()), ids=lambda case: case.name)
def test_case(case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    folder = tmp_path / "case"
    shutil.copytree(case, folder, ignore=shutil.ignore_patterns(*NOT_INPUT))
    *before, command = setting(case, "command.txt", "check spec.dl").splitlines()
    for each in before:
        ready = run(each, folder)
        assert ready.returncode == 0, ready.stderr
    done = run(command, folder)
    output = normalised(done.stdout + done.stderr, folder)

    assert "Traceback" not in output
    assert done.returncode == int(setting(case, "exit.txt", "1")), output
    assert case.name.split("_")[0] in output
    expected = case / "expected.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        expected.write_text(output, encoding="utf-8")
    assert expected.is_file(), f"no expected.txt; UPDATE_GOLDEN=1 would write:\n{output}"
    assert output == expected.read_text(encoding="utf-8")


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """`dlspec COMMAND`, or `python …`, in the folder, off the terminal."""
    words = shlex.split(command)
    if words[0] in QUICK:
        return run_here(words, folder)
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY)}
    program = words[1:] if words[0] == "python" else ["-m", "dlspec", *words]
    return subprocess.run(
        [sys.executable, *program],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


def run_here(words: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """A command of dlspec in this process."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="\n") for _ in range(2))
    with chdir(folder), redirect_stdout(out), redirect_stderr(err):
        code = main(words)
    for stream in (out, err):
        stream.seek(0)
    return subprocess.CompletedProcess(words, code, out.read(), err.read())


def setting(case: Path, name: str, default: str) -> str:
    file = case / name
    return file.read_text(encoding="utf-8").strip() if file.is_file() else default


def normalised(output: str, folder: Path) -> str:
    """The output without the name of the temporary folder, and with `/` between the parts of a path."""
    for path in {str(folder.resolve()), str(folder)}:
        output = output.replace(path + os.sep, "").replace(path, ".")
    return output.replace("\r\n", "\n")
