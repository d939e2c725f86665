"""Losses in PyTorch: for each one its terms, element by element, and how they become one number.

Every term of a loss goes into the generated `losses` as a pair: its mean over the batch, and the weight of that mean
among other batches (the number of examples, unless classes or examples have weights).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from dlspec.backends.python.expression import Cut, Expr, Lit, Local, Sequence, call, index, method, op
from dlspec.backends.python.operand import COUNT, Operand, scaled
from dlspec.catalog import losses as catalog
from dlspec.catalog.base import Loss
from dlspec.tensor import TensorType, resolve_axis


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of a loss, not yet reduced.

    `native` is a function of `torch.nn.functional` that reduces too, else `expr` gives the terms. `rank` counts the
    written dimensions of the terms. `places` gives, for losses over classes, the weight of each term where these are
    not all 1 (the terms contain it already).
    """

    rank: int
    native: str = ""
    arguments: tuple[Expr, ...] = ()
    keywords: Mapping[str, Expr] | None = None
    expr: Expr | None = None
    places: Expr | None = None

    def reduced(self, reduction: str) -> Expr:
        """The terms reduced over everything (`mean`, `sum`), or as they are (`none`)."""
        if self.expr is not None:
            return self.expr if reduction == "none" else method(self.expr, reduction)
        how = {} if reduction == "mean" else {"reduction": Lit(reduction)}
        return call(f"F.{self.native}", *self.arguments, **{**(self.keywords or {}), **how})


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


# ---------------------------------------------------------------- operands


def aligned(operand: Operand, like: Operand) -> Expr:
    """An operand in the shape of another: `[]` and `[1]` are taken for each other, and what has no batch is repeated.

    Without it `[N]` against `[N, 1]` would quietly become `[N, N]`.
    """
    own, other = operand.type, like.type
    if not own.batched and other.batched:
        value = method(operand.expr, "squeeze", 0) if own.rank > other.rank else operand.expr
        return method(value, "expand_as", like.expr)
    if own.rank < other.rank:
        return method(operand.expr, "unsqueeze", 1 if own.batched else 0)
    if own.rank > other.rank:
        return method(operand.expr, "squeeze", 1 if own.batched else 0)
    return operand.expr


def _pair(operands: tuple[Operand, ...]) -> tuple[Expr, Expr, int]:
    """Prediction and target in one shape, and its rank."""
    prediction, target = operands
    if target.type.batched and not prediction.type.batched:
        return aligned(prediction, target), target.expr, target.type.rank
    return prediction.expr, aligned(target, prediction), prediction.type.rank


# ---------------------------------------------------------------- one loss after another


def _functional(name: str) -> Callable[[Loss, tuple[Operand, ...]], Terms]:
    def lower(loss: Loss, operands: tuple[Operand, ...]) -> Terms:
        prediction, target, rank = _pair(operands)
        return Terms(rank, name, (prediction, target))

    return lower


def _helper(name: str) -> Callable[[Loss, tuple[Operand, ...]], Terms]:
    def lower(loss: Loss, operands: tuple[Operand, ...]) -> Terms:
        prediction, target, rank = _pair(operands)
        return Terms(rank, expr=call(name, prediction, target))

    return lower


def _huber(loss: Loss, operands: tuple[Operand, ...]) -> Terms:
    assert isinstance(loss, catalog.Huber)
    prediction, target, rank = _pair(operands)
    return Terms(rank, "huber_loss", (prediction, target), {} if loss.delta == 1 else {"delta": Lit(loss.delta)})


def _hinge(loss: Loss, operands: tuple[Operand, ...]) -> Terms:
    prediction, target, rank = _pair(operands)
    return Terms(rank, expr=call("F.relu", op("-", 1, op("*", target, prediction))))


def _squared_hinge(loss: Loss, operands: tuple[Operand, ...]) -> Terms:
    hinge = _hinge(loss, operands)
    assert hinge.expr is not None
    return Terms(hinge.rank, expr=method(hinge.expr, "square"))


def _binary_cross_entropy(loss: Loss, operands: tuple[Operand, ...]) -> Terms:
    assert isinstance(loss, catalog.BinaryCrossEntropy)
    prediction, target, rank = _pair(operands)
    if loss.label_smoothing:
        smooth = loss.label_smoothing
        target = op("+", op("*", op("-", 1, smooth), target), op("/", smooth, 2))
    keywords: dict[str, Expr] = {}
    if loss.positive_weight != 1:
        keywords["pos_weight"] = method(prediction, "new_tensor", loss.positive_weight)
    return Terms(rank, "binary_cross_entropy_with_logits", (prediction, target), keywords)


def _kl_normal(loss: Loss, operands: tuple[Operand, ...]) -> Terms:
    mean, log_variance, _ = _pair(operands)
    return Terms(0, expr=call("kl_normal", mean, log_variance))


def _cross_entropy(loss: Loss, operands: tuple[Operand, ...]) -> Terms:
    assert isinstance(loss, catalog.CrossEntropy)
    smoothing: dict[str, Expr] = {"label_smoothing": Lit(loss.label_smoothing)} if loss.label_smoothing else {}
    prediction, target = operands
    if target.type.element == "float":
        axis = resolve_axis(loss.axis, prediction.type.rank)
        logits, shares, rank = _pair(operands)
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
    prediction, target = operands
    rank = prediction.type.rank
    position = resolve_axis(axis, rank)
    assert position is not None
    logits = method(prediction.expr, "movedim", -1, 1) if position and rank > 1 else prediction.expr
    numbers = _class_numbers(target, prediction, position)
    keywords = dict(keywords)
    if weights is not None:
        keywords["weight"] = _class_weights(prediction, weights)
    if ignored is not None:
        keywords["ignore_index"] = Lit(ignored)
    places = _place_weights(prediction, numbers, weights, ignored)
    return Terms(rank - 1, function, (logits, numbers), keywords, places=places)


def _class_numbers(target: Operand, prediction: Operand, position: int) -> Expr:
    """The class numbers in the shape of the prediction without its classes."""
    shape = prediction.type.shape[:position] + prediction.type.shape[position + 1 :]
    if target.type.batched:
        return aligned(target, Operand(prediction.expr, TensorType("int", shape)))
    one_class = index(prediction.expr, Cut(), 0) if position == 0 else index(prediction.expr, Local("..."), 0)
    value = target.expr if target.type.rank <= len(shape) else method(target.expr, "squeeze", 0)
    return method(value, "expand_as", one_class)


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


_LOWERINGS: Mapping[type[Loss], Callable[[Loss, tuple[Operand, ...]], Terms]] = {
    catalog.Mse: _functional("mse_loss"),
    catalog.Mae: _functional("l1_loss"),
    catalog.Huber: _huber,
    catalog.LogCosh: _helper("log_cosh"),
    catalog.Poisson: _functional("poisson_nll_loss"),
    catalog.Hinge: _hinge,
    catalog.SquaredHinge: _squared_hinge,
    catalog.Perceptron: _helper("perceptron"),
    catalog.BinaryCrossEntropy: _binary_cross_entropy,
    catalog.CrossEntropy: _cross_entropy,
    catalog.Nll: _nll,
    catalog.KlNormal: _kl_normal,
}


HELPERS: Mapping[str, str] = {
    "log_cosh": '''
def log_cosh(prediction: Tensor, target: Tensor) -> Tensor:
    """log(cosh(prediction - target)), written so that large errors do not overflow."""
    error = (prediction - target).abs()
    return error + F.softplus(-2 * error) - math.log(2)
''',
    "perceptron": '''
def perceptron(score: Tensor, target: Tensor) -> Tensor:
    """max(0, -target * score), with the gradient -target where the score is 0: a score of 0 is a mistake."""
    margin = target * score
    return torch.where(margin > 0, torch.zeros_like(margin), -margin)
''',
    "kl_normal": '''
def kl_normal(mean: Tensor, log_variance: Tensor) -> Tensor:
    """The divergence of N(mean, exp(log_variance)) from N(0, 1) for each example."""
    terms = 1 + log_variance - mean.square() - log_variance.exp()
    return -0.5 * terms.reshape(len(terms), -1).sum(1)
''',
    "weighted_mean": '''
def weighted_mean(terms: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
    """The mean of terms that contain their weights already (0 where all weights are 0), and the sum of the weights."""
    total = weights.sum()
    return terms.sum() / torch.where(total == 0, 1, total), total
''',
}
"""Functions of the generated file, emitted where they are used."""
