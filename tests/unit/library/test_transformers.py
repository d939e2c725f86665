"""Transformers of the library against networks written by hand: outputs under the same weights."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from tests.unit.library.reference_swin import Swin
from tests.unit.library.reference_transformers import Bert, Gpt2, Llama, Transformer, ViT
from tests.unit.library.small import Small
from tests.unit.library.transfer import assert_equal, compiled, copy_into, fused

pytestmark = pytest.mark.usefixtures("double")


def _outputs(name: str, small: Small, reference: nn.Module, *inputs: Tensor) -> tuple[Any, Any]:
    """What the library's model and the other one give with the same weights."""
    made = compiled(name, small)
    copy_into(reference, fused(made.weights))
    with torch.no_grad():
        return made.model(*inputs), reference.eval()(*inputs)


def _image(size: int) -> Tensor:
    return torch.randn(2, 3, size, size, generator=torch.Generator().manual_seed(0))


def _tokens(length: int, vocabulary: int, seed: int = 0) -> Tensor:
    return torch.randint(0, vocabulary, (3, length), generator=torch.Generator().manual_seed(seed))


def test_vit_is_the_one_of_pytorchs_encoder_layers() -> None:
    small = Small("vision", "image: float[3, 64, 64]", "dim=96, depth=4, heads=6, classes=10, size=64")
    assert_equal(*_outputs("vit_base", small, ViT(96, 4, 6, classes=10, size=64), _image(64)))


def test_vit_tiny_has_the_shape_of_its_paper() -> None:
    small = Small("vision", "image: float[3, 32, 32]", "classes=10, size=32")
    assert_equal(*_outputs("vit_tiny", small, ViT(192, 12, 3, classes=10, size=32), _image(32)))


def test_swin_is_the_one_that_cuts_its_windows_out() -> None:
    arguments = "dim=24, depths=[2, 2, 2], window=4, classes=10, size=64, heads=[2, 3, 4]"
    small = Small("vision", "image: float[3, 64, 64]", arguments)
    reference = Swin(24, (2, 2, 2), (2, 3, 4), 4, 10, 64)
    assert_equal(*_outputs("swin_tiny", small, reference, _image(64)))


def test_bert_is_the_one_of_pytorchs_encoder_layers() -> None:
    inputs = "tokens: int[T]; part: int[T]; present: bool[T]"
    small = Small("text", inputs, "vocabulary=97, dim=48, depth=3, heads=4, hidden=80, longest=32")
    present = torch.arange(17) < torch.tensor([[17], [11], [4]])
    made, other = _outputs(
        "bert_base", small, Bert(97, 48, 3, 4, 80, 32), _tokens(17, 97), _tokens(17, 2, seed=1), present
    )
    # What PyTorch gives for padding is of no use, and no place attends to it.
    assert_equal(made[0][present], other[0][present])
    assert_equal(made[1], other[1])


def test_gpt2_is_the_one_that_writes_its_attention_out() -> None:
    small = Small("text", "tokens: int[T]", "vocabulary=97, dim=48, depth=4, heads=6, longest=32")
    assert_equal(*_outputs("gpt2_small", small, Gpt2(97, 48, 4, 6, 32), _tokens(19, 97)))


def test_llama_is_the_one_that_turns_complex_numbers() -> None:
    small = Small("text", "tokens: int[T]", "vocabulary=97, dim=48, depth=3, heads=6, kv_heads=2, hidden=80")
    made = compiled("llama", small)
    reference = Llama(97, 48, 3, 6, 2, 80)
    copy_into(reference, list(made.weights.values()))
    tokens = _tokens(19, 97)
    with torch.no_grad():
        assert_equal(made.model(tokens), reference(tokens))


def test_the_transformer_is_the_one_of_pytorchs_layers() -> None:
    arguments = "source_vocabulary=31, target_vocabulary=23, dim=48, depth=2, heads=4, hidden=80"
    small = Small("text", "source: int[S]; target: int[T]", arguments)
    reference = Transformer(31, 23, 48, 2, 4, 80)
    assert_equal(*_outputs("transformer", small, reference, _tokens(9, 31), _tokens(13, 23, seed=1)))
