"""How far rounding to float32 alone moves the results of a model: stochastic arithmetic on PyTorch's float64 code.

Every operation of the model gives results that are off by a random unit in the last place of a float32 number. How far
the outputs then scatter around those of float64 is what a model's own rounding does to them, whatever backend computes
it (Parker, Monte Carlo arithmetic, 1997). Where that is more than the bound, the function is ill-conditioned there and
two backends in float32 show nothing by differing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_map_only

Array = np.ndarray[Any, np.dtype[Any]]
Arrays = dict[str, Array]

SINGLE, DOUBLE = 2.0**-23, 2.0**-52
"""A unit in the last place, relative."""

SAMPLES = 30


EXACT = frozenset(
    {
        "alias", "as_strided", "cat", "clone", "constant_pad_nd", "copy", "detach", "expand", "flip", "full", "gather",
        "index", "index_select", "lift_fresh", "max_pool2d_with_indices", "max_pool3d_with_indices", "ones_like",
        "repeat", "repeat_interleave", "roll", "slice", "sort", "stack", "topk", "where", "zeros", "zeros_like",
        "amax", "amin", "maximum", "minimum", "relu", "clamp", "abs", "neg", "floor", "ceil", "round", "sign",
    }
)  # fmt: skip
"""Operations that move or choose numbers, and so round none: what is equal stays equal."""

SUMMING = (
    "native_", "_native_", "convolution", "addmm", "mm", "bmm", "baddbmm", "_scaled_dot", "_softmax", "_log_softmax",
    "mean", "sum", "var", "std", "linalg_vector_norm", "logsumexp", "cumsum", "prod", "avg_pool", "_adaptive_avg_pool",
    "gru", "lstm", "rnn",
)  # fmt: skip
"""What the names of operations begin with that sum inside: what they round there is as if their inputs were moved."""


class Scatter(TorchDispatchMode):
    """Moves the floats that come out of every operation that rounds, and those that go into sums and the model."""

    def __init__(self, seed: int, unit: float) -> None:
        super().__init__()
        self.unit = unit
        self.generator = torch.Generator().manual_seed(seed)

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """The operation, its results moved."""
        name = func.overloadpacket.__name__
        if name.startswith(SUMMING) and not func._schema.is_mutable:
            args = tree_map_only(torch.Tensor, self.moved, args)
        made = func(*args, **(kwargs or {}))
        # The model's inputs come in as float32 and are made float64; a truth or whole number is exact.
        exact = not args[0].is_floating_point() if name == "_to_copy" else name in EXACT
        if exact or func.is_view or func._schema.is_mutable:
            return made
        return tree_map_only(torch.Tensor, self.moved, made)

    def moved(self, tensor: torch.Tensor) -> torch.Tensor:
        """The tensor, each float moved by chance."""
        if not tensor.is_floating_point():
            return tensor
        noise = torch.rand(tensor.shape, generator=self.generator, dtype=tensor.dtype) * 2 - 1
        return tensor * (1 + self.unit * noise)


def scatter(run: Callable[[], Arrays], unit: float) -> Arrays:
    """By how much each output moves at most; `run` computes them in float64, `unit` is what is moved."""
    still = run()
    found = {name: np.zeros(array.shape) for name, array in still.items()}
    for seed in range(SAMPLES):
        with Scatter(seed, unit):
            moved = run()
        for name, array in moved.items():
            with np.errstate(invalid="ignore"):
                distance = np.abs(array.astype(np.float64) - still[name].astype(np.float64))
            found[name] = np.maximum(found[name], np.where(np.isnan(distance), np.inf, distance))
    return found
