"""Losses over classes in PyTorch: their terms."""

from __future__ import annotations

from dlspec.backends.python.expression import Expr, call, method
from dlspec.backends.python.operand import Operand
from dlspec.backends.torch.loss_terms import Lowerings, Terms, at_places, in_floats, together, with_batch
from dlspec.catalog import class_losses as catalog
from dlspec.catalog.fit import classes_at
from dlspec.tensor import resolve_axis


def _focal(loss: catalog.Focal, operands: tuple[Operand, ...]) -> Terms:
    prediction, target = operands
    axis = classes_at(prediction.type, target.type)
    if axis is None:
        (scores, answers), rank = together((prediction, in_floats(target, prediction)))
        return Terms(rank, expr=call("focal", scores, answers, gamma=loss.gamma, alpha=loss.alpha))
    prediction = with_batch(prediction, target)
    rank = prediction.type.rank
    logits = method(prediction.expr, "movedim", 1, -1) if axis == 0 and rank > 1 else prediction.expr
    numbers = at_places(target, prediction, _position(axis, rank))
    return Terms(rank - 1, expr=call("focal_of_classes", logits, numbers, gamma=loss.gamma, alpha=loss.alpha))


def _kl_divergence(loss: catalog.KlDivergence, operands: tuple[Operand, ...]) -> Terms:
    (prediction, target), rank = together(operands)
    terms = call("F.kl_div", prediction, target, reduction="none")
    return Terms(rank - 1, expr=method(terms, "sum", -1))


def _dice(loss: catalog.Dice, operands: tuple[Operand, ...]) -> Terms:
    shares, target, rank = _regions(operands)
    return Terms(rank, expr=call("dice", shares, target, smooth=loss.smooth))


def _tversky(loss: catalog.Tversky, operands: tuple[Operand, ...]) -> Terms:
    shares, target, rank = _regions(operands)
    return Terms(rank, expr=call("tversky", shares, target, alpha=loss.alpha, beta=loss.beta, smooth=loss.smooth))


def _regions(operands: tuple[Operand, ...]) -> tuple[Expr, Expr, int]:
    """How far each place belongs to each region, and whether it should, the places last; and the rank of the terms."""
    prediction, target = operands
    axis = classes_at(prediction.type, target.type)
    if axis is None:
        (scores, answers), rank = together((prediction, in_floats(target, prediction)))
        return _placed(method(scores, "sigmoid"), rank), _placed(answers, rank), int(rank > 2)
    prediction = with_batch(prediction, target)
    rank = prediction.type.rank
    numbers = at_places(target, prediction, _position(axis, rank))
    logits = method(prediction.expr, "movedim", -1, 1) if axis == -1 and rank > 1 else prediction.expr
    shares = method(logits, "softmax", 1)
    if rank != 2:
        shares = method(shares, "flatten", 2) if rank > 2 else method(shares, "unsqueeze", -1)
    return shares, call("class_masks", numbers, logits), 1


def _placed(values: Expr, rank: int) -> Expr:
    """The places of each example, of three dimensions and more those of each channel, in one dimension."""
    if rank == 1:
        return values
    if rank == 0:
        return method(values, "unsqueeze", -1)
    return method(values, "flatten", 2 if rank > 2 else 1)


def _position(axis: int, rank: int) -> int:
    position = resolve_axis(axis, rank)
    assert position is not None
    return position


def _ctc(loss: catalog.Ctc, operands: tuple[Operand, ...]) -> Terms:
    prediction, target = operands
    logits, labels = with_batch(prediction, target), with_batch(target, prediction)
    return Terms(0, expr=call("ctc", logits.expr, labels.expr, blank=loss.blank))


LOWERINGS: Lowerings = {
    catalog.Focal: _focal,
    catalog.KlDivergence: _kl_divergence,
    catalog.Dice: _dice,
    catalog.Tversky: _tversky,
    catalog.Ctc: _ctc,
}
