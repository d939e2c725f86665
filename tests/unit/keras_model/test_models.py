"""Whole models: classes, layouts, loops and shared parts compute what the flat graph says, layer by layer."""

from __future__ import annotations

import ast
import gc
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch

from dlspec.backends.keras.emit import emit_model_file
from tests.unit.keras_model.specs import assert_like_the_oracle, compiled
from tests.unit.torch_model.specs import program_of, published, random_input

PUBLISHED = [
    ("conditional_gan", "generator"), ("conditional_gan", "discriminator"), ("denoising_autoencoder", "denoiser"),
    ("densenet121", "densenet121"), ("lenet5", "lenet5"), ("matrix_factorisation", "factors"),
    ("perceptron_and", "neuron"), ("resnet18", "resnet18"), ("siamese", "siamese"),
    ("transfer_learning", "digit_net"), ("vae", "encoder"), ("wide_and_deep", "wide_and_deep"),
    ("xor_mlp", "xor_mlp"), ("char_rnn", "char_rnn"), ("gru_forecaster", "forecaster"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "model"), PUBLISHED)
def test_published_model(file: str, model: str) -> None:
    assert_like_the_oracle(published(file), model)


DIGITS = """
model digits {
  input image: float[1, 8, 8]
  features = image -> conv(16, 3x3, padding=same) -> batch_norm -> relu -> max_pool(2x2)
    -> conv(32, 3x3, padding=1) -> batch_norm -> relu -> dropout(0.2) -> flatten
  output logits = features -> dense(64) -> relu -> dense(10)
}
"""


def test_digits() -> None:
    assert_like_the_oracle(program_of(DIGITS), "digits")


def test_vae_with_given_draws() -> None:
    """Draws go in under the path of the unit, from the root of the model."""
    program = published("vae")
    module = program.module(program.models["vae"])
    (name,) = [unit.name for unit in module.units if unit.layer is not None and unit.layer.entry == "random_normal"]
    made = assert_like_the_oracle(program, "vae", draws={name: torch.randn(2, 8)})
    image = random_input(module.inputs[0].type).numpy()
    assert (made(image).reconstruction.numpy() != made(image).reconstruction.numpy()).any()


BLOCKS = """
block residual(width) { return in + (in -> layer_norm -> dense(width) -> gelu) }
block two(width) {
  left, right = in -> split(2, axis=-1)
  return left -> dense(width), right -> dense(width)
}
block gated {
  input x, gate = none
  return x * (gate -> sigmoid) if gate != none else x
}
block noisy { return in + 0.1 * random_normal([4]) }
block convs(n) { return in -> conv(n, 3x3, padding=same) -> batch_norm -> relu }
block flat { return in -> flatten -> dense(3) }
block pass { return in -> relu }
block unet(n) {
  skip = in -> conv(n, 3x3, padding=1)
  up = skip -> max_pool(2x2) -> conv(2 * n, 3x3, padding=1) -> upsample(2)
  return (skip, up) -> concat(axis=0)
}
"""


@pytest.mark.parametrize(
    ("inputs", "body"),
    [
        ("x: float[4]", "output y = x -> residual(4) * 3 -> dense(2)"),
        ("x: float[4]", "output y = x -> (dense(4) -> relu) * 6 -> dense(2)"),
        ("x: float[4]", "output y = x -> (dense(4, init=normal(0.1)) -> dropout(0.3) -> tanh) * 5"),
        ("x: float[4]", "a, b = x -> two(3)\noutput y = a * b\noutput z = a - b"),
        ("x: float[4], g: float[4]", "output y = x -> gated(gate=g) * 3"),
        ("x: float[4], g: float[4]", "output y = (x -> gated) + ((x, g) -> gated)"),
        ("x: float[4]", "f = dense(4) -> relu\noutput y = x -> f -> f -> f"),
        ("x: float[4], g: float[3, 4]", "f = dense(2)\noutput y = x -> f\noutput z = g -> f"),
        ("x: float[4], g: float[3, 4]", "f = residual(4)\noutput y = x -> f\noutput z = g -> f"),
        ("x: float[T, 4]", "output y = x + (x -> mean(axis=0, keepdims=true)) * 2 / 3"),
        ("x: float[T, 4]", "output y = x -> flatten -> reshape(T, 2, 2) -> pad(1) -> reshape(T, 4, 4)"),
        ("x: float[T, 4], g: float[2 * T, 4]", "output y = (x, g) -> concat(axis=0) -> reshape(3 * T, 2, 2)"),
        ("x: float[2 * T, 4]", "output y = x -> reshape(T, 8) -> dense(3)"),
        ("x: int[T]", "e = embedding(6, 4)\noutput y = x -> e -> dense(3)\noutput z = y @ e.weight[:3]"),
        ("x: float[4]", "d = dense(3)\noutput y = x -> d\noutput z = y @ d.weight"),
        ("x: int[]", "output y = x * 0.5 + (x -> one_hot(4) -> dense(1))[0] ** 2"),
        ("x: float[4]", "output y = 1 - x * [1, 2, 3, 4] + constant([[1.5, 2, 3, 4], [0, 0, 0, 1]])"),
        ("x: float[4]", "w = parameter([4, 2], init=normal(0.5))\noutput y = x @ w\noutput z = w -> square -> sum"),
        ("x: float[4]", "output y = (x, 2) -> maximum\noutput z = (x -> relu) * 0 + 3"),
        ("x: float[4]", "output y = ((x, x) -> less -> cast(int)) // 2 % 3"),
        ("x: float[3, 9, 9]", "output y = x -> conv(4, 3x3, stride=2, padding=same) -> batch_norm -> max_pool(2x2)"),
        ("x: float[3, H, W]", "output y = x -> conv(4, 3x3, stride=2, padding=same) -> prelu -> global_max_pool"),
        ("x: float[4]", "output y = x\noutput z = x -> identity"),
        ("x: float[6]", "a, b, c = x -> split(3)\noutput y = b"),
        ("x: float[8]", "v, i = x -> top_k(3)\noutput y = v -> dense(2)\noutput z = i"),
        ("x: float[4]", "unused = x -> dense(7)\noutput y = x -> relu"),
        ("x: float[6, 4]", "output y = (x, x, x) -> attention(2) -> lstm(3) -> last"),
    ],
)
def test_small_model(inputs: str, body: str) -> None:
    program = program_of(f"{BLOCKS}\nmodel m {{\n  input {inputs}\n{body}\n}}\n")
    for length in (5, 8):
        assert_like_the_oracle(program, "m", length)


CONV = "h = x -> conv(4, 3x3)\n"


@pytest.mark.parametrize(
    ("shape", "body"),
    [
        ("3, 6, 6", "output y = x -> convs(4) * 3 -> flatten -> dense(2)"),
        ("3, 6, 6", "output y = x -> convs(4) -> flat\noutput z = x -> flat"),
        ("3, 6, 6", "output y = x -> pass -> convs(2) -> pass"),
        ("3, 8, 8", "output y = x -> unet(4) -> unet(2)"),
        ("3, 6, 5", CONV + "output y = h * (h -> mean(axis=0, keepdims=true))\noutput z = h"),
        ("3, 6, 5", CONV + "output y = h -> mean(axis=1)\noutput z = h -> max(axis=[0, 2])"),
        ("3, 6, 5", CONV + "output y = h + [1, 2, 3]\noutput z = h * parameter(4, 1, 1)"),
        ("3, 6, 5", CONV + "output y = h + x[:1, 1:5, 1:4]\noutput z = 2 * h - 1"),
        ("3, 6, 5", CONV + "a, b = h -> split(2, axis=0)\noutput y = a -> softmax(axis=1)\noutput z = b"),
        ("3, 6, 5", CONV + "output y = h -> layer_norm(axis=0) -> conv(2, 3x3) -> argmax(axis=0)"),
        ("3, T", "h = x -> conv(4, 3) -> transpose -> dense(5)\noutput y = h -> transpose -> conv(2, 3)"),
        ("3, 6, 5", CONV + "output y = h -> pad(1, mode=reflect) -> crop(1) -> glu(axis=0) -> flip(axis=[0, 2])"),
        ("2, 6, 6", "c = conv(3, 3x3)\noutput y = x -> c\noutput z = (x -> flatten)[:2] @ c.weight[:2, 0, 0]"),
        ("4, 6, 6", "c = depthwise_conv(3x3)\noutput y = x -> c\noutput z = c.weight -> sum"),
    ],
)
def test_places_of_channels(shape: str, body: str) -> None:
    program = program_of(f"{BLOCKS}\nmodel m {{\n  input x: float[{shape}]\n{body}\n}}\n")
    assert_like_the_oracle(program, "m", 9)


def test_draws_of_nested_blocks() -> None:
    """Each call of a random block has draws of its own, by path; what is not given is drawn."""
    program = program_of(
        f"{BLOCKS}\nmodel m {{\n  input x: float[4]\n  f = noisy\n  output y = x -> f -> f -> noisy -> noisy\n}}\n"
    )
    code, made, _ = compiled(program, "m")
    x = np.zeros((2, 4), np.float32)
    assert np.abs(made(x)).min() > 0
    paths = sorted({"f.random_normal", "f/2.random_normal", "y.noisy.random_normal", "y.noisy_2.random_normal"})
    draws = {path: np.full((2, 4), 10.0**place, np.float32) for place, path in enumerate(paths)}
    np.testing.assert_allclose(made(x, draws=draws), np.full((2, 4), 111.1), rtol=1e-5)
    assert code["WEIGHTS"] == {}


def test_shared_block_on_other_sizes_has_one_set_of_weights() -> None:
    """A block whose code depends on the size of its input is two classes over the same layers."""
    program = program_of(
        "block tower {\n  h = in -> conv(2, 3x3, padding=same) -> batch_norm -> center_crop(4x4)\n"
        "  return h -> flatten -> dense(3)\n}\n"
        "model m {\n  input a: float[1, 4, 4], b: float[1, 8, 8]\n  f = tower\n"
        "  output y = a -> f\n  output z = b -> f\n}\n"
    )
    made = assert_like_the_oracle(program, "m")
    assert sum(int(np.prod(each.shape)) for each in made.trainable_variables) == 2 * 9 + 2 + 4 + 32 * 3 + 3
    assert len({id(each) for each in made.non_trainable_variables}) == 2


def test_unused_layer_keeps_its_weights() -> None:
    program = program_of("model m {\n  input x: float[4]\n  unused = x -> dense(7)\n  output y = x -> relu\n}\n")
    code, made, weights = compiled(program, "m")
    assert set(code["read_weights"](made)) == set(weights)


def test_load_weights_refuses_what_does_not_fit() -> None:
    program = program_of("model m {\n  input x: float[4]\n  output y = x -> dense(3)\n}\n")
    code, made, _ = compiled(program, "m")
    with pytest.raises(ValueError, match=r"y.dense.weight has the shape \(3, 4\), not \(4, 3\)"):
        code["load_weights"](made, {"y.dense.weight": np.zeros((4, 3))})
    with pytest.raises(KeyError):
        code["load_weights"](made, {"y.dense.other": np.zeros(3)})


def test_long_chain_takes_linear_time() -> None:
    """10,000 layers: the code is made in seconds, and grows as the layers do."""
    times = []
    for count in (1_000, 10_000):
        flow = " ".join(f"-> dense({3 + place * place % 11})" for place in range(count))
        program = program_of(f"model m {{\n  input x: float[4]\n  output y = x {flow}\n}}\n")
        gc.collect()
        gc.disable()  # what it costs depends on everything else that the tests have loaded
        start = time.perf_counter()
        emit_model_file(program, "m")
        times.append(time.perf_counter() - start)
        gc.enable()
    assert times[1] < 5
    assert times[1] < 20 * times[0] + 0.5


ENGINE = """
import sys
import numpy as np
from pathlib import Path
folder = Path(sys.argv[1])
names = {"__name__": "generated"}
exec(compile((folder / "model.py").read_text(), "model.py", "exec"), names)
import keras
assert keras.backend.backend() == "torch" and "tensorflow" not in sys.modules
model = names["build"]()
names["load_weights"](model, dict(np.load(folder / "weights.npz")))
out = model(np.load(folder / "image.npy"))
np.save(folder / "out.npy", keras.ops.convert_to_numpy(out))
trained = keras.ops.convert_to_numpy(model(np.load(folder / "image.npy"), training=True))
assert trained.shape == np.load(folder / "out.npy").shape
"""


def test_model_code_is_free_of_the_engine(tmp_path: Path) -> None:
    """The same file on PyTorch gives the same numbers, and TensorFlow stays out."""
    program = program_of(DIGITS)
    source = emit_model_file(program, "digits")
    _, made, weights = compiled(program, "digits")
    image = random_input(program.module("digits").inputs[0].type).numpy()
    (tmp_path / "model.py").write_text(source, encoding="utf-8")
    np.savez(tmp_path / "weights.npz", **weights)
    np.save(tmp_path / "image.npy", image)
    done = subprocess.run(
        [sys.executable, "-c", ENGINE, str(tmp_path)],
        env={**os.environ, "KERAS_BACKEND": "torch"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    np.testing.assert_allclose(np.load(tmp_path / "out.npy"), made(image).numpy(), rtol=1e-4, atol=1e-5)


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the code of every published model."""
    folder = tmp_path_factory.mktemp("generated")
    for file, model in PUBLISHED:
        (folder / f"{file}_{model}.py").write_text(emit_model_file(published(file), model), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    "arguments",
    ["check --select E,F,I,UP,B,SIM,RUF,C4,PT,D1 --ignore D102,D105,D107", "format --check"],
)
def test_generated_code_is_clean(generated: Path, arguments: str) -> None:
    command = [sys.executable, "-m", "ruff", *arguments.split(), "--isolated", "--line-length", "120", "."]
    done = subprocess.run(command, cwd=generated, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_generated_code_is_typed(generated: Path) -> None:
    files = sorted(path.name for path in generated.glob("*.py"))
    options = ["--disallow-untyped-defs", "--ignore-missing-imports", "--cache-dir", ".mypy"]
    command = [sys.executable, "-m", "mypy", *options, *files]
    done = subprocess.run(command, cwd=generated, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", ["resnet18", "densenet121"])
def test_an_image_is_turned_round_once(name: str) -> None:
    """At the edge of the model; its blocks take and give channels last."""
    assert emit_model_file(published(name), name).count("ops.moveaxis(") == 1


def test_code_needs_keras_and_numpy_alone() -> None:
    for file, model in PUBLISHED:
        tree = ast.parse(emit_model_file(published(file), model))
        modules = {alias.name for node in tree.body if isinstance(node, ast.Import) for alias in node.names}
        modules |= {node.module or "" for node in tree.body if isinstance(node, ast.ImportFrom)}
        assert modules <= {"keras", "numpy", "math", "typing", "collections.abc", "__future__"}
