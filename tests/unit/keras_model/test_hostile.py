"""Names and strings of a spec reach Keras code only as identifiers that mean nothing, or inside literals."""

from __future__ import annotations

import ast
import builtins
import keyword
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from dlspec.backends.keras.emit import emit_flow, emit_model_file, emit_models
from dlspec.backends.keras.helpers import HELPERS, IMPORTS
from dlspec.backends.keras.reserved import MODULE_ATTRIBUTES
from dlspec.catalog.random import RandomNormal
from dlspec.ir.program import INPUT, Module, Node, Port, Unit
from dlspec.tensor import TensorType
from tests.unit.keras_model.specs import keras
from tests.unit.torch_model.specs import load
from tests.unit.torch_model.test_hostile import BENIGN, STRINGS, identifiers, program_with, statements

NAMES = list(
    dict.fromkeys(
        [
            *STRINGS,
            *keyword.kwlist,
            *keyword.softkwlist,
            *sorted(MODULE_ATTRIBUTES),
            *HELPERS,
            *IMPORTS,
            "training",
            "mask",
        ]
    )
)
BENIGN_CODE = emit_model_file(program_with(BENIGN), BENIGN)


def calls(source: str) -> set[str]:
    """What is called; the attributes of a model and the classes of the file count as one each."""
    tree = ast.parse(source)
    classes = {node.name for node in tree.body if isinstance(node, ast.ClassDef)}
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            text = ast.unparse(node.func)
            found.add("self" if text.startswith("self.") else "class" if text in classes else text)
    return found


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_model_file(name: str) -> None:
    """The code does what it does for a plain name, adds no identifier but safe ones, and runs."""
    source = emit_model_file(program_with(name), name)
    assert statements(source) == statements(BENIGN_CODE)
    assert calls(source) <= calls(BENIGN_CODE)
    for added in identifiers(source) - identifiers(BENIGN_CODE):
        assert added.isascii()
        assert added.isidentifier()
        assert not keyword.iskeyword(added)
        assert not added.startswith("_")
        assert not hasattr(builtins, added)
        assert len(added) <= 200
    code = load(source)
    model = code["build"]()
    ones = np.ones((2, 3), np.float32)
    one, other = model(ones, ones)
    assert one.shape == other.shape == (2, 3)
    arrays = {name: value + 1 for name, value in code["read_weights"](model).items()}
    assert len(arrays) == 4
    code["load_weights"](model, arrays)
    assert all(np.array_equal(value, arrays[name]) for name, value in code["read_weights"](model).items())


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_flow_of_a_step(name: str) -> None:
    program = program_with(name)
    emitted = emit_models(program, [name], reserved={"build"})
    vector = TensorType("float", (3,))
    step = Module(
        name="step",
        declaration="step",
        kind="step",
        inputs=(Port(name=name, type=vector),),
        units=(Unit(name=name, module=name), Unit(name=f"{name}.draw", layer=RandomNormal(shape=(3,)))),
        nodes=(
            Node(unit=1, inputs=((INPUT, 0),), outputs=(vector,)),
            Node(unit=0, inputs=((INPUT, 0), (0, 0)), outputs=(vector, vector)),
        ),
        outputs=(),
    )
    flow = emit_flow(
        program,
        step,
        emitted,
        models={name: "model"},
        inputs=["batch['field']"],
        wanted=[(1, 0), (1, 1), (INPUT, 0)],
        draws="draws",
        reserved={"model", "batch", "draws", "training"},
    )
    names: dict[str, Any] = load(emit_model_file(program, name))
    ones = keras.ops.ones((2, 3))
    names |= {"model": names["build"](), "batch": {"field": ones}, "draws": {f"{name}.draw": ones}, "training": False}
    exec("\n".join(flow.lines), names)
    first, second, field = (eval(flow.values[ref], names) for ref in ((1, 0), (1, 1), (INPUT, 0)))
    assert first.shape == second.shape == field.shape
    assert np.array_equal(second, names["model"](field, ones)[1])


ATTRIBUTES = """
import keras
class Part(keras.layers.Layer):
    pass
class Net(keras.Model):
    pass
print(" ".join({name for each in (Part(), Net()) for name in dir(each) if not name.startswith("_")}))
"""


@pytest.mark.parametrize("engine", ["tensorflow", "torch"])
def test_reserved_attributes_are_those_of_layers(engine: str) -> None:
    """Public ones, on every engine; names never begin with an underscore."""
    import os

    environment = {**os.environ, "KERAS_BACKEND": engine}
    command = [sys.executable, "-c", ATTRIBUTES]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) <= MODULE_ATTRIBUTES
