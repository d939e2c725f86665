"""Random layers in inference: most do nothing; drawn tensors are drawn, or given as inputs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from onnx import TensorProto

from dlspec.backends.onnx.activation import unchanged
from dlspec.backends.onnx.call import Call, Lowering
from dlspec.catalog import random as catalog
from dlspec.tensor import Dim


def _space(call: Call) -> str:
    """A tensor of the wanted shape, as many examples as the module's first input has."""
    batch = call.op("Shape", call.x, name="batch", start=0, end=1)
    shape: list[Dim] = list(call.output.shape)
    full = call.op("Concat", batch, call.sizes(shape), name="shape", axis=0) if shape else batch
    return call.op("ConstantOfShape", full)


def _random_normal(call: Call, layer: catalog.RandomNormal) -> str:
    if call.draw:
        return call.draw(call.output)
    return call.op("RandomNormalLike", _space(call), dtype=TensorProto.FLOAT, mean=layer.mean, scale=layer.std)


def _random_uniform(call: Call, layer: catalog.RandomUniform) -> str:
    if call.draw:
        return call.draw(call.output)
    return call.op("RandomUniformLike", _space(call), dtype=TensorProto.FLOAT, low=layer.low, high=layer.high)


LOWERINGS: Mapping[type[Any], Lowering] = {
    catalog.Dropout: unchanged,
    catalog.SpatialDropout: unchanged,
    catalog.AlphaDropout: unchanged,
    catalog.DropPath: unchanged,
    catalog.GaussianNoise: unchanged,
    catalog.GaussianDropout: unchanged,
    catalog.RandomNormal: _random_normal,
    catalog.RandomUniform: _random_uniform,
    catalog.StopGradient: unchanged,
    catalog.GradientReversal: unchanged,
}
