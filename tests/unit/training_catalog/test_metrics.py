"""Metrics against values worked out by hand, against scikit-learn on plain labels, and on data that have none."""

from __future__ import annotations

import sys
import warnings
from math import exp, inf, isnan, log, nan, sqrt

import numpy as np
import pytest
from sklearn import metrics as sklearn

from dlspec.catalog import metrics as catalog
from dlspec.catalog.base import Metric, parameters
from dlspec.catalog.index import all_entries
from dlspec.diagnostics.report import DlspecError
from dlspec.training.metrics import FUNCTIONS, compute

RNG = np.random.default_rng(0)
LOGITS = RNG.normal(size=(200, 4)).astype(np.float32)
CLASSES = np.where(RNG.random(200) < 0.5, LOGITS.argmax(1), RNG.integers(0, 4, 200))
SCORES = RNG.normal(size=200).astype(np.float32)
YES = (SCORES + RNG.normal(size=200) > 0).astype(np.float32)
SOFTMAX = np.exp(LOGITS.astype(float)) / np.exp(LOGITS.astype(float)).sum(1, keepdims=True)


@pytest.mark.proves("value", on=("torch", "keras", "onnx"))  # figures are computed from what any backend predicts
@pytest.mark.parametrize(
    ("metric", "prediction", "target", "value"),
    [
        # scores: a yes above 0, whatever the target's way to say it
        (catalog.Accuracy(), [0.5, -0.5, 0.0, 2.0], [1, 0, 1, 1], 3 / 4),
        (catalog.Accuracy(), [[0.5], [-0.5], [0.0], [2.0]], [1.0, -1.0, -1.0, -1.0], 3 / 4),
        (catalog.Accuracy(), [0.5, -0.5], [[True], [True]], 1 / 2),
        (catalog.Accuracy(), [True, False, True], [1, 0, -1], 2 / 3),
        # classes: the largest logit
        (catalog.Accuracy(), [[0.0, 1.0], [1.0, 0.0], [3.0, 2.0]], [1, 0, 1], 2 / 3),
        (catalog.Accuracy(), [[0.0, 1.0], [1.0, 0.0]], [[1], [1]], 1 / 2),
        (catalog.Accuracy(), [[0.0, 1.0], [1.0, 0.0]], [[0.3, 0.7], [0.0, 1.0]], 1 / 2),
        (catalog.Accuracy(), [3, 1, 2], [3, 1, 0], 2 / 3),
        # sequences, also of length 1, and maps with the classes in front
        (catalog.Accuracy(), [[[0.0, 1.0], [1.0, 0.0]]], [[1, 1]], 1 / 2),
        (catalog.Accuracy(), [[[0.0, 1.0]], [[1.0, 0.0]]], [[1], [1]], 1 / 2),
        (catalog.Accuracy(), [[[0.0, 1.0]], [[1.0, 0.0]]], [1, 1], 1 / 2),
        (catalog.Accuracy(), [[[[0.0, 1.0, 1.0]], [[1.0, 0.0, 0.0]]]], [[[1, 0, 1]]], 2 / 3),
        # many labels at once
        (catalog.Accuracy(), [[0.5, 0.5], [-0.5, -0.5]], [[1, 1], [0, 1]], 3 / 4),
        # what is ignored
        (catalog.Accuracy(ignore_index=0), [[[0.0, 1.0], [1.0, 0.0], [1.0, 0.0]]], [[1, 0, 1]], 1 / 2),
        (catalog.Accuracy(ignore_index=-1), [1.0, -1.0, 1.0], [1, -1, 0], 1 / 2),
        # class 0: 1 of 2 found; class 1: 1 of 1
        (catalog.BalancedAccuracy(), [-1.0, 1.0, 1.0], [0, 0, 1], 3 / 4),
        # class 0: P 1, R 1/2; class 1: P 1/2, R 1
        (catalog.Precision(), [-1.0, 1.0, 1.0], [0, 0, 1], 3 / 4),
        (catalog.Recall(), [-1.0, 1.0, 1.0], [0, 0, 1], 3 / 4),
        (catalog.F1(), [-1.0, 1.0, 1.0], [0, 0, 1], 2 / 3),
        (catalog.Precision(average="binary"), [-1.0, 1.0, 1.0], [0, 0, 1], 1 / 2),
        (catalog.Recall(average="micro"), [-1.0, 1.0, 1.0], [0, 0, 1], 2 / 3),
        (catalog.Recall(average="weighted"), [-1.0, 1.0, 1.0], [0, 0, 1], 2 / 3),
        (catalog.Iou(), [-1.0, 1.0, 1.0], [0, 0, 1], 1 / 2),
        # class 0: 2·1/(1 + 2), class 1: 2·1/(2 + 1); then a class of the decisions alone, and one of neither
        (catalog.Dice(), [-1.0, 1.0, 1.0], [0, 0, 1], 2 / 3),
        (catalog.Dice(), [[0.0, 1.0, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]], [1, 1, 1], 1 / 6),
        (catalog.Dice(ignore_index=2), [0, 1, 1, 2], [0, 0, 1, 2], 2 / 3),
        # one pair of 2·2 in the wrong order
        (catalog.Auc(), [0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1], 3 / 4),
        (catalog.Auc(), [0.1, 0.4, 0.35, 0.8], [-1.0, -1.0, 1.0, 1.0], 3 / 4),
        (catalog.Auc(), [[0.0, 0.1], [0.0, 0.4], [0.0, 0.35], [0.0, 0.8]], [0, 0, 1, 1], 3 / 4),
        (catalog.Auc(), [[0.1, 0.4], [0.4, 0.1], [0.35, 0.2], [0.8, 0.3]], [[0, 1], [0, 1], [1, 0], [1, 0]], 0.75),
        (catalog.AveragePrecision(), [0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1], 0.5 * 1 + 0.5 * 2 / 3),
        (catalog.TopK(k=2), [[3.0, 2.0, 1.0], [3.0, 2.0, 1.0], [3.0, 2.0, 1.0]], [0, 1, 2], 2 / 3),
        (catalog.TopK(k=1), [[1.0, 0.0], [1.0, 0.0]], [0, 1], 1 / 2),
        (catalog.TopK(k=2), [[1.0, 0.0], [1.0, 0.0]], [0, 1], 1.0),
        (catalog.TopK(k=1, ignore_index=2), [[3.0, 2.0, 1.0], [3.0, 2.0, 1.0]], [0, 2], 1.0),
        (catalog.Perplexity(), [[0.0, 0.0, 0.0, 0.0], [5.0, 5.0, 5.0, 5.0]], [0, 3], 4.0),
        (catalog.Perplexity(), [[[0.0, log(3)], [0.0, 0.0]]], [[1, 0]], sqrt(4 / 3 * 2)),
        (catalog.Perplexity(ignore_index=0), [[[0.0, log(3)], [0.0, 0.0]]], [[1, 0]], 4 / 3),
        (catalog.Perplexity(), [[0.0, 0.0]], [[0.5, 0.5]], 2.0),
        (catalog.Rmse(), [1.0, 2.0, 5.0], [1.0, 4.0, 4.0], sqrt(5 / 3)),
        (catalog.Rmse(), [[1.0], [2.0]], [1.0, 4.0], sqrt(2)),
        (catalog.Rmse(), [[1.0, 0.0], [2.0, 0.0]], [[1.0, 0.0], [4.0, 2.0]], sqrt(2)),
        (catalog.Rmse(ignore_index=4), [1.0, 2.0], [2.0, 4.0], 1.0),
        (catalog.Mape(), [1.0, 3.0], [2.0, 4.0], 3 / 8),
        (catalog.R2(), [1.0, 2.0, 4.0], [1.0, 2.0, 3.0], 1 / 2),
        (catalog.R2(), [[1.0, 10.0], [2.0, 20.0], [4.0, 30.0]], [[1.0, 10.0], [2.0, 20.0], [3.0, 30.0]], 3 / 4),
        (catalog.Pearson(), [1.0, 2.0, 3.0], [2.0, 4.0, 3.0], 1 / 2),
        (catalog.Spearman(), [1.0, 2.0, 30.0], [2.0, 3.0, 4.0], 1.0),
        # agreement 1/2, expected 1/2
        (catalog.CohenKappa(), [1.0, 1.0, -1.0, -1.0], [1, 0, 1, 0], 0.0),
        (catalog.Mcc(), [1.0, 1.0, -1.0, -1.0], [1, 1, 0, 0], 1.0),
    ],
)
def test_by_hand(metric: Metric, prediction: list[object], target: list[object], value: float) -> None:
    assert compute(metric, np.array(prediction), np.array(target)) == pytest.approx(value, abs=1e-12)


DECIDED = LOGITS.argmax(1)
ONE_HOT = np.eye(4)[CLASSES]


@pytest.mark.proves("value", on=("torch", "keras", "onnx"))  # figures are computed from what any backend predicts
@pytest.mark.parametrize(
    ("metric", "value"),
    [
        (catalog.Accuracy(), sklearn.accuracy_score(CLASSES, DECIDED)),
        (catalog.BalancedAccuracy(), sklearn.balanced_accuracy_score(CLASSES, DECIDED)),
        (catalog.Precision(), sklearn.precision_score(CLASSES, DECIDED, average="macro")),
        (catalog.Recall(average="weighted"), sklearn.recall_score(CLASSES, DECIDED, average="weighted")),
        (catalog.F1(), sklearn.f1_score(CLASSES, DECIDED, average="macro")),
        (catalog.Mcc(), sklearn.matthews_corrcoef(CLASSES, DECIDED)),
        (catalog.CohenKappa(), sklearn.cohen_kappa_score(CLASSES, DECIDED)),
        (catalog.Iou(), sklearn.jaccard_score(CLASSES, DECIDED, average="macro")),
        (catalog.TopK(k=2), sklearn.top_k_accuracy_score(CLASSES, LOGITS, k=2)),
        (catalog.Perplexity(), exp(sklearn.log_loss(CLASSES, SOFTMAX))),
        (catalog.Auc(), sklearn.roc_auc_score(CLASSES, SOFTMAX, multi_class="ovr")),
        (catalog.AveragePrecision(), sklearn.average_precision_score(ONE_HOT, SOFTMAX)),
    ],
    ids=lambda value: value.entry if isinstance(value, Metric) else "",
)
@pytest.mark.parametrize("shape", ["plain", "sequence", "first", "distribution"])
def test_several_classes(metric: Metric, value: float, shape: str) -> None:
    """The same figures for each way to lay out the classes."""
    prediction, target = LOGITS, CLASSES
    if shape == "sequence":
        prediction, target = LOGITS.reshape(40, 5, 4), CLASSES.reshape(40, 5)
    elif shape == "first":
        prediction, target = np.moveaxis(LOGITS.reshape(8, 5, 5, 4), -1, 1), CLASSES.reshape(8, 5, 5)
    elif shape == "distribution":
        target = ONE_HOT
    assert compute(metric, prediction, target) == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize("yes", [YES, 2 * YES - 1, YES.astype(np.int64), YES > 0, YES[:, None]])
@pytest.mark.parametrize("scores", [SCORES, SCORES[:, None]])
def test_yes_and_no(scores: np.ndarray, yes: np.ndarray) -> None:
    assert compute(catalog.Auc(), scores, yes) == pytest.approx(sklearn.roc_auc_score(YES, SCORES), abs=1e-12)
    assert compute(catalog.F1(), scores, yes) == sklearn.f1_score(YES, SCORES > 0, average="macro")
    assert compute(catalog.Mcc(), scores, yes) == pytest.approx(sklearn.matthews_corrcoef(YES, SCORES > 0), abs=1e-12)


@pytest.mark.parametrize(
    ("metric", "prediction", "target"),
    [
        (catalog.Auc(), [0.1, 0.2], [1, 1]),
        (catalog.Auc(), [[0.1, 0.2, 0.3]], [1]),
        (catalog.AveragePrecision(), [0.1, 0.2], [0, 0]),
        (catalog.Accuracy(), [], []),
        (catalog.Accuracy(), [nan, 1.0], [1, 1]),
        (catalog.Accuracy(ignore_index=1), [0.5, 1.0], [1, 1]),
        (catalog.Auc(ignore_index=1), [0.5, 1.0], [1, 1]),
        (catalog.TopK(ignore_index=1), [[0.5, 1.0]], [1]),
        (catalog.Perplexity(ignore_index=1), [[0.5, 1.0]], [1]),
        (catalog.F1(ignore_index=1), [[0.5, 1.0]], [1]),
        (catalog.Rmse(), [inf, 1.0], [1.0, 1.0]),
        (catalog.Rmse(ignore_index=1), [2.0, 3.0], [1.0, 1.0]),
        (catalog.R2(), [1.0], [1.0]),
        (catalog.R2(), [1.0, 2.0], [3.0, 3.0]),
        (catalog.Pearson(), [1.0, 1.0], [1.0, 2.0]),
        (catalog.Spearman(), [1.0], [2.0]),
        (catalog.CohenKappa(), [1.0, 1.0], [1, 1]),
    ],
)
def test_what_cannot_be_computed(metric: Metric, prediction: list[object], target: list[object]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert isnan(compute(metric, np.array(prediction), np.array(target)))


def test_a_class_that_is_absent_is_left_out() -> None:
    kept = CLASSES < 3
    curves = [sklearn.roc_auc_score(CLASSES[kept] == each, SOFTMAX[kept, each]) for each in range(3)]
    assert compute(catalog.Auc(), LOGITS[kept], CLASSES[kept]) == pytest.approx(np.mean(curves), rel=1e-12)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert 0 < compute(catalog.F1(), LOGITS[kept], CLASSES[kept]) < 1


def test_without_scikit_learn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn", None)
    with pytest.raises(DlspecError) as caught:
        compute(catalog.Accuracy(), SCORES, YES)
    assert "'accuracy' needs the package 'sklearn'" in caught.value.diagnostics[0].message
    assert caught.value.diagnostics[0].help == "pip install 'dlspec[data]'"


def test_every_metric_has_a_function() -> None:
    assert set(FUNCTIONS) == set(all_entries()["metric"])
    assert len(FUNCTIONS) == 25


@pytest.mark.parametrize("entry", FUNCTIONS)
def test_every_metric_can_leave_places_out_and_says_what_it_is(entry: type[Metric]) -> None:
    assert parameters(entry)[-1].name == "ignore_index"
    assert parameters(entry)[-1].default is None
    for part in ("Formula: ", "Source: "):
        assert f"\n    {part}" in (entry.__doc__ or ""), part


def test_lower_is_better_for_errors() -> None:
    lower = {"rmse", "mape", "perplexity", "edit_distance", "word_error_rate"}
    assert {entry.entry for entry in FUNCTIONS if not entry.higher_is_better} == lower
