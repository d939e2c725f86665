"""Random specs mean the same on every backend, and what judges them sees errors and rounding for what they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlspec.training.verify.compare import FORWARD
from tests.property import differential
from tests.property.disagreement import Disagreement
from tests.property.fuzz import Result, examined, run, table
from tests.property.growth import resolved
from tests.property.random_specs import Spec, random_spec
from tests.property.rounding import SINGLE, scatter
from tests.property.running import Arrays, Runner, on_keras, on_onnx, on_torch
from tests.property.shrinking import shrunk

QUICK = 60
LONG = 2000
QUICK_DEEP = 6
"""One in so many of the quick specs is compared in double precision and by its gradients too."""

NEARLY_EQUAL = """\
model m {
  input x: float[4, 9, 7]
  h2 = x -> (flatten -> relu) * 2
  h4 = h2 -> (log_softmax -> tanh)
  h6 = (h4, h4 -> batch_norm) -> concat(axis=0)
  output y = h6[1:] -> layer_norm
}
"""
"""Its last layer divides by the deviation of numbers that are nearly equal: all but one digit of float32 cancel."""


@pytest.mark.parametrize("seed", range(QUICK))
def test_random_spec(seed: int) -> None:
    found = run(seed, deep=seed % QUICK_DEEP == 0)
    assert not found.failure, found.failure


@pytest.mark.fuzz
def test_many_random_specs(capsys: pytest.CaptureFixture[str]) -> None:
    results = [run(seed) for seed in range(QUICK, QUICK + LONG)]
    text, missing = table(results)
    with capsys.disabled():
        print(f"\nseeds {QUICK} to {QUICK + LONG - 1}: {text}")
    assert not [f"seed {each.seed}: {each.failure}" for each in results if each.failure]
    assert not missing


def test_a_seed_is_one_spec() -> None:
    for seed in range(20):
        one, other = random_spec(seed), random_spec(seed)
        assert one.text == other.text
        assert {name: each.tolist() for name, each in one.data.items()} == {
            name: each.tolist() for name, each in other.data.items()
        }


def test_a_part_of_the_specs_trains() -> None:
    assert 5 <= sum(random_spec(seed).trains for seed in range(100)) <= 25


# ---------------------------------------------------------------- rounding


def nearly_equal() -> tuple[Any, dict[str, Any], Arrays]:
    program = resolved(NEARLY_EQUAL).program
    weights = dict(differential.initial_weights(differential.weights_of(program, "m"), 130))
    return program, weights, {"x": np.random.default_rng(130).normal(size=(2, 4, 9, 7)).astype(np.float32)}


def share_of_bound(found: Arrays, wanted: Arrays) -> float:
    return differential.worst_of(found, wanted, FORWARD["float32"]).share


def test_rounding_is_told_from_another_meaning() -> None:
    """Nearly equal numbers: in float32 the backends differ by several bounds, in float64 by nothing; and numbers that
    are off by a unit in the last place move the result by more than the bound."""
    program, weights, inputs = nearly_equal()
    single = [each(program, weights).run(inputs) for each in (on_torch, on_keras, on_onnx)]
    exact, again = (each(program, weights, double=True).run(inputs) for each in (on_torch, on_keras))
    assert max(share_of_bound(each, single[0]) for each in single[1:]) > 2
    np.testing.assert_allclose(again["y"], exact["y"], rtol=1e-9, atol=1e-11)
    assert min(share_of_bound(each, exact) for each in single) > 1
    moves = scatter(lambda: on_torch(program, weights, double=True).run(inputs), SINGLE)
    assert (moves["y"] / FORWARD["float32"].of(exact["y"])).max() > 5


def test_what_is_well_conditioned_hardly_moves() -> None:
    program = resolved("model m {\n  input x: float[6]\n  output y = x -> dense(8) -> tanh -> layer_norm\n}\n").program
    weights = differential.starting(program)
    model = on_torch(program, weights, double=True)
    inputs = {"x": np.random.default_rng(1).normal(size=(3, 6)).astype(np.float32)}
    still, moves = model.run(inputs), scatter(lambda: model.run(inputs), SINGLE)
    assert 0 < (moves["y"] / FORWARD["float32"].of(still["y"])).max() < 0.3


# ---------------------------------------------------------------- planted errors


def spoilt(compile_for: Callable[..., Runner], change: Callable[[Any], Any]) -> Callable[..., Runner]:
    """A backend whose outputs are changed."""

    def other(*arguments: Any, **options: Any) -> Runner:
        made = compile_for(*arguments, **options)
        return replace(made, run=lambda inputs: {name: change(each) for name, each in made.run(inputs).items()})

    return other


PLAIN = Spec(1, "model m {\n  input x: float[5]\n  output y = x -> dense(3) -> tanh\n}\n")


@pytest.mark.parametrize("backend", ["keras", "onnx"])
@pytest.mark.parametrize(
    ("change", "stage"),
    [
        (lambda y: y * np.float32(1 + 1e-3), "forward"),
        (lambda y: y[..., ::-1], "forward"),
        (lambda y: y[..., :2], "shape"),
        (lambda y: y.astype(np.int64), "shape"),
    ],
    ids=["off by a thousandth", "reversed", "cut", "of another type"],
)
def test_a_planted_error_is_found(
    backend: str, change: Callable[[Any], Any], stage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.property import running

    assert differential.examine(PLAIN, tmp_path, deep=False).verdict == "same"
    monkeypatch.setitem(running.BACKENDS, backend, spoilt(running.BACKENDS[backend], change))
    with pytest.raises(Disagreement) as caught:
        differential.examine(PLAIN, tmp_path, deep=False)
    assert caught.value.stage == stage


def test_an_error_in_ill_conditioned_numbers_is_found_in_float64(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That rounding decides float32 is no excuse for two meanings."""
    from tests.property import running

    spec = Spec(130, NEARLY_EQUAL)
    off = spoilt(on_keras, lambda y: y + 0.01)
    monkeypatch.setitem(running.BACKENDS, "keras", off)
    monkeypatch.setattr(differential, "on_keras", off)
    with pytest.raises(Disagreement) as caught:
        differential.examine(spec, tmp_path, deep=False)
    assert caught.value.stage == "forward in float64"


def test_a_failure_is_shrunk() -> None:
    text = next(spec for seed in range(2, 20) if not (spec := random_spec(seed)).trains).text

    def fails(candidate: str) -> bool:
        found = resolved(candidate)
        return not found.report.errors and "m" in found.program.models and " -> " in candidate.split("output")[0]

    small = shrunk(text, fails)
    assert fails(small)
    assert len(small.splitlines()) <= 6 < len(text.splitlines())


# ---------------------------------------------------------------- the report


def test_the_report_says_what_is_missing() -> None:
    text, missing = table([Result(7, "rounding", "kink, training same", (), 1.0)])
    assert "1 specs in 1 s: 1 gradients kink, 1 gradients training same, 1 rounding" in text
    assert "layer conv: 0 of 10" in missing
    assert "option conv.padding=same: 0 of 1" in missing
    assert "1 of 1 specs say nothing" in missing
    assert not [each for each in missing if "conv_transpose.padding=causal" in each]


def test_examined_counts_what_a_spec_shows() -> None:
    verdict, gradients, covered = examined(
        Spec(3, "model m(n = 2) {\n  input x: float[T, 4]\n  a, b = x[1:] -> dense(2 * n) -> split(2, axis=-1)\n"
                "  output y = (a -> (gru(3, bias=false) -> relu) * n) @ [1.0, 2.0, 3.0]\n  output b\n}\n"),
        deep=True,
    )  # fmt: skip
    assert (verdict, gradients) == ("same", "same")
    assert {"layer gru", "option gru.bias", "form tuple", "form slice", "form symbolic size", "operator matmul"} <= set(
        covered
    )
