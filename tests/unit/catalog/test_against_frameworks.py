"""Shapes and parameter counts of the samples, held against PyTorch's modules and NumPy's functions on real arrays."""

from __future__ import annotations

import math
from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dlspec.catalog.base import Layer, Sample
from dlspec.catalog.index import FAMILIES, find
from dlspec.catalog.initializers import KaimingUniform
from dlspec.catalog.windows import Window
from dlspec.tensor import TensorType, product

BATCH = 2
CONV = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
TRANSPOSED = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)
MAX = (nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d)
AVG = (nn.AvgPool1d, nn.AvgPool2d, nn.AvgPool3d)
LP = (nn.LPPool1d, nn.LPPool2d, nn.LPPool3d)
BATCH_NORM = (nn.BatchNorm1d, nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)
INSTANCE_NORM = (nn.InstanceNorm1d, nn.InstanceNorm2d, nn.InstanceNorm3d)


def _padded(over: Window, x: Tensor) -> Tensor:
    """The input padded as the window says; PyTorch wants the last dimension first."""
    pads = over.pads(tuple(x.shape[2:]))
    assert pads is not None
    return F.pad(x, [end for pair in reversed(pads) for end in pair])


def _conv(layer: Any, x: Tensor, channels: int, groups: int) -> tuple[nn.Module, Tensor]:
    over = layer.window(TensorType("float", tuple(x.shape[1:])))
    module = CONV[x.dim() - 3](
        x.shape[1], channels, over.kernel, over.stride, 0, over.dilation, groups=groups, bias=layer.bias
    )
    return module, module(_padded(over, x))


def _separable(layer: Any, x: Tensor) -> tuple[nn.Module, Tensor]:
    over = layer.window(TensorType("float", tuple(x.shape[1:])))
    kind, middle = CONV[x.dim() - 3], x.shape[1] * layer.multiplier
    first = kind(x.shape[1], middle, over.kernel, over.stride, 0, over.dilation, groups=x.shape[1], bias=False)
    module = nn.Sequential(first, kind(middle, layer.channels, 1, bias=layer.bias))
    return module, module(_padded(over, x))


def _transposed(layer: Any, x: Tensor) -> tuple[nn.Module, Tensor]:
    over = layer.window(TensorType("float", tuple(x.shape[1:])))
    module = TRANSPOSED[x.dim() - 3](
        x.shape[1], layer.channels, over.kernel, over.stride, over.margins, layer.output_padding, layer.groups,
        layer.bias, over.dilation,
    )  # fmt: skip
    return module, module(x)


def _pool(kinds: tuple[Any, ...]) -> Callable[[Any, Tensor], tuple[nn.Module, Tensor]]:
    def run(layer: Any, x: Tensor) -> tuple[nn.Module, Tensor]:
        over = layer.window(TensorType("float", tuple(x.shape[1:])))
        exact = over.padding is not None
        module = kinds[x.dim() - 3](over.kernel, over.stride, 0 if exact else over.margins, ceil_mode=layer.ceil)
        return module, module(_padded(over, x) if exact else x)

    return run


def _lp(layer: Any, x: Tensor) -> tuple[nn.Module, Tensor]:
    over = layer.window(TensorType("float", tuple(x.shape[1:])))
    # PyTorch's pool of sequences takes numbers, not tuples of one.
    kernel, stride = (over.kernel, over.stride) if x.dim() > 3 else (over.kernel[0], over.stride[0])
    module = LP[x.dim() - 3](layer.p, kernel, stride, ceil_mode=layer.ceil)
    return module, module(_padded(over, x))


def _adaptive(kind: str) -> Callable[[Any, Tensor], tuple[nn.Module, Tensor]]:
    def run(layer: Any, x: Tensor) -> tuple[nn.Module, Tensor]:
        size = (layer.size,) * (x.dim() - 2) if isinstance(layer.size, int) else layer.size
        module = getattr(nn, f"Adaptive{kind}Pool{x.dim() - 2}d")(size)
        return module, module(x)

    return run


def _called(make: Callable[[Any, Tensor], nn.Module]) -> Callable[[Any, Tensor], tuple[nn.Module, Tensor]]:
    def run(layer: Any, x: Tensor) -> tuple[nn.Module, Tensor]:
        module = make(layer, x)
        return module, module(x)

    return run


MODULES: dict[str, Callable[..., tuple[nn.Module, Tensor]]] = {
    "dense": _called(lambda layer, x: nn.Linear(x.shape[-1], layer.size, layer.bias)),
    "embedding": _called(lambda layer, x: nn.Embedding(layer.n, layer.size, layer.padding_index)),
    "conv": lambda layer, x: _conv(layer, x, layer.channels, layer.groups),
    "depthwise_conv": lambda layer, x: _conv(layer, x, x.shape[1] * layer.multiplier, x.shape[1]),
    "separable_conv": _separable,
    "conv_transpose": _transposed,
    "max_pool": _pool(MAX),
    "min_pool": _pool(MAX),
    "avg_pool": _pool(AVG),
    "lp_pool": _lp,
    "adaptive_max_pool": _adaptive("Max"),
    "adaptive_avg_pool": _adaptive("Avg"),
    "batch_norm": _called(
        lambda layer, x: BATCH_NORM[x.dim() - 2](x.shape[1], affine=layer.scale, track_running_stats=True)
    ),
    "group_norm": _called(lambda layer, x: nn.GroupNorm(layer.groups, x.shape[1], affine=layer.scale)),
    "instance_norm": _called(lambda layer, x: INSTANCE_NORM[x.dim() - 3](x.shape[1], affine=layer.scale)),
    "local_response_norm": _called(lambda layer, x: nn.LocalResponseNorm(layer.size)),
    "prelu": _called(lambda layer, x: nn.PReLU(x.shape[1])),
    "glu": _called(lambda layer, x: nn.GLU(layer.axis if layer.axis < 0 else layer.axis + 1)),
    "pixel_shuffle": _called(lambda layer, x: nn.PixelShuffle(layer.factor)),
    "pixel_unshuffle": _called(lambda layer, x: nn.PixelUnshuffle(layer.factor)),
    "channel_shuffle": _called(lambda layer, x: nn.ChannelShuffle(layer.groups)),
    "upsample": _called(lambda layer, x: nn.Upsample(scale_factor=layer.factor, mode="nearest")),
}

SKIPPED = {
    "conv_transpose": lambda sample: sample.arguments.get("padding") in ("same", "valid"),
    "batch_norm": lambda sample: sample.arguments.get("scale", True) != sample.arguments.get("center", True),
    "group_norm": lambda sample: sample.arguments.get("scale", True) != sample.arguments.get("center", True),
    "instance_norm": lambda sample: sample.arguments.get("scale", True) != sample.arguments.get("center", True),
    "upsample": lambda sample: sample.arguments.get("method", "nearest") != "nearest",
    "channel_shuffle": lambda sample: sample.inputs[0].rank < 2,
    "glu": lambda sample: not sample.inputs[0].batched,
}
"""Samples that PyTorch's own module cannot express."""


def _axis(layer: Any, one: int = 1) -> Any:
    """The axis on an array with a batch dimension; none means all but that one."""
    axes = layer.axis if isinstance(layer.axis, tuple) else (layer.axis,)
    moved = tuple(axis + one if axis >= 0 else axis for axis in axes)
    return moved if isinstance(layer.axis, tuple) else moved[0]


def _reduce(function: Callable[..., Any]) -> Callable[..., Any]:
    def run(layer: Any, x: Any, one: int) -> Any:
        axes = tuple(range(one, x.ndim)) if layer.axis is None else _axis(layer, one)
        return function(x, axis=axes, keepdims=layer.keepdims)

    return run


def _only(layer: Any, one: int) -> Any:
    return one if layer.axis is None else _axis(layer, one)


def _margins(layer: Any, x: Any, one: int) -> list[tuple[int, int]]:
    return [(0, 0)] * one + list(layer.margins(TensorType("float", x.shape[one:])))


NUMPY_MODES = {"zeros": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}

ARRAYS: dict[str, Callable[..., Any]] = {
    **{name: _reduce(getattr(np, name)) for name in ("mean", "sum", "prod", "max", "min", "std")},
    "variance": _reduce(np.var),
    "argmax": lambda layer, x, one: np.argmax(x, _axis(layer, one)),
    "argmin": lambda layer, x, one: np.argmin(x, _axis(layer, one)),
    "cumsum": lambda layer, x, one: np.cumsum(x, _axis(layer, one)),
    "maximum": lambda layer, a, b, one: np.maximum(a, b),
    "minimum": lambda layer, a, b, one: np.minimum(a, b),
    "equal": lambda layer, a, b, one: np.equal(a, b),
    "less": lambda layer, a, b, one: np.less(a, b),
    "greater": lambda layer, a, b, one: np.greater(a, b),
    "where": lambda layer, c, a, b, one: np.where(c != 0, a, b),
    "flatten": lambda layer, x, one: x.reshape(*x.shape[:one], -1),
    "reshape": lambda layer, x, one: x.reshape(*x.shape[:one], *layer.shape),
    "stack": lambda layer, *xs: np.stack(xs[:-1], xs[-1] if layer.axis is None else _axis(layer, xs[-1])),
    "split": lambda layer, x, one: np.split(
        x, layer.parts if isinstance(layer.parts, int) else np.cumsum(layer.parts)[:-1], _only(layer, one)
    ),
    "squeeze": lambda layer, x, one: np.squeeze(x, _axis(layer, one)),
    "unsqueeze": lambda layer, x, one: np.expand_dims(x, _axis(layer, one)),
    "repeat": lambda layer, x, one: np.repeat(x, layer.n, _only(layer, one)),
    "roll": lambda layer, x, one: np.roll(x, layer.shift, _only(layer, one)),
    "flip": lambda layer, x, one: np.flip(x, _only(layer, one)),
    "last": lambda layer, x, one: x[:, -1],
    "pad": lambda layer, x, one: np.pad(x, _margins(layer, x, one), mode=NUMPY_MODES[layer.mode]),
    "gather": lambda layer, x, one: np.take(x, layer.index, _axis(layer, one)),
    "transpose": lambda layer, x, one: np.transpose(
        x, [*range(one), *(axis + one for axis in layer.order(x.ndim - one))]
    ),
}

NO_ARRAY = {"gather": lambda sample: len(sample.inputs) == 2}


def _concrete(table: dict[str, Any], skipped: dict[str, Callable[[Sample], bool]]) -> list[Any]:
    found = []
    for family, names in FAMILIES["layer"].items():
        samples = import_module(f"dlspec.catalog.samples.{family}").SAMPLES
        for name in (name for name in names if name in table):
            for number, sample in enumerate(samples[name]):
                types = (*sample.inputs, *(TensorType("float", shape) for shape in sample.outputs))
                if not any(each.symbols for each in types) and not skipped.get(name, lambda _: False)(sample):
                    found.append(pytest.param(name, sample, id=f"{name}-{number}"))
    return found


def _layer(name: str, sample: Sample) -> Layer:
    entry = find("layer", name)
    assert entry is not None
    layer = entry(**sample.arguments)
    assert isinstance(layer, Layer)
    return layer


@pytest.mark.parametrize(("name", "sample"), _concrete(MODULES, SKIPPED))
def test_shape_and_parameters_of_pytorchs_module(name: str, sample: Sample) -> None:
    layer = _layer(name, sample)
    shape: Any = (BATCH, *sample.inputs[0].shape)
    x = torch.zeros(shape, dtype=torch.long if sample.inputs[0].element == "int" else torch.float32)
    module, y = MODULES[name](layer, x)
    assert tuple(y.shape[1:]) == sample.outputs[0]
    trained = [weight for weight in layer.weights(*sample.inputs) if weight.trainable]
    counted = sum(int(product(weight.shape)) for weight in trained)  # type: ignore[arg-type]
    assert counted == sum(each.numel() for each in module.parameters())
    if name not in ("separable_conv",):
        assert {w.name: w.shape for w in trained} == {n: tuple(p.shape) for n, p in module.named_parameters()}


@pytest.mark.parametrize(("name", "sample"), _concrete(ARRAYS, NO_ARRAY))
def test_shape_of_numpys_function(name: str, sample: Sample) -> None:
    layer = _layer(name, sample)
    batched = any(each.batched for each in sample.inputs)
    arrays = []
    for each in sample.inputs:
        shape: Any = (BATCH, *each.shape) if each.batched else each.shape
        arrays.append(np.ones(shape, np.int64 if each.element == "int" else np.float32))
    found = ARRAYS[name](layer, *arrays, int(batched))
    results = found if isinstance(found, list) else [found]
    assert tuple(each.shape[int(batched) :] for each in results) == sample.outputs


def test_kaiming_bound_is_one_over_the_root_of_fan_in() -> None:
    assert KaimingUniform(slope=math.sqrt(5)).slope ** 2 + 1 == pytest.approx(6, rel=1e-12)
