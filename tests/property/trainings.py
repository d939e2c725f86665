"""Data and a training around a random model: losses, optimizers, schedules, penalties and the other settings."""

from __future__ import annotations

from pathlib import Path
from random import Random

from dlspec.catalog.base import Loss
from dlspec.catalog.index import find, names
from dlspec.diagnostics.span import SourceFile
from dlspec.ir.resolve import Resolution, Resolver
from dlspec.ir.weights import weights_of
from dlspec.tensor import TensorType
from dlspec.training.verify.inputs import training_fields
from tests.property.arguments import Drawer, built, call
from tests.property.fitting import LENGTHS, fixed
from tests.property.growth import resolved
from tests.property.random_specs import Spec

ROWS = 10
"""Examples: two batches of four, and a smaller one."""

TRIES = 60
"""Losses that are tried before a model is left without a training."""


class Block:
    """A `train` block in the making."""

    def __init__(self, random: Random, model: str, columns: dict[str, TensorType]) -> None:
        self.random = random
        self.drawer = Drawer(random)
        self.model = model
        self.columns = columns
        self.losses: list[str] = []
        self.lines = [
            f"optimizer {self.entry('optimizer')}",
            f"epochs {random.randint(1, 3)}",
            f"batch {random.choice((4, 4, 5, 'all'))}",
        ]

    def text(self, lines: list[str] | None = None) -> str:
        """The whole spec."""
        data = "".join(f'  {name} = column("{name}")\n' for name in self.columns)
        body = "".join(f"  {line}\n" for line in [*self.losses, *self.lines, *(lines or [])])
        return f'{self.model}data d {{\n  source npz("data.npz")\n{data}}}\ntrain m on d {{\n{body}}}\n'

    def resolved(self, lines: list[str] | None = None) -> Resolution:
        """What the resolver says, with the columns as they are here."""
        columns = dict(self.columns)
        return Resolver(lambda *_, **__: columns).resolve(SourceFile("random.dl", self.text(lines)), Path())

    def add(self, *lines: str) -> bool:
        """Keep the lines if the resolver takes them."""
        found = self.resolved(list(lines))
        if found.report.errors or not found.program.trains:
            return False
        self.lines += lines
        return True

    def spec(self, seed: int) -> Spec | None:
        """The spec with numbers for its columns; None where a field is no column."""
        found = self.resolved().program
        data = training_fields(found, found.trains[0], {}, ROWS, LENGTHS[0])
        if set(data) != {port.name for port in found.trains[0].fields}:
            return None
        self.columns = {name: type for name, type in self.columns.items() if name in data}
        return Spec(seed, self.text(), {name: data[name] for name in self.columns})

    def entry(self, kind: str, turn: int | None = None) -> str:
        """An entry of a kind, as text: any of them, or the one whose turn it is."""
        while True:
            known = names(kind)
            cls = find(kind, self.random.choice(known) if turn is None else known[turn % len(known)])
            assert cls is not None
            arguments = self.drawer.arguments(cls)
            if built(cls, arguments) is not None:
                return call(cls, arguments, self.random)


def with_training(random: Random, seed: int, text: str) -> Spec:
    """The spec with data and a training; without them where none of the losses tried takes its outputs."""
    program = resolved(text).program
    module = program.module(program.models["m"])
    if not any(weight.trainable for weight in weights_of(program, module.name).values()):
        return Spec(seed, text)
    columns = {port.name: fixed(port.type, LENGTHS[0]) for port in module.inputs}
    outputs = {result.name: fixed(module.type_of(result.ref), LENGTHS[0]) for result in module.outputs}
    block = Block(random, text, columns)
    turn = names("loss")[seed % len(names("loss"))]
    for number in range(random.choice((1, 1, 1, 2))):
        if not _loss(block, outputs, number, turn) and number == 0:
            return Spec(seed, text)
    _settings(block, seed)
    return block.spec(seed) or Spec(seed, text)


def _loss(block: Block, outputs: dict[str, TensorType], number: int, turn: str) -> bool:
    """A loss of the catalogue that takes outputs, and a new column as its target; rather the one whose turn it is."""
    random, target = block.random, f"target{number or ''}"
    floats = [name for name, type in outputs.items() if type.element == "float"]
    before = dict(block.columns), list(block.losses)
    for attempt in range(TRIES if floats else 0):
        cls = find("loss", turn if attempt < TRIES // 2 else random.choice(names("loss")))
        assert isinstance(cls, type)
        assert issubclass(cls, Loss)
        arguments = block.drawer.arguments(cls)
        if built(cls, arguments) is None:
            continue
        block.columns, block.losses = dict(before[0]), list(before[1])
        given: list[str] = []
        for place, _name in enumerate(cls.inputs):
            first = outputs[given[0]] if given else None
            if first is None or (place + 1 < len(cls.inputs) and random.random() < 0.9) or random.random() < 0.1:
                given.append(random.choice(floats))
            else:
                block.columns[target] = _target(random, first)
                given.append(target)
        tame = [f"{name} -> tanh" if name in outputs and random.random() < 0.5 else name for name in given]
        flow = f"({', '.join(tame)}) -> {call(cls, arguments, random)}"
        name = f"term{number} = " if number or random.random() < 0.2 else ""
        block.losses.append(f"loss {name}{flow}")
        if not (found := block.resolved()).report.errors and found.program.trains:
            return True
    block.columns, block.losses = before
    return False


def _target(random: Random, prediction: TensorType) -> TensorType:
    shape = prediction.shape
    return random.choice(
        (
            TensorType("float", shape), TensorType("float", shape), TensorType("int", shape[:-1]),
            TensorType("int", shape[:-1]), TensorType("int", shape[1:]), TensorType("int", shape),
            TensorType("int", ()),
        )
    )  # fmt: skip


def _settings(block: Block, seed: int) -> None:
    """The settings that a training may have, each in a part of them."""
    random = block.random
    known = names("train setting")
    pattern = random.choice(("h1*", "h3*", "h*", "*weight*", "*bias"))

    def some(share: float, *lines: str) -> None:
        if lines[0].split()[0] in known and random.random() < share:
            block.add(*lines)

    some(0.15, f'optimizer {block.entry("optimizer")}, on="{pattern}"')
    phases = [block.entry("schedule", seed), *(block.entry("schedule") for _ in range(random.choice((0, 0, 1))))]
    some(0.8, f"schedule {' -> '.join(phases)}")
    some(0.3, f"penalty {block.entry('penalty')}")
    some(0.15, f'penalty {block.entry("penalty")}, on="{pattern}"')
    some(0.3, f"clip {random.choice(('norm=0.5', 'value=0.1', 'norm=1.0, value=0.2'))}")
    some(0.2, f'freeze "{pattern}"{random.choice(("", ", until=1"))}')
    some(0.2, f'rate "{pattern}", {random.choice((0.1, 0.5, 2))}')
    if "constraint" in known:
        some(0.3, f"constraint {block.entry('constraint')}")
    some(0.2, f"accumulate {random.randint(2, 3)}")
    some(0.1, "average 0.9")
    some(0.3, f"shuffle {random.choice(('true', 'false'))}")
    some(0.5, f"seed {random.randint(0, 99)}")
