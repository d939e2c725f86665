"""Every form of the language, by what it builds."""

from __future__ import annotations

from pathlib import Path

import pytest

from dlspec.ir.flat import flatten
from dlspec.ir.program import Program
from dlspec.ir.weights import parameter_count, weights_of
from dlspec.tensor import Sym
from tests.unit.ir.specs import errors, model, program, resolve


def layers(text: str) -> list[str]:
    """The layers of model `m`, blocks inlined."""
    found = program(text)
    return [node.layer.entry for node in flatten(found, found.models["m"]).nodes]


def shape(text: str, **options: object) -> list[object]:
    found = program(text, **options)
    module = found.module(found.models["m"])
    return list(module.type_of(module.outputs[0].ref).shape)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("output y = x -> relu * 2", ["relu", "relu"]),
        ("output y = (x -> relu) * 2", ["relu", "constant", "multiply"]),
        ("output y = x -> relu * 0 -> tanh", ["tanh"]),
        ("output y = x + x -> relu", ["add", "relu"]),
        ("output y = x -> (relu if 3 > 2 else tanh)", ["relu"]),
        ("output y = x -> relu if 1 == 2 else x -> tanh", ["tanh"]),
        ("output y = -x ** 2", ["constant", "power", "negative"]),
        ("output y = x[1:] if false else x[0:4]", ["slice"]),
        ("output y = x * 2.5 // 1", ["constant", "multiply", "constant", "floor_divide"]),
        ("output y = x -> sum", ["sum"]),
        ("n = sum([1, 2])\noutput y = x -> dense(n)", ["dense"]),
        ("n = max(1, 2) + min([3, 4]) + abs(-1) + round(2.6) + len([1, 2])\noutput y = x -> dense(n)", ["dense"]),
        ("output y = (x, x) -> concat", ["concat"]),
        ("output y = (x, [f for f in [1, 2] if f > 1][0] * x) -> concat", ["constant", "multiply", "concat"]),
        ("parts = [x -> dense(i) for i in range(1, 4)]\noutput y = parts[2]", ["dense", "dense", "dense"]),
        ("pairs = [a * b for a, b in [[1, 2], [3, 4]]]\noutput y = x -> dense(pairs[1])", ["dense"]),
        ("output y = x -> chain([dense(3), relu])", ["dense", "relu"]),
        ("output y = x @ parameter([8, 2])", ["parameter", "matmul"]),
        ("output y = x * [1, 2, 3, 4, 5, 6, 7, 8]", ["constant", "multiply"]),
        ("d = dense(4)\nh = x -> d\noutput y = h @ d.weight", ["dense", "weight_of", "matmul"]),
    ],
)  # fmt: skip
def test_expressions(body: str, expected: list[str]) -> None:
    assert layers(model(body)) == expected


def test_shapes_of_parameters_decide_at_compile_time() -> None:
    text = """
    block skip(channels) {
      return in -> dense(channels) if in.shape[0] != channels else in
    }
    """
    assert layers(text + model("output y = x -> skip(8) -> skip(4)")) == ["dense"]


def test_layer_parameters_are_recipes() -> None:
    text = """
    block twice(act: layer = relu, norm: layer = layer_norm) {
      return in -> norm -> act -> norm -> act
    }
    """
    found = program(text + model("output y = x -> twice(act=tanh)"))
    names = list(weights_of(found, found.models["m"]))
    assert [n for n in names if n.endswith("weight")] == ["y.twice.layer_norm.weight", "y.twice.layer_norm_2.weight"]


def test_choice_and_string_parameters() -> None:
    text = """
    block padded(how: choice = same, mode = valid) {
      return in -> conv(2, 3x3, padding=how) -> conv(2, 3x3, padding=mode)
    }
    """
    assert shape(text + model("output y = x -> padded", "x: float[1, 8, 8]")) == [2, 6, 6]
    assert shape(text + model("output y = x -> padded(how=valid, mode=same)", "x: float[1, 8, 8]")) == [2, 6, 6]


def test_a_choice_can_be_compared() -> None:
    text = "block b(kind: choice) {\n  return in -> relu if kind == soft else in -> tanh\n}\n"
    assert layers(text + model("output y = x -> b(soft) -> b(hard)")) == ["relu", "tanh"]


def test_optional_inputs_go_along_by_keyword() -> None:
    text = """
    block b(size) {
      input x, extra = none
      h = x -> dense(size)
      return h if extra == none else h + extra
    }
    """
    assert layers(text + model("output y = x -> b(8, extra=x) * 2 -> b(8)")) == [
        "dense",
        "add",
        "dense",
        "add",
        "dense",
    ]


def test_models_as_layers_give_their_outputs_in_order() -> None:
    text = """
    model encoder(n = 4) {
      input x: float[8]
      output mean = x -> dense(n)
      output spread = x -> dense(n)
    }
    """
    body = "encode = encoder(3)\nmean, spread = x -> encode\noutput y = mean + spread"
    found = program(text + model(body))
    assert [n for n in weights_of(found, found.models["m"]) if n.endswith("weight")] == [
        "encode.mean.dense.weight",
        "encode.spread.dense.weight",
    ]


def test_symbolic_sizes_are_kept_and_unified() -> None:
    assert shape(model("output y = x -> dense(4)", "x: float[T, 8]")) == [Sym.named("T"), 4]
    twice = shape(model("output y = (x, x) -> concat(axis=0)", "x: float[T, 8]"))
    assert str(twice[0]) == "2*T"
    text = "block b {\n  input a: float[T, 8], c: float[T, 8]\n  return a + c\n}\n"
    assert shape(text + model("output y = (x, x) -> b", "x: float[5, 8]")) == [5, 8]
    wrong = text + model("output y = (x, z) -> b", "x: float[5, 8], z: float[6, 8]")
    assert [e.code.id for e in errors(wrong)] == ["DL301"]


def test_a_symbolic_size_is_usable_in_the_body() -> None:
    assert str(shape(model("output y = x -> reshape(2 * T, 4)", "x: float[T, 8]"))[0]) == "2*T"


def test_comparing_a_symbolic_size_is_refused() -> None:
    found = errors(model("output y = x if x.shape[0] == 4 else x -> relu", "x: float[T, 8]"))
    assert [e.code.id for e in found] == ["DL213"]


def test_parameters_without_a_batch_meet_data() -> None:
    assert shape(model("output y = x + parameter([3, 8])")) == [3, 8]
    assert shape(model("output y = (parameter([1, 8]), x) -> concat(axis=0)", "x: float[4, 8]")) == [5, 8]
    assert layers(model("output y = parameter([3])")) == ["parameter", "to_batch"]


def test_ranks_are_aligned_behind_the_batch() -> None:
    assert layers(model("output y = x + z", "x: float[8], z: float[3, 8]")) == ["unsqueeze", "add"]


def test_whole_numbers_become_floats_and_not_back() -> None:
    assert layers(model("output y = x -> dense(2)", "x: int[8]")) == ["cast", "dense"]
    assert [e.code.id for e in errors(model("output y = x -> embedding(3, 4)"))] == ["DL302"]


def test_file_level_bindings_and_recipes() -> None:
    text = "width = 4\nact = tanh\n" + model("output y = x -> dense(width) -> act -> dense(2 * width) -> act")
    assert layers(text) == ["dense", "tanh", "dense", "tanh"]


def test_imports_with_aliases_and_folders(tmp_path: Path) -> None:
    (tmp_path / "layers").mkdir()
    (tmp_path / "layers" / "a.dl").write_text('from "b.dl" import inner\nblock outer { return in -> inner }\n')
    (tmp_path / "layers" / "b.dl").write_text("block inner { return in -> dense(3) }\nsize = 7\n")
    text = 'from "layers/a.dl" import outer as shell\nfrom "layers/b.dl" import size\n'
    found = resolve(text + model("output y = x -> shell -> dense(size)"), tmp_path)
    assert not found.report.errors
    assert shape_of(found.program) == [7]


def shape_of(found: Program) -> list[object]:
    module = found.module(found.models["m"])
    return list(module.type_of(module.outputs[0].ref).shape)


def test_recursive_blocks_end_by_a_condition() -> None:
    text = "block fold(n) {\n  return in -> dense(n) -> fold(n - 1) if n > 1 else in -> relu\n}\n"
    assert layers(text + model("output y = x -> fold(4)")) == ["dense", "dense", "dense", "relu"]


def test_deep_models_need_no_recursion() -> None:
    found = program(model("output y = x -> (dense(8) -> relu) * 5000"))
    assert len(found.module("m").nodes) == 10_000
    assert parameter_count(weights_of(found, "m")) == 5000 * 72


def test_equal_uses_of_a_block_share_a_module() -> None:
    text = "block b(n) { return in -> dense(n) -> relu }\n" + model("output y = x -> b(8) * 50 -> b(4)")
    found = program(text)
    assert [module.name for module in found.modules] == ["b", "b.2", "m"]


def test_a_shared_layer_on_another_shape_is_refused() -> None:
    found = errors(model("h = dense(4)\na = x -> h\nb = z -> h\noutput y = a + b", "x: float[8], z: float[9]"))
    assert [e.code.id for e in found] == ["DL304"]


def test_a_shared_block_takes_other_lengths() -> None:
    text = "block b { return in -> dense(4) -> relu }\n"
    body = "h = b\na = x -> h\nc = z -> h\noutput y = (a, c) -> concat(axis=0)"
    found = program(text + model(body, "x: float[5, 8], z: float[7, 8]"))
    assert list(weights_of(found, "m")) == ["h.dense.weight", "h.dense.bias"]


GAN = """
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
    judged = fake -> stop_gradient -> c
    loss real = (x -> c, 1) -> binary_cross_entropy
    loss fake = (judged, 0) -> binary_cross_entropy
    optimizer adam
  }
  step g {
    judged = fake -> c
    loss fool = (judged, 1) -> binary_cross_entropy
    optimizer adam
  }
  epochs 1
}
tune g, c on d {
  rates = [1e-4, 1e-2]
  search c.optimizer.lr = log_uniform(rates[0], rates[1])
  minimize train.loss
}
"""


def test_steps_and_searches_have_bindings_of_their_own() -> None:
    found = program(GAN)
    entries = [[unit.layer.entry for unit in step.module.units if unit.layer] for step in found.trains[0].steps]
    assert [("stop_gradient" in each) for each in entries] == [True, False]
    assert found.tunes[0].spaces[0].space.model_dump() == {"low": 1e-4, "high": 1e-2}
