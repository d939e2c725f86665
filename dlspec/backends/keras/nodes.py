"""What is Keras's own in the code of nodes."""

from __future__ import annotations

from typing import ClassVar

from dlspec.backends.keras.layouts import LaidOut
from dlspec.backends.keras.table import lowering_of
from dlspec.backends.python.expression import Expr, FloatType, In, Lit, Sequence, call, index
from dlspec.backends.python.fragment import Lowering, Unsupported
from dlspec.backends.python.nodes import Nodes
from dlspec.catalog.base import Layer, Types
from dlspec.ir.program import Node


class KerasNodes(Nodes):
    """Nodes as Keras code: of a module that has been laid out."""

    framework: ClassVar[str] = "Keras"
    laid: LaidOut

    def lowering(self, layer: Layer) -> Lowering | Unsupported:
        return lowering_of(layer)

    def types(self, node: Node) -> Types:
        return tuple(self.laid.type_of(ref) for ref in node.inputs)

    def results(self, place: int) -> Types:
        return tuple(self.laid.type_of((place, which)) for which in range(len(self.module.nodes[place].outputs)))

    def shape(self, tensor: Expr) -> Expr:
        return call("ops.shape", tensor)

    def filled(self, number: int | float) -> Expr:
        kind: Expr = FloatType() if isinstance(number, float) else Lit("int64")
        return call("ops.full", Sequence((index(call("ops.shape", In(1)), 0),)), number, dtype=kind)

    def type_of(self, tensor: Expr) -> Expr:
        return self.float_type()

    def float_type(self) -> Expr:
        return call("keras.config.floatx")
