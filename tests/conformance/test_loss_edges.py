"""Losses where formulas have their edges: no distance, no chance, certainty, targets without room; on both backends."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlspec.catalog.base import Loss
from dlspec.catalog.class_losses import Ctc, Dice, Focal, KlDivergence, Tversky
from dlspec.catalog.embedding_losses import Contrastive, Cosine, InfoNce, Triplet
from dlspec.tensor import TensorType
from tests.conformance.loss_cases import Case, on_keras, on_torch

RNG = np.random.default_rng(0)
ELEMENTS = {"f": "float", "i": "int", "b": "bool"}


@pytest.fixture(params=["torch", "keras"])
def run(request: Any, tmp_path: Path) -> Any:
    """Value and gradients of a loss on arrays, in double precision."""
    if request.param == "torch":
        yield lambda loss, *arrays: on_torch(tmp_path, case(loss, arrays), weighted=False)
        return
    keras = pytest.importorskip("keras")
    before = keras.config.floatx(), keras.config.dtype_policy()
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")
    yield lambda loss, *arrays: on_keras(tmp_path, case(loss, arrays), weighted=False)
    keras.config.set_floatx(before[0])
    keras.config.set_dtype_policy(before[1])


def case(loss: Loss, arrays: tuple[np.ndarray, ...]) -> Case:
    types = tuple(TensorType(ELEMENTS[array.dtype.kind], array.shape[1:]) for array in arrays)  # type: ignore[arg-type]
    return Case(loss, types, arrays)


@pytest.mark.parametrize("same", [0.0, 1.0])
def test_vectors_in_one_place_have_no_gradient(run: Any, same: float) -> None:
    a = RNG.standard_normal((2, 3))
    value, _, gradients = run(Contrastive(margin=2.0), a, a.copy(), np.full(2, same))
    assert value == (0.0 if same else 2.0)
    np.testing.assert_array_equal(gradients["x"], np.zeros_like(a))
    np.testing.assert_array_equal(gradients["in_1"], np.zeros_like(a))


def test_a_triplet_in_one_place_misses_the_margin(run: Any) -> None:
    a = RNG.standard_normal((2, 3))
    value, _, gradients = run(Triplet(margin=0.5), a, a.copy(), a.copy())
    assert value == 0.5
    for gradient in gradients.values():
        np.testing.assert_array_equal(gradient, np.zeros_like(a))


def test_a_vector_of_zeros_is_at_right_angles_to_all(run: Any) -> None:
    a = RNG.standard_normal((2, 3))
    value, _, gradients = run(Cosine(), np.zeros_like(a), a)
    assert value == 1.0
    np.testing.assert_allclose(gradients["x"], -a / np.linalg.norm(a, axis=1, keepdims=True) / 1e-8 / 2, rtol=1e-12)


def test_a_batch_of_one_has_nothing_to_tell_apart(run: Any) -> None:
    a, b = RNG.standard_normal((2, 1, 3))
    value, _, gradients = run(InfoNce(), a, b)
    assert value == 0.0
    np.testing.assert_allclose(gradients["x"], 0, atol=1e-15)


@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0])
def test_focal_of_certain_scores_is_finite(run: Any, gamma: float) -> None:
    """Where the probability missed is 0, so are term and gradient; where all is missed, both are cross-entropy's."""
    scores, target = np.array([800.0, -800.0, 800.0, -800.0]), np.array([1.0, 0.0, 0.0, 1.0])
    value, _, gradients = run(Focal(gamma=gamma, alpha=0.25), scores, target)
    assert value == pytest.approx((0.75 * 800 + 0.25 * 800) / 4)
    np.testing.assert_allclose(gradients["x"] * 4, [0, 0, 0.75, -0.25], atol=1e-12)


@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0])
def test_focal_of_certain_classes_is_finite(run: Any, gamma: float) -> None:
    logits, target = np.array([[800.0, 0.0, 0.0], [0.0, 800.0, 0.0]]), np.array([0, 2])
    value, _, gradients = run(Focal(gamma=gamma, alpha=0.5), logits, target)
    assert value == pytest.approx(0.5 * 800 / 2)
    np.testing.assert_allclose(gradients["x"] * 2, [[0, 0, 0], [0, 0.5, -0.5]], atol=1e-12)


def test_impossible_classes_cost_nothing_in_a_divergence(run: Any) -> None:
    p = np.array([[0.5, 0.25, 0.25], [0.2, 0.2, 0.6]])
    q = np.array([[1.0, 0.0, 0.0], [0.2, 0.2, 0.6]])
    value, _, gradients = run(KlDivergence(), np.log(p), q)
    assert value == pytest.approx(np.log(2) / 2)
    np.testing.assert_allclose(gradients["x"], -q / 2)


@pytest.mark.parametrize("loss", [Dice(), Tversky(), Dice(smooth=1e-6)])
def test_nothing_found_where_nothing_is_costs_nothing(run: Any, loss: Loss) -> None:
    value, _, gradients = run(loss, np.full((2, 1, 4, 4), -800.0), np.zeros((2, 1, 4, 4)))
    assert value == 0.0
    np.testing.assert_array_equal(gradients["x"], np.zeros((2, 1, 4, 4)))


def test_classes_of_images_come_first_where_the_shapes_leave_it_open(run: Any) -> None:
    logits, target = RNG.standard_normal((2, 3, 3, 3)), RNG.integers(0, 3, (2, 3, 3))
    value, _, _ = run(Focal(gamma=0.0, alpha=1.0), logits, target)
    shares = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    assert value == pytest.approx(-np.log(np.take_along_axis(shares, target[:, None], 1)).mean())


def test_a_sequence_without_room_is_infinitely_unlikely(run: Any) -> None:
    """Two equal classes need a blank between them, so three steps of time."""
    logits = RNG.standard_normal((2, 2, 4))
    assert run(Ctc(), logits, np.array([[1, 1], [1, 2]]))[0] == np.inf
    assert np.isfinite(run(Ctc(), RNG.standard_normal((2, 3, 4)), np.array([[1, 1], [1, 2]]))[0])


def test_a_sequence_ends_at_its_first_blank(run: Any) -> None:
    logits = RNG.standard_normal((3, 5, 4))
    ended = run(Ctc(), logits, np.array([[1, 0, 0], [0, 0, 0], [2, 2, 0]]))
    beyond = run(Ctc(), logits, np.array([[1, 0, 3], [0, 1, 2], [2, 2, 0]]))
    assert ended[0] == pytest.approx(beyond[0], rel=1e-14)
    np.testing.assert_allclose(ended[2]["x"], beyond[2]["x"], rtol=1e-12)


def test_a_sequence_of_many_steps_does_not_run_out_of_range(run: Any) -> None:
    """All probability on one alignment: 0; the same probability for all classes: as many alignments as there are."""
    sure = np.full((1, 400, 3), -1000.0)
    sure[0, :200, 1], sure[0, 200:, 2] = 1000, 1000
    assert run(Ctc(), sure, np.array([[1, 2]]))[0] == pytest.approx(0, abs=1e-9)
    # One class in T steps: it begins somewhere and ends somewhere later, T·(T + 1)/2 ways of (1/3)^T each.
    value, _, gradients = run(Ctc(), np.zeros((1, 400, 3)), np.array([[1]]))
    assert value == pytest.approx(400 * np.log(3) - np.log(400 * 401 / 2), rel=1e-12)
    assert np.isfinite(gradients["x"]).all()
