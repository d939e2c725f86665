"""Small functions and classes that generated code needs now and then, as text; each is emitted where it is used."""

from __future__ import annotations

from dlspec.backends.python.helper import Helper
from dlspec.backends.python.prelude import STANDARD
from dlspec.backends.torch.sequence_helpers import ATTENTION, RECURRENT
from dlspec.backends.torch.weight_helpers import WEIGHTS


def _batch_norm(rank: int) -> Helper:
    return Helper(
        f'''
class BatchNorm{rank}d(nn.BatchNorm{rank}d):
    """Batch normalisation that also takes one value per channel, by counting it twice: the same mean, variance 0."""

    def forward(self, x: Tensor) -> Tensor:
        if self.training and x.numel() == x.shape[1]:
            return super().forward(torch.cat([x, x]))[:1]
        return super().forward(x)
''',
        ("nn", "torch", "Tensor"),
    )


HELPERS: dict[str, Helper] = {
    "BatchNorm1d": _batch_norm(1),
    "BatchNorm2d": _batch_norm(2),
    "BatchNorm3d": _batch_norm(3),
    "GaussianNoise": Helper(
        '''
class GaussianNoise(nn.Module):
    """Adds normal noise while training."""

    def __init__(self, std: float) -> None:
        super().__init__()
        self.std = std

    def forward(self, x: Tensor) -> Tensor:
        return x + self.std * torch.randn_like(x) if self.training else x
''',
        ("nn", "torch", "Tensor"),
    ),
    "GaussianDropout": Helper(
        '''
class GaussianDropout(nn.Module):
    """Multiplies by normal noise while training, of mean 1 and the variance of dropout."""

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.std = math.sqrt(rate / (1 - rate))

    def forward(self, x: Tensor) -> Tensor:
        return x * (1 + self.std * torch.randn_like(x)) if self.training else x
''',
        ("math", "nn", "torch", "Tensor"),
    ),
    "DropPath": Helper(
        '''
class DropPath(nn.Module):
    """Sets whole examples to zero by chance while training, and enlarges the rest."""

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return x
        kept = torch.empty_like(x[(slice(None), *[slice(1)] * (x.dim() - 1))]).bernoulli_(1 - self.rate)
        return x * kept / (1 - self.rate)
''',
        ("nn", "torch", "Tensor"),
    ),
    "GradientReversal": Helper(
        '''
class GradientReversal(torch.autograd.Function):
    """The identity, whose gradient is multiplied by minus `scale`."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, scale: float) -> Tensor:
        ctx.scale = scale
        return x.view_as(x)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        return -ctx.scale * gradient, None
''',
        ("Any", "torch", "Tensor"),
    ),
    "swiglu": Helper(
        '''
def swiglu(x: Tensor, dim: int = -1) -> Tensor:
    """The second half of a dimension, gated by silu of the first."""
    gate, value = x.chunk(2, dim=dim)
    return F.silu(gate) * value
''',
        ("F", "Tensor"),
    ),
    "geglu": Helper(
        '''
def geglu(x: Tensor, dim: int = -1) -> Tensor:
    """The second half of a dimension, gated by gelu of the first."""
    gate, value = x.chunk(2, dim=dim)
    return F.gelu(gate) * value
''',
        ("F", "Tensor"),
    ),
    "top_k": Helper(
        '''
def top_k(x: Tensor, k: int, dim: int = -1) -> tuple[Tensor, Tensor]:
    """The k largest along a dimension, of several that are equal the first, and where they are."""
    values, places = x.sort(dim=dim, descending=True, stable=True)
    return values.narrow(dim, 0, k), places.narrow(dim, 0, k)
''',
        ("Tensor",),
    ),
    "pad_same": Helper(
        '''
def pad_same(x: Tensor, reach: Sequence[int], stride: Sequence[int], value: float = 0.0) -> Tensor:
    """Pads so that windows give ceil(n / stride) places, the odd one at the end."""
    pads: list[int] = []
    for size, span, step in zip(x.shape[2:], reach, stride, strict=True):
        total = max((-(-size // step) - 1) * step + span - size, 0)
        pads = [total // 2, total - total // 2, *pads]
    return F.pad(x, pads, value=value)
''',
        ("F", "Tensor", "Sequence"),
    ),
    "pad_edges": Helper(
        '''
def pad_edges(x: Tensor, amounts: Sequence[tuple[int, int]], mode: str) -> Tensor:
    """Continues a tensor of any type beyond its edges, by (before, after) for each dimension."""
    for dim, (before, after) in enumerate(amounts):
        size = x.shape[dim]
        places = torch.arange(-before, size + after, device=x.device)
        if mode == "reflect":
            places = size - 1 - (size - 1 - places.abs()).abs()
        elif mode == "replicate":
            places = places.clamp(0, size - 1)
        else:
            places = places % size
        x = x.index_select(dim, places)
    return x
''',
        ("torch", "Tensor", "Sequence"),
    ),
    "take_each": Helper(
        '''
def take_each(x: Tensor, index: Tensor, dim: int = 1) -> Tensor:
    """For each example the places of a dimension that its own numbers choose."""
    moved, new = x.movedim(dim, 1), index.dim() - 1
    example = torch.arange(x.shape[0], device=x.device).reshape(-1, *[1] * new)
    return moved[example, index].movedim(tuple(range(1, 1 + new)), tuple(range(dim, dim + new)))
''',
        ("torch", "Tensor"),
    ),
    "random_normal": Helper(
        '''
def random_normal(
    draws: Mapping[str, Tensor] | None,
    name: str,
    shape: Sequence[int],
    dtype: torch.dtype,
    device: torch.device,
    *,
    mean: float = 0.0,
    std: float = 1.0,
) -> Tensor:
    """The draw of that name where there is one, else normal numbers."""
    if draws is not None and name in draws:
        return draws[name]
    return mean + std * torch.randn(tuple(shape), dtype=dtype, device=device)
''',
        ("torch", "Tensor", "Mapping", "Sequence"),
    ),
    "random_uniform": Helper(
        '''
def random_uniform(
    draws: Mapping[str, Tensor] | None,
    name: str,
    shape: Sequence[int],
    dtype: torch.dtype,
    device: torch.device,
    *,
    low: float = 0.0,
    high: float = 1.0,
) -> Tensor:
    """The draw of that name where there is one, else uniform numbers."""
    if draws is not None and name in draws:
        return draws[name]
    return low + (high - low) * torch.rand(tuple(shape), dtype=dtype, device=device)
''',
        ("torch", "Tensor", "Mapping", "Sequence"),
    ),
    "draws_within": Helper(
        '''
def draws_within(draws: Mapping[str, Tensor] | None, prefix: str) -> dict[str, Tensor] | None:
    """The draws of one part, whose names begin with its own."""
    if draws is None:
        return None
    return {name.removeprefix(prefix): value for name, value in draws.items() if name.startswith(prefix)}
''',
        ("Tensor", "Mapping"),
    ),
    "share_layers": Helper(
        '''
def share_layers(part: nn.Module, owner: nn.Module) -> None:
    """Gives a module the layers and parameters of another of the same names."""
    for name, child in owner.named_children():
        if next(child.children(), None) is None:
            setattr(part, name, child)
        else:
            share_layers(part.get_submodule(name), child)
    for name, weight in owner.named_parameters(recurse=False):
        setattr(part, name, weight)
''',
        ("nn",),
    ),
    **ATTENTION,
    **WEIGHTS,
    **RECURRENT,
}

PACKAGES: dict[str, tuple[str, str]] = {
    "np": ("", "import numpy as np"),
    "torch": ("", "import torch"),
    "F": ("", "import torch.nn.functional as F"),
    "Tensor": ("torch", "Tensor"),
    "nn": ("torch", "nn"),
}
"""Global name -> where it comes from: a module and a name in it, or a whole line."""

IMPORTS = {**STANDARD, **PACKAGES}
