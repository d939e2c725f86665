"""Metrics of images, tokens and rankings against published figures, other libraries, and values worked out by hand."""

from __future__ import annotations

import itertools
from functools import cache
from math import exp, isnan, log, log2, nan

import numpy as np
import pytest

from dlspec.catalog.base import Metric
from dlspec.catalog.image_metrics import Psnr, Ssim
from dlspec.catalog.metrics import Dice, Iou
from dlspec.catalog.ranking_metrics import Mrr, Ndcg
from dlspec.catalog.text_metrics import Bleu, EditDistance, WordErrorRate
from dlspec.training.metrics import compute

Array = np.ndarray
RNG = np.random.default_rng(0)


# ---------------------------------------------------------------- tokens

EDITS = [
    ("kitten", "sitting", 3),
    ("saturday", "sunday", 3),
    ("intention", "execution", 5),  # Jurafsky and Martin, Speech and language processing
    ("rosettacode", "raisethysword", 8),  # rosettacode.org, Levenshtein distance
    ("flaw", "lawn", 2),
    ("same", "same", 0),
    ("", "abc", 3),
]


@pytest.mark.parametrize(("predicted", "true", "edits"), EDITS)
def test_edit_distance_of_published_pairs(predicted: str, true: str, edits: int) -> None:
    """Padded to one length; the distance is the same both ways."""
    short, long = sorted((predicted, true), key=len)
    f = np.array([[ord(each) for each in short] + [0] * (len(long) - len(short))])
    y = np.array([[ord(each) for each in long]])
    assert compute(EditDistance(ignore_index=0), f, y) == edits
    assert compute(WordErrorRate(ignore_index=0), f, y) == pytest.approx(edits / len(long), rel=1e-12)


def by_recursion(left: tuple[int, ...], right: tuple[int, ...]) -> int:
    """Levenshtein's distance as it is defined."""

    @cache
    def distance(i: int, j: int) -> int:
        if not i or not j:
            return i + j
        same = left[i - 1] == right[j - 1]
        return min(distance(i - 1, j) + 1, distance(i, j - 1) + 1, distance(i - 1, j - 1) + (not same))

    return distance(len(left), len(right))


def test_edit_distance_is_what_its_definition_says() -> None:
    """For many pairs at once, of all lengths, against the definition for one."""
    f, y = RNG.integers(0, 4, (3000, 9)), RNG.integers(0, 4, (3000, 9))
    y[0] = 0  # all padding: no example
    pairs = [
        (tuple(int(a) for a, b in zip(one, other, strict=True) if a and b), tuple(int(b) for b in other if b))
        for one, other in zip(f, y, strict=True)
    ]
    wanted = [by_recursion(one, other) for one, other in pairs if other]
    assert compute(EditDistance(ignore_index=0), f, y) == pytest.approx(np.mean(wanted), rel=1e-12)
    length = sum(len(other) for _, other in pairs)
    assert compute(WordErrorRate(ignore_index=0), f, y) == pytest.approx(sum(wanted) / length, rel=1e-12)


@pytest.mark.proves(
    "value", on=("torch", "keras", "onnx"), of=("metric bleu", "metric edit_distance", "metric word_error_rate")
)
def test_figures_of_other_libraries() -> None:
    """BLEU as sacreBLEU 2.6 gives it without smoothing, edits as rapidfuzz 3.14, the rate as jiwer 4.0."""
    rng = np.random.default_rng(5)
    y = rng.integers(2, 9, (40, 12))
    f = np.where(rng.random(y.shape) < 0.2, rng.integers(2, 9, y.shape), y)
    f = np.where(rng.random(y.shape) < 0.15, 0, f)
    f[::2] = np.roll(f[::2], 1, axis=1)
    published = {1: 0.7599598928653599, 2: 0.6434885293653012, 3: 0.5483714041207953, 4: 0.47224651738036444}
    for n, value in published.items():
        assert compute(Bleu(n=n, ignore_index=0), f, y) == pytest.approx(value, rel=1e-12)
    assert compute(EditDistance(ignore_index=0), f, y) == pytest.approx(161 / 40, rel=1e-12)
    assert compute(WordErrorRate(ignore_index=0), f, y) == pytest.approx(0.33541666666666664, rel=1e-12)


def words(*texts: str) -> Array:
    """Texts as rows of numbers of their words, padded with zeros."""
    known = {"": 0}
    rows = [[known.setdefault(word, len(known)) for word in text.split()] for text in texts]
    width = max(map(len, rows))
    return np.array([row + [0] * (width - len(row)) for row in rows])


def test_clipped_matches_of_the_paper() -> None:
    """Papineni et al., example 2: of the seven unigrams of the candidate two are in the reference."""
    f, y = words("the the the the the the the", "the cat is on the mat mat")[:, None]
    y[0, -1] = 0
    f[0, -1] = 1
    # Six tokens of the prediction stand beside tokens of the target; two of them match.
    assert compute(Bleu(n=1, ignore_index=0), f, y) == pytest.approx(2 / 6, rel=1e-12)


def test_bleu_by_hand() -> None:
    f, y = words("a b c d e", "a b x d e")[:, None]
    # 4 of 5 words, 2 of 4 pairs
    assert compute(Bleu(n=2), f, y) == pytest.approx((4 / 5 * 2 / 4) ** 0.5, rel=1e-12)
    assert compute(Bleu(n=3), f, y) == 0
    assert compute(Bleu(), y, y) == 1
    short = f.copy()
    short[0, 4] = 0
    # 3 of 4 words; one word short of 5
    assert compute(Bleu(n=1, ignore_index=0), short, y) == pytest.approx(exp(1 - 5 / 4) * 3 / 4, rel=1e-12)


def test_logits_decide_by_the_largest() -> None:
    y = RNG.integers(0, 5, (20, 6))
    f = np.where(RNG.random(y.shape) < 0.4, 2, y)
    logits = np.eye(5)[f] + RNG.random((20, 6, 5)) / 2
    for metric in (Bleu(n=2), EditDistance(), WordErrorRate(ignore_index=0), EditDistance(ignore_index=0)):
        assert compute(metric, logits, y) == compute(metric, f, y)


def test_what_stands_at_padded_places_does_not_count() -> None:
    y = np.array([[3, 4, 0, 0], [5, 6, 7, 0]])
    for end in (0, 2, 9):
        f = np.where(y == 0, end, y)
        assert compute(EditDistance(ignore_index=0), f, y) == 0
        assert compute(Bleu(n=2, ignore_index=0), f, y) == 1


def test_tokens_of_one_place() -> None:
    assert compute(EditDistance(), np.array([[3], [4]]), np.array([[3], [3]])) == 1 / 2
    assert compute(WordErrorRate(), np.array([[[0.0, 1.0]], [[1.0, 0.0]]]), np.array([[1], [1]])) == 1 / 2


# ---------------------------------------------------------------- rankings

RELEVANCE = [3, 2, 3, 0, 1, 2]
FALLING = [6.0, 5.0, 4.0, 3.0, 2.0, 1.0]
"""The example of Wikipedia's article on discounted cumulative gain: DCG 6.861."""
DCG = 3 + 2 / log2(3) + 3 / 2 + 1 / log2(6) + 2 / log2(7)
IDEAL = 3 + 3 / log2(3) + 2 / 2 + 2 / log2(5) + 1 / log2(6)


@pytest.mark.proves("value", on=("torch", "keras", "onnx"))
@pytest.mark.parametrize(
    ("metric", "prediction", "target", "value"),
    [
        (Ndcg(), [FALLING], [RELEVANCE], DCG / IDEAL),
        (Ndcg(k=6), [FALLING], [RELEVANCE], 0.961),
        (Ndcg(k=2), [FALLING], [RELEVANCE], (3 + 2 / log2(3)) / (3 + 3 / log2(3))),
        (Ndcg(k=1), [FALLING, FALLING], [RELEVANCE, [0, 1, 0, 0, 0, 0]], 1 / 2),
        # relevance below 0 is none, items to ignore are not there
        (Ndcg(), [[3.0, 2.0, 1.0]], [[-1, 1, -1]], 1 / log2(3)),
        (Ndcg(ignore_index=9), [[3.0, 2.0, 1.0]], [[9, 1, 0]], 1.0),
        (Ndcg(ignore_index=9), [[3.0, 2.0, 1.0], [1.0, 2.0, 3.0]], [[9, 9, 9], [1, 0, 0]], 1 / 2),
        # two items of one score share the gain of the first two places
        (Ndcg(), [[1.0, 1.0, 0.0]], [[1, 0, 0]], (1 + 1 / log2(3)) / 2),
        (Ndcg(), [[3.0, 2.0, 1.0]], [[0, 0, 0]], 0.0),
        # the number of the one relevant item
        (Ndcg(), [[0.1, 0.9, 0.5], [0.1, 0.9, 0.5]], [1, 0], (1 + 1 / 2) / 2),
        (Ndcg(ignore_index=0), [[0.1, 0.9, 0.5], [0.1, 0.9, 0.5]], [2, 0], 1 / log2(3)),
        (Ndcg(), [[[0.1, 0.9, 0.5], [0.1, 0.9, 0.5]]], [[1, 0]], 3 / 4),
        # Wikipedia's article on the mean reciprocal rank: places 3, 2 and 1
        (Mrr(), [[3.0, 2.0, 1.0]] * 3, [2, 1, 0], 11 / 18),
        (Mrr(), [[3.0, 2.0, 1.0]] * 3, [[0, 0, 1], [0, 1, 0], [1, 1, 0]], 11 / 18),
        (Mrr(), [[3.0, 2.0, 1.0]] * 2, [[-1.0, 1.0, -1.0], [-1.0, -1.0, -1.0]], 1 / 4),
        (Mrr(), [[3.0, 2.0, 1.0]], [[False, False, True]], 1 / 3),
        (Mrr(), [[1.0, 1.0, 1.0]], [1], 1 / 3),
        (Mrr(), [[1.0, 1.0, 1.0]], [[1, 1, 0]], 1 / 2),
        (Mrr(ignore_index=9), [[3.0, 2.0, 1.0]], [[9, 0, 1]], 1 / 2),
        (Mrr(ignore_index=9), [[3.0, 2.0, 1.0], [3.0, 2.0, 1.0]], [[9, 9, 9], [0, 1, 9]], 1 / 2),
        (Mrr(ignore_index=0), [[[3.0, 2.0, 1.0], [3.0, 2.0, 1.0]]], [[2, 0]], 1 / 3),
    ],
)
def test_rankings_by_hand(metric: Metric, prediction: object, target: object, value: float) -> None:
    found = compute(metric, np.array(prediction), np.array(target))
    assert found == pytest.approx(value, abs=5e-4 if value == 0.961 else 1e-12)


def test_gain_over_all_orders() -> None:
    """Against the best order, found by trying all of them."""
    scores, relevance = RNG.normal(size=5), RNG.integers(0, 4, 5)
    for k in (1, 3, 5):
        discounts = 1 / np.log2(np.arange(2, 2 + k))
        best = max(float(np.array(order[:k]) @ discounts) for order in itertools.permutations(relevance))
        wanted = float(relevance[np.argsort(-scores)][:k] @ discounts) / best
        assert compute(Ndcg(k=k), scores[None], relevance[None]) == pytest.approx(wanted, rel=1e-12)


# ---------------------------------------------------------------- images


def pictures(*shape: int) -> tuple[Array, Array]:
    y = RNG.random(shape).cumsum(-1).cumsum(-2)
    y = ((y - y.min()) / np.ptp(y)).astype(np.float32)
    return (y + RNG.normal(0, 0.1, shape)).astype(np.float32), y


@pytest.mark.proves("value", on=("torch", "keras", "onnx"), of=("metric ssim", "metric psnr"))
@pytest.mark.parametrize("size", [(11, 11), (16, 23), (40, 12)])
@pytest.mark.parametrize("scale", [1.0, 255.0])
def test_images_as_tensorflow_sees_them(size: tuple[int, int], scale: float) -> None:
    tf = pytest.importorskip("tensorflow")
    f, y = (scale * each for each in pictures(70, 3, *size))
    theirs = [np.moveaxis(each, 1, -1) for each in (f, y)]
    span = float(np.ptp(y))
    assert compute(Ssim(), f, y) == pytest.approx(tf.image.ssim(*theirs, span).numpy().mean(), abs=1e-5)
    assert compute(Ssim(), f[:, 0], y[:, 0]) == pytest.approx(
        tf.image.ssim(*(each[..., :1] for each in theirs), float(np.ptp(y[:, 0]))).numpy().mean(), abs=1e-5
    )
    one = [each.reshape(1, -1, 1, 1) for each in (f, y)]
    assert compute(Psnr(), f, y) == pytest.approx(float(tf.image.psnr(*one, span).numpy()[0]), rel=1e-5)


def test_psnr_by_hand() -> None:
    y, f = np.array([[0.0, 4.0], [2.0, 2.0]]), np.array([[0.0, 4.0], [2.0, 0.0]])
    assert compute(Psnr(), f, y) == pytest.approx(10 * log(16 / 1, 10), rel=1e-12)
    assert compute(Psnr(ignore_index=2), f + 1, y) == pytest.approx(10 * log(16, 10), rel=1e-12)
    assert compute(Psnr(), f.astype(np.int64), y.astype(np.int64)) == pytest.approx(10 * log(16, 10), rel=1e-12)


def test_same_images_are_similar() -> None:
    _, y = pictures(2, 3, 16, 16)
    assert compute(Ssim(), y, y) == pytest.approx(1, abs=1e-12)
    assert compute(Ssim(), 1 - y, y) < 0


def test_windows_with_places_to_ignore_do_not_count() -> None:
    """What stands there is of no matter, and the other windows are as those of the image without that part."""
    f, y = pictures(4, 30, 20)
    y[:, :, 15:] = -1
    f[:, :, 15:] = RNG.normal(0, 100, (4, 30, 5))
    assert compute(Ssim(ignore_index=-1), f, y) == pytest.approx(compute(Ssim(), f[:, :, :15], y[:, :, :15]), rel=1e-9)


# ---------------------------------------------------------------- overlap


def test_dice_and_intersection_over_union_belong_together() -> None:
    """For one class beside the rest: 2·I/(1 + I)."""
    f, y = RNG.normal(size=(3, 5, 5)), RNG.integers(0, 2, (3, 5, 5))
    yes, true = f > 0, y > 0
    wanted = [2 * (a & b).sum() / (a.sum() + b.sum()) for a, b in ((yes, true), (~yes, ~true))]
    assert compute(Dice(), f, y) == pytest.approx(np.mean(wanted), rel=1e-12)
    only = np.ones((2, 3))
    one = compute(Iou(), np.array([[1.0, 1, 1], [1, 1, 1]]), only)
    assert compute(Dice(), np.array([[1.0, 1, 1], [1, 1, 1]]), only) == 2 * one / (1 + one) == 1


@pytest.mark.parametrize(
    ("metric", "prediction", "target"),
    [
        (Psnr(), [1.0, 2.0], [1.0, 2.0]),
        (Psnr(), [1.0, 2.0], [3.0, 3.0]),
        (Psnr(ignore_index=3), [1.0, 2.0], [3.0, 3.0]),
        (Psnr(), [nan, 2.0], [1.0, 3.0]),
        (Ssim(ignore_index=0), np.ones((1, 16, 16)), np.zeros((1, 16, 16))),
        (Ssim(), np.ones((1, 16, 8)), np.zeros((1, 16, 8))),
        (Bleu(ignore_index=0), [[1, 2]], [[0, 0]]),
        (EditDistance(ignore_index=0), [[1, 2]], [[0, 0]]),
        (WordErrorRate(ignore_index=0), [[1, 2]], [[0, 0]]),
        (Ndcg(ignore_index=0), [[1.0, 2.0]], [0]),
        (Mrr(ignore_index=0), [[1.0, 2.0]], [[0, 0]]),
        (Dice(ignore_index=0), [[1.0, 2.0]], [0]),
    ],
)
def test_what_has_no_value(metric: Metric, prediction: object, target: object) -> None:
    assert isnan(compute(metric, np.array(prediction), np.array(target)))
