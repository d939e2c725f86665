"""Names and strings of a spec reach the code only as identifiers that mean nothing, or inside literals."""

from __future__ import annotations

import ast
import builtins
import keyword
from typing import Any

import pytest
import torch
from torch import nn

from dlspec.backends.torch.emit import emit_flow, emit_model_file, emit_models
from dlspec.backends.torch.helpers import HELPERS, IMPORTS
from dlspec.backends.torch.reserved import MODULE_ATTRIBUTES
from dlspec.catalog.dense import Constant, Dense
from dlspec.catalog.operators import Add, Multiply
from dlspec.catalog.random import RandomNormal
from dlspec.ir.program import INPUT, Module, Node, Port, Program, Result, Unit
from dlspec.tensor import TensorType
from tests.unit.torch_model.specs import load

STRINGS = [
    *("'", '"', '"""', "'''", "\\", '\\"', "\\'", "\\n", "\n", "\r\n", "\t", "\0", "\x1b[2J", "\u202e", "\ufeff"),
    *("a'b", 'a"b', 'a"""b', "a\nb", "a\\", "a;b", "a b", "a-b", "a.b", "a:b", "a=b", "a#b", "a,b", "{a}", "{0}", "%s"),
    *("', 1)", '", 1)', '"""\nimport os\n"""', "'); import os; ('", "\nimport os\n", "#\nimport os", "\\N{DIGIT ONE}"),
    *("__import__", "__import__('os')", "__import__('os').system('id')", "eval('1')", "exec", "os.system", "lambda: 0"),
    *(
        "__init__",
        "__class__",
        "__dict__",
        "__call__",
        "__getattr__",
        "__setattr__",
        "__module__",
        "__name__",
        "__doc__",
    ),
    *("__builtins__", "__file__", "__main__", "__slots__", "__new__", "__del__", "__future__", "__annotations__"),
    *("/etc/passwd", "../../etc/passwd", "C:\\Windows", "~/.ssh/id_rsa", "file:///etc", "http://example.org/?a=b&c"),
    *("_", "__", "___", "_a", "__a", "__a__", "_1", "1", "1a", "a1", "0", "-1", "1e9", "x", "X", "in", "x_2", "self"),
    *(
        "\xe9",
        "\xdf",
        "\u2163",
        "\ufb01",
        "\u6570",
        "\u03b1",
        "\U0001d431",
        "a\u0301",
        "\uff41",
        "\uff49\uff4d\uff50\uff4f\uff52\uff54",
        "\xaab",
        "\xb5",
        "\u0130",
        "\u0131",
        "\U0001f642",
        "\u0600",
    ),
    *("a" * 64, "a" * 300, "_" * 100, "A" * 100, "9" * 80, "a_" * 60),
    *("model", "batch", "draws", "draw", "build", "fit", "WEIGHTS", "load_weights", "forward", "train", "eval", "type"),
    *("count", "index", "name", "names", "module", "state", "own", "array", "arrays", "output", "input", "Output"),
    *("dense", "Dense", "relu", "Tensor", "Module", "NamedTuple", "Mapping", "F", "nn", "np", "torch", "math", "float"),
]
NAMES = list(
    dict.fromkeys(
        [*STRINGS, *keyword.kwlist, *keyword.softkwlist, *dir(builtins), *sorted(MODULE_ATTRIBUTES), *HELPERS, *IMPORTS]
    )
)
BENIGN = "plain"


def program_with(name: str) -> Program:
    """A model around a block, with the name wherever a name or text can stand."""
    vector = TensorType("float", (3,))
    block = Module(
        name=f"block {name}",
        declaration=name,
        kind="block",
        doc=name,
        arguments={name: 3, "text": name},
        inputs=(Port(name=name, type=vector),),
        units=(
            Unit(name=f"{name}.{name}", layer=Dense(size=3)),
            Unit(name=f"{name}.b", layer=RandomNormal(shape=(3,))),
            Unit(name="c", layer=Add()),
        ),
        nodes=(
            Node(unit=0, inputs=((INPUT, 0),), outputs=(vector,), origin=name),
            Node(unit=1, inputs=((INPUT, 0),), outputs=(vector,), origin=name),
            Node(unit=2, inputs=((0, 0), (1, 0)), outputs=(vector,), origin=name),
        ),
        outputs=(Result(name=name, ref=(2, 0)),),
    )
    fixed = TensorType("float", (3,), batched=False)
    model = Module(
        name=name,
        declaration=name,
        kind="model",
        doc=f"{name}\n\n{name}",
        arguments={name: name},
        inputs=(Port(name=name, type=vector), Port(name=f"{name}b", type=vector)),
        units=(
            Unit(name=name, module=block.name),
            Unit(name=f"{name}.constant", layer=Constant(values=(1.0, 2.0, 3.0))),
            Unit(name=f"{name}.multiply", layer=Multiply()),
            Unit(name=f"{name}.c.{name}", layer=Dense(size=3)),
        ),
        nodes=(
            Node(unit=0, inputs=((INPUT, 0),), outputs=(vector,), origin=name),
            Node(unit=1, inputs=(), outputs=(fixed,), origin=name),
            Node(unit=2, inputs=((0, 0), (1, 0)), outputs=(vector,), origin=name),
            Node(unit=3, inputs=((INPUT, 1),), outputs=(vector,), origin=name),
        ),
        outputs=(Result(name=name, ref=(2, 0)), Result(name=f"{name}2", ref=(3, 0))),
    )
    return Program(source=name, modules=(block, model), models={name: name})


def statements(source: str) -> list[str]:
    """The kinds of the statements at the top, and what is imported there."""
    return [
        ast.unparse(node) if isinstance(node, ast.Import | ast.ImportFrom) else type(node).__name__
        for node in ast.parse(source).body
    ]


def calls(source: str) -> set[str]:
    """What is called; the attributes of a model and the classes of the file count as one each."""
    tree = ast.parse(source)
    classes = {node.name for node in tree.body if isinstance(node, ast.ClassDef)}
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            text = ast.unparse(node.func)
            own = text.startswith("self.") and text != "self.register_buffer"
            found.add("self" if own else "class" if text in classes else text)
    return found


def identifiers(source: str) -> set[str]:
    """Every identifier in the code."""
    fields = ("id", "attr", "arg", "name", "asname", "module")
    return {
        value
        for node in ast.walk(ast.parse(source))
        for field in fields
        if isinstance(value := getattr(node, field, None), str)
    }


BENIGN_CODE = emit_model_file(program_with(BENIGN), BENIGN)


def test_there_are_enough_names() -> None:
    assert len(NAMES) >= 200


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
    one, other = model(torch.ones(2, 3), torch.ones(2, 3))
    assert one.shape == other.shape == (2, 3)
    assert len(code["WEIGHTS"]) == 4
    assert set(code["WEIGHTS"].values()) == set(model.state_dict())


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
        reserved={"model", "batch", "draws"},
    )
    names: dict[str, Any] = load(emit_model_file(program, name))
    names |= {
        "model": names["build"](),
        "batch": {"field": torch.ones(2, 3)},
        "draws": {f"{name}.draw": torch.ones(2, 3)},
    }
    exec("\n".join(flow.lines), names)
    first, second, field = (eval(flow.values[ref], names) for ref in ((1, 0), (1, 1), (INPUT, 0)))
    assert first.shape == second.shape == field.shape
    assert torch.equal(second, names["model"](field, torch.ones(2, 3))[1])


def test_reserved_attributes_are_those_of_modules() -> None:
    """Public ones; names never begin with an underscore."""
    assert {name for name in dir(nn.Module()) if not name.startswith("_")} <= MODULE_ATTRIBUTES
