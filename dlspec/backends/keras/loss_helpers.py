"""Functions that the generated losses call, as text; each is emitted where it is used."""

from __future__ import annotations

from collections.abc import Mapping

from dlspec.backends.python.helper import Helper

HELPERS: Mapping[str, Helper] = {
    "huber": Helper(
        '''
def huber(prediction: Tensor, target: Tensor, delta: float) -> Tensor:
    """Squared near 0, linear beyond delta."""
    error = ops.abs(prediction - target)
    return ops.where(error <= delta, 0.5 * ops.square(error), delta * (error - 0.5 * delta))
''',
        ("ops", "Tensor"),
    ),
    "log_cosh": Helper(
        '''
def log_cosh(prediction: Tensor, target: Tensor) -> Tensor:
    """log(cosh(prediction - target)), written so that large errors do not overflow."""
    error = ops.abs(prediction - target)
    return error + ops.softplus(-2 * error) - math.log(2)
''',
        ("ops", "Tensor", "math"),
    ),
    "perceptron": Helper(
        '''
def perceptron(score: Tensor, target: Tensor) -> Tensor:
    """max(0, -target * score), with the gradient -target where the score is 0: a score of 0 is a mistake."""
    margin = target * score
    return ops.where(margin > 0, ops.zeros_like(margin), -margin)
''',
        ("ops", "Tensor"),
    ),
    "weighted_binary_cross_entropy": Helper(
        '''
def weighted_binary_cross_entropy(logits: Tensor, target: Tensor, positive_weight: float) -> Tensor:
    """Binary cross-entropy in which a yes counts so much."""
    return (1 - target) * logits + (1 + (positive_weight - 1) * target) * ops.softplus(-logits)
''',
        ("ops", "Tensor"),
    ),
    "kl_normal": Helper(
        '''
def kl_normal(mean: Tensor, log_variance: Tensor) -> Tensor:
    """The divergence of N(mean, exp(log_variance)) from N(0, 1) for each example."""
    terms = 1 + log_variance - ops.square(mean) - ops.exp(log_variance)
    return -0.5 * ops.sum(terms, axis=tuple(range(1, len(terms.shape))))
''',
        ("ops", "Tensor"),
    ),
    "cross_entropy_of_shares": Helper(
        '''
def cross_entropy_of_shares(logits: Tensor, shares: Tensor, axis: int = -1, label_smoothing: float = 0.0) -> Tensor:
    """Cross-entropy against a distribution over the classes."""
    shares = (1 - label_smoothing) * shares + label_smoothing / logits.shape[axis]
    return -ops.sum(shares * ops.log_softmax(logits, axis=axis), axis=axis)
''',
        ("ops", "Tensor"),
    ),
    "class_terms": Helper(
        '''
def class_terms(
    log_probabilities: Tensor,
    classes: Tensor,
    class_weights: Sequence[float] | None = None,
    ignore_index: int | None = None,
    label_smoothing: float = 0.0,
) -> Tensor:
    """The weighted cross-entropy of each place, 0 where its class is ignored; the classes are the last dimension."""
    count = log_probabilities.shape[-1]
    table = ops.convert_to_tensor(class_weights or [1.0] * count, log_probabilities.dtype)
    kept = ops.ones_like(classes, "bool") if ignore_index is None else classes != ignore_index
    numbers = ops.where(kept, classes, 0)
    own = ops.take_along_axis(log_probabilities, ops.expand_dims(numbers, -1), axis=-1)
    terms = -(1 - label_smoothing) * ops.take(table, numbers) * ops.squeeze(own, -1)
    if label_smoothing:
        terms -= label_smoothing / count * ops.sum(table * log_probabilities, axis=-1)
    return ops.where(kept, terms, 0)
''',
        ("ops", "Tensor", "Sequence"),
    ),
    "class_places": Helper(
        '''
def class_places(
    classes: Tensor, class_weights: Sequence[float] | None = None, ignore_index: int | None = None
) -> Tensor:
    """What each place counts in the mean: the weight of its class, 0 where that is ignored."""
    kept = ops.ones_like(classes, "bool") if ignore_index is None else classes != ignore_index
    places = ops.cast(kept, keras.config.floatx())
    if class_weights is None:
        return places
    return places * ops.take(ops.convert_to_tensor(class_weights, places.dtype), ops.where(kept, classes, 0))
''',
        ("ops", "Tensor", "Sequence", "keras"),
    ),
    "weighted_mean": Helper(
        '''
def weighted_mean(terms: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
    """The mean of terms that contain their weights already (0 where all weights are 0), and the sum of the weights."""
    total = ops.sum(weights)
    return ops.sum(terms) / ops.where(total == 0, 1, total), total
''',
        ("ops", "Tensor"),
    ),
}
"""In an order in which none needs a later one."""
