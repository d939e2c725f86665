"""Who imports whom, in the text and at run time."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
MODULES = sorted((REPOSITORY / "dlspec").rglob("*.py"))
FRAMEWORKS = {"torch", "tensorflow", "keras", "onnxruntime"}
ONNX = {"onnx", "onnx_ir"}
HEAVY = {"numpy", "pandas", "scipy", "sklearn", "statsmodels", "pyarrow", "matplotlib", "PIL", "optuna"}
SPEC = """\
block residual(width) { return in + (in -> dense(width) -> relu) }

model net(width = 8) {
  input x: float[width]
  output y = x -> residual(width) * 3 -> dense(1)
}
"""


def test_contracts_hold() -> None:
    """The contracts of pyproject.toml, as `make lint` checks them."""
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def imported(module: Path) -> Iterator[str]:
    """The top-level packages that a module imports anywhere in its text, by statement or by name."""
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.split(".")[0]
        elif isinstance(node, ast.Call) and "import" in ast.unparse(node.func) and node.args:
            name = node.args[0]
            if isinstance(name, ast.Constant) and isinstance(name.value, str):
                yield name.value.split(".")[0]


@pytest.mark.parametrize("module", MODULES, ids=lambda module: str(module.relative_to(REPOSITORY)))
def test_frameworks_are_imported_in_runtime_modules_only(module: Path) -> None:
    place = module.relative_to(REPOSITORY / "dlspec").as_posix()
    found = set(imported(module))
    if not re.fullmatch(r"backends/\w+/runtime\.py", place):
        assert not found & FRAMEWORKS
    if not place.startswith("backends/onnx/"):
        assert not found & ONNX


@pytest.mark.parametrize(
    ("command", "kept_out"),
    [
        ("check spec.dl", FRAMEWORKS | ONNX | HEAVY),
        ("fmt --check spec.dl", FRAMEWORKS | ONNX | HEAVY),
        ("summary spec.dl", FRAMEWORKS | ONNX),
        ("compile spec.dl --to torch -o out", FRAMEWORKS | ONNX),
    ],
)
def test_what_a_command_leaves_unloaded(command: str, kept_out: set[str], tmp_path: Path) -> None:
    (tmp_path / "spec.dl").write_text(SPEC, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "dlspec", *command.split()],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    loaded = {line.rsplit("|", 1)[1].strip().split(".")[0] for line in done.stderr.splitlines() if "|" in line}
    assert "dlspec" in loaded
    assert not loaded & kept_out
