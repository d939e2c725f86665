"""Nodes of a step as expressions of a plain function, to which the models are given."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from dlspec.backends.python.activity import ACTIVITY, UnitCall, calls_of
from dlspec.backends.python.expression import Expr, FloatType, Get, Lit, Local, Value, call, method
from dlspec.backends.python.flow import Item, Repeat
from dlspec.backends.torch.dense import constant_value
from dlspec.backends.torch.nodes import TorchNodes
from dlspec.catalog import dense
from dlspec.ir.program import INPUT, Module


class FlowNodes(TorchNodes):
    """Nodes whose models are expressions, and which own nothing else."""

    def __init__(
        self,
        module: Module,
        models: Mapping[str, str],
        takes_draws: Mapping[str, bool],
        draws: str | None,
        training: str,
        activity: Collection[UnitCall],
        drawing: Collection[str],
    ) -> None:
        super().__init__(module)
        self._models = models
        self._takes_draws = takes_draws
        self._draws = draws
        self._training = training
        self._activity = activity
        self._calls = calls_of(module)
        self._drawing = drawing

    def items(self) -> list[Item | Repeat]:
        """The nodes that compute something."""
        return [self.item(place) for place in range(len(self.module.nodes)) if not self.is_plain_number(place)]

    def item(self, place: int) -> Item:
        # A constant is made where it is needed, and a variable holds it.
        item = super().item(place)
        is_constant = isinstance(self.module.units[self.module.nodes[place].unit].layer, dense.Constant)
        return Item(item.results, item.value, item.binding, item.label, item.leads, item.atom and not is_constant)

    def own(self, unit: int) -> Expr:
        """A constant, or a layer without weights made on the spot."""
        made = self.module.units[unit]
        if isinstance(made.layer, dense.Constant):
            return self._constant(made.layer)
        place = next(place for place, node in enumerate(self.module.nodes) if node.unit == unit)
        fragment = self.fragments[place]
        if fragment is None or fragment.new is None or fragment.weights:
            raise LookupError(f"'{made.name}' has weights of its own outside of a model")
        return method(fragment.new, "train", Local(self._training))

    def _constant(self, layer: dense.Constant) -> Expr:
        extra: dict[str, Expr] = {"dtype": FloatType()} if layer.element == "float" else {}
        reference = next(
            (Value((INPUT, place)) for place, port in enumerate(self.module.inputs) if port.type.batched), None
        )
        if reference is not None:
            extra["device"] = Get(reference, "device")
        return self._settled(call("torch.tensor", constant_value(layer), **extra))

    def _settled(self, tree: Expr) -> Expr:
        return self._resolved(tree, 0, ())

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
            model = method(model, "train", Local(self._training))
        return call(model, *arguments, **extra)

    def weight(self, owner: str, weight: str) -> Expr:
        raise LookupError(f"'{owner}' is no layer of a model")

    def draws(self) -> Expr:
        return Lit(None) if self._draws is None else Local(self._draws)
