"""Random inputs and fields lie where layers and losses are defined."""

from __future__ import annotations

import numpy as np
import pytest

from dlspec.ir.chance import without_chance
from dlspec.ir.flat import flatten
from dlspec.training.verify.inputs import model_inputs, sizes_of, training_fields
from dlspec.training.verify.ranges import largest_numbers
from tests.unit.ir.specs import ACCEPTANCE, model, program


def largest(body: str, inputs: str) -> dict[str, int]:
    graph = flatten(program(model(body, inputs)), "m")
    return {graph.inputs[place].name: number for place, number in largest_numbers(graph).items()}


def test_an_embedding_bounds_its_input() -> None:
    assert largest("output y = a -> embedding(7, 2)", "a: int[]") == {"a": 6}
    assert largest("output y = a -> embedding(7, 2) -> flatten", "a: int[T]") == {"a": 6}


def test_the_smallest_of_several_embeddings_counts() -> None:
    body = "output y = (a -> embedding(7, 2)) + (a -> embedding(5, 2))"
    assert largest(body, "a: int[]") == {"a": 4}


def test_sums_and_products_of_inputs_stay_in_the_table() -> None:
    found = largest("output y = (a -> embedding(6, 2)) + (b * 6 + a -> embedding(30, 2))", "a: int[], b: int[]")
    assert found["a"] * 1 + found["b"] * 6 <= 29
    assert found["a"] <= 5
    assert found["b"] >= 1


def test_a_gather_and_free_numbers() -> None:
    assert largest("output y = (x, i) -> gather", "x: float[4, 2], i: int[3]") == {"i": 3}
    assert largest("output y = i + 1", "i: int[3]") == {"i": 9}


def test_symbolic_sizes_get_two_sets_of_numbers() -> None:
    graph = flatten(program(model("output y = x -> sum", "x: float[H, W]")), "m")
    assert sizes_of(graph) == ({"H": 16, "W": 24}, {"H": 24, "W": 32})
    graph = flatten(program(model("output y = x -> sum", "x: float[3]")), "m")
    assert sizes_of(graph) == ({},)
    graph = flatten(program(model("output y = x -> learned_positions(20)", "x: float[T, 4]")), "m")
    assert sizes_of(graph) == ({"T": 16}, {"T": 20})


def test_inputs_have_their_types_and_are_always_the_same() -> None:
    whole = program(model("output y = (x -> log) + 0\noutput z = m -> cast(int)", "x: float[H], m: bool[3]"))
    arrays = [model_inputs(whole, whole.module("m"), {}, 4, {"H": 5}) for _ in range(2)]
    assert {name: (each.shape, each.dtype.name) for name, each in arrays[0].items()} == {
        "x": ((4, 5), "float32"),
        "m": ((4, 3), "bool"),
    }
    assert (arrays[0]["x"] > 0).all()
    for name, each in arrays[0].items():
        np.testing.assert_array_equal(each, arrays[1][name])


@pytest.mark.parametrize(
    ("loss", "right"),
    [
        ("binary_cross_entropy", lambda y: set(np.unique(y)) == {0, 1}),
        ("hinge", lambda y: set(np.unique(y)) == {-1, 1}),
        ("poisson", lambda y: (y >= 0).all() and (y == y.round()).all()),
        ("mse", lambda y: len(np.unique(y)) > 20),
    ],
)
def test_targets_are_what_the_loss_takes(loss: str, right: object) -> None:
    text = f"""
    data rows {{
      source csv("data/and.csv")
      a = column("a")
      y = column("target")
    }}
    model net {{ input a: float[]
      output score = (a -> unsqueeze(0) -> dense(1))[0] }}
    train net on rows {{ loss (score, y) -> {loss}
      optimizer sgd(lr=0.1) }}
    """
    certain = without_chance(program(text))
    (train,) = certain.program.trains
    fields = training_fields(certain.program, train, {}, 64, {})
    assert set(fields) == {"a", "y"}
    assert callable(right)
    assert right(fields["y"])


def test_class_numbers_and_draws() -> None:
    certain = without_chance(program((ACCEPTANCE / "lenet5.dl").read_text()))
    fields = training_fields(certain.program, certain.program.trains[0], {}, 64, {})
    assert fields["label"].min() >= 0
    assert fields["label"].max() == 9
    certain = without_chance(program((ACCEPTANCE / "vae.dl").read_text()))
    drawn = certain.trains["vae"]
    fields = training_fields(certain.program, certain.program.trains[0], drawn, 64, {})
    assert fields["drawn_1"].shape == (64, 8)
    assert abs(fields["drawn_1"].std() - 1) < 0.2
