"""What is PyTorch's own in the code of nodes."""

from __future__ import annotations

from typing import ClassVar

from dlspec.backends.python.expression import Expr, FloatType, Get, In, Sequence, call, index
from dlspec.backends.python.fragment import Lowering, Unsupported
from dlspec.backends.python.nodes import Nodes
from dlspec.backends.torch.table import lowering_of
from dlspec.catalog.base import Layer


class TorchNodes(Nodes):
    """Nodes as PyTorch code."""

    framework: ClassVar[str] = "PyTorch"

    def lowering(self, layer: Layer) -> Lowering | Unsupported:
        return lowering_of(layer)

    def shape(self, tensor: Expr) -> Expr:
        return Get(tensor, "shape")

    def filled(self, number: int | float) -> Expr:
        extra = {"dtype": FloatType()} if isinstance(number, float) else {}
        count = Sequence((index(Get(In(1), "shape"), 0),))
        return call("torch.full", count, number, **extra, device=Get(In(1), "device"))

    def type_of(self, tensor: Expr) -> Expr:
        return Get(tensor, "dtype")

    def float_type(self) -> Expr:
        return call("torch.get_default_dtype")
