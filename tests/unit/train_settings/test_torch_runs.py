"""Every setting on PyTorch: the generated `fit` gives a run bit for bit, and so does a run that was broken off."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from dlspec.training.train import train
from tests.unit.train_settings.specs import CASES, assert_same_history, assert_same_run, fitted, resumed, written


@pytest.mark.parametrize("case", CASES)
def test_fit_gives_the_run(case: str, tmp_path: Path) -> None:
    spec = written(tmp_path, *CASES[case])
    run = train(spec)
    code, model, rows = fitted(run)
    assert_same_history(run, rows)
    state = model.state_dict()
    for name, key in code.WEIGHTS.items():
        np.testing.assert_array_equal(run.weights()[name], state[key].numpy(), err_msg=name)


@pytest.mark.parametrize("updates", [2, 5])
@pytest.mark.parametrize("case", CASES)
def test_a_run_that_was_broken_off_goes_on_to_the_same_end(case: str, updates: int, tmp_path: Path) -> None:
    spec = written(tmp_path, *CASES[case])
    assert_same_run(train(spec, runs=tmp_path / "whole"), resumed(spec, updates))


@pytest.mark.parametrize("case", CASES)
def test_evaluation_and_export_follow_the_final_weights(case: str, tmp_path: Path) -> None:
    run = train(written(tmp_path, *CASES[case]))
    assert run.evaluate("validation")["metrics"] == run.result["validation"]
    if "truncate" not in case:
        exported = run.export(tmp_path / "net.onnx")
        assert exported.path.is_file() if hasattr(exported, "path") else (tmp_path / "net.onnx").is_file()


def test_the_default_type_stays_as_it_was(tmp_path: Path) -> None:
    before = torch.get_default_dtype()
    fitted(train(written(tmp_path, *CASES["float64"])))
    assert torch.get_default_dtype() == before
