"""What random specs have found: each failed once, for the reason that stands beside it, and must not fail again."""

from __future__ import annotations

from random import Random

import pytest

from dlspec.tensor import TensorType
from tests.property.fuzz import examined
from tests.property.random_specs import Spec
from tests.property.trainings import Block

MODELS = {
    "PyTorch leaves open which of several equal numbers top_k finds first": """
        input x: float[T, 6]
        a, b = x -> ceil -> top_k(3)
        output a
        output b
    """,
    "Keras takes -0 for less than 0 when it looks for the largest": """
        input x: float[2, 3, 4, 2]
        h = x -> round
        output y = h -> argmax(axis=0)
        output z = h -> argmin(axis=1)
    """,
    "TensorFlow's softmax takes five dimensions": """
        input x: float[S, 2, 3, 4]
        y = x -> reshape(1, -1, 2, 3, 4) -> softmax(1)
        output z = y -> dense(2)
    """,
    "the initial values of a layer in nn.Sequential": """
        input x: float[3, 5]
        output y = x -> separable_conv(2, 3, init=uniform(-0.5, 0.5))
    """,
    "TensorFlow's convolution of one channel in long steps to the side": """
        input x: float[1, 6, 7]
        output y = x -> conv(2, 3x5, stride=[1, 3])
        output z = x -> separable_conv(4, 3, [1, 3], padding=1x2, dilation=2)
    """,
    "a group of a single number is its own mean": """
        input z: float[7, 8], w: float[1]
        h = z -> argmin
        output y = h -> group_norm(7, true, eps=1e-05)
        output x = h -> dense(3)
        output v = w * 9 -> layer_norm(bias_init=normal(0.05))
    """,
    "ONNX's group normalisation takes a small variance as a difference of large numbers": """
        input x: bool[4, 6, 6]
        output y = x -> lp_pool(2x3, 3, padding=same) -> erf -> group_norm(4)
        output z = x -> dense(6) -> group_norm(2, scale=false)
    """,
    "ONNX Runtime refuses an output padding as long as the stride": """
        input x: float[2, 5, 7]
        output y = x -> conv_transpose(4, 3x1, output_padding=1, dilation=2)
        output z = x -> conv_transpose(2, 3, padding=2x1, output_padding=[1, 2], dilation=3, groups=2, bias=false)
    """,
    "ONNX Runtime takes away a scale that is still used": """
        input x: float[8, 3, 4]
        h = x * 0.5
        a = (h, h, h) -> scaled_dot_product
        b = (h * 0.5) @ (h -> transpose(0, 2, 1)) -> softmax
        output y = a -> dense(2)
        output z = b @ h
    """,
    "attention over features whose number is known at run time": """
        input h: float[5, T], k: float[5, 6]
        output y = (h, h, k) -> scaled_dot_product
    """,
    "PyTorch forgets the padding of a volume that is smaller than the kernel": """
        input x: float[2, 3, 4, 1]
        output y = x -> dense(1) -> avg_pool(2, padding=1)
    """,
    "windows that hang over the end, in steps longer than they are": """
        input x: float[3, S, 7]
        output y = x -> avg_pool(1, stride=3, ceil=true)
        output z = x -> avg_pool(2, stride=3, padding=1, ceil=true) -> dense(2)
        output u = x -> lp_pool(2, stride=3, ceil=true)
        output v = x -> max_pool(2, stride=3, padding=1, ceil=true)
        output w = x -> lp_pool(3, padding=[0, 2])
        output t = x -> lp_pool(2, stride=3, padding=1)
        output r = x -> max_pool(3, padding=[2, 0])
        output q = x -> min_pool(2, stride=5, padding=1)
        output p = x -> avg_pool(3, stride=2, padding=[2, 1], ceil=true)
    """,
    "an output without a gradient is none to compare": """
        input x: float[2, 5]
        h = x -> dense(3)
        output x
        output y = h -> stop_gradient
    """,
    "the deviation of a single number has the gradient 0": """
        input x: float[8, 7]
        output y = x -> dense(2) -> logsumexp -> std
        output z = x -> dense(2) -> logsumexp -> variance
    """,
}

TRAININGS = {
    "batches put together: a term and a penalty of what gets no gradient": (
        {"x": TensorType("float", (5,)), "target": TensorType("float", (3,)), "other": TensorType("float", (5,))},
        "input x: float[5]\n  h = x -> dense(3)\n  output y = h\n  output z = x -> tanh",
        [
            "loss (y, target) -> mse",
            "loss (z, other) -> mae",
            "optimizer adam",
            "epochs 2",
            "batch 4",
            'penalty l2, on="*weight"',
            'freeze "*weight"',
            "accumulate 2",
        ],
    ),
    "a class for each place of a symbolic size, compiled": (
        {"x": TensorType("float", (3, 5, 6)), "target": TensorType("int", (2, 3))},
        "input x: float[3, S, 6]\n  output y = x -> dense(2) -> reshape([-1, 2, 3])",
        ["loss (y, target) -> tversky", "optimizer adamax", "epochs 2", "batch 4"],
    ),
    "a gru's two biases are one variable in Keras": (
        {"x": TensorType("float", (6, 4)), "target": TensorType("float", (6, 2))},
        "input x: float[S, 4]\n  output y = x -> gru(2, penalty=orthogonal)",
        ["loss (y, target) -> mse", "optimizer adam", "penalty l2", "epochs 2", "batch 4"],
    ),
    "PyTorch's nll of numbers in another order": (
        {"x": TensorType("float", (5, 4)), "target": TensorType("int", (2, 5))},
        "input x: float[5, 4]\n  output y = x -> dense(4) -> expand(2, -1, -1)",
        ["loss (y -> tanh, target) -> nll(ignore_index=2, weight=0.1)", "optimizer adam", "epochs 2", "batch 4"],
    ),
}


@pytest.mark.parametrize("body", MODELS.values(), ids=MODELS)
def test_found_model(body: str) -> None:
    lines = "\n".join(f"  {line.strip()}" for line in body.strip().splitlines())
    verdict, gradients, _ = examined(Spec(0, f"model m {{\n{lines}\n}}\n"), deep=True)
    assert verdict == "same"
    assert gradients in ("same", "nothing")


@pytest.mark.parametrize(("columns", "body", "settings"), TRAININGS.values(), ids=TRAININGS)
def test_found_training(columns: dict[str, TensorType], body: str, settings: list[str]) -> None:
    block = Block(Random(0), f"model m {{\n  {body}\n}}\n", columns)
    block.lines = settings
    spec = block.spec(0)
    assert spec is not None
    assert examined(spec, deep=True)[:2] == ("same", "same, training same")
