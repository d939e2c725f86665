"""Nodes of a step as expressions of a plain function, to which the models are given."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from dlspec.backends.keras.dense import constant_tensor
from dlspec.backends.keras.layouts import LaidOut, Signature, lay_out
from dlspec.backends.keras.nodes import KerasNodes
from dlspec.backends.keras.random import GENERATOR
from dlspec.backends.python.activity import ACTIVITY, UnitCall, calls_of
from dlspec.backends.python.chance import draws
from dlspec.backends.python.expression import OWN, Call, Expr, Lit, Local, Own, call, index, substitute
from dlspec.backends.python.flow import Item, Repeat
from dlspec.catalog import dense
from dlspec.catalog.random import Draw
from dlspec.ir.program import Module, Ref


class FlowNodes(KerasNodes):
    """Nodes whose models are expressions, and which own nothing else."""

    def __init__(
        self,
        laid: LaidOut,
        models: Mapping[str, str],
        takes_draws: Mapping[str, bool],
        draws: str | None,
        training: str,
        activity: Collection[UnitCall],
        drawing: Collection[str],
        keeps: str,
    ) -> None:
        self.laid = laid
        self._models = models
        self._takes_draws = takes_draws
        self._draws = draws
        self._training = training
        self._activity = activity
        self._calls = calls_of(laid.module)
        self._drawing = drawing
        self._keeps = keeps
        self.kept: dict[int, tuple[str, Expr]] = {}
        """By unit: what it takes from where it lasts, its name there and how it is made."""
        super().__init__(laid.module)

    def items(self) -> list[Item | Repeat]:
        """The nodes that compute something."""
        return [self.item(place) for place in range(len(self.module.nodes)) if not self.is_plain_number(place)]

    def item(self, place: int) -> Item:
        # A constant is made where it is needed, and a variable holds it.
        item = super().item(place)
        is_constant = isinstance(self.module.units[self.module.nodes[place].unit].layer, dense.Constant)
        return Item(item.results, item.value, item.binding, item.label, item.leads, item.atom and not is_constant)

    def value(self, place: int) -> Expr:
        """A layer that is made on the spot is told whether this is training."""
        fragment = self.fragments[place]
        if fragment is None or fragment.new is None or fragment.buffer or fragment.new == GENERATOR:
            return super().value(place)
        lasts = draws(self.module.units[self.module.nodes[place].unit].layer)
        owner = OWN if lasts else fragment.new
        told = substitute(fragment.call, lambda part: self._told(part, owner))
        self.fragments[place] = type(fragment)(told, fragment.new, fragment.after, fragment.weights)
        value = super().value(place)
        self.fragments[place] = fragment
        return value

    def _told(self, part: Expr, new: Expr) -> Expr | None:
        if isinstance(part, Call) and isinstance(part.function, Own):
            return Call(new, part.arguments, (*part.keywords, ("training", Local(self._training))))
        return call("partial", new, training=Local(self._training)) if isinstance(part, Own) else None

    def own(self, unit: int) -> Expr:
        """A constant, what lasts, a layer made on the spot, or the generator of Keras itself."""
        made = self.module.units[unit]
        if isinstance(made.layer, dense.Constant):
            return self._resolved(constant_tensor(made.layer), 0, ())
        place = next(place for place, node in enumerate(self.module.nodes) if node.unit == unit)
        fragment = self.fragments[place]
        if fragment is None or fragment.new is None or fragment.weights:
            raise LookupError(f"'{made.name}' has weights of its own outside of a model")
        if isinstance(made.layer, Draw):
            return Lit(None)
        return self._lasting(unit, fragment.new) if draws(made.layer) else fragment.new

    def _lasting(self, unit: int, new: Expr) -> Expr:
        """What has a generator of numbers, which TensorFlow lets nobody make inside of what it compiles."""
        name = self.module.units[unit].name
        self.kept[unit] = (name, new)
        return index(Local(self._keeps), name)

    def called(self, place: int, arguments: tuple[Expr, ...]) -> Expr:
        unit = self.module.units[self.module.nodes[place].unit]
        assert unit.module is not None
        extra: dict[str, Expr] = {}
        if self._takes_draws[unit.module] and self._draws is not None:
            extra["draws"] = call("draws_within", Local(self._draws), f"{self.call_names[place]}.")
        if self._calls[place] in self._activity:
            extra["activity"] = ACTIVITY
        model: Expr = Local(self._models[unit.name])
        if unit.name in self._drawing:
            model = self._lasting(self.module.nodes[place].unit, model)
        return call(model, *arguments, **extra, training=Local(self._training))

    def weight(self, owner: str, weight: str) -> Expr:
        raise LookupError(f"'{owner}' is no layer of a model")

    def draws(self) -> Expr:
        return Lit(None) if self._draws is None else Local(self._draws)


def laid_out_step(module: Module, wanted: Sequence[Ref]) -> LaidOut:
    """A step's module with canonical tensors wherever a model or a loss meets it."""
    signatures: dict[str, Signature] = {}
    for place, unit in enumerate(module.units):
        if unit.module is not None:
            node = next(node for node in module.nodes if node.unit == place)
            signatures[unit.module] = Signature((False,) * len(node.inputs), (False,) * len(node.outputs))
    return lay_out(module, signatures, wanted)
