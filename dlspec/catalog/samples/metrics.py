"""Uses of the metrics."""

from __future__ import annotations

from dlspec.catalog.base import BadSample, Sample
from dlspec.catalog.samples.losses import T, classes, numbers
from dlspec.tensor import TensorType

ONE = ((),)
YES = TensorType("bool", ())

LOGITS = (
    Sample({}, (numbers(6), classes(kinds=6)), ONE),
    Sample({"ignore_index": 0}, (numbers(T, 6), classes(T)), ONE),
    Sample({}, (numbers(6, 4, 3), classes(4, 3)), ONE),
    Sample({}, (numbers(6), numbers(6)), ONE),
)
DECIDING = (
    *LOGITS,
    Sample({}, (numbers(), numbers()), ONE),
    Sample({}, (numbers(1), classes(kinds=2)), ONE),
    Sample({}, (numbers(1), YES), ONE),
    Sample({}, (YES, YES), ONE),
    Sample({}, (classes(), classes(kinds=6)), ONE),
    Sample({}, (numbers(3), numbers(3)), ONE),
)
AVERAGING = (
    *DECIDING,
    Sample({"average": "micro"}, (numbers(6), classes()), ONE),
    Sample({"average": "weighted"}, (numbers(6), classes()), ONE),
    Sample({"average": "binary"}, (numbers(2), classes()), ONE),
    Sample({"average": "binary"}, (numbers(), numbers()), ONE),
)
MEASURING = (
    Sample({}, (numbers(), numbers(1)), ONE),
    Sample({"ignore_index": -1}, (numbers(3), numbers(3)), ONE),
)

SAMPLES: dict[str, tuple[Sample, ...]] = {
    "accuracy": DECIDING,
    "balanced_accuracy": DECIDING,
    "top_k": (*LOGITS, Sample({"k": 1}, (numbers(2), classes()), ONE)),
    "precision": AVERAGING,
    "recall": AVERAGING,
    "f1": AVERAGING,
    "iou": DECIDING,
    "dice": DECIDING,
    "mcc": DECIDING,
    "cohen_kappa": DECIDING,
    "auc": DECIDING,
    "average_precision": DECIDING,
    "perplexity": LOGITS,
    "rmse": MEASURING,
    "mape": MEASURING,
    "r2": MEASURING,
    "pearson": MEASURING,
    "spearman": MEASURING,
}

BAD_DECIDING = (
    BadSample({}, (numbers(5), classes(kinds=10)), "5 logits for 10 classes"),
    BadSample({}, (numbers(1), classes(kinds=10)), "one score for 10 classes"),
    BadSample({}, (numbers(5), numbers()), "does not fit"),
    BadSample({}, (numbers(7, 5), classes(6)), "does not fit"),
)
BAD_BINARY = BadSample({"average": "binary"}, (numbers(6), classes()), "for two classes")
BAD_MEASURING = (BadSample({}, (numbers(3), numbers(4)), "both need one shape"),)

BAD_SAMPLES: dict[str, tuple[BadSample, ...]] = {
    "accuracy": BAD_DECIDING,
    "balanced_accuracy": BAD_DECIDING,
    "top_k": (
        BadSample({}, (numbers(3), classes()), "k is 5, but there are 3 classes"),
        BadSample({"k": 0}, (numbers(3), classes()), "greater than 0"),
        BadSample({}, (numbers(), numbers()), "one number for each class"),
    ),
    "precision": (*BAD_DECIDING, BAD_BINARY),
    "recall": (*BAD_DECIDING, BAD_BINARY),
    "f1": (
        *BAD_DECIDING,
        BAD_BINARY,
        BadSample({"average": "mean"}, (numbers(6), classes()), "'macro', 'micro', 'weighted' or 'binary'"),
    ),
    "iou": BAD_DECIDING,
    "dice": BAD_DECIDING,
    "mcc": BAD_DECIDING,
    "cohen_kappa": BAD_DECIDING,
    "auc": BAD_DECIDING,
    "average_precision": BAD_DECIDING,
    "perplexity": (BadSample({}, (numbers(), numbers()), "one number for each class"),),
    "rmse": BAD_MEASURING,
    "mape": BAD_MEASURING,
    "r2": BAD_MEASURING,
    "pearson": BAD_MEASURING,
    "spearman": BAD_MEASURING,
}
