"""Metrics, by scikit-learn where it has them: what each one of the catalogue is, on the predictions of a whole split.

Arrays have the batch in front: scores [N] or [N, 1], logits [N, C], [N, T, C] or [N, C, H, W]. What cannot be
computed (no example, a prediction that is not finite, the curve of one class alone) is `nan`, without a warning.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np

from dlspec.catalog import image_metrics, ranking_metrics, text_metrics
from dlspec.catalog import metrics as catalog
from dlspec.catalog.base import Metric
from dlspec.diagnostics.codes import runtime as codes
from dlspec.diagnostics.report import fail
from dlspec.training.metric_cases import Array, Compute, cases_of, kept, log_softmax
from dlspec.training.metrics_of_images import psnr, ssim
from dlspec.training.metrics_of_rankings import mrr, ndcg
from dlspec.training.metrics_of_text import bleu, edit_distance, word_error_rate


def compute(metric: Metric, prediction: Array, target: Array) -> float:
    """The value of a metric, or `nan` where it has none on these examples; a diagnostic without scikit-learn."""
    prediction, target = _aligned(_numbers(prediction), _numbers(target))
    if not target.size or not np.isfinite(prediction).all():
        return float("nan")
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            value = FUNCTIONS[type(metric)](metric, prediction, target)
        except ImportError as error:
            message = f"the metric '{metric.entry}' needs the package '{error.name}', which is not installed"
            raise fail(codes.MISSING_BACKEND, message, help="pip install 'dlspec[data]'") from error
    return value if np.isfinite(value) else float("nan")


def _numbers(values: Array) -> Array:
    """Floats in double precision, the rest as it is."""
    values = np.asarray(values)
    return values.astype(np.float64) if values.dtype.kind == "f" else values


def _aligned(prediction: Array, target: Array) -> tuple[Array, Array]:
    """Both without the dimension of the one number of an example; [N, 1, C] keeps it only beside [N, 1]."""
    if target.ndim == 2 and target.shape[1] == 1 and prediction.ndim <= 2:
        target = target[:, 0]
    if target.ndim == 1 and prediction.ndim > 1 and prediction.shape[1] == 1:
        prediction = prediction[:, 0]
    return prediction, target


# ---------------------------------------------------------------- what was decided


def _deciding(name: str, **options: Any) -> Compute:
    """A function of scikit-learn that takes truths and decisions."""

    def value(metric: Any, prediction: Array, target: Array) -> float:
        from sklearn import metrics

        cases = cases_of(metric, prediction, target)
        return float(getattr(metrics, name)(cases.true, cases.decided, **options)) if cases.true.size else np.nan

    return value


def _averaging(name: str) -> Compute:
    """A function of scikit-learn that puts the figures of the classes together."""

    def value(metric: Any, prediction: Array, target: Array) -> float:
        from sklearn import metrics

        cases = cases_of(metric, prediction, target)
        true, decided = cases.true, cases.decided
        if metric.average == "binary":
            true, decided = true == 1, decided == 1
        score = getattr(metrics, name)
        return float(score(true, decided, average=metric.average, zero_division=0)) if true.size else np.nan

    return value


# ---------------------------------------------------------------- what scores and logits are worth


def _top_k(metric: Any, prediction: Array, target: Array) -> float:
    from sklearn.metrics import accuracy_score, top_k_accuracy_score

    cases = cases_of(metric, prediction, target)
    if cases.logits is None or not cases.true.size:
        return np.nan
    classes = cases.logits.shape[1]
    if metric.k >= classes:
        return 1.0
    if classes == 2:  # scikit-learn takes one score for two classes
        return float(accuracy_score(cases.true, cases.decided))
    return float(top_k_accuracy_score(cases.true, cases.logits, k=metric.k, labels=np.arange(classes)))


def _perplexity(metric: Any, prediction: Array, target: Array) -> float:
    if prediction.shape == target.shape:
        return float(np.exp(-(target * log_softmax(prediction)).sum(axis=-1).mean()))
    cases = cases_of(metric, prediction, target)
    if cases.logits is None or not cases.true.size:
        return np.nan
    chosen = np.take_along_axis(log_softmax(cases.logits), cases.true[:, None], axis=-1)
    return float(np.exp(-chosen.mean()))


def _ranking(name: str) -> Compute:
    """A function of scikit-learn that takes truths and scores; over classes or labels the mean of what has a value."""

    def value(metric: Any, prediction: Array, target: Array) -> float:
        from sklearn import metrics

        score = getattr(metrics, name)
        values = [score(true, scores) for true, scores in _curves(metric, prediction, target) if 0 < true.mean() < 1]
        return float(np.mean(values)) if values else np.nan

    return value


def _curves(metric: Any, prediction: Array, target: Array) -> Iterator[tuple[Array, Array]]:
    """Truths and scores of each question that is asked: one, or one for each class or label."""
    cases = cases_of(metric, prediction, target)
    if not cases.true.size:
        return
    if cases.logits is None:
        for scores, true in _columns(metric, prediction, target):
            yield true > 0, scores
    elif cases.logits.shape[1] == 2:
        yield cases.true == 1, cases.logits[:, 1] - cases.logits[:, 0]
    else:
        probabilities = np.exp(log_softmax(cases.logits))
        for each in range(cases.logits.shape[1]):
            yield cases.true == each, probabilities[:, each]


# ---------------------------------------------------------------- numbers


def _columns(metric: Any, prediction: Array, target: Array) -> Iterator[tuple[Array, Array]]:
    """Prediction and target of each number that an example has, without the places to ignore."""
    examples = len(target)
    columns = zip(prediction.reshape(examples, -1).T, target.reshape(examples, -1).T, strict=True)
    for predicted, true in columns:
        keep = kept(metric, true)
        if keep.any():
            yield predicted[keep], true[keep]


def _measuring(name: str) -> Compute:
    """A function of scikit-learn that takes targets and predictions, over all numbers."""

    def value(metric: Any, prediction: Array, target: Array) -> float:
        from sklearn import metrics

        pairs = list(_columns(metric, prediction, target))
        if not pairs:
            return np.nan
        predicted, true = (np.concatenate(side) for side in zip(*pairs, strict=True))
        return float(getattr(metrics, name)(true, predicted))

    return value


def _r2(metric: Any, prediction: Array, target: Array) -> float:
    from sklearn.metrics import r2_score

    pairs = _columns(metric, prediction, target)
    return _mean([r2_score(true, predicted, force_finite=False) for predicted, true in pairs if len(true) > 1])


def _correlation(name: str) -> Compute:
    """A correlation of SciPy's."""

    def value(metric: Any, prediction: Array, target: Array) -> float:
        from scipy import stats

        pairs = _columns(metric, prediction, target)
        return _mean([getattr(stats, name)(predicted, true)[0] for predicted, true in pairs if len(true) > 1])

    return value


def _mean(values: list[Any]) -> float:
    return float(np.mean(values)) if values else np.nan


FUNCTIONS: dict[type[Metric], Compute] = {
    catalog.Accuracy: _deciding("accuracy_score"),
    catalog.BalancedAccuracy: _deciding("balanced_accuracy_score"),
    catalog.TopK: _top_k,
    catalog.Precision: _averaging("precision_score"),
    catalog.Recall: _averaging("recall_score"),
    catalog.F1: _averaging("f1_score"),
    catalog.Iou: _deciding("jaccard_score", average="macro", zero_division=0),
    catalog.Dice: _deciding("f1_score", average="macro", zero_division=0),
    catalog.Mcc: _deciding("matthews_corrcoef"),
    catalog.CohenKappa: _deciding("cohen_kappa_score"),
    catalog.Auc: _ranking("roc_auc_score"),
    catalog.AveragePrecision: _ranking("average_precision_score"),
    catalog.Perplexity: _perplexity,
    catalog.Rmse: _measuring("root_mean_squared_error"),
    catalog.Mape: _measuring("mean_absolute_percentage_error"),
    catalog.R2: _r2,
    catalog.Pearson: _correlation("pearsonr"),
    catalog.Spearman: _correlation("spearmanr"),
    image_metrics.Psnr: psnr,
    image_metrics.Ssim: ssim,
    text_metrics.Bleu: bleu,
    text_metrics.EditDistance: edit_distance,
    text_metrics.WordErrorRate: word_error_rate,
    ranking_metrics.Ndcg: ndcg,
    ranking_metrics.Mrr: mrr,
}
