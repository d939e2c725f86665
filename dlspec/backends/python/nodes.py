"""Nodes of a module as expressions over each other's results, whoever owns the units."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from typing import ClassVar

from dlspec.backends.python.activity import with_activity
from dlspec.backends.python.common import NotANumber
from dlspec.backends.python.expression import (
    Draws,
    Expr,
    FloatType,
    In,
    Lit,
    Own,
    Size,
    UnitName,
    Value,
    WeightRef,
    substitute,
)
from dlspec.backends.python.flow import Item
from dlspec.backends.python.fragment import Fragment, Lowering, Unsupported
from dlspec.backends.python.sizes import Source, UnknownSize, size_expression
from dlspec.catalog import dense, elementwise, operators, shape
from dlspec.catalog.base import Layer, Types
from dlspec.diagnostics.codes import runtime as codes
from dlspec.diagnostics.report import fail
from dlspec.ir.program import INPUT, Module, Node, Ref

TAKES_NUMBERS = (
    operators.Add, operators.Subtract, operators.Multiply, operators.Divide, operators.FloorDivide,
    operators.Remainder, operators.Power, operators.NotEqual, operators.LessEqual, operators.GreaterEqual,
    elementwise.Equal, elementwise.Less, elementwise.Greater,
)  # fmt: skip
"""Operators whose code takes a Python number beside a tensor."""


class Nodes(ABC):
    """The fragments of a module's nodes, and their values as trees over `Value` leaves."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self.fragments = [self._lowered(place) for place in range(len(module.nodes))]
        self.call_names = _call_names(module)
        self.numbers = self._numbers()
        self.tensors = self._tensors()

    # ------------------------------------------------------- what differs

    framework: ClassVar[str]
    """What its users call it, for messages."""

    @abstractmethod
    def lowering(self, layer: Layer) -> Lowering | Unsupported:
        """How a layer becomes code."""

    @abstractmethod
    def shape(self, tensor: Expr) -> Expr:
        """The sizes of a tensor, with the batch in front."""

    @abstractmethod
    def filled(self, number: int | float) -> Expr:
        """A number for each example of input 1."""

    @abstractmethod
    def type_of(self, tensor: Expr) -> Expr:
        """The floating type of a tensor that has one."""

    @abstractmethod
    def own(self, unit: int) -> Expr:
        """What holds the things that a unit owns."""

    @abstractmethod
    def called(self, place: int, arguments: tuple[Expr, ...]) -> Expr:
        """The call of a unit of kind module."""

    @abstractmethod
    def weight(self, owner: str, weight: str) -> Expr:
        """A weight of the unit of that name."""

    @abstractmethod
    def draws(self) -> Expr:
        """The mapping of drawn numbers."""

    @abstractmethod
    def float_type(self) -> Expr:
        """The floating type to calculate in, where no input of the module tells it."""

    # ------------------------------------------------------------ fragments

    def types(self, node: Node) -> Types:
        """The types of a node's inputs, as the catalogue knows them."""
        return tuple(self.module.type_of(ref) for ref in node.inputs)

    def results(self, place: int) -> Types:
        """The types of a node's results, likewise."""
        return self.module.nodes[place].outputs

    def _lowered(self, place: int) -> Fragment | None:
        node = self.module.nodes[place]
        layer = self.module.units[node.unit].layer
        if layer is None:
            return None
        assert isinstance(layer, Layer)
        lowering = self.lowering(layer)
        if isinstance(lowering, Unsupported):
            raise lowering.told(layer, self.framework, node.origin)
        try:
            fragment = lowering(layer, self.types(node), self.results(place))
        except NotANumber as error:
            raise self._unknown(str(error), node) from error
        return with_activity(fragment, layer, self.results(place))

    def _unknown(self, message: str, node: Node) -> Exception:
        return fail(
            codes.UNKNOWN_SIZE,
            f"'{self.module.units[node.unit].name}': {message}",
            help="sizes learned from data are numbers once the data has been read: train, then compile the run",
            where=node.origin,
        )

    # ------------------------------------------------------------- numbers

    def _numbers(self) -> dict[Ref, int | float]:
        """Results that are plain numbers of the spec."""
        found: dict[Ref, int | float] = {}
        for place, node in enumerate(self.module.nodes):
            layer = self.module.units[node.unit].layer
            if isinstance(layer, dense.Constant) and isinstance(layer.values, int | float):
                if layer.element != "bool":
                    found[place, 0] = float(layer.values) if layer.element == "float" else int(layer.values)
            elif isinstance(layer, shape.Cast) and layer.type != "bool" and node.inputs[0] in found:
                value = found[node.inputs[0]]
                found[place, 0] = float(value) if layer.type == "float" else int(value)
        return found

    def _tensors(self) -> set[Ref]:
        """The numbers that something reads as a tensor."""
        found = {result.ref for result in self.module.outputs} & self.numbers.keys()
        for place in reversed(range(len(self.module.nodes))):
            node = self.module.nodes[place]
            if (place, 0) in self.numbers and (place, 0) not in found:
                continue
            for number, ref in enumerate(node.inputs):
                if ref in self.numbers and self.number(node, number) is None and not self.fills(node):
                    found.add(ref)
        return found

    def is_plain_number(self, place: int) -> bool:
        """Whether a node is only read as a number, so that nothing computes it."""
        return (place, 0) in self.numbers and (place, 0) not in self.tensors

    def number(self, node: Node, place: int) -> int | float | None:
        """The number that may stand for an input of a node, if there is one."""
        value = self.numbers.get(node.inputs[place])
        if value is None or not isinstance(self.module.units[node.unit].layer, TAKES_NUMBERS):
            return None
        return value if all(ref not in self.numbers for ref in node.inputs if ref != node.inputs[place]) else None

    # --------------------------------------------------------------- values

    def value(self, place: int) -> Expr:
        """The result of a node; of several results, all of them."""
        node, fragment = self.module.nodes[place], self.fragments[place]
        arguments = tuple(self.argument(node, number) for number in range(len(node.inputs)))
        if fragment is None:
            return self.called(place, arguments)
        call_tree = fragment.call
        if self.fills(node):
            call_tree = self.filled(self.numbers[node.inputs[0]])
        return self._resolved(call_tree, place, arguments)

    def fills(self, node: Node) -> bool:
        """Whether a node repeats a plain number for each example."""
        return isinstance(self.module.units[node.unit].layer, operators.ToBatch) and node.inputs[0] in self.numbers

    def argument(self, node: Node, place: int) -> Expr:
        """An input of a node: a number, or what another node gives."""
        number = self.number(node, place)
        return Value(node.inputs[place]) if number is None else Lit(number)

    def _resolved(self, tree: Expr, place: int, arguments: tuple[Expr, ...]) -> Expr:
        node = self.module.nodes[place]

        def change(leaf: Expr) -> Expr | None:
            match leaf:
                case In(number):
                    return arguments[number]
                case Own():
                    return self.own(node.unit)
                case UnitName(suffix):
                    return Lit(self.call_names[place] + suffix)
                case WeightRef(owner, weight):
                    return self.weight(owner, weight)
                case Draws():
                    return self.draws()
                case FloatType():
                    return self._float_type()
                case Size(dim):
                    near = [(ref, self.module.type_of(ref)) for ref in node.inputs]
                    try:
                        return size_expression(dim, near, self._inputs(), self.shape)
                    except UnknownSize as error:
                        raise self._unknown(str(error), node) from error
            return None

        return substitute(tree, change)

    def _inputs(self) -> list[Source]:
        return [((INPUT, place), port.type) for place, port in enumerate(self.module.inputs)]

    def _float_type(self) -> Expr:
        for place, port in enumerate(self.module.inputs):
            if port.type.element == "float":
                return self.type_of(Value((INPUT, place)))
        return self.float_type()

    # ---------------------------------------------------------------- items

    def is_atom(self, place: int) -> bool:
        """Whether a node is no computation."""
        fragment = self.fragments[place]
        return fragment is not None and fragment.atom

    def item(self, place: int) -> Item:
        """A node as an item of a flow."""
        node, fragment = self.module.nodes[place], self.fragments[place]
        binding, _, label = self.module.units[node.unit].name.rpartition(".")
        return Item(
            results=tuple((place, which) for which in range(len(node.outputs))),
            value=self.value(place),
            binding=binding,
            label=label,
            leads=fragment is None or (bool(fragment.weights) and not fragment.follows),
            atom=fragment is not None and fragment.atom,
        )


def _call_names(module: Module) -> list[str]:
    """The unit's name for its first call, `name/2` for the second."""
    calls: Counter[int] = Counter()
    names: list[str] = []
    for node in module.nodes:
        calls[node.unit] += 1
        name, count = module.units[node.unit].name, calls[node.unit]
        names.append(name if count == 1 else f"{name}/{count}")
    return names
