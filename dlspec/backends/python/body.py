"""A module of the program as the body of a class: how its parts are made, and what its method computes."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import ClassVar

from dlspec.backends.python.activity import ACTIVITY, takes_activity
from dlspec.backends.python.common import below
from dlspec.backends.python.expression import (
    OWN,
    Assign,
    Call,
    Expr,
    Get,
    Global,
    Lit,
    LiteralValue,
    Local,
    Loop,
    Repeated,
    Return,
    Sequence,
    Simple,
    Statement,
    call,
    index,
    substituted,
)
from dlspec.backends.python.flow import Item, Repeat, make_flow
from dlspec.backends.python.fragment import Fragment
from dlspec.backends.python.loops import LoopPlan, find_loops
from dlspec.backends.python.names import Names, identifier, plural
from dlspec.backends.python.nodes import Nodes
from dlspec.backends.python.template import Body
from dlspec.catalog.random import Draw
from dlspec.ir.program import INPUT, Module, Ref

SELF = Local("self")
DRAWS = Local("draws")


@dataclass(frozen=True, slots=True)
class Instance:
    """A module as an instance of its class."""

    class_name: str
    arguments: tuple[tuple[str, LiteralValue], ...]
    weights: tuple[tuple[str, str], ...]
    """Canonical name and key of the state, each below the instance."""
    takes_draws: bool
    takes_activity: bool

    @property
    def construct(self) -> Call:
        """The call of the class."""
        return Call(Global(self.class_name), (), tuple((name, Lit(value)) for name, value in self.arguments))


def takes_draws(module: Module, instances: Mapping[str, Instance]) -> bool:
    """Whether a module draws numbers that can be given from outside, itself or inside."""
    return any(
        isinstance(unit.layer, Draw) or (unit.module is not None and instances[unit.module].takes_draws)
        for unit in module.units
    )


class ModuleBody(Nodes):
    """Nodes whose units are attributes of `self`. Inner modules have classes already; `output` names the class of
    several results."""

    attributes_taken: ClassVar[Collection[str]]
    """What every module has, so that no attribute may be called so."""
    locals_taken: ClassVar[Collection[str]]
    """Names that no variable of the method may take."""

    @abstractmethod
    def several(self, new: Repeated) -> Expr:
        """A list of modules."""

    @abstractmethod
    def fixed(self, attribute: str, new: Expr) -> Statement:
        """Keeps a tensor that is no weight as an attribute."""

    @abstractmethod
    def shared(self, own: Expr, new: Expr, owner: Expr) -> list[Statement]:
        """Makes a module that has the layers of another of the same names."""

    def channels_last(self, ref: Ref) -> bool:
        """Whether the channels of a tensor are its last dimension."""
        return False

    def joined(self, path: str, below_path: str) -> str:
        """The path of a weight below an attribute."""
        return f"{path}.{below_path}" if below_path else path

    def weight_at(self, own: Expr, path: str) -> Expr:
        """A weight below an attribute, in its canonical layout."""
        return below(own, path)

    def finish(self) -> list[Statement]:
        """What the constructor ends with."""
        return []

    def __init__(self, module: Module, instances: Mapping[str, Instance], output: str) -> None:
        super().__init__(module)
        self.instances = instances
        self.takes_draws = takes_draws(module, instances)
        self.takes_activity = takes_activity(module, instances)
        self.attributes = Names(self.attributes_taken)
        self.buffers: list[str] = []
        self.weights: list[tuple[str, str]] = []
        self._init: list[Statement] = []
        self._own: dict[int, Expr] = {}
        self.owned: dict[str, tuple[Expr, Mapping[str, str]]] = {}
        self._first: dict[int, int] = {}
        for place, node in enumerate(module.nodes):
            self._first.setdefault(node.unit, place)
        self._loops = find_loops(self, instances)
        self.inputs = self._input_names()
        self._make_units()
        self._init += self.finish() if self._init else []
        self.body = Body(self._init, self._forward(output), dict(module.arguments), self.sizes())

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of the outputs."""
        return output_fields(self.module, self.locals_taken)

    # ------------------------------------------------------------ the parts

    def _input_names(self) -> tuple[str, ...]:
        names = Names(self.locals_taken)
        return tuple(names.allocate("x" if port.name == "in" else identifier(port.name)) for port in self.module.inputs)

    def sizes(self) -> dict[str, object]:
        """Sizes of the first input that an argument may be called after."""
        if not self.module.inputs:
            return {}
        written = self.module.inputs[0].type.shape
        found: dict[str, object] = {}
        if len(written) in (1, 2):
            found["in_features"] = written[-1]
        if len(written) > 1:
            found["in_channels"] = written[0]
        return found

    def _make_units(self) -> None:
        first = {plan.units[0][0]: plan for plan in self._loops}
        in_loop = {unit for plan in self._loops for units in plan.units for unit in units}
        for number, unit in enumerate(self.module.units):
            if number in first:
                self._make_loop(first[number])
            if number not in self._first or number in in_loop:
                continue
            if unit.module is not None:
                self._make_module(number, unit.module, unit.shares)
            elif unit.shares is not None:
                if unit.shares in self._own:
                    self._own[number] = self._own[unit.shares]
            else:
                self._make_layer(number)

    def _make_layer(self, number: int) -> None:
        unit, fragment = self.module.units[number], self.fragments[self._first[number]]
        assert fragment is not None
        if fragment.new is None:
            return
        if fragment.buffer and self.is_plain_number(self._first[number]):
            return
        attribute = self.attributes.allocate(identifier(unit.name))
        own = self._own[number] = Get(SELF, attribute)
        if fragment.buffer:
            self._init.append(self.fixed(attribute, fragment.new))
            return
        self._init.append(Assign((own,), fragment.new))
        self._init += [_owned(statement, own) for statement in fragment.after]
        self._keep_weights(unit.name, attribute, fragment.weights, own)

    def _keep_weights(
        self, name: str, path: str, weights: tuple[tuple[str, str], ...], own: Expr | None = None
    ) -> None:
        for weight, below_path in weights:
            self.weights.append((f"{name}.{weight}", self.joined(path, below_path)))
        if own is not None:
            self.owned[name] = (own, dict(weights))

    def _make_module(self, number: int, inner: str, shares: int | None) -> None:
        unit, instance = self.module.units[number], self.instances[inner]
        owner = None if shares is None else self.module.units[shares].module
        if owner is not None and shares is not None and _same(instance, self.instances[owner]):
            self._own[number] = self._own[shares]
            return
        attribute = self.attributes.allocate(identifier(unit.name))
        own = self._own[number] = Get(SELF, attribute)
        if shares is None:
            self._init.append(Assign((own,), instance.construct))
            self._keep_weights(unit.name, attribute, instance.weights)
        else:
            self._init += self.shared(own, instance.construct, self._own[shares])

    def _make_loop(self, plan: LoopPlan) -> None:
        """A list of modules for each place of the part that owns something."""
        for units, place in zip(plan.units, plan.places, strict=True):
            fragment = self.fragments[place]
            name = self.module.units[units[0]].name
            if fragment is not None and not fragment.weights:
                self._make_shared(units, fragment, name)
                continue
            maker: Fragment | Instance = fragment or self.instances[_module_of(self.module, units[0])]
            attribute = self.attributes.allocate(plural(identifier(_without_number(name))))
            own = Get(SELF, attribute)
            new = maker.new if isinstance(maker, Fragment) else maker.construct
            assert new is not None
            self._init.append(Assign((own,), self.several(Repeated(new, Lit(plan.count)))))
            variable = identifier(_without_number(name.rpartition(".")[2]))
            if fragment is not None and fragment.after:
                body = tuple(_owned(statement, Local(variable)) for statement in fragment.after)
                self._init.append(Loop((variable,), (own,), body))
            for number, unit in enumerate(units):
                self._own[unit] = index(own, number)
                name = self.module.units[unit].name
                self._keep_weights(name, f"{attribute}.{number}", maker.weights, self._own[unit])
            plan.lists.append((own, units[0], variable))

    def _make_shared(self, units: tuple[int, ...], fragment: Fragment, name: str) -> None:
        """What has no weights is made once for the whole loop."""
        if fragment.new is None:
            return
        own = Get(SELF, self.attributes.allocate(identifier(_without_number(name))))
        self._init.append(Assign((own,), fragment.new))
        for unit in units:
            self._own[unit] = own

    # -------------------------------------------------------------- forward

    def own(self, unit: int) -> Expr:
        shares = self.module.units[unit].shares
        return self._own[unit if unit in self._own or shares is None else shares]

    def called(self, place: int, arguments: tuple[Expr, ...]) -> Expr:
        node = self.module.nodes[place]
        instance = self.instances[_module_of(self.module, node.unit)]
        extra: dict[str, Expr] = {}
        if instance.takes_draws:
            extra["draws"] = call("draws_within", DRAWS, f"{self.call_names[place]}.")
        if instance.takes_activity:
            extra["activity"] = ACTIVITY
        return call(self.own(node.unit), *arguments, **extra)

    def weight(self, owner: str, weight: str) -> Expr:
        own, paths = self.owned[owner]
        return self.weight_at(own, paths[weight])

    def draws(self) -> Expr:
        return DRAWS

    def _forward(self, output: str) -> list[Statement]:
        wanted = [result.ref for result in self.module.outputs]
        flow = make_flow(
            self._items(),
            wanted,
            {(INPUT, place): name for place, name in enumerate(self.inputs)},
            outputs=self._output_names(),
            reserved=set(self.locals_taken),
        )
        values = [flow.values[ref] for ref in wanted]
        if len(values) == 1:
            result: Expr = values[0]
        elif self.module.kind == "model":
            result = Call(Global(output), (), tuple(zip(self.fields, values, strict=True)))
        else:
            result = Sequence(tuple(values), "")
        return [*flow.statements, Return(result)]

    def _output_names(self) -> dict[Ref, str]:
        if self.module.kind != "model":
            return {}
        names = self.fields
        return {result.ref: name for result, name in zip(self.module.outputs, names, strict=True)}

    def _items(self) -> list[Item | Repeat]:
        loops = {plan.nodes[0]: plan for plan in self._loops}
        inside = {place for plan in self._loops for place in plan.nodes}
        items: list[Item | Repeat] = []
        for place in range(len(self.module.nodes)):
            if place in loops:
                items.append(loops[place].repeat(self))
            elif place not in inside and not self.is_plain_number(place):
                items.append(self.item(place))
        return items


def output_fields(module: Module, taken: Collection[str]) -> tuple[str, ...]:
    """The names of a model's outputs in code: those of the fields of a named tuple."""
    names = Names({*taken, "count", "index"})
    return tuple(names.allocate(identifier(result.name)) for result in module.outputs)


def _module_of(module: Module, unit: int) -> str:
    name = module.units[unit].module
    assert name is not None
    return name


def _same(one: Instance, other: Instance) -> bool:
    return (one.class_name, one.arguments) == (other.class_name, other.arguments)


def _owned(statement: Simple, own: Expr) -> Simple:
    changed = substituted(statement, lambda leaf: own if leaf == OWN else None)
    assert not isinstance(changed, Loop)
    return changed


def _without_number(name: str) -> str:
    stem, _, number = name.rpartition("_")
    return stem if number.isdigit() and stem else name
