"""Losses as figures against PyTorch's own functions, in double precision."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from scipy.special import log_softmax

from dlspec.catalog import losses as catalog
from dlspec.catalog.base import Loss
from dlspec.catalog.class_losses import Ctc, Dice, Focal, KlDivergence, Tversky
from dlspec.catalog.embedding_losses import Contrastive, Cosine, InfoNce, Triplet
from dlspec.catalog.index import all_entries
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

PAIRS = RNG.normal(size=(2, 6, 5))
ANSWERS = RNG.integers(0, 2, 6).astype(np.float64)
MASKS = RNG.integers(0, 2, (4, 3, 2, 2)).astype(np.float64)
LOG_P = np.log(RNG.dirichlet(np.ones(5), 6))
TIMES = RNG.normal(size=(6, 9, 5))
LABELS = np.where(np.arange(4) < np.arange(6)[:, None] % 5, RNG.integers(1, 5, (6, 4)), 0)
LONG = RNG.normal(size=(700, 3))


def focal(f: Any, y: Any, gamma: float, alpha: float) -> Any:
    """As published: -a_t (1 - p_t)^g log(p_t)."""
    p = torch.sigmoid(f)
    own, share = torch.where(y == 1, p, 1 - p), torch.where(y == 1, alpha, 1 - alpha)
    return (-share * (1 - own) ** gamma * own.log()).mean()


def counted(f: Any, y: Any) -> tuple[Any, Any, Any]:
    """How much is found, taken wrongly, missed, for each example and channel."""
    p = torch.sigmoid(f)
    return (p * y).sum((2, 3)), (p * (1 - y)).sum((2, 3)), ((1 - p) * y).sum((2, 3))


def dice(f: Any, y: Any) -> Any:
    found, wrong, missed = counted(f, y)
    return (1 - (2 * found + 1) / (2 * found + wrong + missed + 1)).mean()


def tversky(f: Any, y: Any) -> Any:
    found, wrong, missed = counted(f, y)
    return (1 - (found + 2) / (found + 0.3 * wrong + 0.7 * missed + 2)).mean()


def ctc(f: Any, y: Any, blank: int = 0) -> Any:
    lengths = torch.tensor([int((row != blank).sum()) for row in y])
    times = torch.full((len(f),), f.shape[1])
    return F.ctc_loss(f.log_softmax(-1).transpose(0, 1), y, times, lengths, blank, reduction="none").mean()


def contrastive(a: Any, b: Any, same: Any, margin: float) -> Any:
    d = F.pairwise_distance(a, b, eps=0)
    return torch.where(same == 1, d**2 / 2, F.relu(margin - d) ** 2 / 2).mean()


def info_nce(f: Any, y: Any, temperature: float) -> Any:
    scores = F.cosine_similarity(f[:, None], y[None], dim=-1) / temperature
    return F.cross_entropy(scores, torch.arange(len(f)))


MORE: list[tuple[Loss, tuple[Any, ...], Callable[..., Any]]] = [
    (catalog.Quantile(), (F_, Y_), lambda f, y: F.l1_loss(f, y) / 2),
    (catalog.Wasserstein(), (F_, SIGNS), lambda f, y: -(f * y).mean()),
    (catalog.GaussianNll(), (*PAIRS, Y_), lambda m, s, y: F.gaussian_nll_loss(m, y, s.exp())),
    (catalog.GaussianNll(), (F_[:, 0], Y_[:, :1], SIGNS[:, :1]), lambda m, s, y: (
        -torch.distributions.Normal(m, s[:, 0].div(2).exp()).log_prob(y[:, 0]) - math.log(2 * math.pi) / 2
    ).mean()),
    (Focal(), (F_, YES), lambda f, y: focal(f, y, 2.0, 0.25)),
    (Focal(gamma=0.0, alpha=0.5), (F_, YES), lambda f, y: F.binary_cross_entropy_with_logits(f, y) / 2),
    (Focal(gamma=0.0, alpha=1.0), (PICTURE, PLACES), F.cross_entropy),
    (Focal(gamma=1.0, alpha=1.0), (F_, CLASSES), lambda f, y: (
        (1 - f.softmax(1)).gather(1, y[:, None])[:, 0] * F.cross_entropy(f, y, reduction="none")
    ).mean()),
    (KlDivergence(), (LOG_P, SOFT), lambda f, y: F.kl_div(f, y, reduction="batchmean")),
    (KlDivergence(), (LOG_P, np.eye(5)[CLASSES]), lambda f, y: F.nll_loss(f, y.argmax(1))),
    (Dice(), (PICTURE, MASKS), dice),
    (Dice(), (PICTURE.reshape(4, 1, 12, 1)[:, 0], MASKS.reshape(4, 12, 1)), lambda f, y: dice(f[:, None], y[:, None])),
    (Tversky(alpha=0.3, beta=0.7, smooth=2.0), (PICTURE, MASKS), tversky),
    (Tversky(smooth=0.5), (PICTURE, MASKS), dice),
    (Ctc(), (TIMES, LABELS), ctc),
    (Ctc(blank=4), (TIMES, (LABELS - 1) % 5), lambda f, y: ctc(f, y, 4)),
    (Ctc(), (log_softmax(TIMES, axis=-1), LABELS), ctc),
    (Cosine(), (F_, Y_), lambda f, y: F.cosine_embedding_loss(f, y, torch.ones(6))),
    (Contrastive(margin=4.0), (*PAIRS, ANSWERS), lambda a, b, same: contrastive(a, b, same, 4.0)),
    (Triplet(margin=0.5), (*PAIRS, F_), lambda a, p, n: F.triplet_margin_loss(a, p, n, margin=0.5, eps=0)),
    (InfoNce(temperature=0.2), (*PAIRS,), lambda f, y: info_nce(f, y, 0.2)),
    (InfoNce(), (LONG, LONG[::-1].copy()), lambda f, y: info_nce(f, y, 0.1)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("loss", "inputs", "reference"), MORE, ids=[f"{case[0].entry}-{place}" for place, case in enumerate(MORE)]
)
def test_value_of_the_further_losses(loss: Loss, inputs: tuple[Any, ...], reference: Callable[..., Any]) -> None:
    expected = float(reference(*map(T, inputs)))
    assert loss_value(loss, *inputs) == pytest.approx(expected, rel=1e-10, abs=1e-12)


def test_a_sequence_without_room_is_infinitely_unlikely() -> None:
    terms, _ = FUNCTIONS[Ctc](Ctc(), TIMES[:3, :2], np.array([[1, 1], [1, 2], [0, 0]]))
    assert np.isinf(terms).tolist() == [True, False, False]


@pytest.mark.parametrize(
    ("loss", "prediction", "target", "reference"),
    CASES,
    ids=[f"{case[0].entry}-{place}" for place, case in enumerate(CASES)],
)
def test_value(loss: Loss, prediction: Any, target: Any, reference: Callable[[Any, Any], Any]) -> None:
    expected = float(reference(T(prediction), T(target)))
    assert loss_value(loss, prediction, target) == pytest.approx(expected, rel=1e-10, abs=1e-12)


def test_every_loss_of_the_catalogue_has_its_formula() -> None:
    assert FUNCTIONS.keys() == set(all_entries()["loss"])


def test_where_every_target_is_ignored_it_is_0_and_without_examples_not_a_number() -> None:
    assert loss_value(catalog.CrossEntropy(ignore_index=1), F_, np.ones(6, np.int64)) == 0
    assert np.isnan(loss_value(catalog.Mse(), F_[:0], Y_[:0]))
