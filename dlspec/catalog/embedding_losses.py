"""Losses that compare vectors: how near to each other two or three of them are.

Vectors stand in the last dimension; `d` is their Euclidean distance and `cos` the cosine of their angle, for which
lengths under 1e-8 count as 1e-8.
"""

from __future__ import annotations

from typing import ClassVar

from dlspec.catalog.base import Loss, Misfit, param
from dlspec.catalog.fit import need_vectors, shapes_fit, terms
from dlspec.tensor import TensorType


class Cosine(Loss):
    """How far the prediction points away from the target: `1 - cos(f, y)`, with `f` the prediction, `y` the target.

    There is a term for each vector.
    Source: PyTorch, `torch.nn.CosineEmbeddingLoss`, for pairs that belong together.
    """

    entry = "cosine"

    def infer(self, *inputs: TensorType) -> TensorType:
        need_vectors(*inputs, names=self.inputs)
        return terms(inputs[0].shape[:-1], *inputs)


class Contrastive(Loss):
    """Draws pairs of the same kind together, and others apart up to a margin: `½·(s·d² + (1 - s)·max(0, m - d)²)`.

    `d` is the distance of `a` and `b`; `s` is 1 where both are the same and 0 where not, one number for each pair of
    vectors.
    Source: Hadsell, Chopra and LeCun, "Dimensionality reduction by learning an invariant mapping", 2006.
    """

    entry = "contrastive"
    inputs: ClassVar[tuple[str, ...]] = ("a", "b", "same")
    answers: ClassVar[tuple[str, ...]] = ("same",)

    margin: float = param(1.0, "the distance beyond which others are left alone", gt=0)

    def infer(self, *inputs: TensorType) -> TensorType:
        a, b, same = inputs
        need_vectors(a, b, names=("a", "b"))
        rest = a.shape[:-1]
        if not shapes_fit(rest, same.shape):
            raise Misfit(
                f"'same' is {same}, but a and b are {a}, which needs {TensorType('float', rest)}",
                "give one number for each pair of vectors: 1 where both are the same, else 0",
            )
        return terms(rest, *inputs)


class Triplet(Loss):
    """The positive shall be nearer to the anchor than the negative, by a margin: `max(0, d(a, p) - d(a, n) + m)`.

    Source: Balntas et al., "Learning local feature descriptors with triplets and shallow convolutional neural
    networks", 2016.
    """

    entry = "triplet"
    inputs: ClassVar[tuple[str, ...]] = ("anchor", "positive", "negative")

    margin: float = param(1.0, "how much nearer the positive has to be", gt=0)

    def infer(self, *inputs: TensorType) -> TensorType:
        need_vectors(*inputs, names=self.inputs)
        return terms(inputs[0].shape[:-1], *inputs)


class InfoNce(Loss):
    """Picks the target of each prediction among those of its batch: `-log(exp(c_ii/τ)/Σ_j exp(c_ij/τ))`.

    `c_ij` is the cosine of the prediction of example i and the target of example j, and τ the temperature. The other
    examples of the batch are what the target is told from; both directions are two losses, the second one with the two
    swapped. Among the metrics all examples of the part are one batch.
    Source: van den Oord, Li and Vinyals, "Representation learning with contrastive predictive coding", 2018; with
    cosines as in Chen et al., "A simple framework for contrastive learning of visual representations", 2020.
    """

    entry = "info_nce"
    compares_examples: ClassVar[bool] = True

    temperature: float = param(0.1, "what the cosines are divided by", gt=0)

    def infer(self, *inputs: TensorType) -> TensorType:
        need_vectors(*inputs, names=self.inputs)
        for name, each in zip(self.inputs, inputs, strict=True):
            if each.rank != 1 or not each.batched:
                reason = "a vector for each example" if each.batched else "one that differs from example to example"
                raise Misfit(f"the {name} is {each}, but {reason} is needed", "give one vector an example: `flatten`")
        return terms((), *inputs)


ENTRIES: tuple[type[Loss], ...] = (Cosine, Contrastive, Triplet, InfoNce)
