"""Programs without chance: what is random is off, what is drawn comes from outside, and the program stays whole."""

from __future__ import annotations

from dlspec.catalog.attention import Attention
from dlspec.catalog.base import Layer
from dlspec.catalog.random import Draw, RandomNormal, RandomUniform
from dlspec.ir.chance import without_chance
from dlspec.ir.flat import flatten
from dlspec.ir.program import Program
from dlspec.ir.verify import verify
from dlspec.ir.weights import weights_of
from tests.unit.ir.specs import ACCEPTANCE, program

NESTED = """
block noisy(width) {
  return in + random_normal([width], std=2) -> dropout(0.3)
}
model net {
  input x: float[4], mask: bool[T], s: float[T, 4]
  output y = x -> noisy(4) -> noisy(4) -> gaussian_noise(0.1)
  output z = (s, s, s) -> attention(2, mask=mask, dropout=0.5)
  output w = (x, random_uniform([T])) -> concat -> gumbel_softmax
}
"""


def random_layers(program: Program, module: str) -> list[Layer]:
    layers = (node.layer for node in flatten(program, module).nodes)
    return [layer for layer in layers if layer.random and not isinstance(layer, Attention)]


def test_nothing_random_is_left_in_a_model() -> None:
    before = program(NESTED)
    certain = without_chance(before)
    verify(certain.program)
    module = certain.program.models["net"]
    assert random_layers(before, module)
    assert random_layers(certain.program, module) == []
    (attention,) = (n.layer for n in flatten(certain.program, module).nodes if isinstance(n.layer, Attention))
    assert (attention.dropout, attention.heads) == (0.0, 2)


def test_each_draw_is_an_input_of_its_own() -> None:
    certain = without_chance(program(NESTED))
    module = certain.program.module(certain.program.models["net"])
    drawn = certain.models[module.name]
    assert [port.name for port in module.inputs] == ["x", "mask", "s", *drawn]
    assert [type(layer) for layer in drawn.values()] == [RandomNormal, RandomNormal, RandomUniform]
    shapes = {port.name: str(port.type) for port in module.inputs}
    assert [shapes[name] for name in drawn] == ["float[4]", "float[4]", "float[T]"]
    assert drawn["drawn_1"].std == 2  # type: ignore[attr-defined]


def test_weights_keep_their_names() -> None:
    before = program(NESTED)
    after = without_chance(before).program
    assert list(weights_of(after, "net")) == list(weights_of(before, "net"))


def test_draws_of_a_model_become_fields_of_its_training() -> None:
    before = program((ACCEPTANCE / "vae.dl").read_text())
    certain = without_chance(before)
    verify(certain.program)
    (train,) = certain.program.trains
    assert [port.name for port in train.fields] == ["image", "drawn_1"]
    assert list(certain.trains["vae"]) == ["drawn_1"]


def test_draws_of_a_train_block_stay() -> None:
    certain = without_chance(program((ACCEPTANCE / "conditional_gan.dl").read_text()))
    (train,) = certain.program.trains
    assert certain.trains == {"generator": {}}
    for step in train.steps:
        assert any(isinstance(unit.layer, Draw) for unit in step.module.units)
    assert random_layers(certain.program, certain.program.models["discriminator"]) == []


def test_a_program_without_chance_is_left_as_it_is() -> None:
    before = program("model net { input x: float[4]\n output y = x -> dense(2) -> batch_norm }")
    assert without_chance(before).program == before
