"""Bounds, worst elements and drift, on numbers worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from dlspec.training.verify.compare import FORWARD, GRADIENT, Bound, worst_of
from dlspec.training.verify.engines import Engine, Engines
from dlspec.training.verify.steps import Loss, differences, held, steps_rows
from dlspec.training.verify.table import Row, Verification


def arrays(**values: list[float]) -> dict[str, np.ndarray]:
    return {name: np.array(each, dtype=np.float64) for name, each in values.items()}


def test_the_bounds_of_the_contract() -> None:
    wanted = np.array([0.0, -10.0])
    np.testing.assert_allclose(FORWARD["float32"].of(wanted), [1e-5, 1e-5 + 1e-3])
    np.testing.assert_allclose(GRADIENT["float32"].of(wanted), [1e-5 + 1e-2, 1e-5 + 1e-2])
    np.testing.assert_allclose(Bound(1, 2).times(3).of(wanted), [3, 63])


def test_the_worst_is_the_largest_for_its_bound() -> None:
    found, wanted = arrays(a=[1.0, 100.01], b=[2.0002]), arrays(a=[1.0, 100.0], b=[2.0])
    worst = worst_of(found, wanted, Bound(0, 1e-4))
    assert worst.where == "a" or worst.where == "b"
    assert worst.share == pytest.approx(1.0, rel=1e-3)
    worst = worst_of(arrays(a=[100.5], b=[2.5]), arrays(a=[100.0], b=[2.0]), Bound(0, 0.01))
    assert (worst.where, worst.difference, worst.bound, worst.ok) == ("b", 0.5, 0.02, False)


@pytest.mark.parametrize(
    ("one", "other", "ok"),
    [
        ([math.nan, 1.0], [math.nan, 1.0], True),
        ([math.inf], [math.inf], True),
        ([math.nan], [1.0], False),
        ([math.inf], [1.0], False),
        ([1.0], [math.nan], False),
        ([], [], True),
    ],
)
def test_what_is_no_number(one: list[float], other: list[float], ok: bool) -> None:
    assert worst_of(arrays(a=one), arrays(a=other), FORWARD["float32"]).ok == ok


def test_other_shapes_and_other_tensors() -> None:
    shapes = worst_of(arrays(a=[1.0, 2.0]), arrays(a=[1.0]), FORWARD["float32"])
    assert (shapes.ok, shapes.where) == (False, "a ([2] and [1])")
    names = worst_of(arrays(a=[1.0]), arrays(b=[1.0]), FORWARD["float32"])
    assert (names.ok, names.where) == (False, "a (one has it alone)")


def test_losses_are_compared_relative_to_the_larger_of_loss_and_first_loss() -> None:
    wanted = [Loss("s", 2.0), Loss("s", 0.0), Loss("s", 4.0), Loss("t", 0.0)]
    found = [Loss("s", 2.0), Loss("s", 0.2), Loss("s", 4.4), Loss("t", 0.1)]
    assert differences(found, wanted) == pytest.approx([0.0, 0.1, 0.1, math.inf])
    assert differences([Loss("s", math.nan)], [Loss("s", math.nan)]) == [0.0]
    assert differences([Loss("s", math.nan)], [Loss("s", 1.0)]) == [math.inf]


def test_how_long_float32_is_compared() -> None:
    assert held([0.0, 1e-5, 2e-4, 0.0], 2) == 2
    assert held([0.0, 1e-5, 2e-4, 0.0], 3) == 3
    assert held([0.0] * 51, 5) == 51


def run(*values: float) -> list[Loss]:
    return [Loss("s", value) for value in values]


def test_a_run_that_drifts_is_compared_up_to_there() -> None:
    steady = run(*[1.0] * 10)
    drifting = run(*[1.0] * 6, *[1.01] * 4)
    found = {
        Engine("torch", "float64"): steady,
        Engine("keras", "float64"): steady,
        Engine("torch", "float32"): drifting,
        Engine("keras", "float32"): steady,
    }
    single, double = steps_rows("net", found, Engines(("torch", "keras")))
    assert single.ok
    assert single.where == "net: step 0 (6 compared, own drift of PyTorch 1.0e-02, Keras 0.0e+00)"
    assert (double.worst, double.bound, double.where) == (0.0, 1e-6, "net: step 0")


def test_a_drift_from_the_start_hides_nothing() -> None:
    steady = run(*[1.0] * 10)
    found = {
        Engine("torch", "float64"): steady,
        Engine("keras", "float64"): steady,
        Engine("torch", "float32"): steady,
        Engine("keras", "float32"): run(1.0, *[1.1] * 9),
    }
    single, _ = steps_rows("net", found, Engines(("torch", "keras")))
    assert not single.ok
    assert single.worst == pytest.approx(0.1)


def test_the_json() -> None:
    row = Row("forward", "PyTorch and ONNX, float32", 1e-7, 1e-5, "net: y", True)
    wrong = Row("metrics", "PyTorch and ONNX, float32", 1e-3, 1e-4, "net: loss", False)
    assert Verification((row,)).ok
    found = Verification((row, wrong), ("Keras: not installed",))
    assert not found.ok
    assert found.as_json() == {
        "ok": False,
        "rows": [
            {"check": "forward", "pair": row.pair, "worst": 1e-7, "bound": 1e-5, "where": "net: y", "ok": True},
            {"check": "metrics", "pair": row.pair, "worst": 1e-3, "bound": 1e-4, "where": "net: loss", "ok": False},
        ],
    }
