"""Every setting on Keras: the generated `fit` gives a run bit for bit, and so does a run that was broken off."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dlspec.training.train import train
from tests.unit.train_settings.specs import CASES, assert_same_history, assert_same_run, fitted, resumed, written

pytest.importorskip("tensorflow")


@pytest.mark.parametrize("case", CASES)
def test_fit_gives_the_run(case: str, tmp_path: Path) -> None:
    run = train(written(tmp_path, *CASES[case]), backend="keras")
    code, model, rows = fitted(run)
    assert_same_history(run, rows)
    for name, array in code.read_weights(model).items():
        np.testing.assert_array_equal(run.weights()[name], array, err_msg=name)


@pytest.mark.parametrize("case", ["plateau", "average", "all", "truncate and more"])
def test_a_run_that_was_broken_off_goes_on_to_the_same_end(case: str, tmp_path: Path) -> None:
    spec = written(tmp_path, *CASES[case])
    whole = train(spec, backend="keras", runs=tmp_path / "whole")
    assert_same_run(whole, resumed(spec, 4, backend="keras"))
