"""What is drawn is what the program computes: every layer, every wire, every shape, at every depth."""

from __future__ import annotations

import pytest

from dlspec.drawing.graph import FITS, MOST_BOXES, Drawing
from dlspec.drawing.runs import MOST
from dlspec.drawing.scopes import drawing_of
from dlspec.ir.flat import flatten
from dlspec.ir.summary import summarize
from tests.unit.drawing.expanding import Expansion
from tests.unit.drawing.specs import MEMORY, SPECS, chain, made, program_of

each_spec = pytest.mark.parametrize("name", SPECS)


@each_spec
def test_expanded_drawing_is_the_flat_graph(name: str) -> None:
    program, model, drawing = made(name)
    flat = flatten(program, program.models[model])
    expanded = Expansion(drawing)
    assert expanded.leaves == [(node.layer.entry, node.inputs) for node in flat.nodes]
    assert expanded.outputs == [result.ref for result in flat.outputs]


@each_spec
def test_every_label_is_the_inferred_shape(name: str) -> None:
    program, model, drawing = made(name)
    flat = flatten(program, program.models[model])
    labels = Expansion(drawing).labels
    assert labels
    for ref, label in labels:
        type = flat.type_of(ref)
        dims = "[" + ", ".join(str(dim) for dim in type.shape) + "]"
        assert label == (dims if type.element == "float" else type.element + dims)


@each_spec
def test_costs_are_those_of_the_summary(name: str) -> None:
    program, model, drawing = made(name)
    summary = summarize(program, model)
    told = {name: value.split(" (")[0] for name, value in drawing.facts}
    parts = [{name: value.split(" (")[0] for name, value in box.facts} for box in drawing.scopes[drawing.root].boxes]
    plain = [summary.parameters, summary.macs]
    written = [f"{value:,}" if isinstance(value, int) else str(value) for value in plain]
    assert [told["parameters"], told["multiply-adds"]] == written
    assert sum(int(part["parameters"].replace(",", "")) for part in parts) == summary.parameters


def names_at(drawing: Drawing, depth: int) -> list[str]:
    """What stands in the picture, from left to right of the program."""

    def walk(scope: str, level: int) -> list[str]:
        found = []
        for box in drawing.scopes[scope].boxes:
            if box.scope is not None and level < depth:
                found += walk(box.scope, level + 1)
            else:
                found.append(f"{box.title} × {box.times}" if box.times > 1 else box.title)
        return found

    return walk(drawing.root, 1)


STAGES = ["bottleneck", "bottleneck × 2", "bottleneck", "bottleneck × 3", "bottleneck", "bottleneck × 5", "bottleneck",
          "bottleneck × 2"]  # fmt: skip
CAUSAL = ["layer_norm", "y", "layer_norm", "dense", "gelu", "dense", "dropout", "add"]


@pytest.mark.parametrize(
    ("name", "depth", "names"),
    [
        ("resnet50", 1, ["features", "logits"]),
        ("resnet50", 2, ["stem", "bottleneck_stages", "global_avg_pool", "dense"]),
        ("resnet50", 3, ["conv", "batch_norm", "relu", "max_pool", *STAGES, "global_avg_pool", "dense"]),
        ("gpt2", 1, ["embedding", "hidden", "logits"]),
        ("gpt2", 3, ["embedding", "learned_positions", "dropout", *CAUSAL, "layer_norm", "weight_of", "transpose",
                     "matmul"]),
        ("sequences", 2, ["dense", "step → layer_norm × 4", "step × 3", "dense × 2", "concat", "lstm", "last"]),
        ("sequences", 3, ["dense", "step", "layer_norm", "wide", "dense", "add", "dense × 2", "concat", "lstm",
                          "last"]),
        ("tower", 1, ["tower", "tower", "p"]),
        ("memory", 1, ["reader × 3"]),
        ("identity", 1, []),
    ],
)  # fmt: skip
def test_boxes_at_a_depth(name: str, depth: int, names: list[str]) -> None:
    drawing = made(name)[2]
    assert names_at(drawing, depth) == names
    assert drawing.boxes_at(depth) == len(names)


@each_spec
def test_depth_that_fits(name: str) -> None:
    drawing = made(name)[2]
    depth = drawing.deepest(FITS)
    assert depth == 1 or drawing.boxes_at(depth) <= FITS
    assert drawing.boxes_at(depth + 1) > FITS or drawing.boxes_at(depth + 1) == drawing.boxes_at(99)
    assert drawing.deepest(MOST_BOXES, wanted=1) == 1


def test_shared_layers_say_so_and_count_once() -> None:
    drawing = made("tower")[2]
    first, second, _ = drawing.scopes[drawing.root].boxes
    assert (first.over, second.over) == ("", "again")
    assert (dict(first.facts)["parameters"], dict(second.facts)["parameters"]) == ("72", "0")
    assert first.scope is not None
    assert second.scope is not None
    again = drawing.scopes[second.scope].boxes[0]
    assert dict(again.facts)["weights"] == "those of its first use"


def test_facts_of_a_layer() -> None:
    drawing = made("resnet50")[2]
    facts = dict(drawing.scopes["stem"].boxes[0].facts)
    assert facts.pop("written at").startswith("<std>/vision/resnet.dl:")
    assert facts == {
        "name": "conv",
        "arguments": "64, 7x7, stride=2, padding=3, bias=false",
        "takes": "[3, 224, 224]",
        "gives": "[64, 112, 112]",
        "weight": "weight [64, 3, 7, 7]",
        "parameters": "9,408",
        "multiply-adds": "118,013,952 (118 M)",
    }


def test_facts_of_a_repeat() -> None:
    drawing = made("gpt2")[2]
    (box,) = (box for scope in drawing.scopes.values() for box in scope.boxes if box.times == 12)
    facts = dict(box.facts)
    assert facts["names"] == "hidden.causal_layer … hidden.causal_layer_12"
    assert facts["parameters"].split()[0] == f"{12 * 7_087_872:,}"
    assert facts["parameters each"].split()[0] == "7,087,872"


def test_what_differs_is_no_repeat() -> None:
    text = "model m {\n  input x: float[8]\n  output y = x -> chain(dense(n) for n in [8, 8, 4, 4, 4])\n}\n"
    drawing = drawing_of(program_of(text), "m")
    boxes = [(box.note, box.times) for box in drawing.scopes[drawing.root].boxes]
    assert boxes == [("8", 2), ("4", 1), ("4", 2)]


def test_one_layer_called_again_and_again_is_no_repeat() -> None:
    text = MEMORY.replace("output y = query -> reader(8, memory=memory) * 3", "shared = dense(8)\n  output y = query ->"
                          " shared -> shared -> shared")  # fmt: skip
    drawing = drawing_of(program_of(text), "reading")
    assert names_at(drawing, 1) == ["dense", "dense", "dense"]


def test_long_chain_is_put_together_in_parts() -> None:
    program = program_of(chain(10_000))
    drawing = drawing_of(program, "deep")
    first = drawing.scopes[drawing.root].boxes
    assert len(first) == MOST
    assert {box.kind for box in first} == {"part"}
    assert first[0].title == "1 – 100 of 10,000"
    assert drawing.boxes_at(2) == 10_000
    assert drawing.deepest(MOST_BOXES, wanted=2) == 1
    assert max(len(scope.boxes) for scope in drawing.scopes.values()) <= MOST
    assert len(Expansion(drawing).leaves) == 10_000
