"""Small programs, from specs and by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from dlspec.backends.initial import initial_weights
from dlspec.catalog.activation import Relu
from dlspec.catalog.dense import Dense
from dlspec.diagnostics.span import SourceFile
from dlspec.ir.program import INPUT, Module, Node, Port, Program, Result, Unit
from dlspec.ir.weights import weights_of
from dlspec.pipeline import checked, resolve
from dlspec.tensor import TensorType

Array = np.ndarray[Any, np.dtype[Any]]


def program(text: str, folder: Path = Path()) -> Program:
    """The program of a spec."""
    path = folder / "net.dl"
    return checked(resolve(path, source=SourceFile(str(path), text))).program


def weights_for(program: Program, model: str, seed: int = 0) -> dict[str, Array]:
    """Initial weights of a model."""
    return dict(initial_weights(weights_of(program, program.models[model]), seed))


def chain(length: int) -> Program:
    """A model `net` of dense and relu in turn."""
    type = TensorType("float", (8,))
    layers = [Dense(size=8) if place % 2 else Relu() for place in range(length)]
    module = Module(
        name="net",
        declaration="net",
        kind="model",
        inputs=(Port(name="x", type=type),),
        units=tuple(Unit(name=f"h.{layer.entry}_{place}", layer=layer) for place, layer in enumerate(layers)),
        nodes=tuple(
            Node(unit=place, inputs=((place - 1, 0) if place else (INPUT, 0),), outputs=(type,))
            for place in range(length)
        ),
        outputs=(Result(name="y", ref=(length - 1, 0)),),
    )
    return Program(source="net.dl", modules=(module,), models={"net": "net"})
