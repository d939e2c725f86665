"""Losses in Keras: for each one its terms, element by element, and how they become one number.

Every term of a loss goes into the generated `losses` as a pair: its mean over the batch, and the weight of that mean
among other batches (the number of examples, unless classes or examples have weights).
"""

from __future__ import annotations

from collections.abc import Callable

from dlspec.backends.keras import class_losses, embedding_losses
from dlspec.backends.keras.loss_terms import Lowerings, Terms, classes_last, together, with_batch
from dlspec.backends.python.expression import Expr, Lit, Sequence, Unary, call, op
from dlspec.backends.python.operand import COUNT, Operand, scaled
from dlspec.catalog import losses as catalog
from dlspec.catalog.base import Loss
from dlspec.tensor import resolve_axis


def loss_pair(loss: Loss, operands: tuple[Operand, ...], example_weight: Expr | None) -> Expr:
    """The pair (mean, weight of that mean) of a term of the loss, as an expression.

    `example_weight` names a tensor with a weight for each example, where the data has them.
    """
    terms = _LOWERINGS[type(loss)](loss, operands)
    scale = loss.weight
    if terms.places is not None and loss.reduction == "mean":
        return _over_places(terms, terms.places, scale, example_weight)
    if example_weight is not None:
        each = _per_example(terms, loss.reduction)
        return call("weighted_mean", op("*", example_weight, scaled(scale, each)), example_weight)
    whole = terms.expr if loss.reduction == "mean" else _per_example(terms, "sum")
    return Sequence((scaled(scale, call("ops.mean", whole)), COUNT))


def tensor_pair(operand: Operand, example_weight: Expr | None) -> Expr:
    """The same for a tensor that holds one number for each example."""
    each = operand.expr
    if example_weight is None:
        return Sequence((call("ops.mean", each), COUNT))
    flat = each if not operand.type.rank else call("ops.reshape", each, Lit((-1,)))
    return call("weighted_mean", op("*", example_weight, flat), example_weight)


def _per_example(terms: Terms, reduction: str) -> Expr:
    if not terms.rank:
        return terms.expr
    axes = tuple(range(1, terms.rank + 1))
    return call(f"ops.{reduction}", terms.expr, axis=Lit(axes if len(axes) > 1 else 1))


def _over_places(terms: Terms, places: Expr, scale: float, example_weight: Expr | None) -> Expr:
    each = scaled(scale, terms.expr)
    if example_weight is not None:
        column = call("ops.reshape", example_weight, Lit((-1, *[1] * terms.rank))) if terms.rank else example_weight
        each, places = op("*", column, each), op("*", column, places)
    return call("weighted_mean", each, places)


# ---------------------------------------------------------------- one loss after another


def _elementwise(formula: Callable[[Expr, Expr], Expr]) -> Callable[[Loss, tuple[Operand, ...]], Terms]:
    def lower(loss: Loss, operands: tuple[Operand, ...]) -> Terms:
        (prediction, target), rank = together(operands)
        return Terms(rank, formula(prediction, target))

    return lower


def _huber(loss: Loss, operands: tuple[Operand, ...]) -> Terms:
    assert isinstance(loss, catalog.Huber)
    (prediction, target), rank = together(operands)
    return Terms(rank, call("huber", prediction, target, Lit(loss.delta)))


def _quantile(loss: Loss, operands: tuple[Operand, ...]) -> Terms:
    assert isinstance(loss, catalog.Quantile)
    (prediction, target), rank = together(operands)
    return Terms(rank, call("pinball", prediction, target, quantile=loss.q))


def _gaussian_nll(loss: Loss, operands: tuple[Operand, ...]) -> Terms:
    (mean, log_variance, target), rank = together(operands)
    return Terms(rank, call("gaussian_nll", mean, log_variance, target))


def _hinge(prediction: Expr, target: Expr) -> Expr:
    return call("ops.relu", op("-", 1, op("*", target, prediction)))


def _binary_cross_entropy(loss: Loss, operands: tuple[Operand, ...]) -> Terms:
    assert isinstance(loss, catalog.BinaryCrossEntropy)
    (prediction, target), rank = together(operands)
    if loss.label_smoothing:
        smooth = loss.label_smoothing
        target = op("+", op("*", op("-", 1, smooth), target), op("/", smooth, 2))
    if loss.positive_weight != 1:
        return Terms(rank, call("weighted_binary_cross_entropy", prediction, target, Lit(loss.positive_weight)))
    return Terms(rank, call("ops.binary_crossentropy", target, prediction, from_logits=True))


def _kl_normal(loss: Loss, operands: tuple[Operand, ...]) -> Terms:
    (mean, log_variance), rank = together(operands)
    return Terms(0, call("kl_normal", mean, log_variance) if rank else _kl_of_one(mean, log_variance))


def _kl_of_one(mean: Expr, log_variance: Expr) -> Expr:
    return call("kl_normal", call("ops.expand_dims", mean, 1), call("ops.expand_dims", log_variance, 1))


def _cross_entropy(loss: Loss, operands: tuple[Operand, ...]) -> Terms:
    assert isinstance(loss, catalog.CrossEntropy)
    smooth = loss.label_smoothing
    prediction, target = operands
    if target.type.element == "float":
        axis = resolve_axis(loss.axis, prediction.type.rank)
        (logits, shares), rank = together(operands)
        smoothing: dict[str, Expr] = {"label_smoothing": Lit(smooth)} if smooth else {}
        place: dict[str, Expr] = {"axis": Lit(1)} if axis == 0 and rank > 1 else {}
        return Terms(rank - 1, call("cross_entropy_of_shares", logits, shares, **smoothing, **place))
    logits, numbers, rank = _classes(prediction, target, loss.axis)
    if not smooth and loss.class_weights is None and loss.ignore_index is None:
        return Terms(rank, call("ops.sparse_categorical_crossentropy", numbers, logits, from_logits=True))
    return _weighted_classes(
        call("ops.log_softmax", logits), numbers, rank, loss.class_weights, loss.ignore_index, smooth
    )


def _nll(loss: Loss, operands: tuple[Operand, ...]) -> Terms:
    assert isinstance(loss, catalog.Nll)
    prediction, target = operands
    log_probabilities, numbers, rank = _classes(prediction, target, -1)
    return _weighted_classes(log_probabilities, numbers, rank, loss.class_weights, loss.ignore_index, 0.0)


def _weighted_classes(
    log_probabilities: Expr,
    numbers: Expr,
    rank: int,
    weights: tuple[float, ...] | None,
    ignored: int | None,
    smooth: float,
) -> Terms:
    """A loss against class numbers, some of which may count more than others, or not at all."""
    counting: dict[str, Expr] = {}
    if weights is not None:
        counting["class_weights"] = Lit(tuple(weights))
    if ignored is not None:
        counting["ignore_index"] = Lit(ignored)
    smoothing: dict[str, Expr] = {"label_smoothing": Lit(smooth)} if smooth else {}
    terms = call("class_terms", log_probabilities, numbers, **counting, **smoothing)
    return Terms(rank, terms, call("class_places", numbers, **counting) if counting else None)


def _classes(prediction: Operand, target: Operand, axis: int) -> tuple[Expr, Expr, int]:
    """Scores with the classes in the last dimension, the class numbers in their shape without it, and its rank."""
    position = resolve_axis(axis, prediction.type.rank)
    assert position is not None
    return classes_last(with_batch(prediction, target), target, position)


_LOWERINGS: Lowerings = {
    catalog.Mse: _elementwise(lambda f, y: call("ops.square", op("-", f, y))),
    catalog.Mae: _elementwise(lambda f, y: call("ops.abs", op("-", f, y))),
    catalog.Huber: _huber,
    catalog.LogCosh: _elementwise(lambda f, y: call("log_cosh", f, y)),
    catalog.Quantile: _quantile,
    catalog.Poisson: _elementwise(lambda f, y: op("-", call("ops.exp", f), op("*", y, f))),
    catalog.GaussianNll: _gaussian_nll,
    catalog.Hinge: _elementwise(_hinge),
    catalog.SquaredHinge: _elementwise(lambda f, y: call("ops.square", _hinge(f, y))),
    catalog.Perceptron: _elementwise(lambda f, y: call("perceptron", f, y)),
    catalog.Wasserstein: _elementwise(lambda f, y: op("*", Unary("-", y), f)),
    catalog.BinaryCrossEntropy: _binary_cross_entropy,
    catalog.CrossEntropy: _cross_entropy,
    catalog.Nll: _nll,
    catalog.KlNormal: _kl_normal,
    **class_losses.LOWERINGS,
    **embedding_losses.LOWERINGS,
}
