"""The small network of specs/small_cnn.dl and its training, as one writes them in PyTorch by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.data import Dataset


class SmallCnn(nn.Module):
    """Two convolutions and a classifier."""

    def __init__(self, width: int = 16, hidden: int = 64) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, width, 3, padding=1)
        self.norm1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, 2 * width, 3, padding=1)
        self.norm2 = nn.BatchNorm2d(2 * width)
        self.fc1 = nn.Linear(2 * width * 4, hidden)
        self.fc2 = nn.Linear(hidden, 10)

    def forward(self, image: Tensor) -> Tensor:
        """image [N, 1, 8, 8] -> logits [N, 10]."""
        x = F.max_pool2d(F.relu(self.norm1(self.conv1(image))), 2)
        x = F.max_pool2d(F.relu(self.norm2(self.conv2(x))), 2)
        logits: Tensor = self.fc2(F.relu(self.fc1(x.flatten(1))))
        return logits


def train_step(model: nn.Module, optimizer: torch.optim.Optimizer, image: Tensor, label: Tensor) -> Tensor:
    """One update; gives the loss."""
    loss = F.cross_entropy(model(image), label)
    optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    optimizer.step()
    return loss.detach()


class Digits(Dataset[tuple[Tensor, int]]):
    """Pictures made into tensors one by one, scaled and normalised, as in PyTorch's tutorials."""

    def __init__(self, pixels: np.ndarray[Any, Any], labels: np.ndarray[Any, Any]) -> None:
        self.pixels = pixels
        self.labels = labels

    def __len__(self) -> int:
        return len(self.pixels)

    def __getitem__(self, place: int) -> tuple[Tensor, int]:
        image = torch.from_numpy(self.pixels[place]).float().reshape(1, 8, 8) / 16
        return (image - 0.3) / 0.37, int(self.labels[place])
