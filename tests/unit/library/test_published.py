"""Parameters and multiply-adds of the library in full size: published figures, and a count by PyTorch itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from dlspec.diagnostics.span import SourceFile
from dlspec.ir.summary import summarize
from dlspec.pipeline import checked, resolve
from docs.networks import PAGE, full_size, models, page
from tests.unit.library.published import KERAS, MACS, PUBLISHED
from tests.unit.library.reference_convolutions import AlexNet, GoogLeNet, ResNet, UNet
from tests.unit.library.reference_swin import Swin
from tests.unit.library.reference_transformers import Gpt2, ViT
from tests.unit.library.small import SMALL


@pytest.mark.parametrize("name", PUBLISHED)
def test_parameters_are_those_published(name: str) -> None:
    assert full_size(name).parameters == PUBLISHED[name].parameters


@pytest.mark.parametrize("name", MACS)
def test_multiply_adds_are_those_published(name: str) -> None:
    assert full_size(name).macs == pytest.approx(MACS[name] * 1e9, rel=0.01)


REFERENCES: dict[str, tuple[Any, tuple[int, ...]]] = {
    "alexnet": (AlexNet, (3, 227, 227)),
    "googlenet": (GoogLeNet, (3, 224, 224)),
    "resnet18": (lambda: ResNet([2, 2, 2, 2]), (3, 224, 224)),
    "resnet50": (lambda: ResNet([3, 4, 6, 3], 64), (3, 224, 224)),
    "resnext50": (lambda: ResNet([3, 4, 6, 3], 128, 32), (3, 224, 224)),
    "unet": (UNet, (1, 512, 512)),
    "vit_base": (ViT, (3, 224, 224)),
    "swin_tiny": (Swin, (3, 224, 224)),
}
"""Networks written by hand in full size, and what goes in."""


@pytest.mark.parametrize("name", REFERENCES)
def test_pytorch_counts_the_same_in_the_network_written_by_hand(name: str) -> None:
    """No number is computed: the tensors have shapes alone."""
    make, shape = REFERENCES[name]
    with torch.device("meta"):
        # In training mode PyTorch takes its encoder layers apart, so that the counter sees what they consist of.
        reference: nn.Module = make().train()
        image = torch.empty(2, *shape)
    with FlopCounterMode(display=False) as counter:
        reference(image)
    assert sum(each.numel() for each in reference.parameters()) == full_size(name).parameters
    assert counter.get_total_flops() == 2 * 2 * int(full_size(name).macs)  # two examples, a multiplication and a sum


def test_pytorch_counts_the_same_in_gpt2() -> None:
    length = 32
    with torch.device("meta"):
        reference = Gpt2(50257, 768, 12, 12, 1024)
        tokens = torch.zeros(1, length, dtype=torch.int64)
        with FlopCounterMode(display=False) as counter:
            reference(tokens)
    assert sum(each.numel() for each in reference.parameters()) == PUBLISHED["gpt2_small"].parameters
    assert counter.get_total_flops() == 2 * int(full_size("gpt2_small").macs.substitute({"T": length}))  # type: ignore[union-attr]


def test_what_makes_a_network_smaller_is_counted() -> None:
    """The closed form of two dense layers."""
    text = "from std.tabular import mlp\nmodel small {\n  input x: float[7]\n  output y = x -> mlp(7, 3, [5])\n}\n"
    found = summarize(checked(resolve(Path("spec.dl"), source=SourceFile("spec.dl", text))).program, "small")
    assert (found.parameters, found.macs) == (7 * 5 + 5 + 5 * 3 + 3, 7 * 5 + 5 * 3)


def test_the_page_of_networks_is_what_the_library_is() -> None:
    """`make networks` writes it."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_the_page_names_what_the_tests_compare() -> None:
    assert set(models()) == set(SMALL)
    assert set(PUBLISHED) | set(KERAS) | set(MACS) <= set(SMALL)
