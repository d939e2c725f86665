"""Folders of runs: numbers, finding one again, the lock."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dlspec.diagnostics.codes import runtime as codes
from dlspec.diagnostics.report import DlspecError
from dlspec.training.files import write_json
from dlspec.training.folder import FORMAT, RunFolder, find_run, locked, new_run, newest, runs_of

REPOSITORY = Path(__file__).parents[3]


def trained(runs: Path, label: str) -> RunFolder:
    run = new_run(runs, label)
    write_json(run.manifest, {"format": FORMAT, "label": label})
    run.weights.touch()
    return run


def test_numbers_go_up_and_none_is_given_twice(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        numbers = sorted(run.number for run in pool.map(lambda _: new_run(tmp_path, "m"), range(40)))
    assert numbers == list(range(1, 41))
    (tmp_path / "m" / "7").rmdir()
    assert new_run(tmp_path, "m").number == 41
    assert new_run(tmp_path, "other").number == 1


def test_a_run_is_found_by_path_label_and_number(tmp_path: Path) -> None:
    first, second = trained(tmp_path, "m"), trained(tmp_path, "m")
    unfinished = new_run(tmp_path, "m")
    write_json(unfinished.manifest, {"format": FORMAT})
    assert find_run(first.path).path == first.path
    assert find_run("m", tmp_path).path == second.path
    assert find_run("m/1", tmp_path).path == first.path
    assert find_run(tmp_path / "m").path == second.path
    assert newest(tmp_path, "m", trained=False).path == unfinished.path
    assert [run.number for run in runs_of(tmp_path, "m")] == [1, 2, 3]


@pytest.mark.parametrize(
    ("where", "help"),
    [("n", "there are runs of model"), ("modl", "did you mean 'model'?"), ("model/9", "")],
)
def test_a_run_that_is_not_there_is_a_diagnostic(tmp_path: Path, where: str, help: str) -> None:
    trained(tmp_path, "model")
    with pytest.raises(DlspecError) as error:
        find_run(where, tmp_path)
    assert error.value.diagnostics[0].code is codes.UNKNOWN_RUN
    assert help in error.value.diagnostics[0].help


def test_a_newer_run_is_refused(tmp_path: Path) -> None:
    run = new_run(tmp_path, "m")
    write_json(run.manifest, {"format": FORMAT + 1})
    with pytest.raises(DlspecError, match="newer version") as error:
        run.read_manifest()
    assert error.value.diagnostics[0].code is codes.NEWER_RUN


HOLD = """
import sys
from pathlib import Path
from dlspec.training.folder import RunFolder, locked
with locked(RunFolder(Path(sys.argv[1]))):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_two_processes_do_not_write_one_run(tmp_path: Path) -> None:
    run = new_run(tmp_path, "m")
    other = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(run.path)],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert other.stdout is not None
    assert other.stdout.readline() == "held\n"
    with pytest.raises(DlspecError, match="another process") as error, locked(run):
        pass
    assert error.value.diagnostics[0].code is codes.RUN_IN_USE
    other.kill()
    other.communicate()
    with locked(run):
        pass
