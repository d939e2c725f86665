"""Random valid specs: a model whose lines the shape rules accept, at times with data and a training around it.

A spec follows from its seed alone: `random_spec(130)` is the same text on every machine.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from random import Random
from typing import Any

import numpy as np

from dlspec.tensor import Dim, Sym, TensorType
from tests.property.coverage import all_options
from tests.property.growth import Growth, S, T, resolved
from tests.property.statements import statement

Array = np.ndarray[Any, np.dtype[Any]]

TRAINED = 0.12
"""The share of specs with a training."""


@dataclass(frozen=True, slots=True)
class Spec:
    """A spec: its text, and the columns of its data where it trains."""

    seed: int
    text: str
    data: dict[str, Array] = field(default_factory=dict)

    @property
    def trains(self) -> bool:
        """Whether it has a training."""
        return bool(self.data)


def random_spec(seed: int) -> Spec:
    """The spec of a seed: a use of one option, each in its turn, and what grows around it."""
    random, choices = Random(seed), all_options("layer")
    while True:
        growth = Growth(random, _inputs(random))
        growth.show(choices[seed % len(choices)])
        for _ in range(random.randint(4, 8)):
            statement(growth)
        if growth.leaves():
            break
    text = _finished(random, growth)
    if random.random() < TRAINED:
        from tests.property.trainings import with_training

        return with_training(random, seed, text)
    return Spec(seed, text)


def _inputs(random: Random) -> dict[str, TensorType]:
    """One or two inputs."""
    found = {"x": TensorType("float", _shape(random))}
    if random.random() < 0.4:
        element = random.choice(("float", "float", "int", "bool"))
        shape = found["x"].shape if random.random() < 0.4 else _shape(random)
        found["z"] = TensorType(element, shape)
    return found


def _shape(random: Random) -> tuple[Dim, ...]:
    features, small = random.choice((3, 4, 5, 6, 7, 8)), random.choice((5, 6, 7, 8))
    return random.choice(
        (
            (features,), (features,), (small, features), (T, features), (T, features), (features, T),
            (4, small, 6), (2, 5, small), (3, S, 6), (2, 3, 4, small % 4 + 2), (T,), (),
        )
    )  # fmt: skip


def _finished(random: Random, growth: Growth) -> str:
    """The text with the bindings that nothing uses as outputs, comments, and at times a parameter."""
    text = growth.text(outputs=growth.leaves())
    changed = text
    if random.random() < 0.3 and (found := re.search(r"\b(dense|conv|gru|lstm|rnn|maxout)\((\d+)", text)):
        head, tail = changed.split("model m {", 1)
        if found[0] in tail:
            tail = tail.replace(found[0], f"{found[1]}(width", 1)
            head, name = (f"{head}wide = {found[2]}\n", "wide") if random.random() < 0.5 else (head, found[2])
            changed = f"{head}# The model.\nmodel m(width = {name}) {{{tail}"
    if random.random() < 0.3:
        changed = re.sub(r"  output (\w+)\n}\n$", r"  output y = \1  # the last\n}\n", changed)
    found_errors = resolved(changed).report.errors if changed != text else [None]
    return text if found_errors else changed


def random_array(type: TensorType, count: int, sizes: dict[str, Dim], rng: np.random.Generator) -> Array:
    """Numbers for an input or column."""
    shape = [size.substitute(sizes) if isinstance(size, Sym) else size for size in type.shape]
    full = (count, *(int(size) for size in shape if isinstance(size, int)))
    if type.element == "bool":
        return np.asarray(rng.random(full) < 0.6)
    if type.element == "int":
        kinds = type.kinds if isinstance(type.kinds, int) else 6
        return np.asarray(rng.integers(0, kinds, full))
    return rng.normal(size=full).astype(np.float32)
