"""ResNet-50 from its spec to code and to an ONNX graph, without weights, and beside PyTorch's exporter."""

from __future__ import annotations

from collections.abc import Iterator

import torch

import dlspec
from benchmarks.small_cnn import SPECS, generated
from benchmarks.table import Row
from benchmarks.timing import ratio, seconds
from benchmarks.torch_export import EXPORTER, exported

SPEC = SPECS / "resnet50.dl"


def measure() -> Iterator[Row]:
    """Seconds to each backend, and how many times as long PyTorch takes."""
    yield Row("ResNet-50 to PyTorch code", seconds(lambda: dlspec.load(SPEC).compile("torch")), "s", most=1)
    yield Row("ResNet-50 to ONNX", seconds(lambda: dlspec.load(SPEC).compile("onnx")), "s", most=1)
    model = generated(SPEC, "resnet50.py").build()
    image = torch.zeros(1, 3, 224, 224)
    spread = ratio(lambda: exported(model, image, weights=False), lambda: dlspec.load(SPEC).compile("onnx"))
    yield Row(f"ResNet-50, {EXPORTER} / ours", spread, "ratio", least=10)
