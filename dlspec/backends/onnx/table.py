"""The explicit table of what is written how: entry class -> lowering."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dlspec.backends.onnx import (
    activation,
    attention,
    conv,
    dense,
    elementwise,
    norm,
    operators,
    pieces,
    pool,
    random,
    recurrent,
    reduction,
    shape,
    spatial,
    transforms,
)
from dlspec.backends.onnx.call import Lowering
from dlspec.backends.python.fragment import Unsupported

LOWERINGS: Mapping[type[Any], Lowering | Unsupported] = {
    **dense.LOWERINGS,
    **conv.LOWERINGS,
    **pool.LOWERINGS,
    **norm.LOWERINGS,
    **recurrent.LOWERINGS,
    **attention.LOWERINGS,
    **activation.LOWERINGS,
    **random.LOWERINGS,
    **shape.LOWERINGS,
    **pieces.LOWERINGS,
    **spatial.LOWERINGS,
    **elementwise.LOWERINGS,
    **reduction.LOWERINGS,
    **operators.LOWERINGS,
    **transforms.LOWERINGS,
}
