"""The weights of a module by canonical name."""

from __future__ import annotations

from dlspec.catalog.base import Layer, Weight
from dlspec.ir.program import Module, Program, Train
from dlspec.tensor import Dim, TensorType, product


def first_inputs(module: Module) -> dict[int, tuple[TensorType, ...]]:
    """For each unit, the types of the inputs of its first call."""
    found: dict[int, tuple[TensorType, ...]] = {}
    for node in module.nodes:
        if node.unit not in found:
            found[node.unit] = tuple(module.type_of(ref) for ref in node.inputs)
    return found


def weights_of(program: Program, module_name: str) -> dict[str, Weight]:
    """Every weight and running statistic of a module, by canonical name, in the order of its units."""
    cache: dict[str, dict[str, Weight]] = {}
    return _weights(program, program.module(module_name), cache)


def module_weights(program: Program, module: Module) -> dict[str, Weight]:
    """The same for a module that is not in the program's list (a step's)."""
    return _weights(program, module, {})


def _weights(program: Program, module: Module, cache: dict[str, dict[str, Weight]]) -> dict[str, Weight]:
    # Recursion follows the nesting of blocks, which the parser limits, not the depth of the model.
    if module.name in cache:
        return cache[module.name]
    inputs = first_inputs(module)
    found: dict[str, Weight] = {}
    for index, unit in enumerate(module.units):
        if unit.shares is not None or index not in inputs:
            continue
        if unit.module is not None:
            inner = _weights(program, program.module(unit.module), cache)
            found.update({f"{unit.name}.{name}": weight for name, weight in inner.items()})
        elif isinstance(unit.layer, Layer):
            for weight in unit.layer.weights(*inputs[index]):
                found[f"{unit.name}.{weight.name}"] = weight
    cache[module.name] = found
    return found


def train_weights(program: Program, train: Train) -> dict[str, Weight]:
    """Every weight of a training, by canonical name: with several models each begins with its model's name."""
    if len(train.models) == 1:
        return weights_of(program, train.models[0].module)
    return {
        f"{model.name}.{name}": weight
        for model in train.models
        for name, weight in weights_of(program, model.module).items()
    }


def parameter_count(weights: dict[str, Weight]) -> Dim:
    """How many numbers are trained; running statistics are not."""
    total: Dim = 0
    for weight in weights.values():
        if weight.trainable:
            total = total + product(weight.shape)
    return total
