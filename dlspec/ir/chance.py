"""A program without chance: random layers do nothing, and what is drawn inside a model comes from outside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from dlspec.catalog.activation import GumbelSoftmax, Identity, Softmax
from dlspec.catalog.base import Layer
from dlspec.catalog.random import Draw
from dlspec.ir.program import INPUT, Module, Node, Port, Program, Ref, Step, Train, Unit
from dlspec.tensor import Dim, Sym, TensorType

Drawn = Mapping[str, Draw]
"""An input's name -> the layer whose draws it takes."""


@dataclass(frozen=True, slots=True)
class Certain:
    """A program without chance. `models` has for each module, `trains` for each training (by its label) the inputs
    that were added for drawn tensors."""

    program: Program
    models: Mapping[str, Drawn]
    trains: Mapping[str, Drawn]


def without_chance(program: Program) -> Certain:
    """The program with every random layer off.

    Dropout and noise become the identity (batch normalisation still uses the batch in training), attention loses its
    dropout, `gumbel_softmax` its noise. A tensor that is drawn inside a model becomes one more input of the model, and
    of what calls it: in the end a field of the training. Draws of a `train` block itself stay: dlspec makes them.
    """
    rewriter = _Rewriter(program)
    modules = tuple(rewriter.module(module.name) for module in program.modules)
    trains, drawn = [], {}
    for train in program.trains:
        made, drawn[train.label] = rewriter.train(train)
        trains.append(made)
    # Not `model_copy`, which keeps what the old program has cached of its modules.
    changed = Program(**{**dict(program), "modules": modules, "trains": tuple(trains)})
    return Certain(changed, rewriter.drawn, drawn)


@dataclass(slots=True)
class _Rewriter:
    program: Program
    made: dict[str, Module] = field(default_factory=dict)
    drawn: dict[str, Drawn] = field(default_factory=dict)

    def module(self, name: str) -> Module:
        """The module without chance. Recursion follows the nesting of blocks, which the parser limits."""
        if name not in self.made:
            self.made[name], self.drawn[name] = self.rewritten(self.program.module(name), {}, lift=True)
        return self.made[name]

    def rewritten(self, module: Module, taken: Mapping[str, object], *, lift: bool) -> tuple[Module, Drawn]:
        """The module and its new inputs, which have none of the names that are `taken`; `lift` turns its own draws
        into inputs too."""
        ports = list(module.inputs)
        drawn: dict[str, Draw] = {}

        def added(type: TensorType, layer: Draw) -> Ref:
            names = {*taken, *(port.name for port in ports)}
            name = next(name for name in map("drawn_{}".format, range(1, len(names) + 2)) if name not in names)
            ports.append(Port(name=name, type=type))
            drawn[name] = layer
            return INPUT, len(ports) - 1

        nodes = []
        for node in module.nodes:
            unit = module.units[node.unit]
            if unit.module is not None:
                node = self._call(module, node, unit.module, added)
            elif lift and isinstance(unit.layer, Draw):
                node = node.model_copy(update={"inputs": (added(node.outputs[0], unit.layer),)})
            nodes.append(node)
        units = tuple(_quiet(unit, lift) for unit in module.units)
        changes = {"inputs": tuple(ports), "nodes": tuple(nodes), "units": units}
        return module.model_copy(update=changes), drawn

    def _call(self, module: Module, node: Node, called: str, added: object) -> Node:
        assert callable(added)
        inner = self.module(called)
        sizes = _sizes(inner.inputs, [module.type_of(ref) for ref in node.inputs])
        types = {port.name: _substituted(port.type, sizes) for port in inner.inputs}
        more = tuple(added(types[name], layer) for name, layer in self.drawn[called].items())
        return node.model_copy(update={"inputs": (*node.inputs, *more)})

    def train(self, train: Train) -> tuple[Train, Drawn]:
        """The training, with a field for each drawn tensor."""
        fields = {port.name: port for port in train.fields}
        drawn: dict[str, Draw] = {}
        steps: list[Step] = []
        for step in train.steps:
            module, new = self.rewritten(step.module, fields, lift=False)
            fields |= {port.name: port for port in module.inputs}
            drawn |= new
            steps.append(step.model_copy(update={"module": module}))
        return train.model_copy(update={"fields": tuple(fields.values()), "steps": tuple(steps)}), drawn


def _quiet(unit: Unit, lift: bool) -> Unit:
    layer = unit.layer
    if not isinstance(layer, Layer) or not layer.random or (isinstance(layer, Draw) and not lift):
        return unit
    if isinstance(layer, GumbelSoftmax):
        return unit.model_copy(update={"layer": Softmax(axis=-1)})
    if "dropout" in type(layer).model_fields:
        return unit.model_copy(update={"layer": layer.model_copy(update={"dropout": 0.0})})
    return unit.model_copy(update={"layer": Identity()})


def _sizes(ports: Sequence[Port], types: Sequence[TensorType]) -> dict[str, Dim]:
    """What the symbols of a module stand for in a call with inputs of these types."""
    found: dict[str, Dim] = {}
    for port, type in zip(ports, types, strict=False):
        for size, actual in zip(port.type.shape, type.shape, strict=False):
            if isinstance(size, Sym) and size == Sym.named(str(size)):
                found.setdefault(str(size), actual)
    return found


def _substituted(type: TensorType, sizes: dict[str, Dim]) -> TensorType:
    shape = (size.substitute(sizes) if isinstance(size, Sym) else size for size in type.shape)
    return TensorType(type.element, tuple(shape), type.batched, type.kinds)
