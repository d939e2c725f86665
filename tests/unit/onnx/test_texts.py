"""Vocabularies in the file: pieces of text give what the data block computes of the whole text."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dlspec.backends.onnx.emit import emit_model
from dlspec.backends.onnx.pipeline import emit_pipeline
from dlspec.backends.onnx.runtime import OnnxSession
from dlspec.data.flow import Flow, Rows
from dlspec.data.prepare import prepare, transform
from dlspec.data.table import place_of
from tests.unit.onnx.programs import program, weights_for

REVIEWS = """\
data reviews {
  source csv("reviews.csv")
  tokens = column("review") -> lowercase -> words -> FLOW
  seen   = tokens -> present
  kind   = column("kind") -> vocabulary(6)
}
model net {
  input tokens: int[5], seen: bool[5], kind: int[]
  text = tokens -> embedding(40, 3)
  both = (text, seen -> cast(float) -> reshape(5, 1)) -> concat(axis=1) -> flatten
  output y = (both, kind -> embedding(9, 2)) -> concat -> dense(2)
}
"""
ROWS = [("a good film, a good one", "x"), ("bad", "y"), ("so, so", "x"), ("good", "z"), ("a", "y")]


@pytest.mark.proves("exported", on="onnx", of=("transform vocabulary", "transform pad_to", "transform present"))
@pytest.mark.parametrize(
    ("flow", "left"),
    [
        ("vocabulary(30) -> pad_to(5)", ["'reviews.tokens.words'"]),
        ("pad_to(5) -> vocabulary(12)", ["'reviews.tokens.pad_to'"]),
        ('pad_to(3) -> vocabulary(start="<s>", end="</s>")', ["'reviews.tokens.vocabulary'"]),
    ],
)
def test_what_can_be_said_of_texts_is_in_the_file(flow: str, left: list[str], tmp_path: Path) -> None:
    rows = "".join(f'"{text}",{kind}\n' for text, kind in ROWS)
    (tmp_path / "reviews.csv").write_text(f"review,kind\n{rows}")
    net = program(REVIEWS.replace("FLOW", flow), tmp_path)
    prepared = prepare(net.data[0], tmp_path)
    weights = weights_for(net, "net")
    export = emit_pipeline(net, net.data[0], prepared.fitted.units, "net", weights)
    assert [line.split()[0] for line in export.left_out] == left

    new = {"review": ["A good THING, a film", "so good", "zzz bad"], "kind": ["z", "q", "x"]}
    fields = transform(net.data[0], prepared.fitted, new)
    apart = OnnxSession(emit_model(net, "net", weights).SerializeToString())
    wanted = apart.predict({name: fields[name] for name in apart.inputs})["y"]

    session = OnnxSession(export.model.SerializeToString())
    outside = left[0].strip("'")
    place = place_of(net.data[0], {k: np.array(v, dtype=object) for k, v in new.items()}, prepared.fitted,
                     [result.ref for result in net.data[0].module.outputs], given=True)  # fmt: skip
    flow_of = Flow.on(place, Rows(np.arange(3), (3,)), dict(prepared.fitted.units), {})
    node = next(
        index
        for index, node in enumerate(net.data[0].module.nodes)
        if f"reviews.{net.data[0].module.units[node.unit].name}" == outside
    )
    assert set(session.inputs) == {outside, "kind"}
    found = session.predict({outside: flow_of.run([(node, 0)])[0], "kind": np.array(new["kind"], dtype=object)})["y"]
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)


def test_a_window_leaves_the_vocabulary_before_it_outside(tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_text("once a fox met a crow")
    net = program(
        'data tale {\n  source text("t.txt")\n  tokens = characters -> vocabulary -> window(4)\n}\n'
        "model net {\n  input tokens: int[4]\n  output y = tokens -> embedding(20, 2) -> flatten -> dense(1)\n}\n",
        tmp_path,
    )
    prepared = prepare(net.data[0], tmp_path)
    export = emit_pipeline(net, net.data[0], prepared.fitted.units, "net", weights_for(net, "net"))
    (line,) = export.left_out
    assert line.endswith("'tale.tokens.window' is an input, with 'tale.tokens.vocabulary' before it")
    assert OnnxSession(export.model.SerializeToString()).inputs == ("tale.tokens.window",)
