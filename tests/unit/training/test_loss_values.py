"""Losses as figures against PyTorch's own functions, in double precision."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from dlspec.catalog import losses as catalog
from dlspec.catalog.base import Loss
from dlspec.training.loss_values import FUNCTIONS, loss_value

RNG = np.random.default_rng(0)
F_, Y_ = RNG.normal(size=(6, 5)), RNG.normal(size=(6, 5))
SIGNS = np.where(Y_ > 0, 1.0, -1.0)
YES = (Y_ > 0).astype(np.float64)
CLASSES = RNG.integers(0, 5, 6)
SOFT = RNG.dirichlet(np.ones(5), 6)
PICTURE, PLACES = RNG.normal(size=(4, 3, 2, 2)), RNG.integers(0, 3, (4, 2, 2))
WEIGHTS = (1.0, 2.0, 0.5, 3.0, 1.5)
T = torch.tensor

CASES: list[tuple[Loss, Any, Any, Callable[[Any, Any], Any]]] = [
    (catalog.Mse(), F_, Y_, F.mse_loss),
    (catalog.Mae(), F_, Y_, F.l1_loss),
    (catalog.Mae(weight=0.5), F_, Y_, lambda f, y: 0.5 * F.l1_loss(f, y)),
    (catalog.Mse(reduction="sum"), F_, Y_, lambda f, y: F.mse_loss(f, y, reduction="sum") / 6),
    (catalog.Mse(), F_[:, :1], Y_[:, 0], lambda f, y: F.mse_loss(f[:, 0], y)),
    (catalog.Huber(delta=0.7), F_, Y_, lambda f, y: F.huber_loss(f, y, delta=0.7)),
    (catalog.LogCosh(), F_, Y_, lambda f, y: torch.log(torch.cosh(f - y)).mean()),
    (catalog.Poisson(), F_, np.abs(Y_), F.poisson_nll_loss),
    (catalog.Hinge(), F_, SIGNS, lambda f, y: F.relu(1 - f * y).mean()),
    (catalog.SquaredHinge(), F_, SIGNS, lambda f, y: F.relu(1 - f * y).square().mean()),
    (catalog.Perceptron(), F_, SIGNS, lambda f, y: F.relu(-f * y).mean()),
    (catalog.BinaryCrossEntropy(), F_, YES, F.binary_cross_entropy_with_logits),
    (
        catalog.BinaryCrossEntropy(positive_weight=3.0, label_smoothing=0.2),
        F_,
        YES,
        lambda f, y: F.binary_cross_entropy_with_logits(f, 0.8 * y + 0.1, pos_weight=T(3.0)),
    ),
    (catalog.CrossEntropy(), F_, CLASSES, F.cross_entropy),
    (catalog.CrossEntropy(), F_, SOFT, F.cross_entropy),
    (catalog.CrossEntropy(label_smoothing=0.1), F_, SOFT, lambda f, y: F.cross_entropy(f, y, label_smoothing=0.1)),
    (catalog.CrossEntropy(ignore_index=2), F_, CLASSES, lambda f, y: F.cross_entropy(f, y, ignore_index=2)),
    (
        catalog.CrossEntropy(label_smoothing=0.1, class_weights=WEIGHTS),
        F_,
        CLASSES,
        lambda f, y: F.cross_entropy(f, y, weight=T(WEIGHTS, dtype=torch.float64), label_smoothing=0.1),
    ),
    (
        catalog.CrossEntropy(label_smoothing=0.1, ignore_index=2),
        F_,
        CLASSES,
        lambda f, y: F.cross_entropy(f, y, ignore_index=2, label_smoothing=0.1),
    ),
    (catalog.CrossEntropy(axis=0), PICTURE, PLACES, F.cross_entropy),
    (
        catalog.Nll(class_weights=WEIGHTS),
        F_,
        CLASSES,
        lambda f, y: F.nll_loss(f, y, weight=T(WEIGHTS, dtype=torch.float64)),
    ),
    (catalog.KlNormal(), F_, Y_, lambda m, s: -0.5 * (1 + s - m**2 - s.exp()).sum(1).mean()),
]


@pytest.mark.parametrize(
    ("loss", "prediction", "target", "reference"),
    CASES,
    ids=[f"{case[0].entry}-{place}" for place, case in enumerate(CASES)],
)
def test_value(loss: Loss, prediction: Any, target: Any, reference: Callable[[Any, Any], Any]) -> None:
    expected = float(reference(T(prediction), T(target)))
    assert loss_value(loss, prediction, target) == pytest.approx(expected, rel=1e-10, abs=1e-12)


def test_every_loss_of_the_catalogue_has_its_formula() -> None:
    assert FUNCTIONS.keys() == set(catalog.ENTRIES)


def test_where_every_target_is_ignored_it_is_0_and_without_examples_not_a_number() -> None:
    assert loss_value(catalog.CrossEntropy(ignore_index=1), F_, np.ones(6, np.int64)) == 0
    assert np.isnan(loss_value(catalog.Mse(), F_[:0], Y_[:0]))
