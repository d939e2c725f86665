"""Every sample of every loss: its value by its definition, its gradients by differences and between backends."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dlspec.training.loss_values import loss_value
from tests.conformance.loss_cases import CASES, WEIGHTS, Case, on_keras, on_torch, predicted
from tests.conformance.reference_losses import value_of

CLOSE = {"kl_normal": 1e-9}
"""Relative; the reference of kl_normal is an integral."""


def close(case: Case) -> float:
    return CLOSE.get(case.loss.entry, 1e-11)


@pytest.fixture
def float64() -> Any:
    keras = pytest.importorskip("keras")
    before = keras.config.floatx(), keras.config.dtype_policy()
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")
    yield
    keras.config.set_floatx(before[0])
    keras.config.set_dtype_policy(before[1])


@pytest.mark.parametrize("case", CASES)
def test_the_figure_is_as_defined(case: Case) -> None:
    wanted, _ = value_of(case.loss, *case.full())
    assert loss_value(case.loss, *case.full()) == pytest.approx(wanted, rel=close(case))


@pytest.mark.proves("value", on="torch")
@pytest.mark.parametrize("case", CASES)
def test_the_value_on_torch_is_as_defined(case: Case, tmp_path: Any) -> None:
    value, weight, _ = on_torch(tmp_path, case, weighted=False)
    wanted, count = value_of(case.loss, *case.full())
    assert value == pytest.approx(wanted, rel=close(case))
    assert weight == pytest.approx(count, rel=1e-12)


@pytest.mark.proves("value", on="torch")
@pytest.mark.parametrize("case", CASES)
def test_examples_count_by_their_weights(case: Case, tmp_path: Any) -> None:
    value, weight, _ = on_torch(tmp_path, case, weighted=True)
    wanted, count = value_of(case.loss, *case.full(), examples=WEIGHTS)
    assert value == pytest.approx(wanted, rel=close(case))
    assert weight == pytest.approx(count, rel=1e-12)


@pytest.mark.proves("gradient", on="torch")
@pytest.mark.parametrize("case", CASES)
def test_gradients_on_torch_are_those_of_the_figure(case: Case, tmp_path: Any) -> None:
    """By central differences of the figure, which the test above holds against the definition."""
    _, _, gradients = on_torch(tmp_path, case, weighted=False)
    arrays, fields = case.full(), dict.fromkeys(case.fields())
    batched = [place for place, type in enumerate(case.types) if type.batched]
    for name in predicted(case):
        place = batched[list(fields).index(name)]
        found = np.zeros_like(arrays[place])
        for at in np.ndindex(found.shape):
            sides = []
            for step in (1e-6, -1e-6):
                moved = arrays[place].copy()
                moved[at] += step
                sides.append(loss_value(case.loss, *arrays[:place], moved, *arrays[place + 1 :]))
            found[at] = (sides[0] - sides[1]) / 2e-6
        np.testing.assert_allclose(gradients[name], found, rtol=1e-5, atol=1e-8)


@pytest.mark.proves("value", "gradient", on="keras")
@pytest.mark.proves("value", "gradient", on=("torch", "keras"))
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("case", CASES)
def test_keras_and_torch_agree(case: Case, weighted: bool, tmp_path: Any, float64: Any) -> None:
    ours, wanted = (run(tmp_path, case, weighted=weighted) for run in (on_keras, on_torch))
    assert ours[:2] == pytest.approx(wanted[:2], rel=1e-11)
    assert ours[2].keys() == wanted[2].keys()
    for name, gradient in wanted[2].items():
        np.testing.assert_allclose(ours[2][name], gradient, rtol=1e-9, atol=1e-13, err_msg=name)
