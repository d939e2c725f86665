"""Weight names are the path of names that leads there."""

from __future__ import annotations

import pytest

from dlspec.ir.weights import train_weights, weights_of
from tests.unit.ir.specs import model, program

RESIDUAL = """
block residual(channels) {
  main = in -> conv(channels, 3x3, padding=1) -> batch_norm -> relu -> conv(channels, 3x3, padding=1)
  return main + in -> relu
}
"""


def names(text: str, **options: object) -> list[str]:
    found = program(text, **options)
    return [name for name in weights_of(found, found.models["m"]) if not name.endswith(("bias", "_mean", "_var"))]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("output y = x -> dense(3)", ["y.dense.weight"]),
        ("output y = x -> dense(3) -> relu -> dense(2)", ["y.dense.weight", "y.dense_2.weight"]),
        ("embed = dense(3)\noutput y = x -> embed", ["embed.weight"]),
        ("tower = dense(3) -> relu -> dense(4)\noutput y = x -> tower", ["tower.dense.weight", "tower.dense_2.weight"]),
        ("a, b = x -> split(2, axis=0)\noutput y = (a -> dense(3)) + (b -> dense(3))",
         ["y.dense.weight", "y.dense_2.weight"]),
        ("output y = x -> (dense(8) -> relu) * 3", ["y.dense.weight", "y.dense_2.weight", "y.dense_3.weight"]),
        ("output y = x -> chain(dense(n) for n in [4, 5])", ["y.dense.weight", "y.dense_2.weight"]),
        ("h = dense(4)\na = x -> h\nb = x -> h\noutput y = a + b", ["h.weight"]),
    ],
)  # fmt: skip
def test_names_in_a_model(body: str, expected: list[str]) -> None:
    assert names(model(body)) == expected


def test_blocks_add_their_name_and_are_numbered() -> None:
    text = RESIDUAL + model("output y = x -> residual(3) * 3", "x: float[3, 8, 8]")
    found = names(text)
    assert found[:3] == [
        "y.residual.main.conv.weight",
        "y.residual.main.batch_norm.weight",
        "y.residual.main.conv_2.weight",
    ]
    assert found[-1] == "y.residual_3.main.conv_2.weight"
    assert len(found) == 9


def test_a_bound_block_is_one_layer() -> None:
    text = RESIDUAL + model("r = residual(3)\na = x -> r\noutput y = a -> r", "x: float[3, 8, 8]")
    assert names(text) == ["r.main.conv.weight", "r.main.batch_norm.weight", "r.main.conv_2.weight"]


def test_changing_one_binding_renames_no_other() -> None:
    before = names(model("a = x -> dense(4)\nb = a -> dense(5)\noutput y = b -> dense(1)"))
    after = names(model("a = x -> dense(4) -> dense(4)\nb = a -> dense(5)\noutput y = b -> dense(1)"))
    assert [name for name in before if name not in after] == []


def test_return_beside_a_binding_of_the_same_name_stays_unique() -> None:
    text = "block b {\n  dense = dense(4)\n  h = in -> dense\n  return h -> relu\n}\n" + model("output y = x -> b")
    assert names(text) == ["y.b.dense.weight"]


def test_several_models_of_a_training_begin_with_their_names() -> None:
    text = """
    data d {
      source builtin("iris")
      x = column("sepal*")
    }
    model g { input z: float[2]
      output x = z -> dense(2) }
    model c { input x: float[2]
      output p = x -> dense(1) }
    train g, c on d {
      fake = random_normal([2]) -> g
      step c {
        loss real = (x -> c, 1) -> binary_cross_entropy
        loss fake = (fake -> stop_gradient -> c, 0) -> binary_cross_entropy
        optimizer adam
      }
      step g {
        loss fool = (fake -> c, 1) -> binary_cross_entropy
        optimizer adam
      }
      epochs 1
    }
    """
    found = program(text)
    assert list(train_weights(found, found.trains[0])) == [
        "g.x.dense.weight", "g.x.dense.bias", "c.p.dense.weight", "c.p.dense.bias",
    ]  # fmt: skip
    assert [step.optimizers[0].weights for step in found.trains[0].steps] == [
        ("c.p.dense.weight", "c.p.dense.bias"),
        ("g.x.dense.weight", "g.x.dense.bias"),
    ]
