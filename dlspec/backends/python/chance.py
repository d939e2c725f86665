"""Which parts of a program draw numbers, and whether they do in inference too."""

from __future__ import annotations

from collections.abc import Iterator

from dlspec.catalog.base import Layer
from dlspec.ir.program import Module, Program, Unit


def draws(layer: object) -> bool:
    """Whether a layer draws numbers; attention does where it drops some of its weights."""
    return isinstance(layer, Layer) and layer.random and getattr(layer, "dropout", 1) != 0


def draws_in_inference(layer: object) -> bool:
    """Whether it draws numbers in training and inference alike."""
    return draws(layer) and isinstance(layer, Layer) and not layer.differs_in_training


def layers_in(program: Program, module: Module) -> Iterator[Layer]:
    """Every layer of a module and of what is inside it."""
    for unit in module.units:
        if isinstance(unit.layer, Layer):
            yield unit.layer
        elif unit.module is not None:
            yield from layers_in(program, program.module(unit.module))


def drawing_blocks(program: Program, module: Module) -> frozenset[str]:
    """The names of the units of a module that are blocks with something in them that draws."""
    return frozenset(unit.name for unit in module.units if _is_drawing_block(program, unit))


def _is_drawing_block(program: Program, unit: Unit) -> bool:
    if unit.module is None:
        return False
    inner = program.module(unit.module)
    return inner.kind == "block" and any(map(draws, layers_in(program, inner)))
