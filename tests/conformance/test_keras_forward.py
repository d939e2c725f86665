"""Every layer's samples through the Keras backend: shapes and weights as declared, numbers as an oracle gives them.

The bound is that of SEMANTICS.md: abs(a - b) <= 1e-5 + 1e-4 * abs(b). The oracles are shared with the other backends.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch

from dlspec.backends.keras.emit import emit_model_file
from dlspec.catalog.base import Layer, Sample
from dlspec.catalog.index import family_of
from dlspec.catalog.samples.tensors import fixed, floats, ints
from dlspec.ir.weights import parameter_count, weights_of
from dlspec.tensor import Sym
from tests.conformance.one_layer import (
    BATCH,
    LENGTHS,
    Array,
    Case,
    case,
    cases,
    each_entry,
    fixed_layer,
    named_inputs,
    one_layer,
    random_inputs,
    random_weights,
    shape_of,
    weight_count,
)
from tests.conformance.operator_cases import operator_cases
from tests.conformance.reference import expected
from tests.conformance.required import lowering_of

keras = pytest.importorskip("keras")
tf = pytest.importorskip("tensorflow")
if tf.config.threading.get_intra_op_parallelism_threads() != 1:
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
torch.set_num_threads(1)

DRAWN = ("random_normal", "random_uniform", "gumbel_softmax")
LOWER_RANK = [
    case("layer", name, Sample({"axis": axis}, (floats(3, 5, 4), fixed(*shape)), ()))
    for name in ("dot", "cosine_similarity", "distance")
    for axis in (-1, 0)
    for shape in ((4,), (1,), (5, 1))
]
"""A tensor without a batch may have fewer dimensions."""
CASES = [*(each for each in cases() if each.name not in DRAWN), *operator_cases(), *LOWER_RANK]
DRAWN_CASES = [each for each in cases() if each.name in DRAWN]
TYPES = {"float": np.float32, "int": np.int64, "bool": np.bool_}


@pytest.fixture
def float64() -> Iterator[None]:
    """Keras in double precision."""
    for name in ("float64", "float32"):
        keras.config.set_floatx(name)
        keras.config.set_dtype_policy(name)
        if name == "float64":
            yield


def code_of(case: Case) -> dict[str, Any]:
    """What the generated file defines."""
    names: dict[str, Any] = {"__name__": "generated"}
    exec(compile(emit_model_file(one_layer(case), "net"), str(case), "exec"), names)
    return names


def sizes_of(case: Case) -> tuple[dict[str, Any], ...]:
    """Two sets of lengths where there are symbolic sizes, else none."""
    return LENGTHS if any(type.symbols for type in (*case.inputs, *case.types)) else ({},)


def model_of(case: Case) -> Any:
    """The generated model with random weights."""
    code = code_of(case)
    model = code["build"]()
    weights = {f"layer.{name}": value for name, value in random_weights(case).items()}
    code["load_weights"](model, weights)
    back = code["read_weights"](model)
    assert {name: value.tolist() for name, value in back.items()} == {
        name: value.tolist() for name, value in weights.items()
    }
    return model


def arrays(found: Any) -> list[Array]:
    """The results as arrays."""
    return [keras.ops.convert_to_numpy(each) for each in (found if isinstance(found, tuple) else (found,))]


def given(case: Case, sizes: dict[str, Any], dtype: str = "float32") -> list[Any]:
    """Random inputs as tensors."""
    inputs = named_inputs(case, random_inputs(case, sizes), sizes).values()
    return [keras.ops.convert_to_tensor(each.astype(dtype) if each.dtype.kind == "f" else each) for each in inputs]


def wanted(case: Case, sizes: dict[str, Any], dtype: torch.dtype = torch.float32) -> list[Array]:
    """The results of the oracle for the same inputs and weights."""
    weights = {name: torch.from_numpy(value).to(dtype) for name, value in random_weights(case).items()}
    inputs = [torch.from_numpy(each) for each in random_inputs(case, sizes)]
    inputs = [each.to(dtype) if each.is_floating_point() else each for each in inputs]
    return [each.numpy() for each in expected(fixed_layer(case.layer, sizes), inputs, case.inputs, weights)]


def assert_close(found: Array, wanted: Array) -> None:
    assert found.shape == wanted.shape
    if wanted.dtype.kind == "f":
        np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)
    else:
        np.testing.assert_array_equal(found, wanted)


@pytest.mark.proves("lowered", on="keras")
@each_entry("layer", "operator")
def test_every_layer_has_a_lowering(entry: type[Layer]) -> None:
    file = f"dlspec/backends/keras/{family_of(entry.kind, entry.entry)}.py"
    assert lowering_of(entry, "keras") is not None, f"{file} does not say '{entry.entry}'"


@pytest.mark.proves("shape", "count", "forward", on="keras")
@pytest.mark.parametrize("case", CASES, ids=str)
def test_layer_is_what_it_says(case: Case) -> None:
    model = model_of(case)
    assert sum(int(np.prod(each.shape)) for each in model.trainable_variables) == weight_count(case)
    for sizes in sizes_of(case):
        inputs = given(case, sizes)
        # What no spec can write, a model without inputs, Keras calls by this name alone.
        found = arrays(model(*inputs) if inputs else model.call())
        assert [each.shape for each in found] == [shape_of(type, sizes) for type in case.types]
        assert [each.dtype for each in found] == [np.dtype(TYPES[type.element]) for type in case.types]
        for one, number in zip(found, wanted(case, sizes), strict=True):
            assert_close(one, number)


def specification(port: Any, tensor: Any) -> Any:
    """A tensor whose batch and symbolic sizes are open."""
    sizes = [None if isinstance(size, Sym) else size for size in port.type.shape]
    return tf.TensorSpec([None, *sizes] if port.type.batched else sizes, tensor.dtype)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_layer_runs_in_a_graph_in_float64(case: Case, float64: None) -> None:
    """No code has a literal type, and none needs sizes that a compiled function does not know: with everything in
    float64 and open dimensions the numbers agree far better than float32 could."""
    model = model_of(case)
    compiled = tf.function(lambda *inputs: model(*inputs) if inputs else model.call())
    for sizes in sizes_of(case):
        inputs = given(case, sizes, "float64")
        ports = one_layer(case).modules[0].inputs
        flat = tf.nest.flatten(compiled.get_concrete_function(*map(specification, ports, inputs))(*inputs))
        numbers = wanted(case, sizes, torch.float64)
        for one, number, type in zip(flat, numbers, case.types, strict=True):
            if type.element == "float":
                assert one.dtype == tf.float64
                np.testing.assert_allclose(one.numpy(), number, rtol=1e-9, atol=1e-8)


@pytest.mark.parametrize("case", [each for each in cases() if each.layer.weights(*each.inputs)], ids=str)
def test_weights_are_the_declared_ones(case: Case) -> None:
    """Names, canonical shapes and count, and which of them are trained."""
    code, declared = code_of(case), weights_of(one_layer(case), "net")
    model = code["build"]()
    assert list(code["WEIGHTS"]) == list(declared)
    found = code["read_weights"](model)
    assert {name: value.shape for name, value in found.items()} == {
        name: weight.shape for name, weight in declared.items()
    }
    assert sum(int(np.prod(each.shape)) for each in model.trainable_variables) == parameter_count(declared)
    trained = {id(each) for each in model.trainable_variables}
    for name, weight in declared.items():
        assert (id(code["variable"](model, code["WEIGHTS"][name][0])) in trained) == weight.trainable


def mixture(each: Any) -> Array:
    """Fixed random numbers of a result's shape."""
    return np.random.default_rng(3).normal(size=each.shape)


def own_gradients(case: Case, sizes: dict[str, Any]) -> tuple[list[Any], dict[str, Array], bool]:
    """Of a fixed random mixture of the results: by each input, by each weight in its canonical layout."""
    code, model = code_of(case), model_of(case)
    inputs = given(case, sizes, "float64")
    with tf.GradientTape() as tape:
        leaves = [each for each in inputs if each.dtype.is_floating]
        tape.watch(leaves)
        found = tf.nest.flatten(model(*inputs) if inputs else tf.convert_to_tensor(model.call()))
        mixed = [tf.reduce_sum(each * mixture(each)) for each in found if each.dtype.is_floating]
        total = tf.add_n(mixed) if mixed else tf.constant(0.0, tf.float64)
    variables = {each.path: each for each in model.trainable_variables}
    by_input, by_variable = tape.gradient(total, (leaves, {path: each.value for path, each in variables.items()}))
    gradients = {}
    for name, (path, layout) in code["WEIGHTS"].items():
        own = code["variable"](model, path)
        if own.path in variables and by_variable[own.path] is not None:
            gradients[name] = code["from_keras"](tf.convert_to_tensor(by_variable[own.path]).numpy(), layout)
    every = iter(by_input)
    return [next(every) if each.dtype.is_floating else None for each in inputs], gradients, bool(mixed)


def has_oracle(case: Case) -> bool:
    """The oracles of these have no gradient, or another one than the layer, or TensorFlow has none where PyTorch has
    zeros; each of those with a gradient of its own has a test below."""
    layer: Any = case.layer
    own = case.name in ("stop_gradient", "floor_divide", "binary_step", "floor", "ceil", "round", "sign")
    padded = case.name == "embedding" and layer.padding_index is not None
    return not (own or padded or (case.name == "group_norm" and not layer.scale and layer.center))


@pytest.mark.proves("gradient of the oracle", on="keras")
@pytest.mark.parametrize("case", [each for each in CASES if has_oracle(each)], ids=str)
def test_gradients_are_those_of_the_oracle(case: Case, float64: None) -> None:
    """By each weight and each input: abs(a - b) <= 1e-5 + 1e-3 * max(abs(b)), in float64."""
    sizes = sizes_of(case)[0]
    by_input, by_weight, any_found = own_gradients(case, sizes)
    inputs = [torch.from_numpy(each) for each in random_inputs(case, sizes)]
    leaves = [each.double().requires_grad_() if each.is_floating_point() else each for each in inputs]
    weights = {name: torch.from_numpy(value).double() for name, value in random_weights(case).items()}
    for weight in case.layer.weights(*case.inputs):
        weights[weight.name].requires_grad_(weight.trainable)
    found = expected(fixed_layer(case.layer, sizes), leaves, case.inputs, weights)
    mixed = [(each * torch.from_numpy(mixture(each))).sum() for each in found if each.requires_grad]
    assert any_found or not mixed
    if mixed:
        torch.stack(mixed).sum().backward()
    pairs = [(by_weight.get(f"layer.{name}"), weight) for name, weight in weights.items()]
    pairs += list(zip((each if each is None else each.numpy() for each in map(dense, by_input)), leaves, strict=False))
    for mine, other in pairs:
        if other.grad is not None:
            bound = 1e-5 + 1e-3 * other.grad.abs().max().item()
            assert mine is not None or not other.grad.any()
            if mine is not None:
                assert np.abs(mine - other.grad.numpy()).max() <= bound


def dense(gradient: Any) -> Any:
    """A gradient as a tensor, where it may be slices."""
    return gradient if gradient is None else tf.convert_to_tensor(gradient)


def test_padding_row_of_an_embedding() -> None:
    """Zero, and without a gradient."""
    sample = Sample({"n": 5, "size": 3, "padding_index": 2}, (ints(4),), ((4, 3),))
    code = code_of(case("layer", "embedding", sample))
    model = code["build"]()
    table = model.layer.embeddings
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(model(tf.constant([[0, 2, 2, 1]])))
    gradient = tf.convert_to_tensor(tape.gradient(total, table.value))
    assert table.numpy()[2].tolist() == [0, 0, 0]
    assert gradient.numpy().tolist() == [[1, 1, 1], [1, 1, 1], [0, 0, 0], [0, 0, 0], [0, 0, 0]]


@pytest.mark.parametrize("name", ["stop_gradient", "binary_step", "floor", "sign"])
def test_gradients_that_are_zero(name: str) -> None:
    """Zero, or none at all."""
    model = model_of(case("layer", name, Sample({}, (floats(3),), ((3,),))))
    x = tf.constant([[-1.5, 0.5, 2.5]])
    with tf.GradientTape() as tape:
        tape.watch(x)
        total = tf.reduce_sum(model(x))
    gradient = tape.gradient(total, x)
    assert gradient is None or not gradient.numpy().any()


# ---------------------------------------------------------------- layers that draw


@pytest.mark.parametrize("case", [each for each in DRAWN_CASES if each.name != "gumbel_softmax"], ids=str)
def test_draws_can_be_given(case: Case) -> None:
    model = model_of(case)
    for sizes in sizes_of(case):
        inputs = given(case, sizes)
        draw = np.random.default_rng(5).random(shape_of(case.types[0], sizes), np.float32)
        assert_close(arrays(model(*inputs, draws={"layer": draw}))[0], draw)
        first, second = arrays(model(*inputs, draws={"other": draw}))[0], arrays(model(*inputs))[0]
        assert first.shape == second.shape == draw.shape
        assert (first != second).any()


MANY = 4096


@pytest.mark.proves("shape", "count", "distribution", on="keras")
@pytest.mark.parametrize("case", DRAWN_CASES, ids=str)
def test_draws_are_distributed_so(case: Case) -> None:
    """Over many examples mean and deviation lie within six standard errors."""
    keras.utils.set_random_seed(1)
    model, sizes = model_of(case), sizes_of(case)[0]
    one = named_inputs(case, random_inputs(case, sizes), sizes)
    inputs = [keras.ops.convert_to_tensor(np.repeat(value[:1], MANY, 0)) for value in one.values()]
    found = arrays(model(*inputs))[0]
    assert sum(int(np.prod(each.shape)) for each in model.trainable_variables) == weight_count(case)
    assert found.shape == (MANY, *shape_of(case.types[0], sizes)[1:])
    layer: Any = case.layer
    if case.name == "gumbel_softmax":
        largest = np.eye(found.shape[-1])[found.argmax(-1)].mean(0)
        soft = torch.softmax(torch.from_numpy(inputs[0][0].numpy()), -1).numpy()
        assert np.abs(largest - soft).max() < 6 * 0.5 / np.sqrt(MANY)
        return
    mean, std = (
        (layer.mean, layer.std)
        if case.name == "random_normal"
        else ((layer.low + layer.high) / 2, (layer.high - layer.low) / 12**0.5)
    )
    assert abs(found.mean() - mean) < 6 * std / np.sqrt(found.size)
    assert abs(found.std() - std) < 6 * std / np.sqrt(found.size)


# ---------------------------------------------------------------- batch norm in training

PLACES: tuple[tuple[int, ...], ...] = ((), (5,), (4, 3), (2, 3, 2), (1, 1))


@pytest.mark.proves("training", on="keras", of=("layer batch_norm",))
@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("places", PLACES, ids=str)
@pytest.mark.parametrize("batch", [1, BATCH])
def test_batch_norm_in_training(places: tuple[int, ...], batch: int, compiled: bool) -> None:
    """Biased to normalise, unbiased kept; with one value per channel the factor is 1 (SEMANTICS.md)."""
    shape = (4, *places)
    one = case("layer", "batch_norm", Sample({"momentum": 0.3}, (floats(*shape),), (shape,)))
    code, model, weights = code_of(one), model_of(one), random_weights(one)
    x = np.random.default_rng(0).normal(2, 3, (batch, *shape)).astype(np.float32)

    def step(x: Any) -> Any:
        return model(x, training=True)

    signature = [tf.TensorSpec([None, *shape], tf.float32)]
    found = arrays((tf.function(step, input_signature=signature) if compiled else step)(tf.constant(x)))[0]

    axes = (0, *range(2, x.ndim))
    count = x.size // 4
    mean, variance = x.mean(axes), x.var(axes)
    spread = (slice(None), *[None] * len(places))
    scale = weights["weight"] / np.sqrt(variance + 1e-5)
    assert_close(found, (x - mean[spread]) * scale[spread] + weights["bias"][spread])
    state = code["read_weights"](model)
    unbiased = variance * count / max(count - 1, 1)
    assert_close(state["layer.running_mean"], 0.7 * weights["running_mean"] + 0.3 * mean)
    assert_close(state["layer.running_var"], 0.7 * weights["running_var"] + 0.3 * unbiased)
