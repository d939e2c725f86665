"""Trainings that are killed, interrupted or diverge."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlspec.diagnostics.codes import runtime as codes
from dlspec.diagnostics.report import DlspecError
from dlspec.training.run import Run
from dlspec.training.signals import Interrupted
from dlspec.training.train import train
from tests.end_to_end.small import ACCEPTANCE, REPOSITORY, SMALL, same, written


@pytest.fixture
def acceptance(tmp_path: Path) -> Path:
    folder = tmp_path / "acceptance"
    shutil.copytree(ACCEPTANCE, folder)
    return folder


@pytest.fixture
def small(tmp_path: Path) -> Path:
    return written(tmp_path)


PROGRAM = """
import sys
from pathlib import Path
from dlspec.training.train import train
from dlspec.training.signals import Interrupted
try:
    train(Path(sys.argv[1]), resume=sys.argv[2] == "resume", log_every=3)
except Interrupted as stop:
    sys.exit(stop.exit_code)
"""


def start(spec: Path, how: str) -> subprocess.Popen[bytes]:
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY)}
    return subprocess.Popen([sys.executable, "-c", PROGRAM, str(spec), how], env=environment)


def wait_for_updates(run: Path, process: subprocess.Popen[bytes]) -> None:
    """Until the training has begun."""
    for _ in range(2000):
        if process.poll() is not None or list(run.glob("checkpoints/0*")):
            return
        time.sleep(0.01)


def test_killed_at_any_moment_a_run_goes_on_to_the_same_end(small: Path, tmp_path: Path) -> None:
    undisturbed = tmp_path / "undisturbed"
    undisturbed.mkdir()
    shutil.copy(small, undisturbed)
    whole = train(undisturbed / "small.dl", log_every=3)
    chance = random.Random(0)
    run = tmp_path / "runs" / "net" / "1"
    for attempt in range(3):
        process = start(small, "resume" if attempt else "new")
        wait_for_updates(run, process)
        time.sleep(chance.uniform(0, 0.5))
        process.kill()
        process.wait()
    process = start(small, "resume")
    assert process.wait() == 0
    resumed = Run.open(run)
    same(whole, resumed)
    assert (run / "steps.jsonl").read_text() == (whole.path / "steps.jsonl").read_text()
    assert len((run / "steps.jsonl").read_text().splitlines()) == whole.result["steps"] // 3
    assert resumed.manifest["status"] == "finished"
    assert not list(run.rglob(".new-*"))


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_saves_the_state_and_what_there_is(small: Path, tmp_path: Path, number: int, code: int) -> None:
    small.write_text(SMALL.replace("epochs     8", "epochs     500").replace("every=2, steps=7", "every=1"))
    process = start(small, "new")
    wait_for_updates(tmp_path / "runs" / "net" / "1", process)
    process.send_signal(number)
    assert process.wait(60) == code
    run = Run.open(tmp_path / "runs" / "net" / "1")
    assert run.result["stopped"] == "interrupted"
    assert run.manifest["status"] == "interrupted"
    assert run.evaluate("test")["metrics"] == run.result["test"]


class StopAfter:
    """Sends this process Ctrl-C after some updates."""

    def __init__(self, updates: int) -> None:
        self.left = updates

    def begin(self, epochs: int, done: int, batches: int) -> None: ...
    def epoch(self, row: Any) -> None: ...
    def note(self, text: str) -> None: ...
    def end(self) -> None: ...

    def update(self, batches: int) -> None:
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.parametrize("updates", [1, 20, 34, 35])
def test_interrupted_after_any_update_it_goes_on_to_the_same_end(small: Path, tmp_path: Path, updates: int) -> None:
    """34 updates are an epoch."""
    whole = train(small, runs=tmp_path / "whole")
    handler = signal.getsignal(signal.SIGINT)
    with pytest.raises(Interrupted) as stopped:
        train(small, progress=StopAfter(updates))
    assert stopped.value.exit_code == 130
    assert signal.getsignal(signal.SIGINT) is handler
    assert stopped.value.run.result["steps"] == updates
    same(whole, train(small, resume=True))


def test_a_run_with_two_steps_goes_on_too(acceptance: Path, tmp_path: Path) -> None:
    spec, few = acceptance / "conditional_gan.dl", [("epochs", "2")]
    whole = train(spec, overrides=few, runs=tmp_path / "whole")
    with pytest.raises(Interrupted):
        train(spec, overrides=few, progress=StopAfter(31))
    same(whole, train(spec, resume=True))


def test_a_changed_spec_is_not_gone_on_with(small: Path) -> None:
    with pytest.raises(Interrupted):
        train(small, progress=StopAfter(3))
    small.write_text("# a comment\n" + SMALL)
    changed = SMALL.replace("dropout(0.3)", "dropout(0.2)")
    small.write_text(changed)
    with pytest.raises(DlspecError) as error:
        train(small, resume=True)
    assert error.value.diagnostics[0].code is codes.RUN_CHANGED
    small.write_text("# a comment\n" + SMALL)
    assert train(small, resume=True).manifest["status"] == "finished"


def test_a_loss_that_is_not_finite_stops_the_training_and_keeps_good_weights(small: Path) -> None:
    small.write_text(
        SMALL.replace("cross_entropy", "(logits, logits * 2e38) -> mse").replace("metrics    accuracy", "")
    )
    with pytest.raises(DlspecError) as error:
        train(small)
    (diagnostic,) = error.value.diagnostics
    assert diagnostic.code is codes.DIVERGED
    assert "learning rate" in diagnostic.help
    run = Run.open(small.parent / "runs" / "net" / "1")
    assert run.manifest["status"] == "diverged"
    assert all(np.isfinite(array).all() for array in run.weights().values())
