"""Conditions that pick parameters: evaluated, they hold for the chosen ones and for no other."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from dlspec.backends.python.selection import condition

MODEL = {"deep_dense.weight": 2, "deep_dense.bias": 1, "wide_a.weight": 2, "wide_b.weight": 2, "wide_b.bias": 1}
ODD = {"norm.weight": 3, "norm.bias": 3, "scale": 0, "block.0.dense.weight": 2, "block.0.dense.bias": 1, "block.1.w": 2}
CNN = {"conv.weight": 4, "conv.bias": 1, "a.weight": 2, "a.bias": 1, "b.weight": 2, "b.bias": 1}


@pytest.mark.parametrize(
    ("dimensions", "chosen", "text"),
    [
        (MODEL, [*MODEL], ""),
        (MODEL, [name for name, size in MODEL.items() if size > 1], "p.ndim > 1"),
        (MODEL, [name for name, size in MODEL.items() if size <= 1], "p.ndim <= 1"),
        (MODEL, [name for name in MODEL if name.startswith("wide_")], 'name.startswith("wide_")'),
        (MODEL, ["wide_a.weight"], 'name.startswith("wide_a.")'),
        (MODEL, ["deep_dense.weight", "wide_b.bias"], None),
        (ODD, ["scale"], None),
        (ODD, ["norm.weight", "block.0.dense.weight", "block.1.w"], None),
        (ODD, [name for name in ODD if name.startswith("block.")], None),
        (ODD, ["norm.weight", "norm.bias", "block.1.w"], None),
        ({"a.weight": 3, "a.bias": 3, "b.weight": 1, "b.bias": 1}, ["a.bias", "b.bias"], 'name.endswith(".bias")'),
        (CNN, ["a.weight", "b.weight"], "p.ndim == 2"),
        (CNN, [name for name, size in CNN.items() if size != 2], "p.ndim != 2"),
        (CNN, ["conv.weight", "a.weight"], None),
    ],
)
def test_conditions(dimensions, chosen, text) -> None:
    found = condition(chosen, dimensions)
    assert text is None or found == text
    held = [
        name
        for name, size in dimensions.items()
        if not found or eval(found, {"name": name, "p": SimpleNamespace(ndim=size)})
    ]
    assert sorted(held) == sorted(chosen)
