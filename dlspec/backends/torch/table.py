"""Which layer is lowered by which function, by family. A layer that is not here has no code, and a test says so."""

from __future__ import annotations

from dlspec.backends.python.fragment import Lowering, Table, Unsupported
from dlspec.backends.torch import (
    activation,
    attention,
    conv,
    dense,
    elementwise,
    norm,
    operators,
    pool,
    random,
    recurrent,
    reduction,
    shape,
    spatial,
)
from dlspec.catalog.base import Layer

LAYERS: Table = {
    **dense.LOWERINGS,
    **conv.LOWERINGS,
    **pool.LOWERINGS,
    **norm.LOWERINGS,
    **recurrent.LOWERINGS,
    **attention.LOWERINGS,
    **activation.LOWERINGS,
    **random.LOWERINGS,
    **shape.LOWERINGS,
    **spatial.LOWERINGS,
    **elementwise.LOWERINGS,
    **reduction.LOWERINGS,
}
"""Layers of the catalogue by name."""

OPERATORS: Table = operators.LOWERINGS
"""Operators by name."""


def lowering_of(layer: Layer) -> Lowering | Unsupported:
    """The lowering of a layer or operator; KeyError where the table has none."""
    table = OPERATORS if layer.kind == "operator" else LAYERS
    if layer.entry not in table:
        raise KeyError(f"PyTorch has no lowering of the {layer.kind} '{layer.entry}'")
    return table[layer.entry]
