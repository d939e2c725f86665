"""Every layer's samples through the ONNX backend: shapes as inferred, numbers as PyTorch's own functions give them.

The bound is that of SEMANTICS.md: abs(a - b) <= 1e-5 + 1e-4 * abs(b).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import pytest
import torch
from onnx.reference import ReferenceEvaluator

from dlspec.backends.onnx.emit import emit_model
from dlspec.backends.onnx.runtime import OnnxSession
from dlspec.catalog.base import Layer, Sample
from dlspec.catalog.index import family_of
from dlspec.catalog.samples.tensors import fixed, floats
from tests.conformance.one_layer import (
    LENGTHS,
    Array,
    Case,
    case,
    cases,
    declared_shapes,
    each_entry,
    fixed_layer,
    named_inputs,
    one_layer,
    random_inputs,
    random_weights,
    shape_of,
)
from tests.conformance.operator_cases import operator_cases
from tests.conformance.reference import expected
from tests.conformance.required import lowering_of

DRAWN = ("random_normal", "random_uniform", "gumbel_softmax")
LOWER_RANK = [
    case("layer", name, Sample({"axis": axis}, (floats(3, 5, 4), fixed(*shape)), ()))
    for name in ("dot", "cosine_similarity", "distance")
    for axis in (-1, 0)
    for shape in ((4,), (1,), (5, 1))
]
"""A tensor without a batch may have fewer dimensions."""
CASES = [*(each for each in cases() if each.name not in DRAWN), *operator_cases(), *LOWER_RANK]
each_case = pytest.mark.parametrize("case", CASES, ids=str)


def model_of(case: Case) -> onnx.ModelProto:
    weights = {f"layer.{name}": value for name, value in random_weights(case).items()}
    return emit_model(one_layer(case), "net", weights)


def sizes_of(case: Case) -> tuple[dict[str, Any], ...]:
    """Two sets of lengths where there are symbolic sizes, else none."""
    return LENGTHS if any(type.symbols for type in (*case.inputs, *case.types)) else ({},)


def wanted(case: Case, inputs: list[Array], sizes: dict[str, Any]) -> list[Array]:
    weights = {name: torch.from_numpy(value) for name, value in random_weights(case).items()}
    found = expected(fixed_layer(case.layer, sizes), [torch.from_numpy(each) for each in inputs], case.inputs, weights)
    return [each.numpy() for each in found]


def assert_close(found: Array, wanted: Array) -> None:
    assert found.shape == wanted.shape
    assert found.dtype == wanted.dtype
    if wanted.dtype.kind == "f":
        np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)
    else:
        np.testing.assert_array_equal(found, wanted)


def weights_in(model: onnx.ModelProto) -> dict[str, tuple[int, ...]]:
    """The shapes of the tensors in a file that are called as a weight is."""
    return {each.name: tuple(each.dims) for each in model.graph.initializer if each.name.startswith("layer.")}


@pytest.mark.proves("lowered", on="onnx")
@each_entry("layer", "operator")
def test_every_layer_has_a_lowering(entry: type[Layer]) -> None:
    file = f"dlspec/backends/onnx/{family_of(entry.kind, entry.entry)}.py"
    assert lowering_of(entry, "onnx") is not None, f"{file} does not say '{entry.entry}'"


@pytest.mark.proves("shape", "count", "forward", on="onnx")
@each_case
def test_layer_is_what_it_says(case: Case) -> None:
    model = model_of(case)
    assert weights_in(model) == declared_shapes(case)
    onnx.checker.check_model(model, full_check=True)
    plain = OnnxSession(model.SerializeToString(), optimize=False)
    optimized = OnnxSession(model.SerializeToString())
    for sizes in sizes_of(case):
        inputs = random_inputs(case, sizes)
        named = named_inputs(case, inputs, sizes)
        numbers = wanted(case, inputs, sizes)
        shapes = [shape_of(type, sizes) for type in case.types]
        assert [each.shape for each in numbers] == shapes
        for session in (plain, optimized):
            found = session.predict(named)
            assert list(found) == [f"y{which}" for which in range(len(shapes))]
            for which, number in enumerate(numbers):
                assert_close(found[f"y{which}"], number)


# ---------------------------------------------------------------- the reference implementation of ONNX


def wrong_there(case: Case) -> bool:
    """Its ConvTranspose fails on dilated groups, its GlobalMaxPool on all but images; its recurrent operators disregard
    lengths, its RNN other activations than tanh, and its Scan refuses to go backwards."""
    layer: Any = case.layer
    if case.name == "conv_lstm":
        return bool(layer.bidirectional)
    if case.name in ("rnn", "gru", "lstm"):
        short = case.inputs[-1].element == "bool" and (layer.return_state or layer.bidirectional)
        return short or getattr(layer, "activation", "tanh") != "tanh"
    return (case.name == "conv_transpose" and layer.groups > 1 and layer.dilation != 1) or (
        case.name == "global_max_pool" and case.inputs[0].rank != 3
    )


@pytest.mark.proves("onnx reference", on="onnx")
@pytest.mark.parametrize("case", [each for each in CASES if not wrong_there(each)], ids=str)
def test_reference_evaluator_agrees(case: Case) -> None:
    reference = ReferenceEvaluator(model_of(case))
    for sizes in sizes_of(case):
        inputs = random_inputs(case, sizes)
        found = reference.run(None, named_inputs(case, inputs, sizes))
        for one, number in zip(found, wanted(case, inputs, sizes), strict=True):
            assert_close(np.asarray(one), number)


# ---------------------------------------------------------------- layers that draw

DRAWN_CASES = [each for each in cases() if each.name in DRAWN]


@pytest.mark.parametrize("case", DRAWN_CASES, ids=str)
def test_draws_as_inputs(case: Case) -> None:
    """What is drawn is an input by the unit's path, and goes where the drawn numbers would."""
    model = emit_model(one_layer(case), "net", {}, draws_as_inputs=True)
    onnx.checker.check_model(model, full_check=True)
    session = OnnxSession(model.SerializeToString())
    for sizes in sizes_of(case):
        inputs = random_inputs(case, sizes)
        draw = np.random.default_rng(5).random(shape_of(case.types[0], sizes), np.float32)
        found = session.predict({**named_inputs(case, inputs, sizes), "layer": draw})["y0"]
        assert_close(found, drawn(case, inputs, draw))


def drawn(case: Case, inputs: list[Array], draw: Array) -> Array:
    if case.name != "gumbel_softmax":
        return draw
    layer: Any = case.layer
    noisy = torch.from_numpy(inputs[0]) - torch.log(-torch.log(torch.from_numpy(draw)))
    soft = torch.softmax(noisy / layer.temperature, -1)
    return (torch.nn.functional.one_hot(soft.argmax(-1), soft.shape[-1]).float() if layer.hard else soft).numpy()


MANY = 4096


@pytest.mark.proves("shape", "count", "distribution", on="onnx")
@pytest.mark.parametrize("case", DRAWN_CASES, ids=str)
def test_draws_of_the_graph_are_distributed_so(case: Case) -> None:
    """Over many examples mean and deviation lie within six standard errors."""
    model = emit_model(one_layer(case), "net", {})
    assert weights_in(model) == declared_shapes(case)
    session, sizes = OnnxSession(model.SerializeToString()), sizes_of(case)[0]
    one = named_inputs(case, random_inputs(case, sizes), sizes)
    inputs = {name: np.repeat(value[:1], MANY, axis=0) for name, value in one.items()}
    found = session.predict(inputs)["y0"]
    assert found.shape == (MANY, *shape_of(case.types[0], sizes)[1:])
    layer: Any = case.layer
    if case.name == "gumbel_softmax":
        largest = np.eye(found.shape[-1])[found.argmax(-1)].mean(0)
        wanted = torch.softmax(torch.from_numpy(inputs["a"][0]), -1).numpy()
        assert np.abs(largest - wanted).max() < 6 * 0.5 / np.sqrt(MANY)
        return
    mean, std = (layer.mean, layer.std) if case.name == "random_normal" else moments(layer.low, layer.high)
    error = 6 * std / np.sqrt(found.size)
    assert abs(found.mean() - mean) < error
    assert abs(found.std() - std) < error
    assert len(np.unique(found.reshape(MANY, -1)[:, 0])) > MANY / 2


def moments(low: float, high: float) -> tuple[float, float]:
    """Mean and deviation of a uniform distribution."""
    return (low + high) / 2, (high - low) / 12**0.5
