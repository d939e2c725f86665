"""Division with Python's own numbers as the oracle, where rounding and signs are hard."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from dlspec.backends.onnx.emit import emit_model
from dlspec.backends.onnx.runtime import OnnxSession
from tests.unit.onnx.programs import program

SPEC = """\
model m {{
  input a: {0}[], b: {0}[]
  output quotient = a // b
  output rest = a % b
}}
"""
FLOATS = [1.0, 0.125, 0.1, -0.1, 3.0, -3.0, 7.5, -7.5, 1e3, 0.3, 5e-3]


@pytest.mark.parametrize(("element", "numbers"), [("int", range(-7, 8)), ("float", FLOATS)])
def test_floor_and_remainder_are_pythons(element: str, numbers: list[float]) -> None:
    session = OnnxSession(emit_model(program(SPEC.format(element)), "m", {}).SerializeToString())
    kind = np.int64 if element == "int" else np.float32
    pairs = np.array([pair for pair in itertools.product(numbers, numbers) if pair[1]], kind)
    found = session.predict({"a": pairs[:, 0], "b": pairs[:, 1]})
    exact = [(float(a), float(b)) for a, b in pairs]
    np.testing.assert_array_equal(found["quotient"], [a // b for a, b in exact])
    np.testing.assert_allclose(found["rest"], [a % b for a, b in exact], rtol=1e-4, atol=1e-5)


def test_division_by_zero_is_as_for_floats() -> None:
    session = OnnxSession(emit_model(program(SPEC.format("float")), "m", {}).SerializeToString())
    found = session.predict({"a": np.array([1.0, -1.0, 0.0]), "b": np.zeros(3)})
    np.testing.assert_array_equal(found["quotient"], [np.inf, -np.inf, np.nan])
    assert np.isnan(found["rest"]).all()


@pytest.mark.parametrize(
    ("layer", "x", "wanted"),
    [
        ("log1p", [1e-7, -1e-7, 0.0, 1e-3, 3.0, -1.0, np.inf], np.log1p),
        ("softplus", [-100.0, 0.0, 100.0], lambda x: np.logaddexp(0, x)),
        ("log_sigmoid", [-100.0, 0.0, 100.0], lambda x: -np.logaddexp(0, -x)),
        ("logsumexp", [1000.0, 999.0, -1000.0], lambda x: np.logaddexp.reduce(x)[None]),
        ("softmax", [1000.0, 999.0, -1000.0], lambda x: np.exp(x - x.max()) / np.exp(x - x.max()).sum()),
        ("binary_step", [0.0, 1e-30, -1.0], lambda x: (x > 0) * 1.0),
        ("l2_normalize", [0.0, 0.0], lambda x: x),
    ],
)
def test_extreme_values(layer: str, x: list[float], wanted: object) -> None:
    """Relative to 1e-6, so that small numbers keep their digits."""
    net = program(f"model m {{ input x: float[{len(x)}]\n  output y = x -> {layer} }}")
    session = OnnxSession(emit_model(net, "m", {}).SerializeToString())
    found = session.predict({"x": np.array([x])})["y"]
    with np.errstate(divide="ignore"):
        np.testing.assert_allclose(found.reshape(-1), wanted(np.array(x)).reshape(-1), rtol=1e-6, atol=1e-12)  # type: ignore[operator]
