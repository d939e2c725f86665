"""Shapes that are not known yet fit, and what does not fit is told with a way out."""

from __future__ import annotations

import pytest

from dlspec.catalog.base import Misfit
from dlspec.catalog.losses import BinaryCrossEntropy, CrossEntropy, Mse
from dlspec.catalog.metrics import Accuracy
from dlspec.tensor import Sym, TensorType

LEARNED = Sym.named("corpus.label.classes")


@pytest.mark.parametrize(
    ("prediction", "target"),
    [
        (TensorType("float", (10,)), TensorType("int", (), kinds=LEARNED)),
        (TensorType("float", (LEARNED,)), TensorType("int", (), kinds=10)),
        (TensorType("float", (10,)), TensorType("float", (LEARNED,))),
        (TensorType("float", (Sym.named("T"), 10)), TensorType("int", (128,), kinds=10)),
        (TensorType("float", (10,)), TensorType("any", ())),
        (TensorType("float", (10,)), TensorType("any", (10,))),
    ],
)
def test_unknown_sizes_and_elements_fit(prediction: TensorType, target: TensorType) -> None:
    assert CrossEntropy().infer(prediction, target).shape == prediction.shape[:-1]
    assert Accuracy().infer(prediction, target).shape == ()


def test_terms_without_a_batch() -> None:
    target = TensorType("float", (2,), batched=False)
    assert not Mse().infer(target, target).batched
    assert Mse().infer(TensorType("float", (2,)), target).batched


@pytest.mark.parametrize(
    ("target", "way_out"),
    [
        (TensorType("float", ()), "`category`"),
        (TensorType("bool", ()), "`cast(int)`"),
        (TensorType("int", (3,)), "`cast(float)`"),
        (TensorType("int", (7,)), "one class number for each place"),
        (TensorType("int", (), kinds=4), "4 outputs"),
    ],
)
def test_cross_entropy_tells_the_way_out(target: TensorType, way_out: str) -> None:
    with pytest.raises(Misfit) as caught:
        CrossEntropy().infer(TensorType("float", (3,)), target)
    assert way_out in caught.value.help


@pytest.mark.parametrize("target", [TensorType("int", ()), TensorType("int", (), kinds=3)])
def test_binary_cross_entropy_of_class_numbers_leads_to_cross_entropy(target: TensorType) -> None:
    with pytest.raises(Misfit) as caught:
        BinaryCrossEntropy().infer(TensorType("float", (3,)), target)
    assert "`cross_entropy`" in caught.value.help
