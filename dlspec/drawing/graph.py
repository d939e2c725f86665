"""A model as nested boxes and the wires between them: plain data, which a picture or a page is made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from dlspec.tensor import TensorType

OUTSIDE = -1
"""As the box of an end of a wire: an input or an output of the scope itself."""

End = tuple[int, int]
"""Where a wire begins or ends: (box, which of its results or inputs), or (OUTSIDE, which input or output)."""

Kind = Literal["layer", "block", "binding", "repeat", "part"]

FITS = 24
"""Boxes that a picture shows at most where nobody says how deep it shall be opened."""
MOST_BOXES = 1500
"""Boxes that a picture shows at most, whatever is asked for."""


@dataclass(frozen=True, slots=True)
class Box:
    """A layer, or what can be opened: a block, a binding, a repeated sequence, a part of a long chain.

    `over` is the name that the spec gives it where the title does not say it, `note` the arguments, `facts` what is
    told of it, by name. `scope` is what is inside; a box drawn once for several in a row stands for `times` of them.
    """

    kind: Kind
    title: str
    over: str
    note: str
    name: str
    times: int
    scope: str | None
    weighty: bool
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Wire:
    """A tensor on its way from one box to another."""

    source: End
    target: End
    type: TensorType
    label: str


@dataclass(frozen=True, slots=True)
class Scope:
    """The inside of something: boxes in order of evaluation, and the wires between them and from and to the outside."""

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    boxes: tuple[Box, ...]
    wires: tuple[Wire, ...]


@dataclass(frozen=True, slots=True)
class Drawing:
    """A model: its scopes by name, of which `root` is the first level."""

    model: str
    doc: str
    facts: tuple[tuple[str, str], ...]
    root: str
    scopes: dict[str, Scope] = field(default_factory=dict)

    def boxes_at(self, depth: int) -> int:
        """How many boxes a picture shows that is opened `depth` levels deep."""
        return self._count(self.root, depth, {})

    def _count(self, scope: str, depth: int, known: dict[tuple[str, int], int]) -> int:
        # A scope is counted once for each depth, however often it stands there.
        if (scope, depth) not in known:
            known[scope, depth] = sum(
                1 if box.scope is None or depth <= 1 else self._count(box.scope, depth - 1, known)
                for box in self.scopes[scope].boxes
            )
        return known[scope, depth]

    def deepest(self, most: int, wanted: int | None = None) -> int:
        """The greatest depth, up to the one that is wanted, at which no more boxes than `most` show; at least 1."""
        depth, shown = 1, self.boxes_at(1)
        while depth != wanted:
            more = self.boxes_at(depth + 1)
            if more > most or (more == shown and self._all_open(depth)):
                break
            depth, shown = depth + 1, more
        return depth

    def _all_open(self, depth: int) -> bool:
        """Whether nothing is left to open."""
        return self._height(self.root, {}) <= depth

    def _height(self, scope: str, known: dict[str, int]) -> int:
        if scope not in known:
            inside = [self._height(box.scope, known) for box in self.scopes[scope].boxes if box.scope is not None]
            known[scope] = 1 + max(inside, default=0)
        return known[scope]

    def as_json(self) -> dict[str, Any]:
        """What the page's script reads."""
        return {
            "model": self.model,
            "doc": self.doc,
            "facts": self.facts,
            "root": self.root,
            "scopes": {name: _scope_json(scope) for name, scope in self.scopes.items()},
        }


def _scope_json(scope: Scope) -> dict[str, Any]:
    return {
        "inputs": scope.inputs,
        "outputs": scope.outputs,
        "boxes": [
            {
                "kind": box.kind, "title": box.title, "over": box.over, "note": box.note, "name": box.name,
                "times": box.times, "scope": box.scope, "weighty": box.weighty, "facts": box.facts,
            }
            for box in scope.boxes
        ],
        "wires": [[*wire.source, *wire.target, wire.label] for wire in scope.wires],
    }  # fmt: skip
