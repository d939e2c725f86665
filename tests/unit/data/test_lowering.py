"""Every layer that runs on data, on whole columns, against PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from dlspec.catalog import all_entries, find
from dlspec.catalog.base import Entry, Layer
from dlspec.data.flow import TAKES_TEXT
from dlspec.data.learn import LEARNERS
from dlspec.data.numpy_lowering import LOWERINGS, Call
from dlspec.tensor import TensorType

ROWS = 4
Torch = Callable[..., Any]


def entry(name: str, arguments: dict[str, Any]) -> Layer:
    cls = next(c for kind in ("layer", "operator", "transform") if (c := find(kind, name)) is not None)
    layer = cls.model_validate(arguments)
    layer.check()
    assert isinstance(layer, Layer)
    return layer


def lowered(name: str, arguments: dict[str, Any], inputs: tuple[np.ndarray, ...]) -> tuple[np.ndarray, ...]:
    layer = entry(name, arguments)
    kinds: dict[str, Any] = {"f": "float", "i": "int", "b": "bool"}
    results = layer.infer(*(TensorType(kinds[x.dtype.kind], x.shape[1:]) for x in inputs))
    types = results if isinstance(results, tuple) else (results,)
    found = LOWERINGS[name](Call(layer, inputs, types))
    found = found if isinstance(found, tuple) else (found,)
    assert [each.shape[1:] for each in found] == [type.shape for type in types]
    return found


def floats(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(ROWS, *shape)) * 2


def ints(*shape: int, high: int = 5, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, high, size=(ROWS, *shape))


def bools(*shape: int, seed: int = 0) -> np.ndarray:
    return ints(*shape, high=2, seed=seed).astype(bool)


IMAGE, VECTOR, OTHER = floats(3, 5, 4), floats(6), floats(6, seed=1)
POSITIVE = np.abs(floats(6)) + 0.1
PAIR = (VECTOR, OTHER)
WHOLE = (ints(6), ints(6, seed=1) + 1)

Case = tuple[str, dict[str, Any], tuple[np.ndarray, ...], Torch]


def unary(name: str, function: Torch, x: np.ndarray = VECTOR, **arguments: Any) -> Case:
    return (name, arguments, (x,), function)


def pair(name: str, function: Torch, inputs: tuple[np.ndarray, ...] = PAIR, **arguments: Any) -> Case:
    return (name, arguments, inputs, function)


def interpolated(size: Any, mode: str) -> Torch:
    align = {} if mode == "nearest" else {"align_corners": False}
    return lambda x: F.interpolate(x, size=size, mode=mode, **align)


ACTIVATION: list[Case] = [
    unary("relu", F.relu),
    unary("relu6", F.relu6, VECTOR * 5),
    unary("leaky_relu", F.leaky_relu),
    unary("leaky_relu", lambda x: F.leaky_relu(x, 0.3), slope=0.3),
    unary("elu", lambda x: F.elu(x, 0.7), alpha=0.7),
    unary("selu", F.selu),
    unary("celu", lambda x: F.celu(x, 0.6), alpha=0.6),
    unary("gelu", F.gelu),
    unary("gelu", lambda x: F.gelu(x, approximate="tanh"), approximate="tanh"),
    unary("silu", F.silu),
    unary("mish", F.mish),
    unary("sigmoid", torch.sigmoid),
    unary("log_sigmoid", F.logsigmoid, VECTOR * 30),
    unary("hard_sigmoid", F.hardsigmoid),
    unary("tanh", torch.tanh),
    unary("hard_tanh", F.hardtanh),
    unary("hard_swish", F.hardswish),
    unary("softplus", lambda x: F.softplus(x, beta=2, threshold=1e9), beta=2.0),
    unary("softsign", F.softsign),
    unary("soft_shrink", lambda x: F.softshrink(x, 0.4), size=0.4),
    unary("hard_shrink", F.hardshrink),
    unary("softmax", lambda x: F.softmax(x, 2), IMAGE, axis=1),
    unary("softmax", lambda x: F.softmax(x, -1)),
    unary("log_softmax", lambda x: F.log_softmax(x, -1)),
    unary("glu", lambda x: F.glu(x, -1)),
    unary("swiglu", lambda x: F.silu(x[:, :3]) * x[:, 3:]),
    unary("geglu", lambda x: F.gelu(x[:, :3]) * x[:, 3:]),
    unary("binary_step", lambda x: (x > 0).double()),
    unary("identity", lambda x: x),
    unary("stop_gradient", lambda x: x),
    unary("gradient_reversal", lambda x: x),
]

ELEMENTWISE: list[Case] = [
    *(
        unary(name, getattr(torch, name))
        for name in (
            "exp",
            "square",
            "abs",
            "sign",
            "sin",
            "cos",
            "tan",
            "atan",
            "erf",
            "floor",
            "ceil",
            "round",
        )
    ),
    *(unary(name, getattr(torch, name), POSITIVE) for name in ("log", "log1p", "sqrt", "rsqrt")),
    unary("round", torch.round, np.array([[0.5], [1.5], [-0.5], [2.5]])),
    unary("clamp", lambda x: x.clamp(-1, 0.5), min=-1.0, max=0.5),
    unary("clamp", lambda x: x.clamp(min=0), min=0.0),
    pair("maximum", torch.maximum),
    pair("minimum", torch.minimum),
    pair("equal", torch.eq, WHOLE),
    pair("less", torch.lt),
    pair("greater", torch.gt),
    pair("where", torch.where, (bools(6), *PAIR)),
]

OPERATORS: list[Case] = [
    pair("add", torch.add),
    pair("subtract", torch.sub),
    pair("multiply", torch.mul),
    pair("divide", torch.div),
    pair("add", torch.add, (IMAGE, floats(1, 5, 1))),
    pair("floor_divide", torch.floor_divide),
    pair("floor_divide", torch.floor_divide, (WHOLE[0] - 3, WHOLE[1])),
    pair("remainder", torch.remainder),
    pair("remainder", torch.remainder, (WHOLE[0] - 3, -WHOLE[1])),
    pair("power", torch.pow, (POSITIVE, OTHER)),
    unary("negative", torch.neg),
    pair("not_equal", torch.ne, WHOLE),
    pair("less_equal", torch.le, WHOLE),
    pair("greater_equal", torch.ge, WHOLE),
    pair("and", torch.logical_and, (bools(6), bools(6, seed=1))),
    pair("or", torch.logical_or, (bools(6), bools(6, seed=1))),
    unary("not", torch.logical_not, bools(6)),
    pair("matmul", torch.matmul, (floats(2, 3), floats(3, 5))),
    pair("matmul", lambda a, b: (a[:, None] @ b)[:, 0], (floats(3), floats(3, 5))),
    pair("matmul", lambda a, b: (a @ b[..., None])[..., 0], (floats(2, 3), floats(3))),
    pair("matmul", lambda a, b: (a * b).sum(-1), (floats(3), floats(3, seed=1))),
    pair("matmul", lambda a, b: a @ b[:, None], (floats(2, 4, 3), floats(3, 5))),
    unary("slice", lambda x: x[:, 1:, 2, ::2], IMAGE, items=((1, None, None), 2, (None, None, 2))),
    unary("slice", lambda x: x[:, :-1], items=((None, -1, None),)),
]

SHAPE: list[Case] = [
    unary("flatten", lambda x: x.flatten(1), IMAGE),
    unary("reshape", lambda x: x.reshape(ROWS, 5, 12), IMAGE, shape=(5, -1)),
    unary("transpose", lambda x: x.permute(0, 3, 2, 1), IMAGE),
    unary("transpose", lambda x: x.permute(0, 2, 1, 3), IMAGE, axes=(1, 0, 2)),
    pair("concat", lambda a, b: torch.cat([a, b], 2), (IMAGE, floats(3, 2, 4)), axis=1),
    pair("concat", lambda a, b: torch.cat([a[:, None], b], 1), (floats(), floats(2)), axis=0),
    pair("concat", lambda a, b: torch.stack([a, b], 1), (floats(), floats(seed=1))),
    pair("stack", lambda a, b: torch.stack([a, b], 2), PAIR, axis=-1),
    pair("stack", lambda a, b: torch.stack([a, b], 1)),
    unary("split", lambda x: x.split(2, 1), parts=3),
    unary("split", lambda x: x.split([1, 4], 2), IMAGE, parts=(1, 4), axis=1),
    unary("squeeze", lambda x: x.squeeze(2), floats(3, 1), axis=1),
    unary("unsqueeze", lambda x: x.unsqueeze(-1), axis=-1),
    unary("expand", lambda x: x[:, None].expand(ROWS, 2, 3, 5), floats(3, 1), shape=(2, -1, 5)),
    unary("repeat", lambda x: x.repeat_interleave(3, 1), n=3),
    unary("repeat", lambda x: x.repeat_interleave(2, 3), IMAGE, n=2, axis=2),
    unary("pad", lambda x: F.pad(x, (1, 1, 1, 1)), IMAGE, amount=1),
    unary("pad", lambda x: F.pad(x, (2, 0, 0, 1), mode="reflect"), IMAGE, amount=((0, 1), (2, 0)), mode="reflect"),
    unary("pad", lambda x: F.pad(x, (2, 2, 2, 2), mode="replicate"), IMAGE, amount=2, mode="replicate"),
    unary("pad", lambda x: F.pad(x, (1, 1, 2, 2), mode="circular"), IMAGE, amount=(2, 1), mode="circular"),
    unary("crop", lambda x: x[:, :, 1:-1, 1:-1], IMAGE, amount=1),
    unary("crop", lambda x: x[:, 1:5], amount=((1, 1),)),
    unary("center_crop", lambda x: x[:, :, 1:3, 1:3], IMAGE, size=2),
    unary("roll", lambda x: x.roll((1, -2), (1, 3)), IMAGE, shift=(1, -2), axis=(0, 2)),
    unary("roll", lambda x: x.roll(2, 1), shift=2),
    unary("flip", lambda x: x.flip(3), IMAGE, axis=2),
    unary("flip", lambda x: x.flip((1, 2)), IMAGE, axis=(0, 1)),
    unary("last", lambda x: x[:, -1], IMAGE),
    unary("gather", lambda x: x[:, :, [4, 0]], IMAGE, index=(-1, 0), axis=1),
    unary("gather", lambda x: x[:, 2], index=2),
    pair(
        "gather",
        lambda x, i: torch.stack([a[:, j] for a, j in zip(x, i, strict=True)]),
        (IMAGE, ints(2, high=5)),
        axis=1,
    ),
    pair("gather", lambda x, i: torch.stack([a[j] for a, j in zip(x, i, strict=True)]), (VECTOR, ints(high=6))),
    unary("one_hot", lambda x: F.one_hot(x, 5).double(), ints(3), n=5),
    unary("pixel_shuffle", lambda x: F.pixel_shuffle(x, 2), floats(8, 3, 5), factor=2),
    unary("pixel_unshuffle", lambda x: F.pixel_unshuffle(x, 2), floats(2, 4, 6), factor=2),
    unary("channel_shuffle", lambda x: torch.channel_shuffle(x, 3), floats(6, 2, 2), groups=3),
    unary("cast", lambda x: x.long(), type="int"),
    unary("cast", lambda x: x.double(), ints(3), type="float"),
    unary("cast", lambda x: x.bool(), ints(3), type="bool"),
]

RESIZE: list[Case] = [
    unary("resize", interpolated(size, mode), IMAGE, size=size, method=mode)
    for mode in ("nearest", "bilinear", "bicubic")
    for size in ((5, 4), (28, 28), (3, 2), (7, 9), (1, 1), (10, 3))
]
RESIZE += [
    unary("resize", interpolated(7, "linear"), floats(2, 5), size=7, method="bilinear"),
    unary("resize", interpolated((3, 5, 2), "trilinear"), floats(2, 4, 3, 3), size=(3, 5, 2)),
    unary("upsample", interpolated((10, 8), "nearest"), IMAGE, factor=2),
    unary("upsample", interpolated((15, 8), "bilinear"), IMAGE, factor=(3, 2), method="bilinear"),
    unary("upsample", interpolated((10, 8), "bicubic"), IMAGE, factor=2, method="bicubic"),
]

REDUCTION: list[Case] = [
    *(
        unary(name, function, IMAGE, **arguments)
        for name, whole in {
            "mean": torch.mean,
            "sum": torch.sum,
            "max": torch.amax,
            "min": torch.amin,
            "logsumexp": torch.logsumexp,
            "variance": lambda x, d, k=False: x.var(d, correction=0, keepdim=k),
            "std": lambda x, d, k=False: x.std(d, correction=0, keepdim=k),
            "norm": lambda x, d, k=False: torch.linalg.vector_norm(x, dim=d, keepdim=k),
        }.items()
        for function, arguments in (
            (lambda x, whole=whole: whole(x, (1, 2, 3)), {}),
            (lambda x, whole=whole: whole(x, (2,), True), {"axis": 1, "keepdims": True}),
            (lambda x, whole=whole: whole(x, (1, 3)), {"axis": (0, -1)}),
        )
    ),
    unary("prod", lambda x: x.prod(2), IMAGE, axis=1),
    unary("norm", lambda x: x.abs().pow(3).sum(1).pow(1 / 3), p=3.0),
    unary("argmax", lambda x: x.argmax(2), IMAGE, axis=1),
    unary("argmin", lambda x: x.argmin(-1), IMAGE),
    unary("top_k", lambda x: tuple(torch.topk(x, 2, dim=2)), IMAGE, k=2, axis=1),
    unary("cumsum", lambda x: x.cumsum(2), IMAGE, axis=1),
    unary("l2_normalize", lambda x: F.normalize(x, dim=1), IMAGE, axis=0),
    pair("dot", lambda a, b: (a * b).sum(-1)),
    pair("cosine_similarity", lambda a, b: F.cosine_similarity(a, b, dim=1)),
    pair("distance", lambda a, b: torch.linalg.vector_norm(a - b, ord=3, dim=1), p=3.0),
]

TRANSFORMS: list[Case] = [
    unary("rescale", lambda x: x / 8 - 1, scale=0.125, offset=-1.0),
    unary("normalize", lambda x: (x - 0.5) / 0.25, mean=0.5, std=0.25),
    unary(
        "normalize", lambda x: (x - torch.tensor([1.0, 2, 3]).view(3, 1, 1)) / 2, IMAGE, mean=(1.0, 2.0, 3.0), std=2.0
    ),
]

LONG = floats(3, 11)
WINDOWS: list[Case] = [
    unary("max_pool", lambda x: F.max_pool2d(x, 2), IMAGE, kernel=2),
    unary(
        "max_pool", lambda x: F.max_pool2d(x, (3, 2), (2, 1), (1, 1)), IMAGE, kernel=(3, 2), stride=(2, 1), padding=1
    ),
    unary("max_pool", lambda x: F.max_pool1d(x, 3, 2, ceil_mode=True), LONG, kernel=3, stride=2, ceil=True),
    unary("max_pool", lambda x: F.max_pool1d(x, 4, 3, ceil_mode=True), LONG, kernel=4, stride=3, ceil=True),
    unary(
        "max_pool", lambda x: F.max_pool1d(F.pad(x, (1, 1), value=-9e9), 3), LONG[..., :10], kernel=3, padding="same"
    ),
    unary("min_pool", lambda x: -F.max_pool2d(-x, 3, 1, 1), IMAGE, kernel=3, stride=1, padding=1),
    unary("avg_pool", lambda x: F.avg_pool2d(x, 2, 2, 1, count_include_pad=False), IMAGE, kernel=2, padding=1),
    unary("avg_pool", lambda x: F.avg_pool3d(x, 2), floats(2, 4, 4, 4), kernel=2),
    unary("lp_pool", lambda x: F.lp_pool1d(x.abs(), 3, 2), LONG, kernel=2, p=3.0),
    unary("adaptive_max_pool", lambda x: F.adaptive_max_pool2d(x, (3, 3)), IMAGE, size=3),
    unary("adaptive_avg_pool", lambda x: F.adaptive_avg_pool2d(x, (2, 3)), IMAGE, size=(2, 3)),
    unary("adaptive_avg_pool", lambda x: F.adaptive_avg_pool1d(x, 4), LONG, size=4),
    unary("global_max_pool", lambda x: x.amax((2, 3)), IMAGE),
    unary("global_avg_pool", lambda x: x.mean((2, 3)), IMAGE),
    unary(
        "local_response_norm",
        lambda x: F.local_response_norm(x, 4, 0.3, 0.5, 2.0),
        floats(7, 5),
        size=4,
        alpha=0.3,
        beta=0.5,
        k=2.0,
    ),
    unary(
        "unfold",
        lambda x: F.unfold(x, (2, 3), dilation=(1, 1), padding=1, stride=(2, 1)),
        IMAGE,
        kernel=(2, 3),
        padding=1,
        stride=(2, 1),
    ),
    unary("unfold", lambda x: F.unfold(x, 2, dilation=2), IMAGE, kernel=2, dilation=2),
]


def _places(x: Tensor, base: float) -> Tensor:
    """The angle of each place and feature, neighbours alike."""
    exponents = torch.arange(x.shape[-1]).double() // 2 * 2 / x.shape[-1]
    return torch.arange(x.shape[-2]).double()[:, None] / base**exponents


def _turned(x: Tensor) -> Tensor:
    angles = _places(x, 10000.0)[:, ::2]
    pairs = torch.view_as_complex(x.unflatten(-1, (-1, 2)).contiguous())
    return torch.view_as_real(pairs * torch.polar(torch.ones_like(angles), angles)).flatten(-2)


def _waves(x: Tensor, base: float) -> Tensor:
    angles = _places(x, base)
    return x + torch.where(torch.arange(x.shape[-1]) % 2 == 0, angles.sin(), angles.cos())


POSITIONS: list[Case] = [
    unary("sinusoidal_positions", lambda x: _waves(x, 100.0), floats(9, 5), base=100.0),
    unary("sinusoidal_positions", lambda x: _waves(x, 10000.0), IMAGE),
    unary("rotary_positions", _turned, IMAGE),
]

CASES = ACTIVATION + POSITIONS + ELEMENTWISE + OPERATORS + SHAPE + RESIZE + REDUCTION + WINDOWS + TRANSFORMS
ELSEWHERE = {"to_batch", "constant", "words", "characters", "lowercase", "pad_to", "present", "date_part"}
"""Operators of the compiler, and what is about text: in tests of whole blocks."""


@pytest.mark.parametrize("case", CASES, ids=[f"{i}-{case[0]}" for i, case in enumerate(CASES)])
def test_against_pytorch(case: Case) -> None:
    name, arguments, inputs, function = case
    expected = function(*(torch.from_numpy(each) for each in inputs))
    expected = (expected,) if isinstance(expected, Tensor) else tuple(expected)
    found = lowered(name, arguments, inputs)
    assert len(found) == len(expected)
    for ours, theirs in zip(found, expected, strict=True):
        assert ours.dtype == theirs.numpy().dtype
        np.testing.assert_allclose(ours, theirs.numpy(), rtol=1e-9, atol=1e-5 if name == "resize" else 1e-9)


def test_every_lowering_has_a_case() -> None:
    assert {case[0] for case in CASES} | ELSEWHERE == set(LOWERINGS)


def has_weights(cls: type[Entry]) -> bool:
    return getattr(cls, "weights", None) is not Layer.weights


def test_what_has_neither_weights_nor_chance_runs_on_data() -> None:
    entries = all_entries()
    plain = {
        cls.entry
        for cls in (*entries["layer"], *entries["operator"])
        if not has_weights(cls) and not cls.random and not cls.differs_in_training  # type: ignore[attr-defined]
    }
    sizes_and_weights_of_models = {"weight_of", "size"}
    assert plain - sizes_and_weights_of_models <= set(LOWERINGS)


def test_transforms_that_learn_are_those_that_say_so() -> None:
    transforms = all_entries()["transform"]
    assert {cls.entry for cls in transforms if cls.learns} == set(LEARNERS)  # type: ignore[attr-defined]
    assert {cls.entry for cls in transforms} == set(LEARNERS) | set(LOWERINGS) & {c.entry for c in transforms} | {
        "window", "difference"
    }  # fmt: skip


def test_what_takes_text_is_known() -> None:
    assert set(LOWERINGS) | set(LEARNERS) | {"window"} >= TAKES_TEXT


def test_tensors_without_a_batch_are_broadcast() -> None:
    constant = entry("constant", {"values": ((1, 2, 3), (4, 5, 6))})
    fixed = LOWERINGS["constant"](Call(constant, (), (constant.infer(),)))  # type: ignore[arg-type]
    assert isinstance(fixed, np.ndarray)
    assert fixed.shape == (1, 2, 3)
    like = floats(2, 3)
    repeated = LOWERINGS["to_batch"](Call(entry("to_batch", {}), (fixed, like), (TensorType("int", (2, 3)),)))
    np.testing.assert_array_equal(repeated, np.stack([[[1, 2, 3], [4, 5, 6]]] * ROWS))
    (total,) = lowered("add", {}, (fixed, like))
    np.testing.assert_allclose(total, like + np.array([[1, 2, 3], [4, 5, 6]]))
