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
    "pinball": Helper(
        '''
def pinball(prediction: Tensor, target: Tensor, quantile: float) -> Tensor:
    """What a prediction of that quantile misses: too low costs `quantile` for each unit, too high the rest of 1."""
    error = target - prediction
    return ops.maximum(quantile * error, (quantile - 1) * error)
''',
        ("ops", "Tensor"),
    ),
    "gaussian_nll": Helper(
        '''
def gaussian_nll(mean: Tensor, log_variance: Tensor, target: Tensor) -> Tensor:
    """-log of the density of N(mean, exp(log_variance)) at the target, but for a constant."""
    return 0.5 * (log_variance + ops.square(target - mean) * ops.exp(-log_variance))
''',
        ("ops", "Tensor"),
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
    "focal": Helper(
        '''
def focal(scores: Tensor, target: Tensor, gamma: float, alpha: float) -> Tensor:
    """Cross-entropy of yes and no, times the probability of the other one ** gamma."""
    yes, no = ops.log_sigmoid(scores), ops.log_sigmoid(-scores)
    return -(alpha * target * ops.exp(gamma * no) * yes + (1 - alpha) * (1 - target) * ops.exp(gamma * yes) * no)
''',
        ("ops", "Tensor"),
    ),
    "focal_of_classes": Helper(
        '''
def focal_of_classes(logits: Tensor, classes: Tensor, gamma: float, alpha: float) -> Tensor:
    """Cross-entropy of classes, the last dimension of the logits, times the probability of the others ** gamma."""
    own = ops.one_hot(classes, logits.shape[-1], dtype="bool")
    total, others = ops.logsumexp(logits, axis=-1), ops.logsumexp(ops.where(own, -math.inf, logits), axis=-1)
    chosen = ops.sum(ops.where(own, logits, 0), axis=-1)
    return alpha * ops.exp(gamma * (others - total)) * (total - chosen)
''',
        ("ops", "Tensor", "math"),
    ),
    "kl_divergence": Helper(
        '''
def kl_divergence(prediction: Tensor, target: Tensor) -> Tensor:
    """How far log-probabilities are from the distribution, summed over the last dimension."""
    certain = ops.where(target > 0, target, 1)
    return ops.sum(target * (ops.log(certain) - prediction), axis=-1)
''',
        ("ops", "Tensor"),
    ),
    "placed": Helper(
        '''
def placed(values: Tensor, axis: int) -> Tensor:
    """The values with that dimension and all behind it in one."""
    return ops.reshape(values, (*ops.shape(values)[:axis], -1))
''',
        ("ops", "Tensor"),
    ),
    "class_masks": Helper(
        '''
def class_masks(classes: Tensor, logits: Tensor) -> Tensor:
    """For each class, in the dimension behind the batch, 1 at its places and 0 elsewhere: `[N, classes, places]`."""
    places = ops.reshape(classes, (ops.shape(classes)[0], -1))
    return ops.one_hot(places, ops.shape(logits)[1], axis=1, dtype=logits.dtype)
''',
        ("ops", "Tensor"),
    ),
    "dice": Helper(
        '''
def dice(shares: Tensor, target: Tensor, smooth: float) -> Tensor:
    """One minus Dice's coefficient, over the places in the last dimension."""
    common = ops.sum(shares * target, axis=-1)
    return 1 - (2 * common + smooth) / (ops.sum(shares, axis=-1) + ops.sum(target, axis=-1) + smooth)
''',
        ("ops", "Tensor"),
    ),
    "tversky": Helper(
        '''
def tversky(shares: Tensor, target: Tensor, alpha: float, beta: float, smooth: float) -> Tensor:
    """One minus Tversky's index, over the places in the last dimension: alpha weighs false alarms, beta misses."""
    common = ops.sum(shares * target, axis=-1)
    wrong, missed = ops.sum(shares * (1 - target), axis=-1), ops.sum((1 - shares) * target, axis=-1)
    return 1 - (common + smooth) / (common + alpha * wrong + beta * missed + smooth)
''',
        ("ops", "Tensor"),
    ),
    "ctc": Helper(
        '''
def ctc(logits: Tensor, target: Tensor, blank: int) -> Tensor:
    """-log of the probability of each target, which ends at its first blank, over all its alignments in time.

    The states of an alignment are the classes of the target with a blank before each and one at the end. `alpha` holds
    for each state the log-probability of all ways that lead there.
    """
    kept = ops.cumprod(ops.cast(target != blank, target.dtype), axis=1)
    labels = ops.where(kept > 0, target, blank)
    states = ops.stack([ops.full_like(labels, blank), labels], axis=2)
    states = ops.concatenate([placed(states, 1), ops.full_like(labels[:, :1], blank)], axis=1)
    differs = (states[:, 2:] != states[:, :-2]) & (states[:, 2:] != blank)
    skips = ops.concatenate([ops.zeros_like(states[:, :2], "bool"), differs], axis=1)
    log_p = ops.log_softmax(logits)
    emitted = ops.take_along_axis(log_p, ops.repeat(states[:, None], ops.shape(log_p)[1], axis=1), axis=2)
    emitted = ops.moveaxis(emitted, 1, 0)
    never = ops.full_like(emitted[0], -1e30)  # not -inf, whose gradient is no number

    def next_time(alpha: Tensor, emission: Tensor) -> tuple[Tensor, None]:
        one = ops.concatenate([never[:, :1], alpha[:, :-1]], axis=1)
        two = ops.where(skips, ops.concatenate([never[:, :2], alpha[:, :-2]], axis=1), never)
        return ops.logaddexp(ops.logaddexp(alpha, one), two) + emission, None

    place = ops.arange(ops.shape(states)[1], dtype=target.dtype)
    alpha, _ = ops.scan(next_time, ops.where(place < 2, emitted[0], never), emitted[1:])
    last = 2 * ops.sum(kept, axis=1, keepdims=True)
    terms = -ops.logsumexp(ops.where((place == last) | (place == last - 1), alpha, never), axis=1)
    return ops.where(terms < 1e29, terms, math.inf)
''',
        ("ops", "Tensor", "math", "placed"),
    ),
    "unit_vectors": Helper(
        '''
def unit_vectors(vectors: Tensor) -> Tensor:
    """The vectors in the last dimension, divided by their lengths; lengths under 1e-8 count as 1e-8."""
    squares = ops.sum(ops.square(vectors), axis=-1, keepdims=True)
    return vectors * ops.rsqrt(ops.maximum(squares, 1e-16))
''',
        ("ops", "Tensor"),
    ),
    "cosine_loss": Helper(
        '''
def cosine_loss(prediction: Tensor, target: Tensor) -> Tensor:
    """One minus the cosine of the angle between two vectors."""
    return 1 - ops.sum(unit_vectors(prediction) * unit_vectors(target), axis=-1)
''',
        ("ops", "Tensor", "unit_vectors"),
    ),
    "euclidean": Helper(
        '''
def euclidean(a: Tensor, b: Tensor) -> Tensor:
    """The distance of two vectors; where it is 0, so is its gradient."""
    squares = ops.sum(ops.square(a - b), axis=-1)
    apart = squares > 0
    return ops.where(apart, ops.sqrt(ops.where(apart, squares, 1)), 0)
''',
        ("ops", "Tensor"),
    ),
    "contrastive": Helper(
        '''
def contrastive(a: Tensor, b: Tensor, same: Tensor, margin: float) -> Tensor:
    """Half the squared distance of a pair of the same kind, half the squared lack of distance of any other."""
    distance = euclidean(a, b)
    return 0.5 * (same * ops.square(distance) + (1 - same) * ops.square(ops.relu(margin - distance)))
''',
        ("ops", "Tensor", "euclidean"),
    ),
    "triplet": Helper(
        '''
def triplet(anchor: Tensor, positive: Tensor, negative: Tensor, margin: float) -> Tensor:
    """How much the positive lacks in being nearer to the anchor than the negative by the margin."""
    return ops.relu(euclidean(anchor, positive) - euclidean(anchor, negative) + margin)
''',
        ("ops", "Tensor", "euclidean"),
    ),
    "info_nce": Helper(
        '''
def info_nce(prediction: Tensor, target: Tensor, temperature: float) -> Tensor:
    """-log of the probability to pick the own target among those of the batch, by the cosine."""
    scores = ops.matmul(unit_vectors(prediction), ops.transpose(unit_vectors(target))) / temperature
    own = ops.arange(ops.shape(scores)[0])
    return ops.sparse_categorical_crossentropy(own, scores, from_logits=True)
''',
        ("ops", "Tensor", "unit_vectors"),
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
