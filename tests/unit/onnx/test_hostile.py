"""Strings of any kind only ever land in string fields of the file, and the file loads."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import pytest

from dlspec.backends.onnx.emit import emit_model
from dlspec.backends.onnx.pipeline import emit_pipeline
from dlspec.backends.onnx.runtime import OnnxSession
from dlspec.catalog.roots import Column
from dlspec.catalog.sources import Csv
from dlspec.catalog.transforms import Category
from dlspec.ir.program import INPUT, Data, Module, Node, Port, Program, Result, Root, Unit
from dlspec.tensor import TensorType
from tests.unit.onnx.programs import program, weights_for

_PIECES = (
    "'", '"', "\\", "\n", "\r\n", "\t", "\x01", "\x7f", "`", "$(rm -rf /)", "{0}", "%s", "%n%n%n", "${HOME}", "#", ";",
    "__import__('os').system('x')", "import os", "class", "def", "None", "lambda", "__init__", "../../etc/passwd",
    "C:\\x", "<script>", "&amp;", "é", "日本語", "\u202e", "\u0000", "🦊", "e\u0301", " ", "a b", "-1", "1e9", "nan",
    "/", "//",
)  # fmt: skip
HOSTILE = [
    *_PIECES,
    *(f"{piece}{piece}" for piece in _PIECES),
    *(f"x{piece}y" for piece in _PIECES),
    *(f"{piece}: float[T]" for piece in _PIECES),
    *(f"constant/{piece}" for piece in _PIECES),
    *("y", "net", "batch", "y/output", "h.dense.weight", "h.dense", "d.f.category", "constant/text/[]", "x" * 10_000),
]

NET = program("model net { input f: int[]\n  h = f -> one_hot(3) -> dense(4)\n  output y = h -> relu }")
WEIGHTS = weights_for(NET, "net")


def test_there_are_enough() -> None:
    assert len(set(HOSTILE)) >= 200


@pytest.mark.parametrize("text", HOSTILE, ids=repr)
def test_docs_and_sources(text: str) -> None:
    """The same file but for two string fields."""
    (module,) = NET.modules
    doc = module.model_copy(update={"doc": text})
    model = emit_model(Program(source=text, modules=(doc,), models=NET.models), "net", WEIGHTS)
    plain = emit_model(NET, "net", WEIGHTS)
    assert model.graph.doc_string == text
    assert {each.key: each.value for each in model.metadata_props}["dlspec.source"] == text
    model.graph.ClearField("doc_string")
    for mine, theirs in zip(model.metadata_props, plain.metadata_props, strict=True):
        mine.value = theirs.value
    assert model == plain


def columns(name: str, element: Any = "string") -> Data:
    """A data block whose field `f` numbers the kinds of one column."""
    type = TensorType(element, ())
    module = Module(
        name="d",
        declaration="d",
        kind="data",
        inputs=(Port(name="c", type=type),),
        units=(Unit(name="f.category", layer=Category()),),
        nodes=(Node(unit=0, inputs=((INPUT, 0),), outputs=(TensorType("int", (), kinds=3),)),),
        outputs=(Result(name="f", ref=(0, 0)),),
    )
    root = Root(name="c", root=Column(pattern=name))
    return Data(name="d", source=Csv(path="d.csv"), folder="", roots=(root,), module=module)


@pytest.mark.parametrize("text", HOSTILE, ids=repr)
def test_columns_and_kinds(text: str) -> None:
    """A column of any name is an input of that name (numbered where an output or a weight has it), kinds are data."""
    net = Program(source="net.dl", modules=NET.modules, models=NET.models, data=(columns(text),))
    fitted = {"f.category": {"kinds": ["a", text, "b"], "size": 3}}
    model = emit_pipeline(net, net.data[0], fitted, "net", WEIGHTS).model
    onnx.checker.check_model(model, full_check=True)
    session = OnnxSession(model.SerializeToString())
    wanted = text.partition("*")[0].rstrip("_") if "*" in text else text
    taken = {"y", *WEIGHTS}
    assert [each.name for each in model.graph.input] == [f"{wanted}_2" if wanted in taken else wanted]
    found = session.predict({session.inputs[0]: np.array([text, "b"], dtype=object)})["y"]
    apart = OnnxSession(emit_model(NET, "net", WEIGHTS).SerializeToString()).predict({"f": np.array([1, 2])})["y"]
    np.testing.assert_array_equal(found, apart)
