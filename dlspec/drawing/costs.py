"""Parameters and multiply-adds of modules and of stretches of their nodes."""

from __future__ import annotations

from dlspec.catalog.base import Layer, Weight
from dlspec.ir.program import Module, Program
from dlspec.tensor import Dim, product

Cost = tuple[Dim, Dim]
"""Parameters and multiply-adds for one example."""


class Costs:
    """The costs of a program's modules, each computed once."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._modules: dict[str, Cost] = {}
        self._nodes: dict[str, list[Cost]] = {}

    def of_module(self, name: str) -> Cost:
        """What one instance of the module has and does."""
        if name not in self._modules:
            module = self.program.module(name)
            self._modules[name] = self.of_nodes(module, 0, len(module.nodes))
        return self._modules[name]

    def of_nodes(self, module: Module, first: int, end: int) -> Cost:
        """What these nodes have and do; weights count where they are first used."""
        costs = self._each(module)[first:end]
        parameters: Dim = 0
        macs: Dim = 0
        for own, work in costs:
            parameters, macs = parameters + own, macs + work
        return parameters, macs

    def _each(self, module: Module) -> list[Cost]:
        # Recursion follows the nesting of blocks, which the parser limits.
        if module.name not in self._nodes:
            seen: set[int] = set()
            found: list[Cost] = []
            for place, node in enumerate(module.nodes):
                unit = module.units[node.unit]
                fresh = node.unit not in seen and unit.shares is None
                seen.add(node.unit)
                if unit.module is not None:
                    own, work = self.of_module(unit.module)
                else:
                    own = sum((product(each.shape) for each in weights_at(module, place) if each.trainable), start=0)
                    work = _macs(module, place)
                found.append((own if fresh else 0, work))
            self._nodes[module.name] = found
        return self._nodes[module.name]


def weights_at(module: Module, place: int) -> tuple[Weight, ...]:
    """The weights of the layer that a node calls."""
    node = module.nodes[place]
    layer = module.units[node.unit].layer
    return layer.weights(*map(module.type_of, node.inputs)) if isinstance(layer, Layer) else ()


def _macs(module: Module, place: int) -> Dim:
    node = module.nodes[place]
    layer = module.units[node.unit].layer
    return layer.macs(tuple(map(module.type_of, node.inputs)), node.outputs) if isinstance(layer, Layer) else 0
