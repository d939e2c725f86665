"""The example of the README, from the spec to its test accuracy, on PyTorch and Keras."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import dlspec

pytest.importorskip("tensorflow")

EXAMPLES = Path(__file__).parents[3] / "examples"


def test_digits_reach_their_accuracy_on_both_backends(tmp_path) -> None:
    spec = dlspec.load(EXAMPLES / "digits.dl")
    runs = {backend: spec.train(backend=backend, runs=tmp_path / backend) for backend in ("torch", "keras")}
    found = {backend: run.result["test"]["accuracy"] for backend, run in runs.items()}
    assert runs["keras"].result["backend"] == "keras"
    assert min(found.values()) >= 0.97
    assert abs(found["torch"] - found["keras"]) <= 0.01  # of 539 pictures; dropout draws differ


def test_an_interrupted_run_goes_on_to_the_bit(tmp_path, monkeypatch) -> None:
    from dlspec.backends.keras.runtime import KerasSession

    text = (EXAMPLES / "digits.dl").read_text(encoding="utf-8")
    (tmp_path / "digits.dl").write_text(text.replace("  epochs    20\n", "  epochs    3\n  checkpoint steps=5\n"))
    spec = dlspec.load(tmp_path / "digits.dl")
    whole = spec.train(backend="keras", runs=tmp_path / "whole")
    step, calls = KerasSession.train_step, []

    def stopped(self: KerasSession, *arguments: object) -> object:
        calls.append(1)
        if len(calls) == 33:
            raise KeyboardInterrupt
        return step(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(KerasSession, "train_step", stopped)
    with pytest.raises(KeyboardInterrupt):
        spec.train(backend="keras", runs=tmp_path / "cut")
    monkeypatch.undo()
    left: list[int] = []

    def counted(self: KerasSession, *arguments: object) -> object:
        left.append(1)
        return step(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(KerasSession, "train_step", counted)
    resumed = spec.train(backend="keras", runs=tmp_path / "cut", resume=True)
    assert len(left) == 21  # of 51: the last checkpoint was written after the thirtieth
    assert resumed.result["train"] == whole.result["train"]
    for name, value in whole.weights().items():
        np.testing.assert_array_equal(resumed.weights()[name], value)
