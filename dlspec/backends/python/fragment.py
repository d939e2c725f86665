"""What a lowering gives: how a unit is made and how a node calls it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from dlspec.backends.python.expression import Expr, Simple
from dlspec.catalog.base import Layer, Types
from dlspec.catalog.conformance import PASSED, outcomes
from dlspec.diagnostics.codes import runtime as codes
from dlspec.diagnostics.report import DlspecError, fail

TITLES = {"torch": "PyTorch", "keras": "Keras", "onnx": "ONNX Runtime"}


@dataclass(frozen=True, slots=True)
class Fragment:
    """A node of a layer as code.

    `call` computes the result from `In(k)` and, where the unit owns something, `Own()`. `new` makes what it owns,
    `after` are statements on it. `weights` pairs canonical names with paths below the attribute (the empty path is
    the attribute itself). `follows`: reads well around the call that made its input (a norm, dropout). An `atom` is
    no computation: a name or a number that may stand anywhere, any number of times. A `buffer` is a fixed tensor.
    """

    call: Expr
    new: Expr | None = None
    after: tuple[Simple, ...] = ()
    weights: tuple[tuple[str, str], ...] = ()
    follows: bool = False
    atom: bool = False
    buffer: bool = False


@dataclass(frozen=True, slots=True)
class Unsupported:
    """Why a layer has no code in a backend."""

    reason: str

    def told(self, layer: Layer, framework: str, where: str) -> DlspecError:
        """The diagnostic at the layer; it names the backends that have it."""
        passed = [backend for backend, outcome in outcomes(type(layer)).items() if outcome == PASSED]
        able = [backend for backend in passed if TITLES[backend] != framework]
        return fail(
            codes.UNSUPPORTED,
            f"{framework} cannot do '{layer.entry}': {self.reason}",
            help=f"these backends can: {', '.join(able)}" if able else f"`dlspec explain {layer.entry}` says what can",
            where=where,
        )


Lowering = Callable[[Layer, Types, Types], Fragment]
"""From a layer and the types of its inputs and results."""

Table = Mapping[str, Lowering | Unsupported]
"""Lowerings of a family by the name of the layer."""
