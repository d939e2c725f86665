"""Oracles of operators, shapes, functions of elements and reductions."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from tests.conformance.reference import Given, Oracle, of_input, of_inputs, pad_pairs
from tests.conformance.reference_layers import pads_of

_TYPES = {"float": torch.float32, "int": torch.int64, "bool": torch.bool}


def _slice(given: Given) -> Tensor:
    items = tuple(slice(*item) if isinstance(item, tuple) else item for item in given.layer.items)
    return given.x[(slice(None),) * given.lead + items]


def _matmul(given: Given) -> Tensor:
    """Example by example, where there are examples."""
    batched = [type.batched for type in given.types]
    if not any(batched):
        return torch.matmul(*given.inputs)
    return torch.func.vmap(torch.matmul, in_dims=tuple(0 if each else None for each in batched))(*given.inputs)


def _reshape(given: Given) -> Tensor:
    return given.x.reshape(*given.x.shape[: given.lead], *given.layer.shape)


def _transpose(given: Given) -> Tensor:
    axes = given.layer.axes or tuple(reversed(range(given.rank)))
    return given.x.permute(*range(given.lead), *(given.axis(axis) for axis in axes))


def _concat(given: Given) -> Tensor:
    parts = [x if type.rank else x.unsqueeze(-1) for x, type in zip(given.inputs, given.types, strict=True)]
    axis = given.layer.axis
    return torch.cat(parts, -1 if axis is None else given.axis(axis))


def _stack(given: Given) -> Tensor:
    axis = 0 if given.layer.axis is None else given.layer.axis
    return torch.stack(given.inputs, axis % (given.rank + 1) + given.lead)


def _split(given: Given) -> tuple[Tensor, ...]:
    axis, parts = given.only(given.layer.axis), given.layer.parts
    return given.x.chunk(parts, axis) if isinstance(parts, int) else given.x.split(parts, axis)


def _expand(given: Given) -> Tensor:
    shape = given.layer.shape
    x = given.x.reshape(*given.x.shape[: given.lead], *[1] * (len(shape) - given.rank), *given.x.shape[given.lead :])
    return x.expand(*x.shape[: given.lead], *shape)


def _margins(given: Given) -> list[tuple[int, int]]:
    amount = given.layer.amount
    count = max(given.rank - 1, 1)
    items = amount if isinstance(amount, tuple) else (amount,) * count
    return [(item, item) if isinstance(item, int) else item for item in items]


def _pad(given: Given) -> Tensor:
    """Dimension by dimension, by indices."""
    pairs = _margins(given)
    if given.layer.mode == "zeros":
        return pad_pairs(given.x, pairs)
    x = given.x
    for place, (before, after) in enumerate(reversed(pairs), start=1):
        n = x.shape[-place]
        at = torch.arange(-before, n + after)
        if given.layer.mode == "reflect":
            at = (n - 1) - ((at % (2 * n - 2)) - (n - 1)).abs()
        x = x.index_select(x.ndim - place, at.clamp(0, n - 1) if given.layer.mode == "replicate" else at % n)
    return x


def _crop(given: Given) -> Tensor:
    return pad_pairs(given.x, [(-before, -after) for before, after in _margins(given)])


def _center_crop(given: Given) -> Tensor:
    x = given.x
    for place, size in enumerate(given.each(given.layer.size)):
        axis = given.lead + 1 + place
        x = x.narrow(axis, (x.shape[axis] - size) // 2, size)
    return x


def _roll(given: Given) -> Tensor:
    shift, axis = given.layer.shift, given.layer.axis
    axes = given.axes(axis) if not isinstance(axis, tuple) else tuple(given.axis(each) for each in axis)
    return torch.roll(given.x, shift, axes)


def _mode(given: Given) -> str:
    method = given.layer.method
    return {1: "linear", 2: "bilinear", 3: "trilinear"}[given.spatial] if method == "bilinear" else method


def _upsample(given: Given) -> Tensor:
    factors = [float(factor) for factor in given.each(given.layer.factor)]
    corners = None if given.layer.method == "nearest" else False
    return F.interpolate(given.x, scale_factor=factors, mode=_mode(given), align_corners=corners)


def _resize(given: Given) -> Tensor:
    sizes = given.each(given.layer.size)
    if given.layer.method != "nearest":
        return F.interpolate(given.x, size=sizes, mode=_mode(given), align_corners=False)
    x = given.x
    for axis, size in enumerate(sizes, start=2):
        x = x.index_select(axis, torch.tensor([i * x.shape[axis] // size for i in range(size)]))
    return x


def _unfold(given: Given) -> Tensor:
    """A sequence is an image of one row."""
    layer = given.layer
    padded = pad_pairs(given.x, pads_of(given, layer.kernel, layer.stride, layer.dilation))
    kernel, stride, dilation = (given.each(each) for each in (layer.kernel, layer.stride, layer.dilation))
    if given.spatial == 1:
        padded, kernel, stride, dilation = padded.unsqueeze(2), (1, *kernel), (1, *stride), (1, *dilation)
    return F.unfold(padded, kernel, dilation=dilation, stride=stride)


def _gather(given: Given) -> Tensor:
    axis, index = given.axis(given.layer.axis), given.layer.index
    if isinstance(index, int):
        return given.x.select(axis, index)
    if index is not None:
        return given.x.index_select(axis, torch.tensor(index) % given.x.shape[axis])
    chosen = [
        x.index_select(axis - 1, at.flatten()).unflatten(axis - 1, at.shape) if at.ndim else x.select(axis - 1, int(at))
        for x, at in zip(*given.inputs, strict=True)
    ]
    return torch.stack(chosen)


def _one_hot(given: Given) -> Tensor:
    size = given.layer.n if given.layer.n is not None else given.types[0].kinds
    return (given.x.unsqueeze(-1) == torch.arange(size)).float()


def _reduce(function: Any) -> Oracle:
    def oracle(given: Given) -> Tensor:
        axes = given.axes(given.layer.axis)
        return function(given.x, axes, given.layer.keepdims) if axes else function(given.x.unsqueeze(-1), (-1,), False)

    return oracle


def _prod(x: Tensor, axes: tuple[int, ...], keepdims: bool) -> Tensor:
    for axis in sorted((axis % x.ndim for axis in axes), reverse=True):
        x = x.prod(axis, keepdim=keepdims)
    return x


def _norm(given: Given) -> Tensor:
    axes = given.axes(given.layer.axis)
    return torch.linalg.vector_norm(given.x, given.layer.p, axes, given.layer.keepdims)


def _pair(function: Any) -> Oracle:
    def oracle(given: Given) -> Tensor:
        a, b = torch.broadcast_tensors(*given.inputs)
        return function(a, b, given.axis(given.layer.axis), given.layer)

    return oracle


def _cosine(a: Tensor, b: Tensor, axis: int, layer: Any) -> Tensor:
    return F.cosine_similarity(a, b, axis)


ORACLES: dict[str, Oracle] = {
    "add": of_inputs(torch.add),
    "subtract": of_inputs(torch.sub),
    "multiply": of_inputs(torch.mul),
    "divide": of_inputs(torch.div),
    "floor_divide": of_inputs(torch.floor_divide),
    "remainder": of_inputs(torch.remainder),
    "power": of_inputs(torch.pow),
    "negative": of_input(torch.neg),
    "matmul": _matmul,
    "not_equal": of_inputs(torch.ne),
    "less_equal": of_inputs(torch.le),
    "greater_equal": of_inputs(torch.ge),
    "and": of_inputs(torch.logical_and),
    "or": of_inputs(torch.logical_or),
    "not": of_input(torch.logical_not),
    "slice": _slice,
    "to_batch": lambda g: g.x.expand(g.inputs[1].shape[0], *g.x.shape),
    "flatten": lambda g: g.x.flatten(g.lead) if g.rank else g.x.unsqueeze(-1),
    "reshape": _reshape,
    "transpose": _transpose,
    "concat": _concat,
    "stack": _stack,
    "split": _split,
    "squeeze": lambda g: g.x.squeeze(g.axis(g.layer.axis)),
    "unsqueeze": lambda g: g.x.unsqueeze(g.layer.axis % (g.rank + 1) + g.lead),
    "expand": _expand,
    "repeat": lambda g: g.x.repeat_interleave(g.layer.n, g.only(g.layer.axis)),
    "pad": _pad,
    "crop": _crop,
    "center_crop": _center_crop,
    "roll": _roll,
    "flip": lambda g: g.x.flip(g.axes(0 if g.layer.axis is None else g.layer.axis)),
    "last": lambda g: g.x.select(g.lead, -1),
    "gather": _gather,
    "one_hot": _one_hot,
    "upsample": _upsample,
    "resize": _resize,
    "pixel_shuffle": of_input(F.pixel_shuffle, "factor"),
    "pixel_unshuffle": of_input(F.pixel_unshuffle, "factor"),
    "channel_shuffle": lambda g: g.x.unflatten(1, (g.layer.groups, -1)).transpose(1, 2).flatten(1, 2),
    "unfold": _unfold,
    "cast": lambda g: g.x.to(_TYPES[g.layer.type]),
    "exp": of_input(torch.exp),
    "log": of_input(torch.log),
    "log1p": of_input(torch.log1p),
    "sqrt": of_input(torch.sqrt),
    "rsqrt": of_input(torch.rsqrt),
    "square": of_input(torch.square),
    "abs": of_input(torch.abs),
    "sign": of_input(torch.sign),
    "sin": of_input(torch.sin),
    "cos": of_input(torch.cos),
    "tan": of_input(torch.tan),
    "atan": of_input(torch.atan),
    "erf": of_input(torch.erf),
    "floor": of_input(torch.floor),
    "ceil": of_input(torch.ceil),
    "round": of_input(torch.round),
    "clamp": of_input(torch.clamp, "min", "max"),
    "maximum": of_inputs(torch.maximum),
    "minimum": of_inputs(torch.minimum),
    "equal": of_inputs(torch.eq),
    "less": of_inputs(torch.lt),
    "greater": of_inputs(torch.gt),
    "where": of_inputs(torch.where),
    "mean": _reduce(torch.mean),
    "sum": _reduce(torch.sum),
    "prod": _reduce(_prod),
    "max": _reduce(torch.amax),
    "min": _reduce(torch.amin),
    "variance": _reduce(lambda x, axes, keep: torch.var(x, axes, correction=0, keepdim=keep)),
    "std": _reduce(lambda x, axes, keep: torch.std(x, axes, correction=0, keepdim=keep)),
    "norm": _norm,
    "logsumexp": _reduce(torch.logsumexp),
    "argmax": lambda g: g.x.argmax(g.axis(g.layer.axis)),
    "argmin": lambda g: g.x.argmin(g.axis(g.layer.axis)),
    "top_k": lambda g: tuple(g.x.topk(g.layer.k, g.axis(g.layer.axis))),
    "cumsum": lambda g: g.x.cumsum(g.axis(g.layer.axis)),
    "dot": _pair(lambda a, b, axis, layer: (a * b).sum(axis)),
    "cosine_similarity": _pair(_cosine),
    "distance": _pair(lambda a, b, axis, layer: torch.linalg.vector_norm(a - b, layer.p, axis)),
}
