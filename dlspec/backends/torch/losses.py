"""Losses in PyTorch: for each one its terms, element by element, and how they become one number.

Every term of a loss goes into the generated `losses` as a pair: its mean over the batch, and the weight of that mean
among other batches (the number of examples, unless classes or examples have weights).
"""

from __future__ import annotations

from collections.abc import Callable

from dlspec.backends.python.expression import Expr, Lit, Sequence, Unary, call, index, method, op
from dlspec.backends.python.operand import COUNT, Operand, scaled
from dlspec.backends.torch import class_losses, embedding_losses
from dlspec.backends.torch.loss_terms import Lowerings, Terms, at_places, together, with_batch
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
        return _over_places(terms, scale, example_weight)
    if example_weight is not None:
        each = _per_example(terms, loss.reduction)
        return call("weighted_mean", op("*", example_weight, scaled(scale, each)), example_weight)
    mean = terms.reduced("mean") if loss.reduction == "mean" else op("/", terms.reduced("sum"), COUNT)
    return Sequence((scaled(scale, mean), COUNT))


def tensor_pair(operand: Operand, example_weight: Expr | None) -> Expr:
    """The same for a tensor that holds one number for each example."""
    each = operand.expr
    if example_weight is None:
        return Sequence((method(each, "mean"), COUNT))
    flat = each if not operand.type.rank else method(each, "flatten")
    return call("weighted_mean", op("*", example_weight, flat), example_weight)


def _per_example(terms: Terms, reduction: str) -> Expr:
    each = terms.reduced("none")
    if terms.rank > 1:
        each = method(each, "flatten", 1)
    return method(each, reduction, 1) if terms.rank else each


def _over_places(terms: Terms, scale: float, example_weight: Expr | None) -> Expr:
    each, places = scaled(scale, terms.reduced("none")), terms.places
    assert places is not None
    if example_weight is not None:
        column = method(example_weight, "reshape", -1, *[1] * terms.rank) if terms.rank else example_weight
        each, places = op("*", column, each), op("*", column, places)
    return call("weighted_mean", each, places)


# ---------------------------------------------------------------- one loss after another


def _functional(name: str) -> Callable[[Loss, tuple[Operand, ...]], Terms]:
    def lower(loss: Loss, operands: tuple[Operand, ...]) -> Terms:
        (prediction, target), rank = together(operands)
        return Terms(rank, name, (prediction, target))

    return lower


def _helper(name: str) -> Callable[[Loss, tuple[Operand, ...]], Terms]:
    def lower(loss: Loss, operands: tuple[Operand, ...]) -> Terms:
        (prediction, target), rank = together(operands)
        return Terms(rank, expr=call(name, prediction, target))

    return lower


def _huber(loss: Loss, operands: tuple[Operand, ...]) -> Terms:
    assert isinstance(loss, catalog.Huber)
    (prediction, target), rank = together(operands)
    return Terms(rank, "huber_loss", (prediction, target), {} if loss.delta == 1 else {"delta": Lit(loss.delta)})


def _quantile(loss: Loss, operands: tuple[Operand, ...]) -> Terms:
    assert isinstance(loss, catalog.Quantile)
    (prediction, target), rank = together(operands)
    return Terms(rank, expr=call("pinball", prediction, target, quantile=loss.q))


def _gaussian_nll(loss: Loss, operands: tuple[Operand, ...]) -> Terms:
    (mean, log_variance, target), rank = together(operands)
    return Terms(rank, expr=call("gaussian_nll", mean, log_variance, target))


def _wasserstein(loss: Loss, operands: tuple[Operand, ...]) -> Terms:
    (prediction, target), rank = together(operands)
    return Terms(rank, expr=op("*", Unary("-", target), prediction))


def _hinge(loss: Loss, operands: tuple[Operand, ...]) -> Terms:
    (prediction, target), rank = together(operands)
    return Terms(rank, expr=call("F.relu", op("-", 1, op("*", target, prediction))))


def _squared_hinge(loss: Loss, operands: tuple[Operand, ...]) -> Terms:
    hinge = _hinge(loss, operands)
    assert hinge.expr is not None
    return Terms(hinge.rank, expr=method(hinge.expr, "square"))


def _binary_cross_entropy(loss: Loss, operands: tuple[Operand, ...]) -> Terms:
    assert isinstance(loss, catalog.BinaryCrossEntropy)
    (prediction, target), rank = together(operands)
    if loss.label_smoothing:
        smooth = loss.label_smoothing
        target = op("+", op("*", op("-", 1, smooth), target), op("/", smooth, 2))
    keywords: dict[str, Expr] = {}
    if loss.positive_weight != 1:
        keywords["pos_weight"] = method(prediction, "new_tensor", loss.positive_weight)
    return Terms(rank, "binary_cross_entropy_with_logits", (prediction, target), keywords)


def _kl_normal(loss: Loss, operands: tuple[Operand, ...]) -> Terms:
    (mean, log_variance), _ = together(operands)
    return Terms(0, expr=call("kl_normal", mean, log_variance))


def _cross_entropy(loss: Loss, operands: tuple[Operand, ...]) -> Terms:
    assert isinstance(loss, catalog.CrossEntropy)
    smoothing: dict[str, Expr] = {"label_smoothing": Lit(loss.label_smoothing)} if loss.label_smoothing else {}
    prediction, target = operands
    if target.type.element == "float":
        axis = resolve_axis(loss.axis, prediction.type.rank)
        (logits, shares), rank = together(operands)
        if axis and rank > 1:
            logits, shares = method(logits, "movedim", -1, 1), method(shares, "movedim", -1, 1)
        return Terms(rank - 1, "cross_entropy", (logits, shares), smoothing)
    return _classes("cross_entropy", operands, loss.axis, loss.class_weights, loss.ignore_index, smoothing)


def _nll(loss: Loss, operands: tuple[Operand, ...]) -> Terms:
    assert isinstance(loss, catalog.Nll)
    return _classes("nll_loss", operands, -1, loss.class_weights, loss.ignore_index, {})


def _classes(
    function: str,
    operands: tuple[Operand, ...],
    axis: int,
    weights: tuple[float, ...] | None,
    ignored: int | None,
    keywords: dict[str, Expr],
) -> Terms:
    """A loss against class numbers. PyTorch wants the classes behind the batch."""
    target = operands[1]
    prediction = with_batch(operands[0], target)
    rank = prediction.type.rank
    position = resolve_axis(axis, rank)
    assert position is not None
    logits = method(prediction.expr, "movedim", -1, 1) if position and rank > 1 else prediction.expr
    if function == "nll_loss" and rank > 1:
        # The gradient of PyTorch's own refuses any other order of the numbers in memory.
        logits = method(logits, "contiguous")
    numbers = at_places(target, prediction, position)
    keywords = dict(keywords)
    if weights is not None:
        keywords["weight"] = _class_weights(prediction, weights)
    if ignored is not None:
        keywords["ignore_index"] = Lit(ignored)
    places = _place_weights(prediction, numbers, weights, ignored)
    return Terms(rank - 1, function, (logits, numbers), keywords, places=places)


def _class_weights(prediction: Operand, weights: tuple[float, ...]) -> Expr:
    return method(prediction.expr, "new_tensor", [Lit(weight) for weight in weights])


def _place_weights(
    prediction: Operand, numbers: Expr, weights: tuple[float, ...] | None, ignored: int | None
) -> Expr | None:
    """What each class number counts in the mean; None where each counts 1."""
    kept = None if ignored is None else op("!=", numbers, ignored)
    if weights is None:
        return kept
    table = _class_weights(prediction, weights)
    if kept is None:
        return index(table, numbers)
    return op("*", index(table, method(numbers, "where", kept, 0)), kept)


_LOWERINGS: Lowerings = {
    catalog.Mse: _functional("mse_loss"),
    catalog.Mae: _functional("l1_loss"),
    catalog.Huber: _huber,
    catalog.LogCosh: _helper("log_cosh"),
    catalog.Quantile: _quantile,
    catalog.Poisson: _functional("poisson_nll_loss"),
    catalog.GaussianNll: _gaussian_nll,
    catalog.Hinge: _hinge,
    catalog.SquaredHinge: _squared_hinge,
    catalog.Perceptron: _helper("perceptron"),
    catalog.Wasserstein: _wasserstein,
    catalog.BinaryCrossEntropy: _binary_cross_entropy,
    catalog.CrossEntropy: _cross_entropy,
    catalog.Nll: _nll,
    catalog.KlNormal: _kl_normal,
    **class_losses.LOWERINGS,
    **embedding_losses.LOWERINGS,
}
