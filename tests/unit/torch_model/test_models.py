"""Whole models: classes, loops and shared parts compute what the flat graph says, layer by layer."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch

from dlspec.backends.torch.emit import emit_model_file
from tests.unit.torch_model.specs import (
    assert_like_the_oracle,
    compiled,
    load,
    program_of,
    published,
    random_input,
)

PUBLISHED = [
    ("conditional_gan", "generator"), ("conditional_gan", "discriminator"), ("denoising_autoencoder", "denoiser"),
    ("densenet121", "densenet121"), ("lenet5", "lenet5"), ("matrix_factorisation", "factors"),
    ("perceptron_and", "neuron"), ("resnet18", "resnet18"), ("resnet50", "resnet50"), ("siamese", "siamese"),
    ("transfer_learning", "digit_net"), ("vae", "encoder"), ("wide_and_deep", "wide_and_deep"),
    ("xor_mlp", "xor_mlp"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "model"), PUBLISHED)
def test_published_model(file: str, model: str) -> None:
    assert_like_the_oracle(published(file), model)


def test_vae_with_given_draws() -> None:
    """Draws go in under the path of the unit, from the root of the model."""
    program = published("vae")
    module = program.module(program.models["vae"])
    (name,) = [unit.name for unit in module.units if unit.layer is not None and unit.layer.entry == "random_normal"]
    made = assert_like_the_oracle(program, "vae", draws={name: torch.randn(2, 8)})
    image = random_input(module.inputs[0].type)
    assert not torch.equal(made(image).reconstruction, made(image).reconstruction)


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
        ("x: float[T, 4]", "output y = x -> reshape(-1, 2) -> reshape(T, 4) -> transpose -> dense(T) if false else x"),
        ("x: float[T, 4]", "output y = x -> flatten -> reshape(T, 2, 2) -> pad(1) -> reshape(T, 4, 4)"),
        ("x: float[T, 4], g: float[2 * T, 4]", "output y = (x, g) -> concat(axis=0) -> reshape(3 * T, 2, 2)"),
        ("x: float[2 * T, 4]", "output y = x -> reshape(T, 8) -> dense(3)"),
        ("x: int[T]", "e = embedding(6, 4)\noutput y = x -> e -> dense(3)\noutput z = y @ e.weight[:3]"),
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
    ],
)
def test_small_model(inputs: str, body: str) -> None:
    program = program_of(f"{BLOCKS}\nmodel m {{\n  input {inputs}\n{body}\n}}\n")
    for length in (5, 8):
        assert_like_the_oracle(program, "m", length)


def test_draws_of_nested_blocks() -> None:
    """Each call of a random block has draws of its own, by path; what is not given is drawn."""
    program = program_of(
        f"{BLOCKS}\nmodel m {{\n  input x: float[4]\n  f = noisy\n  output y = x -> f -> f -> noisy -> noisy\n}}\n"
    )
    code, made, _ = compiled(program, "m")
    x = torch.zeros(2, 4)
    torch.manual_seed(0)
    assert made(x).abs().min() > 0
    paths = sorted({"f.random_normal", "f/2.random_normal", "y.noisy.random_normal", "y.noisy_2.random_normal"})
    found = made(x, draws={path: torch.full((2, 4), 10.0**place) for place, path in enumerate(paths)})
    assert torch.allclose(found, torch.full((2, 4), 111.1))
    assert code["WEIGHTS"] == {}


def test_shared_block_on_other_sizes_has_one_set_of_weights() -> None:
    """A block whose code depends on the size of its input is two classes over the same layers."""
    program = program_of(
        "block tower {\n  h = in -> conv(2, 3x3, padding=same) -> batch_norm -> center_crop(4x4)\n"
        "  return h -> flatten -> dense(3)\n}\n"
        "model m {\n  input a: float[1, 4, 4], b: float[1, 8, 8]\n  f = tower\n"
        "  output y = a -> f\n  output z = b -> f\n}\n"
    )
    made = assert_like_the_oracle(program, "m").train()
    result = made(torch.randn(2, 1, 4, 4), torch.randn(2, 1, 8, 8))
    (result.y.sum() + result.z.sum()).backward()
    assert sum(each.numel() for each in made.parameters()) == 2 * 9 + 2 + 4 + 32 * 3 + 3
    double = made.double()
    assert len({id(each) for each in double.buffers()}) == 3


def test_unused_layer_keeps_its_weights() -> None:
    program = program_of("model m {\n  input x: float[4]\n  unused = x -> dense(7)\n  output y = x -> relu\n}\n")
    code, made, _ = compiled(program, "m")
    assert set(code["WEIGHTS"].values()) <= set(made.state_dict())


def test_load_weights_refuses_what_does_not_fit() -> None:
    program = program_of("model m {\n  input x: float[4]\n  output y = x -> dense(3)\n}\n")
    code, made, _ = compiled(program, "m")
    with pytest.raises(ValueError, match=r"y.dense.bias has the shape \(3,\), not \(1,\)"):
        code["load_weights"](made, {"y.dense.bias": np.zeros(1)})
    with pytest.raises(KeyError):
        code["load_weights"](made, {"y.dense.other": np.zeros(3)})


@pytest.mark.parametrize("kind", ["equal", "different"])
def test_long_chain_takes_linear_time(kind: str) -> None:
    """10,000 layers: the code is made in seconds of processor time, which grow as the layers do, and runs."""
    times = []
    for count in (1_000, 10_000):
        sizes = [4 if kind == "equal" else 3 + place * place % 11 for place in range(count)]
        flow = " ".join(f"-> dense({size})" for size in sizes)
        program = program_of(f"model m {{\n  input x: float[4]\n  output y = x {flow}\n}}\n")
        start = time.process_time()
        source = emit_model_file(program, "m")
        times.append(time.process_time() - start)
    code = load(source)
    assert len(code["WEIGHTS"]) == 2 * count
    assert code["build"]()(torch.zeros(1, 4)).shape == (1, sizes[-1])
    assert times[1] < 5
    assert times[1] < 20 * times[0] + 0.5


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the code of every published model."""
    folder = tmp_path_factory.mktemp("generated")
    for file, model in PUBLISHED:
        program = published(file)
        (folder / f"{file}_{model}.py").write_text(emit_model_file(program, model), encoding="utf-8")
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
    command = [sys.executable, "-m", "mypy", "--disallow-untyped-defs", "--cache-dir", ".mypy", *files]
    done = subprocess.run(command, cwd=generated, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
