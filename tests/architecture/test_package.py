"""What is shipped: the wheel has the grammar and the bundled library, and works away from the repository."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

REPOSITORY = Path(__file__).parents[2]


def run(command: list[str], folder: Path, **environment: str) -> str:
    done = subprocess.run(
        command, cwd=folder, env=os.environ | environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
def test_wheel_built_from_the_sdist_is_whole(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(tmp_path), str(REPOSITORY)]
    run(build, tmp_path)
    (wheel,) = tmp_path.glob("*.whl")
    shipped = set(ZipFile(wheel).namelist())
    wanted = {f"dlspec/{path.relative_to(REPOSITORY)}" for path in (REPOSITORY / "grammars").iterdir()}
    wanted |= {str(path.relative_to(REPOSITORY)) for path in (REPOSITORY / "dlspec" / "library").glob("*.dl")}
    for kind in ("web/*", "vendor/*"):
        wanted |= {str(path.relative_to(REPOSITORY)) for path in (REPOSITORY / "dlspec" / "drawing").glob(kind)}
    assert wanted | {"dlspec/py.typed", "dlspec/catalog/conformance.json"} <= shipped

    site = tmp_path / "site"
    run([sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(site), str(wheel)], tmp_path)
    (tmp_path / "spec.dl").write_text("model m {\n  input x: float[2]\n  output y = x -> dense(1)\n}\n")
    run([sys.executable, "-m", "dlspec", "check", "spec.dl"], tmp_path, PYTHONPATH=str(site))
