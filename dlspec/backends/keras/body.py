"""What is Keras's own in the body of a class."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import ClassVar

from dlspec.backends.keras.common import split_path, variable_at
from dlspec.backends.keras.helpers import HELPERS, IMPORTS
from dlspec.backends.keras.layouts import LaidOut, Signature, lay_out
from dlspec.backends.keras.nodes import KerasNodes
from dlspec.backends.keras.reserved import ARGUMENTS, MODULE_ATTRIBUTES
from dlspec.backends.python.body import SELF, Instance, ModuleBody
from dlspec.backends.python.expression import Assign, Expr, Get, Lit, Repeated, Sequence, Statement, call
from dlspec.ir.program import INPUT, Module, Ref

LOCALS = frozenset({"self", "draws", "activity", *ARGUMENTS, *HELPERS, *IMPORTS})
"""Names that no variable of `call` may take."""


class KerasBody(KerasNodes, ModuleBody):
    """A module of the program as a `keras.Model` or a layer."""

    attributes_taken: ClassVar[Collection[str]] = MODULE_ATTRIBUTES
    locals_taken: ClassVar[Collection[str]] = LOCALS

    def __init__(self, laid: LaidOut, instances: Mapping[str, Instance], output: str) -> None:
        self.laid = laid
        super().__init__(laid.module, instances, output)

    def several(self, new: Repeated) -> Expr:
        return Sequence((new,), "[]")

    def fixed(self, attribute: str, new: Expr) -> Statement:
        return Assign((Get(SELF, attribute),), new)

    def finish(self) -> list[Statement]:
        """All layers have their variables by now."""
        return [Assign((Get(SELF, "built"),), Lit(True))]

    def sizes(self) -> dict[str, object]:
        if not self.module.inputs:
            return {}
        written = self.laid.type_of((INPUT, 0)).shape
        found: dict[str, object] = {}
        if len(written) in (1, 2):
            found["in_features"] = written[-1]
        if len(written) > 1:
            found["in_channels"] = written[0]
        return found

    def shared(self, own: Expr, new: Expr, owner: Expr) -> list[Statement]:
        return [Assign((own,), call("share_layers", new, owner))]

    def channels_last(self, ref: Ref) -> bool:
        return ref in self.laid.last

    def joined(self, path: str, below_path: str) -> str:
        return f"{path}{below_path}" if below_path.startswith(":") else f"{path}.{below_path}"

    def weight_at(self, own: Expr, path: str) -> Expr:
        place, layout = split_path(path)
        value = variable_at(own, place)
        match layout:
            case "same":
                return value
            case "kernel":
                return call("ops.moveaxis", value, (-1, -2), (0, 1))
            case "depthwise":
                return call("depthwise_weight", value)
            case "gates":
                return call("gates_weight", value)
        return call("gates_bias", value, 0 if layout == "input_bias" else 1)


class Layouts:
    """Makes the bodies of modules, each laid out by the signatures of those inside it."""

    def __init__(self) -> None:
        self.signatures: dict[str, Signature] = {}

    def body(self, module: Module, instances: Mapping[str, Instance], output: str) -> KerasBody:
        """The body of a module, once those inside it are known."""
        laid = lay_out(module, self.signatures)
        self.signatures[module.name] = laid.signature
        return KerasBody(laid, instances, output)
