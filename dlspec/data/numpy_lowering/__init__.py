"""The layers that run on data: for each the NumPy function, by family as in the catalogue."""

from __future__ import annotations

from dlspec.data.numpy_lowering.activation import ACTIVATION
from dlspec.data.numpy_lowering.call import Call, Lowering
from dlspec.data.numpy_lowering.elementwise import ELEMENTWISE, OPERATORS
from dlspec.data.numpy_lowering.positions import POSITIONS
from dlspec.data.numpy_lowering.reduction import REDUCTION
from dlspec.data.numpy_lowering.resize import RESIZE
from dlspec.data.numpy_lowering.shape import SHAPE
from dlspec.data.numpy_lowering.texts import TEXTS
from dlspec.data.numpy_lowering.transforms import TRANSFORMS
from dlspec.data.numpy_lowering.windows import WINDOWS

__all__ = ["LOWERINGS", "Call", "Lowering"]

LOWERINGS: dict[str, Lowering] = {
    **TRANSFORMS, **SHAPE, **RESIZE, **WINDOWS, **ELEMENTWISE, **OPERATORS, **REDUCTION, **ACTIVATION,
    **POSITIONS, **TEXTS,
}  # fmt: skip
"""By name; what is not here cannot be used on data (what learns, `window` and `difference` are elsewhere)."""
