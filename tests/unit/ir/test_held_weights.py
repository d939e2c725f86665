"""Penalties, constraints and penalties on outputs in the IR: which weights, in which order, and what is refused."""

from __future__ import annotations

import json

import pytest

from dlspec.catalog.base import Weighted
from dlspec.catalog.constraints import Clamp, MaxNorm, NonNegative, UnitNorm
from dlspec.catalog.index import all_entries, find
from dlspec.catalog.penalties import L1, L2, Orthogonal
from dlspec.ir.program import Program
from dlspec.ir.verify import BrokenInvariant, verify
from tests.unit.ir.specs import errors, program

SPEC = """
data digits {
  source builtin("digits")
  image = column("pixel_*") -> reshape(1, 8, 8)
  label = column("digit") -> category(10)
}
block part(n) {
  return in -> dense(n, constraint=non_negative, penalty=l2(0.5)) -> tanh
}
model net {
  input image: float[1, 8, 8]
  h = image -> conv(4, 3x3, constraint=max_norm(2), activity=l1(0.1)) -> batch_norm(constraint=unit_norm, penalty=l1)
  g = h -> flatten -> part(5) -> part(6)
  output logits = g -> dense(10)
}
train net on digits {
  loss cross_entropy
  optimizer adam
  constraint clamp(-1, 1)
  constraint max_norm(3), on="logits.*"
  penalty orthogonal(0.2), on="g.part.*"
}
"""


def test_block_first_then_layers() -> None:
    (step,) = program(SPEC).trains[0].steps
    assert [(use.entry, use.weights) for use in step.constraints] == [
        (
            Clamp(min=-1.0, max=1.0),
            ("h.conv.weight", "g.part.dense.weight", "g.part_2.dense.weight", "logits.dense.weight"),
        ),
        (MaxNorm(limit=3.0), ("logits.dense.weight", "logits.dense.bias")),
        (MaxNorm(limit=2.0), ("h.conv.weight",)),
        (UnitNorm(), ("h.batch_norm.weight",)),
        (NonNegative(), ("g.part.dense.weight",)),
        (NonNegative(), ("g.part_2.dense.weight",)),
    ]
    assert [(use.entry, use.weights) for use in step.penalties] == [
        (Orthogonal(rate=0.2), ("g.part.dense.weight", "g.part.dense.bias")),
        (L1(), ("h.batch_norm.weight",)),
        (L2(rate=0.5), ("g.part.dense.weight",)),
        (L2(rate=0.5), ("g.part_2.dense.weight",)),
    ]


def test_json_both_ways() -> None:
    made = program(SPEC)
    again = Program.model_validate_json(made.model_dump_json())
    assert again == made
    text = json.dumps(json.loads(made.model_dump_json()))
    assert '"kind": "constraint", "entry": "max_norm", "arguments": {"limit": 2.0}' in text
    assert again.trains[0].steps[0].constraints == made.trains[0].steps[0].constraints


def test_a_constraint_on_no_weight_breaks_the_ir() -> None:
    made = program(SPEC)
    (train,) = made.trains
    (step,) = train.steps
    use = step.constraints[0].model_copy(update={"weights": ("nothing.weight",)})
    broken = train.model_copy(update={"steps": (step.model_copy(update={"constraints": (use,)}),)})
    with pytest.raises(BrokenInvariant, match=r"no weight nothing\.weight"):
        verify(Program(**{**dict(made), "trains": (broken,)}))


SEVERAL = """
data digits {
  source builtin("digits")
  image = column("pixel_*")
  label = column("digit") -> category(10)
}
model a {
  input x: float[64]
  output y = x -> dense(64, constraint=unit_norm)
}
model b {
  input x: float[64]
  output y = x -> dense(1)
}
train a, b on digits {
  step a {
    loss one = (image -> a -> b, 1) -> mse
    optimizer sgd
  }
  step b {
    loss two = (image -> b, 0) -> mse
    optimizer sgd
    constraint clamp(-0.01, 0.01)
    CONSTRAINT
  }
}
"""


@pytest.mark.parametrize("pattern", ["y.*", "b.y.*"])
def test_each_step_has_its_own(pattern: str) -> None:
    made = program(SEVERAL.replace("CONSTRAINT", f'constraint non_negative, on="{pattern}"'))
    first, second = made.trains[0].steps
    assert [(use.entry.entry, use.weights) for use in first.constraints] == [("unit_norm", ("a.y.dense.weight",))]
    assert [(use.entry.entry, use.weights) for use in second.constraints] == [
        ("clamp", ("b.y.dense.weight",)),
        ("non_negative", ("b.y.dense.weight", "b.y.dense.bias")),
    ]


def test_a_pattern_of_another_model_matches_nothing() -> None:
    (found,) = errors(SEVERAL.replace("CONSTRAINT", 'constraint non_negative, on="a.*"'))
    assert found.message == '"a.*" matches no weight'


def test_a_constraint_stands_in_a_step_where_there_are_steps() -> None:
    text = SEVERAL.replace("CONSTRAINT", "clip norm=1")
    found = errors(text.replace("digits {\n  step", "digits {\n  constraint unit_norm\n  step"))
    assert [each.message for each in found] == ["'constraint' stands outside of the steps"]


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (
            "dense(3, activity=orthogonal)",
            "'activity' of 'dense' takes no orthogonal: that is about the rows of a weight",
        ),
        ("dense(3, activity=max_norm(1))", "'max_norm' is no penalty"),
        ("dense(3, constraint=l2)", "'l2' is no constraint"),
        ("dense(3, constraint=clamp(1, -1))", "clamp: has min=1.0 and max=-1.0"),
        ("dense(3, constraint=max_norm(0))", "'limit' of 'max_norm' takes a number above 0, got the number 0"),
        ("relu(activity=l1)", "'relu' has no argument 'activity'"),
    ],
)
def test_what_does_not_fit_is_refused(layer: str, message: str) -> None:
    (found,) = errors(f"model m {{\n  input x: float[4]\n  output y = x -> {layer}\n}}")
    assert found.message == message


def test_every_layer_with_weights_takes_all_of_them() -> None:
    for entry in all_entries()["layer"]:
        if issubclass(entry, Weighted):
            assert {"penalty", "constraint", "activity"} <= entry.model_fields.keys()


def test_each_penalty_says_whether_outputs_can_have_it() -> None:
    found = {entry.entry: getattr(entry, "of_outputs", None) for entry in all_entries()["penalty"]}
    assert found == {"l1": True, "l2": True, "elastic": True, "orthogonal": False}
    assert find("constraint", "clamp") is not find("layer", "clamp")
