"""Every diagnostic as a user meets it: `cases/<CODE>_<slug>/` holds what is run and what must come out.

A case has `spec.dl` with the files it needs, `expected.txt` (standard output, then standard error), and where the
defaults don't fit `command.txt` (else `check spec.dl`) and `exit.txt` (else 1). Of several commands, one a line, the
earlier ones prepare the last and must succeed; a line that begins with `python` is run by Python. `UPDATE_GOLDEN=1`
rewrites `expected.txt`; read the difference before it is kept.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CASES = Path(__file__).parent / "cases"
REPOSITORY = Path(__file__).parents[2]
NOT_INPUT = ("expected.txt", "command.txt", "exit.txt")


def test_there_are_at_least_sixty_cases() -> None:
    assert len(list(CASES.glob("DL[0-9][0-9][0-9]_*"))) >= 60


@pytest.mark.parametrize("case", sorted(CASES.iterdir()), ids=lambda case: case.name)
def test_case(case: Path, tmp_path: Path) -> None:
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
    """`dlspec COMMAND`, or `python …`, as its own process, in the folder, off the terminal."""
    environment = os.environ | {
        "COLUMNS": "120",
        "CUDA_VISIBLE_DEVICES": "",
        "NO_COLOR": "1",
        "PYTHONPATH": str(REPOSITORY),
        "PYTHONUTF8": "1",
    }
    words = shlex.split(command)
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


def setting(case: Path, name: str, default: str) -> str:
    file = case / name
    return file.read_text(encoding="utf-8").strip() if file.is_file() else default


def normalised(output: str, folder: Path) -> str:
    """The output without the name of the temporary folder, and with `/` between the parts of a path."""
    for path in {str(folder.resolve()), str(folder)}:
        output = output.replace(path + os.sep, "").replace(path, ".")
    return output.replace("\r\n", "\n")
