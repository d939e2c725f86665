"""Convolutional networks written by hand in plain PyTorch, for the library to be compared with."""

from __future__ import annotations

import torch
from torch import Tensor, nn


def conv_norm(width: int, channels: int, kernel: int, stride: int = 1, groups: int = 1) -> nn.Sequential:
    conv = nn.Conv2d(width, channels, kernel, stride, kernel // 2, groups=groups, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(channels))


class Unit(nn.Module):
    """A residual unit of either kind."""

    def __init__(self, width: int, channels: int, layers: list[nn.Sequential], stride: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(layers)
        self.skip = conv_norm(width, channels, 1, stride) if stride > 1 or width != channels else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        y = x
        for layer in self.layers[:-1]:
            y = torch.relu(layer(y))
        return torch.relu(self.layers[-1](y) + self.skip(x))


def basic(width: int, channels: int, stride: int) -> Unit:
    layers = [conv_norm(width, channels, 3, stride), conv_norm(channels, channels, 3)]
    return Unit(width, channels, layers, stride)


def bottleneck(width: int, channels: int, inner: int, stride: int, groups: int = 1) -> Unit:
    layers = [
        conv_norm(width, inner, 1),
        conv_norm(inner, inner, 3, stride, groups),
        conv_norm(inner, channels, 1),
    ]
    return Unit(width, channels, layers, stride)


class ResNet(nn.Module):
    """He et al., 2015, table 1; with `inner` the units are bottlenecks, that wide in the first stage."""

    def __init__(
        self,
        depths: list[int],
        inner: int = 0,
        groups: int = 1,
        width: int = 64,
        classes: int = 1000,
        channels: int = 3,
    ) -> None:
        super().__init__()
        self.stem = conv_norm(channels, width, 7, 2)
        units: list[Unit] = []
        now = width
        for stage, depth in enumerate(depths):
            wide = width * 2**stage
            for place in range(depth):
                stride = 2 if stage and not place else 1
                if inner:
                    units.append(bottleneck(now, 4 * wide, inner * 2**stage, stride, groups))
                    now = 4 * wide
                else:
                    units.append(basic(now, wide, stride))
                    now = wide
        self.units = nn.Sequential(*units)
        self.head = nn.Linear(now, classes)

    def forward(self, x: Tensor) -> Tensor:
        x = nn.functional.max_pool2d(torch.relu(self.stem(x)), 3, 2, 1)
        return self.head(self.units(x).mean((2, 3)))


class AlexNet(nn.Module):
    """Krizhevsky et al., 2012, section 3.5, with the response normalisation of section 3.3 written out."""

    def __init__(self, width: int = 96, hidden: int = 4096, classes: int = 1000, places: int = 6) -> None:
        super().__init__()
        second, third = width * 8 // 3, 4 * width
        self.conv1 = nn.Conv2d(3, width, 11, 4)
        self.conv2 = nn.Conv2d(width, second, 5, padding=2, groups=2)
        self.conv3 = nn.Conv2d(second, third, 3, padding=1)
        self.conv4 = nn.Conv2d(third, third, 3, padding=1, groups=2)
        self.conv5 = nn.Conv2d(third, second, 3, padding=1, groups=2)
        self.fc6 = nn.Linear(second * places**2, hidden)
        self.fc7 = nn.Linear(hidden, hidden)
        self.fc8 = nn.Linear(hidden, classes)

    @staticmethod
    def normalised(x: Tensor) -> Tensor:
        """b = a / (2 + 1e-4 * the sum of a^2 over five neighbouring channels)^0.75."""
        squares = nn.functional.pad(x**2, (0, 0, 0, 0, 2, 2))
        total = sum(squares[:, shift : shift + x.shape[1]] for shift in range(5))
        return x / (2 + 1e-4 * total) ** 0.75

    def forward(self, x: Tensor) -> Tensor:
        pool = nn.functional.max_pool2d
        x = pool(self.normalised(torch.relu(self.conv1(x))), 3, 2)
        x = pool(self.normalised(torch.relu(self.conv2(x))), 3, 2)
        x = torch.relu(self.conv4(torch.relu(self.conv3(x))))
        x = pool(torch.relu(self.conv5(x)), 3, 2)
        x = torch.relu(self.fc6(x.flatten(1)))
        return self.fc8(torch.relu(self.fc7(x)))


GOOGLENET = [
    (192, 64, 96, 128, 16, 32, 32),
    (256, 128, 128, 192, 32, 96, 64),
    (480, 192, 96, 208, 16, 48, 64),
    (512, 160, 112, 224, 24, 64, 64),
    (512, 128, 128, 256, 24, 64, 64),
    (512, 112, 144, 288, 32, 64, 64),
    (528, 256, 160, 320, 32, 128, 128),
    (832, 256, 160, 320, 32, 128, 128),
    (832, 384, 192, 384, 48, 128, 128),
]
"""Szegedy et al., 2014, table 1: channels of the input, 1x1, 3x3 reduce, 3x3, 5x5 reduce, 5x5, pool proj."""


class Mixed(nn.Module):
    """An inception module."""

    def __init__(self, width: int, one: int, r3: int, three: int, r5: int, five: int, pool: int) -> None:
        super().__init__()
        self.one = nn.Conv2d(width, one, 1)
        self.reduce3, self.three = nn.Conv2d(width, r3, 1), nn.Conv2d(r3, three, 3, padding=1)
        self.reduce5, self.five = nn.Conv2d(width, r5, 1), nn.Conv2d(r5, five, 5, padding=2)
        self.pool = nn.Conv2d(width, pool, 1)

    def forward(self, x: Tensor) -> Tensor:
        three = self.three(torch.relu(self.reduce3(x)))
        five = self.five(torch.relu(self.reduce5(x)))
        pooled = self.pool(nn.functional.max_pool2d(x, 3, 1, 1))
        return torch.relu(torch.cat([self.one(x), three, five, pooled], 1))


class GoogLeNet(nn.Module):
    """The network of table 1, with response normalisation as in figure 3, and pools that round up, as in Caffe."""

    def __init__(self, classes: int = 1000) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3)
        self.reduce2, self.conv2 = nn.Conv2d(64, 64, 1), nn.Conv2d(64, 192, 3, padding=1)
        self.mixed = nn.ModuleList(Mixed(*row) for row in GOOGLENET)
        self.head = nn.Linear(1024, classes)

    def forward(self, x: Tensor) -> Tensor:
        pool = nn.MaxPool2d(3, 2, ceil_mode=True)
        response = nn.LocalResponseNorm(5, alpha=1e-4, beta=0.75, k=1.0)
        x = response(pool(torch.relu(self.conv1(x))))
        x = pool(response(torch.relu(self.conv2(torch.relu(self.reduce2(x))))))
        for place, mixed in enumerate(self.mixed):
            x = mixed(pool(x) if place in (2, 7) else x)
        return self.head(nn.functional.adaptive_avg_pool2d(x, 1).flatten(1))


class UNet(nn.Module):
    """Ronneberger et al., 2015, figure 1, with padding: down to the narrow place, and up beside what was kept."""

    def __init__(self, width: int = 64, depth: int = 4, classes: int = 2, channels: int = 1) -> None:
        super().__init__()
        widths = [width * 2**level for level in range(depth + 1)]
        self.down = nn.ModuleList(self.pair(a, b) for a, b in zip([channels, *widths], widths, strict=False))
        self.up = nn.ModuleList(nn.ConvTranspose2d(2 * each, each, 2, 2) for each in widths[:-1])
        self.join = nn.ModuleList(self.pair(2 * each, each) for each in widths[:-1])
        self.head = nn.Conv2d(width, classes, 1)

    @staticmethod
    def pair(width: int, channels: int) -> nn.Sequential:
        first, second = nn.Conv2d(width, channels, 3, padding=1), nn.Conv2d(channels, channels, 3, padding=1)
        return nn.Sequential(first, nn.ReLU(), second, nn.ReLU())

    def order(self) -> list[Tensor]:
        """Down, then up from the lowest level."""
        rising = [each for pair in zip(self.up[::-1], self.join[::-1], strict=True) for each in pair]
        return [tensor for each in [*self.down, *rising, self.head] for tensor in each.state_dict().values()]

    def forward(self, x: Tensor) -> Tensor:
        kept: list[Tensor] = []
        for level in self.down[:-1]:
            kept.append(level(x))
            x = nn.functional.max_pool2d(kept[-1], 2)
        x = self.down[-1](x)
        for up, join in zip(self.up[::-1], self.join[::-1], strict=True):
            x = join(torch.cat([kept.pop(), up(x)], 1))
        return self.head(x)


def lenet5(classes: int = 10) -> nn.Sequential:
    """LeCun et al., 1998, figure 2, with sums in place of the sparse table of C3."""
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.Tanh(), nn.AvgPool2d(2),
        nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2), nn.Flatten(),
        nn.Linear(400, 120), nn.Tanh(), nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, classes),
    )  # fmt: skip


def dcgan_generator(latent: int = 100, width: int = 64) -> nn.Sequential:
    """Radford et al., 2015, figure 1, as wide as in the framework's example."""
    layers: list[nn.Module] = [nn.Unflatten(1, (latent, 1, 1))]
    now = latent
    for factor, stride, padding in ((8, 1, 0), (4, 2, 1), (2, 2, 1), (1, 2, 1)):
        layers.append(nn.ConvTranspose2d(now, factor * width, 4, stride, padding, bias=False))
        layers += [nn.BatchNorm2d(factor * width), nn.ReLU()]
        now = factor * width
    return nn.Sequential(*layers, nn.ConvTranspose2d(now, 3, 4, 2, 1, bias=False), nn.Tanh())
