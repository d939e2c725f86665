"""Layers that draw in training: how what they draw is distributed, which elements go together, and the way back.

On PyTorch and Keras; in inference they are the identity, which the forward tests hold. Figures lie within six standard
errors of their closed forms.
"""

from __future__ import annotations

import math
import os
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from dlspec.backends.keras.emit import emit_model_file as emit_keras
from dlspec.backends.torch.emit import emit_model_file as emit_torch
from dlspec.catalog.base import Sample
from dlspec.catalog.dense import Dense
from dlspec.catalog.losses import Mse
from dlspec.catalog.optimizers import Adam
from dlspec.catalog.random import AlphaDropout, DropPath, GaussianDropout, SpatialDropout
from dlspec.catalog.samples.tensors import floats
from dlspec.catalog.shape import Flatten, Reshape
from dlspec.diagnostics.span import SourceFile
from dlspec.ir.program import Module, Program
from dlspec.pipeline import checked, resolve
from tests.conformance.one_layer import Array, case, one_layer
from tests.unit.keras_training.programs import drawn_weights
from tests.unit.keras_training.programs import opened as opened_on_keras
from tests.unit.torch_training.examples import FIELDS
from tests.unit.torch_training.programs import Building, one_step, tensor, updated
from tests.unit.torch_training.programs import opened as opened_on_torch

keras = pytest.importorskip("keras")
tf = pytest.importorskip("tensorflow")
torch.set_num_threads(1)

MANY = 4096
Run = Callable[[Array], Array]
"""A model in training, with fresh draws at each call."""

on_both = pytest.mark.parametrize("backend", ["torch", "keras"])


def drawing(*names: str) -> Any:
    """What a test of these layers shows."""
    return pytest.mark.proves("training", on=("torch", "keras"), of=tuple(f"layer {name}" for name in names))


def code_of(text: str) -> dict[str, Any]:
    names: dict[str, Any] = {"__name__": "generated"}
    exec(compile(text, "generated.py", "exec"), names)
    return names


def running(program: Program, backend: str) -> Run:
    """The model `net` in training, its draws seeded."""
    emit = emit_torch if backend == "torch" else emit_keras
    model = code_of(emit(program, "net"))["build"]()
    if backend == "torch":
        torch.manual_seed(0)
        model.train()
        return lambda x: model(torch.from_numpy(x)).detach().numpy()
    return lambda x: model(keras.ops.convert_to_tensor(x), training=True).numpy()


@cache
def layer(name: str, backend: str, shape: tuple[int, ...], **arguments: float) -> Run:
    keras.utils.set_random_seed(0)
    return running(one_layer(case("layer", name, Sample(arguments, (floats(*shape),), (shape,)))), backend)


def spec(text: str) -> Program:
    source = SourceFile("net.dl", f"model net {{\n{text}\n}}\n")
    return checked(resolve(Path("net.dl"), source=source)).program


def ones(*shape: int) -> Array:
    return np.ones(shape, np.float32)


def near(values: Array, wanted: float) -> None:
    """The mean of independent values lies within six standard errors of what it should be."""
    assert abs(values.mean() - wanted) < 6 * values.std() / math.sqrt(values.size)


def near_variance(values: Array, wanted: float) -> None:
    """The same for their variance."""
    near(np.square(values - values.mean()), wanted)


RATES = [0.1, 0.5, 0.8]

# ---------------------------------------------------------------- what is dropped together


@drawing("spatial_dropout")
@on_both
@pytest.mark.parametrize("places", [(7,), (3, 4), (2, 3, 1)], ids=str)
@pytest.mark.parametrize("rate", RATES)
def test_spatial_dropout_drops_whole_channels(backend: str, places: tuple[int, ...], rate: float) -> None:
    run = layer("spatial_dropout", backend, (5, *places), rate=rate)
    found = run(ones(MANY, 5, *places)).reshape(MANY, 5, -1)
    assert (found == found[:, :, :1]).all()
    kept = found[:, :, 0] != 0
    np.testing.assert_allclose(found[:, :, 0][kept], 1 / (1 - rate), rtol=1e-6)
    near(kept.astype(float), 1 - rate)
    # Channels of an example fall independently of each other: both stay with the product of the probabilities.
    near((kept[:, 0] & kept[:, 3]).astype(float), (1 - rate) ** 2)
    assert (run(ones(MANY, 5, *places)).reshape(found.shape) != found).any()


@drawing("spatial_dropout")
@on_both
def test_channels_are_dropped_wherever_they_stand(backend: str) -> None:
    """Between convolutions Keras has its channels last."""
    run = running(spec("input x: float[3, 6, 5]\noutput y = x -> conv(8, 3x3) -> spatial_dropout(0.4)"), backend)
    found = run(np.random.default_rng(0).normal(size=(MANY, 3, 6, 5)).astype(np.float32)).reshape(MANY, 8, -1)
    dropped = (found == 0).all(2)
    assert ((found == 0).any(2) == dropped).all()
    near(dropped.astype(float), 0.4)


@drawing("drop_path")
@on_both
@pytest.mark.parametrize("shape", [(), (6,), (3, 4), (2, 2, 3)], ids=str)
@pytest.mark.parametrize("rate", RATES)
def test_drop_path_drops_whole_examples(backend: str, shape: tuple[int, ...], rate: float) -> None:
    run = layer("drop_path", backend, shape, rate=rate)
    found = run(ones(MANY, *shape)).reshape(MANY, -1)
    assert (found == found[:, :1]).all()
    kept = found[:, 0] != 0
    np.testing.assert_allclose(found[kept], 1 / (1 - rate), rtol=1e-6)
    near(kept.astype(float), 1 - rate)
    near((kept[1:] & kept[:-1]).astype(float), (1 - rate) ** 2)
    assert (run(ones(MANY, *shape)).reshape(found.shape) != found).any()


# ---------------------------------------------------------------- each element by itself

LOWEST = -1.0507009873554805 * 1.6732632423543772
"""What selu tends to (Klambauer et al., 2017)."""


@drawing("alpha_dropout")
@on_both
@pytest.mark.parametrize("rate", RATES)
def test_alpha_dropout_keeps_mean_and_variance(backend: str, rate: float) -> None:
    x = np.random.default_rng(0).normal(size=(MANY, 50)).astype(np.float32)
    found = layer("alpha_dropout", backend, (50,), rate=rate)(x).astype(np.float64)
    near(found, 0)
    near_variance(found, 1)
    # The affine map that the paper works out for mean 0 and variance 1.
    q = 1 - rate
    a = (q + LOWEST**2 * q * (1 - q)) ** -0.5
    b = -a * (1 - q) * LOWEST
    dropped = np.isclose(found, a * LOWEST + b, rtol=1e-5)
    np.testing.assert_allclose(found[~dropped], (a * x + b)[~dropped], rtol=1e-4, atol=1e-5)
    near(dropped.astype(float), rate)
    near((dropped[:, 0] & dropped[:, 1]).astype(float), rate**2)


@drawing("gaussian_dropout")
@on_both
@pytest.mark.parametrize("rate", RATES)
def test_gaussian_dropout_multiplies_by_normal_numbers(backend: str, rate: float) -> None:
    found = layer("gaussian_dropout", backend, (50,), rate=rate)(-2 * ones(MANY, 50)).astype(np.float64) / -2
    variance = rate / (1 - rate)
    near(found, 1)
    near_variance(found, variance)
    standard = (found - 1) / math.sqrt(variance)
    near(standard**3, 0)
    near(standard**4, 3)
    near(standard[:, 0] * standard[:, 1], 0)


@drawing("gaussian_dropout")
@on_both
def test_gaussian_dropout_leaves_zeros(backend: str) -> None:
    assert not layer("gaussian_dropout", backend, (50,), rate=0.5)(0 * ones(8, 50)).any()


@pytest.mark.parametrize("name", ["spatial_dropout", "alpha_dropout", "drop_path", "gaussian_dropout"])
@on_both
def test_rate_0_changes_nothing(backend: str, name: str) -> None:
    x = np.random.default_rng(0).normal(size=(5, 4, 3)).astype(np.float32)
    np.testing.assert_array_equal(layer(name, backend, (4, 3), rate=0.0)(x), x)


# ---------------------------------------------------------------- gradients

BRANCH = "output y = x -> gradient_reversal(SCALE) -> tanh"


@pytest.mark.parametrize("scale", [1.0, 0.3, 0.0])
@on_both
def test_gradient_reversal_is_the_slope_of_the_negated_function(backend: str, scale: float) -> None:
    """By finite differences of minus `scale` times what stands behind it."""
    rng = np.random.default_rng(0)
    x, mixture, step = rng.normal(size=(2, 3)), rng.normal(size=(2, 3)), 1e-6

    def negated(x: Array) -> float:
        return -scale * float((mixture * np.tanh(x)).sum())

    wanted = np.zeros_like(x)
    for place in np.ndindex(*x.shape):
        shift = np.zeros_like(x)
        shift[place] = step
        wanted[place] = (negated(x + shift) - negated(x - shift)) / (2 * step)
    program = spec(f"input x: float[3]\n{BRANCH.replace('SCALE', str(scale))}")
    if backend == "torch":
        leaf = torch.from_numpy(x).requires_grad_()
        y = code_of(emit_torch(program, "net"))["build"]()(leaf)
        (y * torch.from_numpy(mixture)).sum().backward()
        assert leaf.grad is not None
        found, result = leaf.grad.numpy(), y.detach().numpy()
        np.testing.assert_allclose(result, np.tanh(x), rtol=1e-12)
    else:
        leaf = tf.constant(x.astype(np.float32))
        with tf.GradientTape() as tape:
            tape.watch(leaf)
            total = tf.reduce_sum(code_of(emit_keras(program, "net"))["build"]()(leaf) * mixture.astype(np.float32))
        found = tape.gradient(total, leaf).numpy()
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)


def test_adversary_of_a_shared_part() -> None:
    """Behind the reversal a loss goes down while it goes up for what stands before: both gradients have their sign."""
    program = spec(
        "input x: float[3]\nshared = x -> dense(4)\noutput kind = shared -> dense(1)\n"
        "output domain = shared -> gradient_reversal(2) -> dense(1)"
    )
    model = code_of(emit_torch(program, "net"))["build"]()
    x = torch.from_numpy(np.random.default_rng(1).normal(size=(5, 3)).astype(np.float32))
    shared = model.shared_dense(x)
    behind = model.domain_dense
    plain = torch.autograd.grad(behind(shared).sum(), [*model.shared_dense.parameters(), behind.weight])
    turned = torch.autograd.grad(model(x).domain.sum(), [*model.shared_dense.parameters(), behind.weight])
    for one, other, factor in zip(turned, plain, (-2, -2, 1), strict=True):
        torch.testing.assert_close(one, factor * other)


# ---------------------------------------------------------------- other engines, graphs

ALL = (
    "input x: float[T, 3, 6, 5], there: bool[T]\n"
    "seen, h, c = x -> conv_lstm(4, 2x3, return_state=true, bidirectional=true, mask=there)\n"
    "output y = h -> conv(4, 3) -> spatial_dropout(0.3) -> drop_path(0.2) -> alpha_dropout(0.1)\n"
    "  -> gaussian_dropout(0.2) -> gradient_reversal(0.5) -> flatten\n"
    "output z = seen"
)

ENGINE = """
import sys
from pathlib import Path
import numpy as np
import keras
assert keras.backend.backend() == "torch"
folder = Path(sys.argv[1])
sys.path.insert(0, str(folder))
import model as code
made = code.build()
code.load_weights(made, dict(np.load(folder / "weights.npz")))
inputs = dict(np.load(folder / "inputs.npz"))
found = made(inputs["x"], inputs["there"])
np.savez(folder / "found.npz", y=keras.ops.convert_to_numpy(found.y), z=keras.ops.convert_to_numpy(found.z))
trained = [keras.ops.convert_to_numpy(made(inputs["x"], inputs["there"], training=True).y) for _ in range(2)]
assert trained[0].shape == trained[1].shape and (trained[0] != trained[1]).any()
assert "tensorflow" not in sys.modules
"""


def inputs_and_weights(made: dict[str, Any], model: Any) -> tuple[dict[str, Array], dict[str, Array]]:
    rng = np.random.default_rng(3)
    there = rng.random((4, 7)) < 0.6
    weights = {name: 0.3 * rng.normal(size=value.shape) for name, value in made["read_weights"](model).items()}
    x = rng.normal(size=(4, 7, 3, 6, 5)).astype(np.float32)
    return {"x": x, "there": there}, {name: value.astype(np.float32) for name, value in weights.items()}


def test_layers_are_free_of_the_engine(tmp_path: Path) -> None:
    """The same Keras code on PyTorch gives the numbers of TensorFlow, and of our code for PyTorch."""
    program = spec(ALL)
    source = emit_keras(program, "net")
    made = code_of(source)
    model = made["build"]()
    inputs, weights = inputs_and_weights(made, model)
    made["load_weights"](model, weights)
    wanted = model(inputs["x"], inputs["there"])
    ours = code_of(emit_torch(program, "net"))
    net = ours["build"]().eval()
    ours["load_weights"](net, weights)
    (tmp_path / "model.py").write_text(source, encoding="utf-8")
    np.savez(tmp_path / "weights.npz", **weights)
    np.savez(tmp_path / "inputs.npz", **inputs)
    done = subprocess.run(
        [sys.executable, "-c", ENGINE, str(tmp_path)],
        env={**os.environ, "KERAS_BACKEND": "torch"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    found = dict(np.load(tmp_path / "found.npz"))
    other = net(*map(torch.from_numpy, inputs.values()))
    for name in ("y", "z"):
        np.testing.assert_allclose(found[name], getattr(wanted, name).numpy(), rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(found[name], getattr(other, name).detach().numpy(), rtol=1e-4, atol=1e-5)


def test_training_in_a_graph_of_open_sizes() -> None:
    """A compiled function that knows neither batch nor time draws anew at each call."""
    made = code_of(emit_keras(spec(ALL), "net"))
    model = made["build"]()
    inputs, _ = inputs_and_weights(made, model)
    signature = [tf.TensorSpec([None, None, 3, 6, 5], tf.float32), tf.TensorSpec([None, None], tf.bool)]
    step = tf.function(lambda x, there: model(x, there, training=True).y, input_signature=signature)
    first, second = (step(inputs["x"], inputs["there"]).numpy() for _ in range(2))
    assert first.shape == (4, 48)
    assert (first != second).any()
    assert np.isfinite(first).all()


# ---------------------------------------------------------------- resuming


def through_all() -> Module:
    """x [3] -> every layer that draws in training -> y [1]."""
    building = Building("net", {"x": tensor(3)})
    inner = building.layer("hidden", Dense(size=12), building.input("x"))
    inner = building.layer("places", Reshape(shape=(4, 3)), inner)
    drawing = {"a": SpatialDropout(), "b": AlphaDropout(rate=0.2), "c": DropPath(), "d": GaussianDropout(rate=0.1)}
    for name, each in drawing.items():
        inner = building.layer(name, each, inner)
    inner = building.layer("flat", Flatten(), inner)
    return building.done("model", y=building.layer("y", Dense(size=1), inner))


@pytest.mark.parametrize("backend", ["torch", "keras"])
def test_a_resumed_training_draws_on(backend: str, tmp_path: Path) -> None:
    """Bit for bit; from the same seed the same again, from another something else."""
    program, train = one_step(through_all(), {"mse": Mse()}, optimizers=[Adam(lr=0.01)])
    fields = {name: value.astype(np.float64) for name, value in FIELDS.items()}

    def session(seed: int) -> Any:
        found = (opened_on_torch if backend == "torch" else opened_on_keras)(tmp_path, program, train)
        found.load_weights(drawn_weights(found))
        found.seed(seed)
        return found

    first = session(3)
    begun = updated(first, fields, 5)
    state, weights = first.state(), first.weights()
    wanted = updated(first, fields, 4)
    assert updated(session(3), fields, 5) == begun
    other = session(4)
    assert updated(other, fields, 5) != begun
    other.load_weights(weights)
    other.load_state(state)
    assert updated(other, fields, 4) == wanted
