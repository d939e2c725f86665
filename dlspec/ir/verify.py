"""The invariants of the IR, checked between stages under test.

1. Modules have names of their own, and units refer to modules that exist, without a circle.
2. A reference points to an input of its module or to a result of an earlier node.
3. A unit is a layer or a module, not both; one that shares refers to an earlier unit of the same kind.
4. Unit names are unique, but for those that share; no name is empty.
5. A node has as many inputs as its layer takes, and its results are what the layer infers from their types.
6. A call of a module gives it as many inputs as it has and takes all its outputs.
7. Shapes hold whole numbers of at least 1, or symbolic sizes.
8. A step's losses and metrics refer to tensors of its module; the weights that its settings name exist.
"""

from __future__ import annotations

from collections.abc import Iterator

from dlspec.catalog.base import Layer, Transform
from dlspec.ir.program import INPUT, Module, Node, Program, Ref, Train
from dlspec.ir.weights import train_weights
from dlspec.tensor import Sym, TensorType


class BrokenInvariant(AssertionError):
    """A stage made a program that breaks an invariant: a fault of dlspec, never of the spec."""


def verify(program: Program) -> None:
    """Raise BrokenInvariant with everything that is broken."""
    problems = list(_program(program))
    if problems:
        raise BrokenInvariant("\n".join(problems))


def _program(program: Program) -> Iterator[str]:
    names = [module.name for module in program.modules]
    if len(set(names)) != len(names):
        yield "two modules have one name"
    known = set(names)
    for model, name in program.models.items():
        if name not in known:
            yield f"model {model}: no module {name}"
    seen: set[str] = set()
    for module in program.modules:
        yield from _module(program, module, known)
    for name in names:
        yield from _circle(program, name, seen, ())
    for data in program.data:
        yield from _module(program, data.module, known)
        if [root.name for root in data.roots] != [port.name for port in data.module.inputs]:
            yield f"data {data.name}: roots and inputs differ"
    for train in program.trains:
        yield from _train(program, train, known)


def _circle(program: Program, name: str, seen: set[str], path: tuple[str, ...]) -> Iterator[str]:
    if name in path:
        yield f"modules refer to each other: {' -> '.join((*path, name))}"
        return
    if name in seen:
        return
    for unit in program.module(name).units:
        if unit.module is not None:
            yield from _circle(program, unit.module, seen, (*path, name))
    seen.add(name)


def _module(program: Program, module: Module, known: set[str]) -> Iterator[str]:
    where = f"module {module.name}"
    taken: set[str] = set()
    for place, unit in enumerate(module.units):
        if (unit.layer is None) == (unit.module is None):
            yield f"{where}: unit {unit.name} is not just one of layer and module"
        if unit.module is not None and unit.module not in known:
            yield f"{where}: unit {unit.name} refers to no module {unit.module}"
        if unit.shares is not None and not 0 <= unit.shares < place:
            yield f"{where}: unit {unit.name} shares with no earlier unit"
        if not unit.name or (unit.name in taken and unit.shares is None):
            yield f"{where}: the unit name {unit.name!r} is taken or empty"
        taken.add(unit.name)
    for place, node in enumerate(module.nodes):
        yield from (f"{where}, node {place}: {problem}" for problem in _node(program, module, place, node))
    for result in module.outputs:
        if not _exists(module, result.ref, len(module.nodes)):
            yield f"{where}: the output {result.name} refers to nothing"


def _exists(module: Module, ref: Ref, before: int) -> bool:
    node, which = ref
    if node == INPUT:
        return 0 <= which < len(module.inputs)
    return 0 <= node < before and 0 <= which < len(module.nodes[node].outputs)


def _node(program: Program, module: Module, place: int, node: Node) -> Iterator[str]:
    if not 0 <= node.unit < len(module.units):
        yield f"no unit {node.unit}"
        return
    if not all(_exists(module, ref, place) for ref in node.inputs):
        yield "an input refers to nothing that comes before"
        return
    for type in node.outputs:
        yield from _shape(type)
    unit = module.units[node.unit]
    types = tuple(module.type_of(ref) for ref in node.inputs)
    if unit.module is not None:
        called = program.module(unit.module)
        if len(types) != len(called.inputs) or len(node.outputs) != len(called.outputs):
            yield f"{unit.name}: the call of {called.name} has another number of inputs or outputs"
        return
    assert isinstance(unit.layer, Layer)
    yield from _call(unit.layer, types, node)


def _call(layer: Layer, types: tuple[TensorType, ...], node: Node) -> Iterator[str]:
    given = () if layer.random and not layer.inputs else types
    least, most = len(layer.inputs), len(layer.inputs) + len(layer.optional)
    if not (layer.many and given) and not least <= len(given) <= most:
        yield f"{layer.entry}: {len(given)} inputs"
        return
    inferred = layer.infer(*given)
    results = inferred if isinstance(inferred, tuple) else (inferred,)
    shapes = [(type.element, type.shape, type.batched) for type in results]
    actual = [(type.element, type.shape, type.batched) for type in node.outputs]
    if shapes != actual and not isinstance(layer, Transform):
        yield f"{layer.entry}: inferred {shapes}, recorded {actual}"


def _shape(type: TensorType) -> Iterator[str]:
    for dim in type.shape:
        if not isinstance(dim, Sym) and dim < 1:
            yield f"the dimension {dim!r} of {type}"


def _train(program: Program, train: Train, known: set[str]) -> Iterator[str]:
    weights = train_weights(program, train)
    for step in train.steps:
        yield from _module(program, step.module, known)
        terms = [(term.name, term.inputs) for term in step.losses] + [(m.name, m.inputs) for m in step.metrics]
        for name, refs in terms:
            if not all(_exists(step.module, ref, len(step.module.nodes)) for ref in refs):
                yield f"train {train.label}: the term {name} refers to nothing"
        covered = [use.weights for use in (*step.optimizers, *step.penalties, *step.constraints)]
        covered += [rate.weights for rate in step.rates] + [freeze.weights for freeze in step.freezes]
        for name in {name for names in covered for name in names if name not in weights}:
            yield f"train {train.label}: no weight {name}"
        trained = [name for use in step.optimizers for name in use.weights]
        if len(set(trained)) != len(trained):
            yield f"train {train.label}: a weight has two optimizers"
