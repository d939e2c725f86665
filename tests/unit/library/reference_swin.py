"""A Swin transformer written by hand in plain PyTorch, for the library to be compared with."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn


class WindowAttention(nn.Module):
    """Attention within windows, in section 3.2: each window is cut out and attended to by itself."""

    def __init__(self, dim: int, heads: int, window: int) -> None:
        super().__init__()
        self.heads, self.window = heads, window
        self.qkv = nn.Linear(dim, 3 * dim)
        self.table = nn.Embedding((2 * window - 1) ** 2, heads)
        self.out = nn.Linear(dim, dim)

    def bias(self) -> Tensor:
        """The entry of the table for each two places: [heads, places, places]."""
        window = self.window
        places = [(row, column) for row in range(window) for column in range(window)]
        index = [[(a - c + window - 1) * (2 * window - 1) + b - d + window - 1 for c, d in places] for a, b in places]
        return self.table(torch.tensor(index, device=self.table.weight.device)).permute(2, 0, 1)

    def forward(self, x: Tensor, regions: Tensor) -> Tensor:
        """`x` [batch, places, dim] of one window; places of different regions do not attend to each other."""
        split = self.qkv(x).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        query, key, value = split
        scores = query @ key.mT / math.sqrt(key.shape[-1]) + self.bias()
        scores = scores.masked_fill(regions[:, None] != regions[None, :], -math.inf)
        return self.out((scores.softmax(-1) @ value).transpose(1, 2).flatten(2))


class SwinLayer(nn.Module):
    """A layer of shifted or of unshifted windows, on [batch, height, width, dim]."""

    def __init__(self, dim: int, heads: int, window: int, shift: int) -> None:
        super().__init__()
        self.window, self.shift = window, shift
        self.norm, self.attention = nn.LayerNorm(dim), WindowAttention(dim, heads, window)
        self.norm2, self.up, self.down = nn.LayerNorm(dim), nn.Linear(dim, 4 * dim), nn.Linear(4 * dim, dim)

    def region(self, place: int, size: int) -> int:
        """0 left of the last window, 1 in it, 2 what the shift has brought there from the other side."""
        if not self.shift or place < size - self.window:
            return 0
        return 1 if place < size - self.shift else 2

    def forward(self, x: Tensor) -> Tensor:
        size, window = x.shape[1], self.window
        regions = [
            [3 * self.region(row, size) + self.region(column, size) for column in range(size)] for row in range(size)
        ]
        region = torch.tensor(regions, device=x.device)
        moved = torch.roll(self.norm(x), (-self.shift, -self.shift), (1, 2))
        rows = []
        for top in range(0, size, window):
            cells = []
            for left in range(0, size, window):
                cut = moved[:, top : top + window, left : left + window]
                part = region[top : top + window, left : left + window].flatten()
                cells.append(self.attention(cut.flatten(1, 2), part).unflatten(1, (window, window)))
            rows.append(torch.cat(cells, 2))
        x = x + torch.roll(torch.cat(rows, 1), (self.shift, self.shift), (1, 2))
        return x + self.down(nn.functional.gelu(self.up(self.norm2(x))))


class Merge(nn.Module):
    """The four neighbours side by side, in the paper's order: down the columns first."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.norm, self.reduce = nn.LayerNorm(4 * dim), nn.Linear(4 * dim, 2 * dim, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        neighbours = [x[:, row::2, column::2] for column in (0, 1) for row in (0, 1)]
        return self.reduce(self.norm(torch.cat(neighbours, -1)))


class Swin(nn.Module):
    """Liu et al., 2021, figure 3."""

    def __init__(
        self,
        dim: int = 96,
        depths: tuple[int, ...] = (2, 2, 6, 2),
        heads: tuple[int, ...] = (3, 6, 12, 24),
        window: int = 7,
        classes: int = 1000,
        size: int = 224,
    ) -> None:
        super().__init__()
        self.patches, self.norm = nn.Conv2d(3, dim, 4, 4), nn.LayerNorm(dim)
        layers: list[nn.Module] = []
        for stage, depth in enumerate(depths):
            wide, places = dim * 2**stage, size // 4 // 2**stage
            if stage:
                layers.append(Merge(wide // 2))
            inside = min(window, places)
            for place in range(depth):
                shift = window // 2 if place % 2 and places > window else 0
                layers.append(SwinLayer(wide, heads[stage], inside, shift))
        self.layers = nn.Sequential(*layers)
        self.last_norm, self.head = nn.LayerNorm(wide), nn.Linear(wide, classes)

    def forward(self, image: Tensor) -> Tensor:
        x = self.layers(self.norm(self.patches(image).permute(0, 2, 3, 1)))
        return self.head(self.last_norm(x).mean((1, 2)))
