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
from dlspec.backends.keras.table import lowering_of
from dlspec.backends.python.fragment import Unsupported
from dlspec.catalog.base import Sample
from dlspec.catalog.index import find
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
    fixed_layer,
    layer_names,
    named_inputs,
    one_layer,
    random_inputs,
    random_weights,
    shape_of,
)
from tests.conformance.operator_cases import operator_cases
from tests.conformance.reference import expected

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


@pytest.mark.parametrize(("family", "name"), [*layer_names("layer"), *layer_names("operator")])
def test_every_layer_has_a_lowering(family: str, name: str) -> None:
    layer = find("operator" if family == "operators" else "layer", name)
    assert layer is not None
    assert not isinstance(lowering_of(layer.model_construct()), Unsupported)  # type: ignore[arg-type]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_layer_is_what_it_says(case: Case) -> None:
    model = model_of(case)
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
