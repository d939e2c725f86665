"""`vocabulary(like=field)`: the vocabulary of another field, of the same data or another one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from dlspec.catalog.texts import Vocabulary
from dlspec.diagnostics.codes import data as codes
from dlspec.diagnostics.report import did_you_mean, fail
from dlspec.diagnostics.span import Span
from dlspec.ir.builder import Tensor
from dlspec.ir.context import Expressions
from dlspec.ir.program import INPUT, Data, Node, Ref, Unit
from dlspec.ir.values import DataName, FileNames
from dlspec.syntax import ast
from dlspec.tensor import Dim, TensorType


class Blocks(Protocol):
    """The data blocks of a spec, for one that refers to another."""

    def data_of(self, name: DataName) -> Data:
        """A block, resolved."""

    def in_the_making(self, name: DataName) -> bool:
        """Whether a block is being resolved at this moment."""


@dataclass(frozen=True, slots=True)
class SharedVocabulary:
    """The fields that a data block's vocabularies may be like: its own so far, and those of other blocks."""

    evaluator: Expressions
    declaration: ast.Data
    file: FileNames
    blocks: Blocks
    fields: Mapping[str, Tensor]

    def kinds(self, layer: Vocabulary, span: Span | None) -> Dim | None:
        """How many numbers the other vocabulary has; a diagnostic where there is none."""
        name, _, field = (layer.like or "").rpartition(".")
        place = span or self.declaration.name.span
        own = name in ("", self.declaration.name.id)
        known, found = self._own(field) if own else self._others(name, field, place)
        if found is None:
            raise fail(
                codes.NO_VOCABULARY,
                f"'{layer.like}' is no field with a vocabulary{' above this line' if own else ''}",
                place,
                help=did_you_mean(field, known) or "name a field whose flow has a `vocabulary`, as `like=tokens`",
            )
        other, kinds = found
        strange = next((mark for mark in layer.marks if mark not in other.marks), None)
        if strange is not None:
            raise fail(
                codes.NO_VOCABULARY, f"the vocabulary of '{layer.like}' has no mark '{strange}'", place,
                help="give the mark there too",
            )  # fmt: skip
        return kinds

    def _own(self, field: str) -> tuple[list[str], tuple[Vocabulary, Dim | None] | None]:
        if field not in self.fields:
            return list(self.fields), None
        tensor = self.fields[field]
        return list(self.fields), _vocabulary(tensor.ref, tensor.type, tensor.builder.units, tensor.builder.nodes)

    def _others(self, name: str, field: str, place: Span) -> tuple[list[str], tuple[Vocabulary, Dim | None] | None]:
        module = self._data(name, place).module
        refs = {result.name: result.ref for result in module.outputs}
        if field not in refs:
            return list(refs), None
        return list(refs), _vocabulary(refs[field], module.type_of(refs[field]), module.units, module.nodes)

    def _data(self, name: str, place: Span) -> Data:
        """Another data block of the file."""
        value = self.file.value(name, self.evaluator, place) if self.file.has(name) else None
        if not isinstance(value, DataName):
            raise fail(codes.NO_VOCABULARY, f"there is no data '{name}'", place, help="write `like=data.field`")
        if self.blocks.in_the_making(value):
            raise fail(
                codes.NO_VOCABULARY, f"'{self.declaration.name.id}' and '{name}' take vocabularies of each other",
                place, help="let one of them learn its own",
            )  # fmt: skip
        return self.blocks.data_of(value)


def _vocabulary(
    ref: Ref, type: TensorType, units: Sequence[Unit], nodes: Sequence[Node]
) -> tuple[Vocabulary, Dim | None] | None:
    """The vocabulary whose numbers a tensor holds, and how many there are."""
    while ref[0] != INPUT:
        node = nodes[ref[0]]
        layer = units[node.unit].layer
        if isinstance(layer, Vocabulary):
            return layer, node.outputs[0].kinds
        if not node.inputs:
            break
        ref = node.inputs[0]
    return None
