"""Which layer is lowered by which function, by family. A layer that is not here has no code, and a test says so."""

from __future__ import annotations

from dlspec.backends.keras import (
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
from dlspec.backends.keras.policies import Policy
from dlspec.backends.python.fragment import Lowering, Table, Unsupported
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

LAYOUTS: Table = operators.LAYOUTS
"""What the layout pass puts in."""

POLICIES: dict[str, Policy] = {
    **conv.POLICIES,
    **pool.POLICIES,
    **norm.POLICIES,
    **activation.POLICIES,
    **random.POLICIES,
    **shape.POLICIES,
    **spatial.POLICIES,
    **elementwise.POLICIES,
    **reduction.POLICIES,
    **operators.POLICIES,
}
"""What layers and operators ask of the place of the channels, by name; the rest is canonical."""


def lowering_of(layer: Layer) -> Lowering | Unsupported:
    """The lowering of a layer or operator; KeyError where the table has none."""
    table = {"operator": OPERATORS, "layout": LAYOUTS}.get(layer.kind, LAYERS)
    if layer.entry not in table:
        raise KeyError(f"Keras has no lowering of the {layer.kind} '{layer.entry}'")
    return table[layer.entry]


def policy_of(layer: Layer) -> Policy:
    """What the layer asks of the place of the channels."""
    return POLICIES.get(layer.entry, Policy.CANONICAL)
