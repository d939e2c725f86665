"""Which classes a program needs: modules of one structure are one class, inner ones first."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from dlspec.backends.python.body import Instance, ModuleBody
from dlspec.backends.python.classes import Style, class_text, output_text
from dlspec.backends.python.expression import Statement
from dlspec.backends.python.names import Names, class_name
from dlspec.backends.python.template import Skeleton, Template, skeleton, unify
from dlspec.ir.program import Module, Program

MakeBody = Callable[[Module, Mapping[str, Instance], str], ModuleBody]


@dataclass(frozen=True, slots=True)
class ClassSource:
    """A class as text, and what the text uses."""

    name: str
    text: str
    output: str
    takes_draws: bool
    takes_activity: bool
    statements: tuple[Statement, ...]


class Classes:
    """The classes of some modules and of everything inside them.

    `make` makes the body of a module from the instances that are known by then and the name of its output's class;
    `taken` are the names that no class may have.
    """

    def __init__(
        self, program: Program, roots: Sequence[str], make: MakeBody, style: Style, taken: Collection[str]
    ) -> None:
        self.sources: list[ClassSource] = []
        self.instances: dict[str, Instance] = {}
        self.bodies: dict[str, ModuleBody] = {}
        self._program = program
        self._make = make
        self._style = style
        self._names = Names(taken)
        self._outputs: dict[tuple[str, tuple[str, ...]], str] = {}
        self._first: dict[tuple[str, str], str] = {}
        for level in _levels(program, roots):
            self._level(level)

    def _level(self, modules: Sequence[Module]) -> None:
        """Modules that hold none of each other: grouped by structure, a class each."""
        alike: dict[tuple[object, ...], list[ModuleBody]] = {}
        for module in modules:
            body = self._make(module, self.instances, self._output(module))
            key = (module.declaration, module.kind, body.inputs, body.takes_draws, body.takes_activity)
            alike.setdefault(key, []).append(body)
        for bodies in alike.values():
            if len(bodies) == 1:
                self._group(bodies, [Skeleton()])
                continue
            groups: dict[str, list[tuple[ModuleBody, Skeleton]]] = {}
            for body in bodies:
                shape = skeleton(body.body)
                groups.setdefault(shape.key, []).append((body, shape))
            for members in groups.values():
                self._group([body for body, _ in members], [shape for _, shape in members])

    def _output(self, module: Module) -> str:
        """The name of the tuple of a model's several outputs."""
        if module.kind != "model" or len(module.outputs) < 2:
            return ""
        key = (module.declaration, tuple(result.name for result in module.outputs))
        if key not in self._outputs:
            self._outputs[key] = self._names.allocate(f"{class_name(module.declaration)}Output", "")
        return self._outputs[key]

    def _group(self, members: list[ModuleBody], shapes: list[Skeleton]) -> None:
        first = members[0]
        declaration = first.module.declaration
        template = unify([member.body for member in members], shapes, first.attributes, first.locals_taken)
        name = self._names.allocate(class_name(declaration), "")
        beside = self._first.setdefault((declaration, first.module.kind), name)
        note = f"Beside `{beside}`: the same {first.module.kind} with other layers." if beside != name else ""
        self._add(name, template, members, note)
        for place, member in enumerate(members):
            arguments = tuple((each.name, each.values[place]) for each in template.parameters)
            weights = tuple(member.weights)
            self.bodies[member.module.name] = member
            self.instances[member.module.name] = Instance(
                name, arguments, weights, member.takes_draws, member.takes_activity
            )

    def _add(self, name: str, template: Template, members: list[ModuleBody], note: str) -> None:
        first = members[0]
        output = self._output(first.module)
        text = class_text(self._style, name, template, members, output, note)
        declared = {source.output for source in self.sources}
        if output and output not in declared:
            text = f"{output_text(output, first)}\n\n{text}"
        statements = (*template.init, *template.forward)
        self.sources.append(ClassSource(name, text, output, first.takes_draws, first.takes_activity, statements))


def _levels(program: Program, roots: Sequence[str]) -> list[list[Module]]:
    """The modules reachable from the roots, by how deep blocks are nested inside them."""
    heights: dict[str, int] = {}

    def height(name: str) -> int:
        # Recursion follows the nesting of blocks, which the parser limits.
        if name not in heights:
            inner = [unit.module for unit in program.module(name).units if unit.module is not None]
            heights[name] = 1 + max(map(height, dict.fromkeys(inner)), default=0)
        return heights[name]

    for root in roots:
        height(root)
    levels: list[list[Module]] = [[] for _ in range(max(heights.values(), default=0))]
    for module in program.modules:
        if module.name in heights:
            levels[heights[module.name] - 1].append(module)
    return levels
