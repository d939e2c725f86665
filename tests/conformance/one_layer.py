"""A model of one layer for each sample of the catalogue, and numbers to run it on."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from dlspec.catalog.base import Layer, Sample
from dlspec.catalog.index import all_entries, find
from dlspec.ir.program import INPUT, Module, Node, Port, Program, Result, Unit
from dlspec.tensor import Dim, Sym, TensorType
from tests.conformance.required import samples_of

Array = np.ndarray[Any, np.dtype[Any]]

LEARNED = {"corpus.tokens.size": 11}
"""Sizes learned from data, which are known before a graph is written."""
LENGTHS: tuple[dict[str, Dim], ...] = ({"T": 6, "H": 8, "W": 7}, {"T": 9, "H": 5, "W": 12})
BATCH = 3


@dataclass(frozen=True)
class Case:
    """A layer on inputs of given types, with the shapes that must come out."""

    name: str
    layer: Layer
    inputs: tuple[TensorType, ...]
    outputs: tuple[tuple[Dim, ...], ...]

    def __str__(self) -> str:
        arguments = ", ".join(f"{name}={value}" for name, value in self.layer.model_dump(exclude_defaults=True).items())
        return f"{self.name}({arguments}) on {', '.join(map(str, self.inputs)) or 'nothing'}"

    @property
    def types(self) -> tuple[TensorType, ...]:
        found = self.layer.infer(*self.inputs)
        return (found,) if isinstance(found, TensorType) else found


def fixed(value: Any, sizes: dict[str, Any]) -> Any:
    """A value with symbolic sizes replaced."""
    if isinstance(value, Sym):
        return value.substitute(sizes)
    return tuple(fixed(each, sizes) for each in value) if isinstance(value, tuple) else value


def fixed_type(type: TensorType, sizes: dict[str, Any]) -> TensorType:
    return replace(type, shape=fixed(type.shape, sizes), kinds=fixed(type.kinds, sizes))


def each_entry(*kinds: str) -> pytest.MarkDecorator:
    """Parametrizes with every entry of these kinds."""
    entries = [entry for kind in kinds for entry in all_entries()[kind]]
    return pytest.mark.parametrize("entry", entries, ids=lambda entry: f"{entry.kind} {entry.entry}")


def cases(kind: str = "layer") -> Iterator[Case]:
    """Every sample of every layer; sizes learned from data are known by now."""
    for entry in all_entries()[kind]:
        for sample in samples_of(entry):
            yield case(kind, entry.entry, sample)


def case(kind: str, name: str, sample: Sample) -> Case:
    cls = find(kind, name)
    assert cls is not None
    layer = cls(**{key: fixed(value, LEARNED) for key, value in sample.arguments.items()})
    assert isinstance(layer, Layer)
    inputs = tuple(fixed_type(each, LEARNED) for each in sample.inputs)
    return Case(name, layer, aligned(layer, inputs), fixed(sample.outputs, LEARNED))


def aligned(layer: Layer, inputs: tuple[TensorType, ...]) -> tuple[TensorType, ...]:
    """The inputs of a layer that broadcasts as the compiler gives them: those with a batch have one rank."""
    if not layer.broadcasts or not any(each.batched for each in inputs):
        return inputs
    rank = max(each.rank for each in inputs)
    return tuple(
        replace(each, shape=(1,) * (rank - each.rank) + each.shape) if each.batched else each for each in inputs
    )


def fixed_layer(layer: Layer, sizes: dict[str, Any]) -> Layer:
    """The layer with symbolic sizes in its arguments replaced."""
    return type(layer)(**{name: fixed(getattr(layer, name), sizes) for name in type(layer).model_fields})


def one_layer(case: Case, results: int | None = None) -> Program:
    """A model `net` whose inputs `a`, `b` … go through the unit `layer`; its outputs are `y0`, `y1` …

    The input `sizes` shows the sizes that only arguments name.
    """
    types = case.types
    ports = [Port(name="abcdef"[place], type=type) for place, type in enumerate(case.inputs)]
    if hidden := hidden_sizes(case):
        ports.append(Port(name="sizes", type=TensorType("float", tuple(map(Sym.named, hidden)))))
    module = Module(
        name="net",
        declaration="net",
        kind="model",
        inputs=tuple(ports),
        units=(Unit(name="layer", layer=case.layer),),
        nodes=(
            Node(
                unit=0,
                inputs=tuple((INPUT, place) for place in range(len(case.inputs))),
                outputs=types,
                origin="net.dl:3:5",
            ),
        ),
        outputs=tuple(Result(name=f"y{which}", ref=(0, which)) for which in range(results or len(types))),
    )
    return Program(source="net.dl", modules=(module,), models={"net": "net"})


def hidden_sizes(case: Case) -> list[str]:
    """Sizes of the results that no input shows."""
    shown = set[str]().union(*(type.symbols for type in case.inputs))
    return sorted(set[str]().union(*(type.symbols for type in case.types)) - shown)


def named_inputs(case: Case, inputs: list[Array], sizes: dict[str, Any]) -> dict[str, Array]:
    """What the model of one layer takes."""
    named = dict(zip("abcdef", inputs, strict=False))
    if hidden := hidden_sizes(case):
        named["sizes"] = np.zeros((BATCH, *(sizes[name] for name in hidden)), np.float32)
    return named


def shape_of(type: TensorType, sizes: dict[str, Any]) -> tuple[int, ...]:
    shape = fixed(type.shape, sizes)
    return (BATCH, *shape) if type.batched else shape


def random_inputs(case: Case, sizes: dict[str, Any], seed: int = 0) -> list[Array]:
    """Numbers that lie where the layer is defined."""
    rng = np.random.default_rng([seed, *sizes.values()])
    arrays: list[Array] = []
    for place, type in enumerate(case.inputs):
        shape = shape_of(type, sizes)
        if type.element == "bool":
            arrays.append(rng.random(shape) < 0.5)
        elif type.element == "int":
            low, high = whole_range(case, place, sizes)
            values = rng.integers(low, high, shape)
            arrays.append(np.where(values == 0, 1, values) if case.name in DIVIDING and place == 1 else values)
        else:
            values = rng.normal(0, 1.5, shape)
            arrays.append((np.abs(values) + 0.1 if case.name in POSITIVE else values).astype(np.float32))
    return arrays


POSITIVE = ("log", "sqrt", "rsqrt", "power")
DIVIDING = ("floor_divide", "remainder")


def whole_range(case: Case, place: int, sizes: dict[str, Any]) -> tuple[int, int]:
    """Which whole numbers an input takes."""
    if case.name == "embedding":
        return 0, case.layer.n  # type: ignore[attr-defined]
    if case.name == "one_hot":
        return -1, case.types[0].shape[-1] + 1  # type: ignore[operator]
    if case.name == "gather" and place == 1:
        return 0, fixed(case.inputs[0].shape[case.layer.axis], sizes)  # type: ignore[attr-defined]
    return -5, 6


def random_weights(case: Case, seed: int = 1) -> dict[str, Array]:
    """Weights by their name in the layer, of the size of initial ones; variances are positive."""
    rng = np.random.default_rng(seed)
    found: dict[str, Array] = {}
    for weight in case.layer.weights(*case.inputs):
        values = rng.normal(0, 1, [int(size) for size in weight.shape]).astype(np.float32)  # type: ignore[arg-type]
        if values.ndim > 1:
            values /= np.sqrt(values[0].size).astype(np.float32)
        found[weight.name] = np.abs(values) + 0.5 if weight.name == "running_var" else values
    return found


def declared_shapes(case: Case) -> dict[str, tuple[int, ...]]:
    """The shapes of the layer's weights, running statistics among them, by their names in the model."""
    return {f"layer.{each.name}": tuple(map(int, each.shape)) for each in case.layer.weights(*case.inputs)}  # type: ignore[arg-type]


def weight_count(case: Case) -> int:
    """How many numbers of the layer are trained."""
    weights = case.layer.weights(*case.inputs)
    return sum(math.prod(map(int, each.shape)) for each in weights if each.trainable)  # type: ignore[arg-type]
