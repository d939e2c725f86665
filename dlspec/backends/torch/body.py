"""What is PyTorch's own in the body of a class."""

from __future__ import annotations

from collections.abc import Collection
from typing import ClassVar

from dlspec.backends.python.body import SELF, ModuleBody
from dlspec.backends.python.expression import Assign, Do, Expr, Get, Repeated, Statement, call, method
from dlspec.backends.torch.helpers import HELPERS, IMPORTS
from dlspec.backends.torch.nodes import TorchNodes
from dlspec.backends.torch.reserved import MODULE_ATTRIBUTES

LOCALS = frozenset({"self", "draws", "activity", *HELPERS, *IMPORTS})
"""Names that no variable of `forward` may take."""


class TorchBody(TorchNodes, ModuleBody):
    """A module of the program as an `nn.Module`."""

    attributes_taken: ClassVar[Collection[str]] = MODULE_ATTRIBUTES
    locals_taken: ClassVar[Collection[str]] = LOCALS

    def several(self, new: Repeated) -> Expr:
        return call("nn.ModuleList", new)

    def fixed(self, attribute: str, new: Expr) -> Statement:
        self.buffers.append(attribute)
        return Do(method(SELF, "register_buffer", attribute, new, persistent=False))

    def shared(self, own: Expr, new: Expr, owner: Expr) -> list[Statement]:
        return [Assign((own,), new), Do(call("share_layers", own, owner))]

    def float_type(self) -> Expr:
        for own, paths in self.owned.values():
            for path in paths.values():
                return Get(self.weight_at(own, path), "dtype")
        return super().float_type()
