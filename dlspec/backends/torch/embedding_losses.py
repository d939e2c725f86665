"""Losses that compare vectors, in PyTorch: their terms."""

from __future__ import annotations

from dlspec.backends.python.expression import Expr, Lit, Local, call, index, op
from dlspec.backends.python.operand import Operand
from dlspec.backends.torch.loss_terms import Lowerings, Terms, at_places, leader, together
from dlspec.catalog import embedding_losses as catalog


def _cosine(loss: catalog.Cosine, operands: tuple[Operand, ...]) -> Terms:
    (prediction, target), rank = together(operands)
    return Terms(rank - 1, expr=op("-", 1, call("F.cosine_similarity", prediction, target, dim=-1)))


def _contrastive(loss: catalog.Contrastive, operands: tuple[Operand, ...]) -> Terms:
    vectors = operands[:2]
    (a, b), rank = together(vectors)
    return Terms(rank - 1, expr=call("contrastive", a, b, _answers(operands[2], leader(vectors)), margin=loss.margin))


def _answers(same: Operand, like: Operand) -> Expr:
    """One number for each vector; a bare number of the spec comes as a whole vector of it."""
    rank = like.type.rank
    if same.type.batched and same.type.rank == rank and same.type.shape[-1] != 1:
        return index(same.expr, Local("..."), 0)
    return at_places(same, like, rank - 1)


def _triplet(loss: catalog.Triplet, operands: tuple[Operand, ...]) -> Terms:
    (anchor, positive, negative), rank = together(operands)
    margin: dict[str, Expr] = {} if loss.margin == 1 else {"margin": Lit(loss.margin)}
    return Terms(rank - 1, "triplet_margin_loss", (anchor, positive, negative), {**margin, "eps": Lit(0.0)})


def _info_nce(loss: catalog.InfoNce, operands: tuple[Operand, ...]) -> Terms:
    (prediction, target), _ = together(operands)
    return Terms(0, expr=call("info_nce", prediction, target, temperature=loss.temperature))


LOWERINGS: Lowerings = {
    catalog.Cosine: _cosine,
    catalog.Contrastive: _contrastive,
    catalog.Triplet: _triplet,
    catalog.InfoNce: _info_nce,
}
