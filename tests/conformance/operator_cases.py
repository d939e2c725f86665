"""Uses of the operators, which a spec writes with signs."""

from __future__ import annotations

from typing import Any

from dlspec.catalog import operators as catalog
from dlspec.catalog.base import Layer
from dlspec.catalog.samples.tensors import T, bools, fixed, floats, ints
from dlspec.tensor import TensorType
from tests.conformance.one_layer import Case

PAIRS: tuple[tuple[TensorType, TensorType], ...] = (
    (floats(), floats()),
    (floats(3, 4), floats(3, 4)),
    (floats(3, 1), floats(1, 4)),
    (floats(T, 4), fixed(1, 4)),
    (fixed(1, 1), floats(2, T)),
    (fixed(2, 3), fixed(2, 1)),
    (ints(5), ints(5)),
    (ints(3, 4), ints(1, 1)),
)
LOGICAL = ((bools(3), bools(3)), (bools(T, 1), bools(1, 4)))
MATRICES: tuple[tuple[TensorType, TensorType], ...] = (
    (floats(4), fixed(4)),
    (floats(4), fixed(4, 3)),
    (floats(4), floats(4)),
    (floats(4), floats(4, 3)),
    (floats(5, 4), floats(4)),
    (floats(5, 4), fixed(4)),
    (floats(5, 4), fixed(4, 3)),
    (floats(5, 4), floats(4, 3)),
    (floats(2, 5, 4), floats(4, 3)),
    (floats(5, 4), floats(2, 4, 3)),
    (fixed(2, 5, 4), floats(4, 3)),
    (fixed(5, 4), floats(2, 4, 3)),
    (fixed(4), floats(4, 3)),
    (fixed(4), floats(2, 4, 3)),
    (floats(4), fixed(2, 4, 3)),
    (floats(2, 5, 4), fixed(4)),
    (floats(2, 5, 4), floats(4)),
    (fixed(5, 4), fixed(4, 3)),
    (fixed(4), fixed(4)),
    (floats(T, 4), floats(4, T)),
    (floats(2, T, 4), fixed(4, 3)),
)
SLICES: tuple[tuple[Any, TensorType], ...] = (
    ((0,), floats(3, 4)),
    ((-1, 2), floats(3, 4)),
    (((1, None, None),), floats(5)),
    (((None, -1, None), (None, None, 2)), floats(3, 5)),
    (((1, 3, None), 0), floats(T, 4)),
    (((None, None, None), (-3, -1, None)), floats(2, 6)),
    (((None, T - 1, None),), floats(T, 2)),
    (((1, None, 3),), ints(T)),
    ((-1,), bools(2, 3)),
    ((1, (None, 2, None)), fixed(2, 3)),
)


def operator_cases() -> list[Case]:
    """Every operator on every kind of pair that it takes."""
    made: list[Case] = []
    calculating: tuple[Layer, ...] = (
        catalog.Add(),
        catalog.Subtract(),
        catalog.Multiply(),
        catalog.NotEqual(),
        catalog.LessEqual(),
        catalog.GreaterEqual(),
        catalog.FloorDivide(),
        catalog.Remainder(),
    )
    made += [_case(layer, pair) for layer in calculating for pair in PAIRS]
    made += [_case(layer, pair) for layer in (catalog.Divide(), catalog.Power()) for pair in PAIRS[:6]]
    made += [_case(layer, pair) for layer in (catalog.And(), catalog.Or(), catalog.NotEqual()) for pair in LOGICAL]
    made += [_case(catalog.Not(), (type,)) for type in (bools(3), bools(T, 2))]
    made += [_case(catalog.Negative(), (type,)) for type in (floats(T, 2), ints(4), fixed(3))]
    made += [_case(catalog.Matmul(), pair) for pair in MATRICES]
    made += [_case(catalog.Slice(items=items), (type,)) for items, type in SLICES]
    made += [_case(catalog.ToBatch(), (type, floats(2))) for type in (fixed(), fixed(2, 3))]
    return made


def _case(layer: Layer, inputs: tuple[TensorType, ...]) -> Case:
    types = layer.infer(*inputs)
    outputs = (types.shape,) if isinstance(types, TensorType) else tuple(each.shape for each in types)
    return Case(layer.entry, layer, inputs, outputs)
