"""A drawing taken apart again into single layers, to be compared with the compiler's own flat view."""

from __future__ import annotations

from dlspec.drawing.graph import OUTSIDE, Box, Drawing, Wire
from dlspec.ir.program import INPUT, Ref

Leaf = tuple[str, tuple[Ref, ...]]
"""A layer and what it reads."""


class Expansion:
    """All layers of a drawing in order of evaluation, every box opened and every repeat written out."""

    def __init__(self, drawing: Drawing) -> None:
        self.drawing = drawing
        self.leaves: list[Leaf] = []
        self.labels: list[tuple[Ref, str]] = []
        """Every wire's tensor, and what stands on it."""
        inputs = [(INPUT, place) for place in range(len(drawing.scopes[drawing.root].inputs))]
        self.outputs = self.expand(drawing.root, inputs)

    def expand(self, name: str, inputs: list[Ref]) -> list[Ref]:
        scope = self.drawing.scopes[name]
        results: list[list[Ref]] = []

        def read(place: int) -> list[Ref]:
            wires = sorted((wire for wire in scope.wires if wire.target[0] == place), key=lambda wire: wire.target[1])
            assert [wire.target[1] for wire in wires] == list(range(len(wires)))
            return [tensor(wire) for wire in wires]

        def tensor(wire: Wire) -> Ref:
            box, which = wire.source
            ref = inputs[which] if box == OUTSIDE else results[box][which]
            self.labels.append((ref, wire.label))
            return ref

        for place, box in enumerate(scope.boxes):
            results.append(self.opened(box, read(place)))
        return read(OUTSIDE)

    def opened(self, box: Box, inputs: list[Ref]) -> list[Ref]:
        results: list[Ref] = []
        for _ in range(box.times):
            fed = inputs[0] if inputs else None
            if box.scope is not None:
                results = self.expand(box.scope, inputs)
            elif box.kind == "layer":
                self.leaves.append((box.title, tuple(inputs)))
                results = [(len(self.leaves) - 1, which) for which in range(9)]
            else:  # a block without anything in it gives what it gets
                results = list(inputs)
            inputs = [results[0] if each == fed else each for each in inputs]
        return results
