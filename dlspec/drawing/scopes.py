"""From a program's model to its drawing: every module, and every run inside of it, becomes a scope."""

from __future__ import annotations

import re

from dlspec.drawing.captions import arguments_text, count_text, type_text, types_text, value_text, weight_text
from dlspec.drawing.costs import Cost, Costs, weights_at
from dlspec.drawing.graph import OUTSIDE, Box, Drawing, End, Kind, Scope, Wire
from dlspec.drawing.runs import Folding, Run
from dlspec.ir.program import INPUT, Module, Program, Ref, Unit

Facts = list[tuple[str, str]]


def drawing_of(program: Program, model: str) -> Drawing:
    """The drawing of a model of the program, by its name."""
    costs = Costs(program)
    root = program.models[model]
    scopes: dict[str, Scope] = {}
    waiting = [root]
    while waiting:
        name = waiting.pop()
        if name not in scopes:
            waiting += ModuleScopes(program.module(name), program, costs, scopes).add()
    module = program.module(root)
    facts = _cost_facts(costs.of_module(root))
    return Drawing(model, module.doc, tuple(facts), root, scopes)


class ModuleScopes:
    """The scopes of one module; they are added to those that are there."""

    def __init__(self, module: Module, program: Program, costs: Costs, scopes: dict[str, Scope]) -> None:
        self.module = module
        self.program = program
        self.costs = costs
        self.scopes = scopes
        self.folding = Folding(module)
        self.modules: list[str] = []
        """The modules that boxes open."""

    def add(self) -> list[str]:
        """Add them; gives the modules that they lead to."""
        module = self.module
        inputs = [(INPUT, place) for place in range(len(module.inputs))]
        outputs = [result.ref for result in module.outputs]
        names = [result.name if result.name != "0" or len(outputs) > 1 else "" for result in module.outputs]
        self._add(module.name, self.folding.whole(), inputs, outputs, names, "")
        return self.modules

    def _add(
        self, scope: str, runs: tuple[Run, ...], inputs: list[Ref], outputs: list[Ref], names: list[str], above: str
    ) -> None:
        """Add the scope of some runs, and those inside of it. Recursion follows names and parts, not the depth."""
        sources: dict[Ref, End] = {ref: (OUTSIDE, place) for place, ref in enumerate(inputs)}
        boxes: list[Box] = []
        wires: list[Wire] = []
        for place, run in enumerate(runs):
            read, given = self._ends(run)
            wires += [self._wire(sources[ref], (place, port), ref) for port, ref in enumerate(read)]
            sources |= {ref: (place, which) for which, ref in enumerate(given)}
            inside = self._inside(scope, run, read, given, above)
            boxes.append(self._box(run, inside, above))
        wires += [self._wire(sources[ref], (OUTSIDE, place), ref) for place, ref in enumerate(outputs)]
        titles = tuple(self._name(ref) for ref in inputs)
        self.scopes[scope] = Scope(titles, tuple(names), tuple(boxes), tuple(wires))

    def _wire(self, source: End, target: End, ref: Ref) -> Wire:
        type = self.module.type_of(ref)
        return Wire(source, target, type, type_text(type))

    def _ends(self, run: Run) -> tuple[list[Ref], list[Ref]]:
        """What a run reads and what it gives, as tensors of the module, in the order of its inputs and results."""
        nodes = self.module.nodes
        if run.kind == "call":
            last = run.end - 1
            return list(nodes[run.first].inputs), [(last, which) for which in range(len(nodes[last].outputs))]
        once = run.first + run.period
        read = [ref for node in nodes[run.first : once] for ref in node.inputs if ref[0] < run.first]
        given = [
            (place, which)
            for place in (range(run.end - 1, run.end) if run.kind == "repeat" else range(run.first, run.end))
            for which in range(len(nodes[place].outputs))
            if self.folding.used_behind((place, which), run.end)
        ]
        return list(dict.fromkeys(read)), given

    def _inside(self, scope: str, run: Run, read: list[Ref], given: list[Ref], above: str) -> str | None:
        """The scope that the run's box opens, which is added where it is a part of this module."""
        if run.kind == "call":
            inner = self._unit(run).module
            if inner is None or not self.program.module(inner).nodes:
                return None
            self.modules.append(inner)
            return inner
        # No name of a module has a slash in it.
        name = f"{self.module.name}/{run.kind}/{run.first}-{run.end}"
        runs = run.inner
        if run.kind == "repeat":
            runs = tuple(self.folding.in_order(run.first, run.first + run.period))
            given = [(place - run.end + run.first + run.period, which) for place, which in given]
        deeper = f"{above}{run.name}." if run.kind == "binding" else above
        self._add(name, runs, read, given, [""] * len(given), deeper)
        return name

    def _unit(self, run: Run) -> Unit:
        return self.module.units[self.module.nodes[run.first].unit]

    def _name(self, ref: Ref) -> str:
        """What a tensor is called: an input by its name, a result by the layer that gives it."""
        node, which = ref
        if node == INPUT:
            return self.module.inputs[which].name
        return self.module.units[self.module.nodes[node].unit].name

    # ------------------------------------------------------------ boxes

    def _box(self, run: Run, inside: str | None, above: str) -> Box:
        cost = self.costs.of_nodes(self.module, run.first, run.end)
        facts: Facts = []
        if run.kind == "call":
            unit = self._unit(run)
            kind: Kind = "layer" if unit.module is None else "block"
            over, title, note = self._call_texts(unit, above)
            facts += self._call_facts(run, note)
            over = f"{over or unit.name} again" if self._again(run.first) else over
            if kind == "block" and inside is None:
                note = "gives what it gets"
        else:
            over = "again" if all(map(self._again, range(run.first, run.end))) else ""
            kind, title = run.kind, run.name
            layers = run.period
            note = f"{layers:,} steps"
            if run.kind == "repeat":
                title = " → ".join(box.title for box in self.scopes[inside or ""].boxes)
            facts.append(("from", self._first_name(run)))
            facts.append(("to", self._name((run.end - 1, 0))))
        if run.times > 1:
            facts.append(("in a row", f"{run.times:,}"))
            if cost[0] != 0:
                facts.append(("parameters each", count_text(cost[0] // run.times)))
        facts += _cost_facts(cost)
        name = self._first_name(run).removeprefix(above) if run.kind == "call" else run.name
        return Box(kind, title, over, note, name, run.times, inside, cost[0] != 0, tuple(facts))

    def _again(self, node: int) -> bool:
        """Whether the node calls what was called before, with the same weights."""
        return self.folding.first_call[self.module.nodes[node].unit] != node

    def _first_name(self, run: Run) -> str:
        return self._name((run.first, 0))

    def _call_texts(self, unit: Unit, above: str) -> tuple[str, str, str]:
        """The name where it says more than the title does, the title, and the arguments."""
        name = unit.name.removeprefix(above)
        if unit.module is not None:
            module = self.program.module(unit.module)
            title, note = module.declaration, module_arguments(module)
        else:
            assert unit.layer is not None
            title, note = unit.layer.entry, arguments_text(unit.layer)
        before, _, last = name.rpartition(".")
        said = re.sub(r"_\d+$", "", last) == title
        return before if said else name, title, note

    def _call_facts(self, run: Run, note: str) -> Facts:
        node = self.module.nodes[run.first]
        unit = self._unit(run)
        facts: Facts = [("name", unit.name)]
        if run.times > 1:
            facts = [("names", f"{unit.name} … {self._name((run.end - 1, 0))}")]
        if unit.module is not None and self.program.module(unit.module).doc:
            facts.append(("about", self.program.module(unit.module).doc))
        if note:
            facts.append(("arguments", note))
        read = tuple(map(self.module.type_of, node.inputs))
        if read:
            facts.append(("takes", types_text(read)))
        facts.append(("gives", types_text(node.outputs)))
        if self._again(run.first):
            facts.append(("weights", "those of its first use"))
        elif unit.shares is not None:
            facts.append(("weights", f"those of {self.module.units[unit.shares].name}"))
        else:
            facts += [
                ("statistic" if weight.role == "state" else "weight", weight_text(weight.name, weight.shape))
                for weight in weights_at(self.module, run.first)
            ]
        if node.origin:
            facts.append(("written at", node.origin))
        return facts


def module_arguments(module: Module) -> str:
    """The arguments of a block as it is called."""
    given = (f"{name}={value_text(value)}" for name, value in module.arguments.items())
    return re.sub(r"the layer '([^']*)'", r"\1", ", ".join(given))


def _cost_facts(cost: Cost) -> Facts:
    parameters, macs = cost
    return [("parameters", count_text(parameters)), ("multiply-adds", count_text(macs))]
