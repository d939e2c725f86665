"""Convolutional networks of the library against networks written by hand: outputs under the same weights."""

from __future__ import annotations

from typing import NamedTuple

import pytest
import torch
from torch import nn

from tests.unit.library.reference_convolutions import (
    AlexNet,
    GoogLeNet,
    ResNet,
    UNet,
    dcgan_generator,
    lenet5,
)
from tests.unit.library.small import Small
from tests.unit.library.transfer import assert_equal, compiled, copy_into

pytestmark = pytest.mark.usefixtures("double")


class Pair(NamedTuple):
    """Arguments of the library's model, the other network, and what goes in."""

    arguments: str
    reference: nn.Module
    shape: tuple[int, ...]
    library: str = "vision"

    @property
    def small(self) -> Small:
        name = "noise" if self.library == "generative" else "image"
        return Small(self.library, f"{name}: float[{', '.join(map(str, self.shape))}]", self.arguments)


def pair(name: str) -> Pair:
    """Pairs of full width, or of a width that a moment is enough for."""
    match name:
        case "lenet5":
            return Pair("classes=10", lenet5(), (1, 28, 28))
        case "alexnet":
            return Pair("width=48, hidden=64, classes=10, size=131", AlexNet(48, 64, 10, 3), (3, 131, 131))
        case "googlenet":
            return Pair("classes=10, size=64", GoogLeNet(10), (3, 64, 64))
        case "resnet18":
            return Pair("classes=10, size=64", ResNet([2, 2, 2, 2], classes=10), (3, 64, 64))
        case "resnet34":
            return Pair("width=16, classes=10, size=64", ResNet([3, 4, 6, 3], width=16, classes=10), (3, 64, 64))
        case "resnet50":
            return Pair("classes=10, size=64", ResNet([3, 4, 6, 3], 64, classes=10), (3, 64, 64))
        case "resnext50":
            return Pair("classes=10, size=64", ResNet([3, 4, 6, 3], 128, 32, classes=10), (3, 64, 64))
        case "wide_resnet50":
            reference = ResNet([3, 4, 6, 3], 32, width=16, classes=10)
            return Pair("width=16, classes=10, size=64", reference, (3, 64, 64))
        case "unet":
            return Pair("width=8, size=32", UNet(8), (1, 32, 32))
    return Pair("", dcgan_generator(), (100,), "generative")


@pytest.mark.parametrize(
    "name",
    [
        "lenet5", "alexnet", "googlenet", "resnet18", "resnet34", "resnet50", "resnext50", "wide_resnet50", "unet",
        "dcgan_generator",
    ],
)  # fmt: skip
def test_outputs_are_those_of_the_network_written_by_hand(name: str) -> None:
    given = pair(name)
    generator = torch.Generator().manual_seed(0)
    seen, image = (torch.randn(count, *given.shape, generator=generator) for count in (16, 2))
    made = compiled(name, given.small, gain=2, seen=seen)
    arrays = list(made.weights.values())
    if name == "lenet5":
        arrays[4] = arrays[4].reshape(120, 400)  # C5 is a convolution that sees everything
    copy_into(given.reference, arrays)
    with torch.no_grad():
        assert_equal(made.model(image), given.reference.eval()(image))
