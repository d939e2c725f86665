"""Layers that tell places of a sequence apart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from onnx import TensorProto

from dlspec.backends.onnx.call import Call, Lowering
from dlspec.backends.onnx.graph import Array
from dlspec.catalog import positions as catalog
from dlspec.tensor import Dim


def places(call: Call, time: Dim) -> str:
    """0, 1 … to the end of a sequence."""
    if isinstance(time, int):
        return call.ints(range(time))
    end = call.squeeze(call.sizes([time]), 0)
    return call.op("Range", call.number(0, "int"), end, call.number(1, "int"), name="places")


def _rates(features: int, base: float) -> Array:
    """By how much the angle of each pair of features grows from place to place."""
    return base ** (-np.arange(0, features, 2) / features)


def waves(call: Call, time: Dim, features: int, base: float) -> tuple[str, str]:
    """Sines and cosines `[time, ceil(features / 2)]` of the angles of each place.

    The angles are in double precision, because rounding those of late places would show.
    """
    rates = _rates(features, base)
    if isinstance(time, int):
        angles = np.outer(np.arange(time), rates)
        return call.floats(np.sin(angles)), call.floats(np.cos(angles))
    place = call.unsqueeze(call.op("Cast", places(call, time), to=TensorProto.DOUBLE), 1)
    angle = call.op("Mul", place, call.constant(rates), name="angles")
    return call.cast(call.op("Sin", angle), "float"), call.cast(call.op("Cos", angle), "float")


def rotated(call: Call, x: str, time: Dim, features: int, base: float, *, between: int = 0) -> str:
    """`[…, time, …, features]` with its pairs of features turned; `between` dimensions stand between the two."""
    rank = call.type.rank + call.lead + between
    pairs = call.op("Reshape", x, call.ints([0] * (rank - 1) + [features // 2, 2]), name="pairs")
    first, second = call.ops("Split", pairs, outputs=2, axis=-1, num_outputs=2)
    sine, cosine = (call.unsqueeze(each, *range(1, 1 + between), -1) for each in waves(call, time, features, base))
    turned = call.op(
        "Concat",
        call.op("Sub", call.op("Mul", first, cosine), call.op("Mul", second, sine)),
        call.op("Add", call.op("Mul", second, cosine), call.op("Mul", first, sine)),
        axis=-1,
    )
    return call.op("Reshape", turned, call.ints([0] * (rank - 1) + [-1]), name="turned")


def _features(call: Call) -> int:
    features = call.type.shape[-1]
    assert isinstance(features, int)
    return features


def _rotary(call: Call, layer: catalog.RotaryPositions) -> str:
    return rotated(call, call.x, call.type.shape[-2], _features(call), layer.base)


def _sinusoidal(call: Call, layer: catalog.SinusoidalPositions) -> str:
    return call.op("Add", call.x, _table(call, layer, _features(call)))


def _table(call: Call, layer: catalog.SinusoidalPositions, features: int) -> str:
    """Sines and cosines by turns; of an odd number of features the last is a sine."""
    time = call.type.shape[-2]
    if isinstance(time, int):
        angles = np.outer(np.arange(time), _rates(features, layer.base))
        return call.floats(np.stack([np.sin(angles), np.cos(angles)], axis=-1).reshape(time, -1)[:, :features])
    both = call.op("Concat", *(call.unsqueeze(each, -1) for each in waves(call, time, features, layer.base)), axis=-1)
    table = call.op("Reshape", both, call.ints([0, -1]), name="table")
    if features % 2 == 0:
        return table
    return call.op("Slice", table, call.ints([0]), call.ints([features]), call.ints([1]), name="odd")


def _learned(call: Call, layer: catalog.LearnedPositions) -> str:
    """The first rows; a sequence that is longer than the table does not fit in the sum."""
    time, table = call.type.shape[-2], call.weight("weight")
    if time != layer.n:
        table = call.op("Slice", table, call.ints([0]), call.sizes([time]), call.ints([0]))
    return call.op("Add", call.x, table)


LOWERINGS: Mapping[type[Any], Lowering] = {
    catalog.LearnedPositions: _learned,
    catalog.SinusoidalPositions: _sinusoidal,
    catalog.RotaryPositions: _rotary,
}
