"""What README and docs/ show is true: programs pass `check` and `fmt --check`, and marked commands run.

A fenced `dl` block with a declaration in its first column is a whole program, unless `<!-- fragment -->` stands on
the line above it. A fenced `bash` or `console` block under `<!-- run -->` is run; the blocks of one page run in order
in one folder, which holds a copy of examples/. In a `console` block the lines that begin with `$ ` are the commands.
Pages that are generated are left to the tests of what they are generated from.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[3]
PAGES = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").glob("*.md"))]
FENCE = re.compile(
    r"^(?:<!-- (?P<mark>[\w ]+) -->\n+)?^(?P<fence>```+)(?P<language>\w+)\n(?P<text>.*?)^(?P=fence)$", re.M | re.S
)
DECLARATION = re.compile(r"^(data|model|block|train|tune)\b.*\{", re.M)


@dataclass(frozen=True)
class Snippet:
    """A fenced block: where it is, and the mark on the line above it."""

    page: Path
    line: int
    language: str
    mark: str
    text: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(REPOSITORY)}:{self.line}"


def snippets(page: Path) -> Iterator[Snippet]:
    text = page.read_text(encoding="utf-8")
    for match in FENCE.finditer(text):
        line = text.count("\n", 0, match.start("fence")) + 1
        yield Snippet(page, line, match["language"], match["mark"] or "", match["text"])


ALL = [snippet for page in PAGES for snippet in snippets(page)]
PROGRAMS = [s for s in ALL if s.language == "dl" and s.mark != "fragment" and DECLARATION.search(s.text)]
RUNNABLE = [page for page in PAGES if any(s.mark == "run" and s.page == page for s in ALL)]


def test_readme_shows_a_program_and_commands_that_run() -> None:
    readme = REPOSITORY / "README.md"
    assert readme in {snippet.page for snippet in PROGRAMS}
    assert readme in RUNNABLE


def test_marks_are_known() -> None:
    assert {snippet.mark for snippet in ALL} <= {"", "fragment", "run"}


@pytest.mark.parametrize("program", PROGRAMS, ids=str)
def test_program_passes_check_and_fmt(program: Snippet, tmp_path: Path) -> None:
    (tmp_path / "spec.dl").write_text(program.text, encoding="utf-8")
    shell("dlspec check spec.dl && dlspec fmt --check spec.dl", tmp_path)


@pytest.mark.parametrize("page", RUNNABLE, ids=lambda page: page.name)
def test_marked_commands_run(page: Path, tmp_path: Path) -> None:
    shutil.copytree(
        REPOSITORY / "examples", tmp_path / "examples", ignore=shutil.ignore_patterns("runs", "__pycache__")
    )
    for snippet in ALL:
        if snippet.page == page and snippet.mark == "run":
            shell(commands(snippet), tmp_path)


def commands(snippet: Snippet) -> str:
    if snippet.language == "console":
        return "\n".join(line.removeprefix("$ ") for line in snippet.text.splitlines() if line.startswith("$ "))
    return snippet.text


def shell(script: str, folder: Path) -> None:
    """Run the script with this Python as `python` and this checkout as `dlspec`, and with nothing to read."""
    prelude = 'set -euo pipefail\npython() { "$PYTHON" "$@"; }\ndlspec() { "$PYTHON" -m dlspec "$@"; }\n'
    done = subprocess.run(
        ["bash", "-c", prelude + script],
        cwd=folder,
        env=os.environ | {"PYTHON": sys.executable, "PYTHONPATH": str(REPOSITORY), "PYTHONUTF8": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, f"{script}\n{done.stdout}{done.stderr}"
