"""What the comparisons with other people's networks share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch


@pytest.fixture
def double() -> Iterator[None]:
    """PyTorch makes its tensors in float64: deep random networks enlarge what float32 rounds, and two frameworks
    round differently. What is left is a difference of meaning."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)
