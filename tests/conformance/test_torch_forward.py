"""Every layer's samples through the PyTorch backend: shapes and weights as declared, numbers as an oracle gives them.

The bound is that of SEMANTICS.md: abs(a - b) <= 1e-5 + 1e-4 * abs(b). The oracles are shared with the ONNX backend,
whose results ONNX Runtime computes.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from dlspec.backends.torch.emit import emit_model_file
from dlspec.catalog.base import Layer, Sample
from dlspec.catalog.index import family_of
from dlspec.catalog.samples.tensors import fixed, floats, ints
from dlspec.ir.weights import parameter_count, weights_of
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


def code_of(case: Case) -> dict[str, Any]:
    """What the generated file defines."""
    names: dict[str, Any] = {}
    exec(compile(emit_model_file(one_layer(case), "net"), str(case), "exec"), names)
    return names


def sizes_of(case: Case) -> tuple[dict[str, Any], ...]:
    """Two sets of lengths where there are symbolic sizes, else none."""
    return LENGTHS if any(type.symbols for type in (*case.inputs, *case.types)) else ({},)


def model_of(case: Case) -> nn.Module:
    """The generated model with random weights, in inference mode."""
    code = code_of(case)
    model: nn.Module = code["build"]()
    code["load_weights"](model, {f"layer.{name}": value for name, value in random_weights(case).items()})
    return model.eval()


def run(case: Case, model: nn.Module, sizes: dict[str, Any], dtype: torch.dtype = torch.float32) -> list[Array]:
    """The results for random inputs."""
    tensors = [torch.from_numpy(each) for each in named_inputs(case, random_inputs(case, sizes), sizes).values()]
    found = model(*(each.to(dtype) if each.is_floating_point() else each for each in tensors))
    return [each.detach().numpy() for each in (found if isinstance(found, tuple) else (found,))]


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


@pytest.mark.proves("lowered", on="torch")
@each_entry("layer", "operator")
def test_every_layer_has_a_lowering(entry: type[Layer]) -> None:
    file = f"dlspec/backends/torch/{family_of(entry.kind, entry.entry)}.py"
    assert lowering_of(entry, "torch") is not None, f"{file} does not say '{entry.entry}'"


@pytest.mark.proves("shape", "count", "forward", on="torch")
@pytest.mark.parametrize("case", CASES, ids=str)
def test_layer_is_what_it_says(case: Case) -> None:
    model = model_of(case)
    assert sum(each.numel() for each in model.parameters()) == weight_count(case)
    for sizes in sizes_of(case):
        found = run(case, model, sizes)
        assert [each.shape for each in found] == [shape_of(type, sizes) for type in case.types]
        assert [each.dtype for each in found] == [np.dtype(TYPES[type.element]) for type in case.types]
        for one, number in zip(found, wanted(case, sizes), strict=True):
            assert_close(one, number)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_layer_runs_in_float64(case: Case) -> None:
    """No code has a literal type: with everything in float64 the numbers agree far better than float32 could."""
    model = model_of(case).double()
    torch.set_default_dtype(torch.float64)
    try:
        for sizes in sizes_of(case):
            found, numbers = run(case, model, sizes, torch.float64), wanted(case, sizes, torch.float64)
            for one, number, type in zip(found, numbers, case.types, strict=True):
                if type.element == "float":
                    assert one.dtype == np.float64
                    np.testing.assert_allclose(one, number, rtol=1e-9, atol=1e-8)
    finally:
        torch.set_default_dtype(torch.float32)


def reads_lengths(case: Case) -> bool:
    """Whether PyTorch's packed sequences need the lengths on the CPU."""
    return case.name in ("rnn", "gru", "lstm") and case.inputs[-1].element == "bool"


@pytest.mark.parametrize("case", [each for each in (*CASES, *DRAWN_CASES) if not reads_lengths(each)], ids=str)
def test_layer_runs_on_another_device(case: Case) -> None:
    """Nothing is left behind on the CPU: PyTorch's device of shapes alone refuses to mix."""
    model = model_of(case).to("meta")
    for sizes in sizes_of(case):
        inputs = named_inputs(case, random_inputs(case, sizes), sizes).values()
        found = model(*(torch.from_numpy(each).to("meta") for each in inputs))
        outputs = found if isinstance(found, tuple) else (found,)
        assert {each.device.type for each in outputs} <= {"meta"} or case.name == "size"
        assert [tuple(each.shape) for each in outputs] == [shape_of(type, sizes) for type in case.types]


@pytest.mark.parametrize("case", [each for each in cases() if each.layer.weights(*each.inputs)], ids=str)
def test_weights_are_the_declared_ones(case: Case) -> None:
    """Names, shapes and numbers of the state that `WEIGHTS` points to, and nothing trainable beside it."""
    code, declared = code_of(case), weights_of(one_layer(case), "net")
    model: nn.Module = code["build"]()
    state = model.state_dict()
    assert list(code["WEIGHTS"]) == list(declared)
    assert {name: tuple(state[key].shape) for name, key in code["WEIGHTS"].items()} == {
        name: weight.shape for name, weight in declared.items()
    }
    assert sum(each.numel() for each in model.parameters()) == parameter_count(declared)
    trained = {name for name, _ in model.named_parameters()}
    assert trained == {code["WEIGHTS"][name] for name, weight in declared.items() if weight.trainable}


def leaves_of(case: Case, sizes: dict[str, Any]) -> list[torch.Tensor]:
    """Random inputs that collect gradients."""
    tensors = [torch.from_numpy(each) for each in random_inputs(case, sizes)]
    return [each.double().requires_grad_() if each.is_floating_point() else each for each in tensors]


def backward(outputs: list[torch.Tensor]) -> bool:
    """Gradients of a fixed random mixture of the outputs; whether there are any."""
    rng = np.random.default_rng(3)
    mixed = [(each * torch.from_numpy(rng.normal(size=each.shape))).sum() for each in outputs if each.requires_grad]
    if mixed:
        torch.stack(mixed).sum().backward()
    return bool(mixed)


def has_oracle(case: Case) -> bool:
    """The oracles of these have no gradient, or another one than the layer; each has a test of its own below."""
    layer: Any = case.layer
    own = case.name in ("stop_gradient", "floor_divide", "binary_step")
    padded = case.name == "embedding" and layer.padding_index is not None
    return not (own or padded or (case.name == "group_norm" and not layer.scale and layer.center))


@pytest.mark.proves("gradient of the oracle", on="torch")
@pytest.mark.parametrize("case", [each for each in CASES if has_oracle(each)], ids=str)
def test_gradients_are_those_of_the_oracle(case: Case) -> None:
    """By each weight and each input: abs(a - b) <= 1e-5 + 1e-3 * max(abs(b)), in float64."""
    sizes = sizes_of(case)[0]
    model = model_of(case).double()
    state = dict(model.named_parameters())
    names = {name: key for name, key in code_of(case)["WEIGHTS"].items() if key in state}
    extra = [torch.from_numpy(value) for value in named_inputs(case, [], sizes).values()]
    own, theirs = leaves_of(case, sizes), leaves_of(case, sizes)
    found = model(*own, *extra)
    weights = {name: torch.from_numpy(value).double() for name, value in random_weights(case).items()}
    for name in names:
        weights[name.removeprefix("layer.")].requires_grad_()
    wanted = expected(fixed_layer(case.layer, sizes), theirs, case.inputs, weights)
    any_found, any_wanted = backward(list(found) if isinstance(found, tuple) else [found]), backward(wanted)
    assert any_found or not any_wanted
    pairs = [(state[key], weights[name.removeprefix("layer.")]) for name, key in names.items()]
    for mine, other in [*pairs, *zip(own, theirs, strict=True)]:
        if other.grad is not None:
            assert mine.grad is not None
            bound = 1e-5 + 1e-3 * other.grad.abs().max()
            assert (mine.grad - other.grad).abs().max() <= bound


def test_group_norm_without_a_scale() -> None:
    """PyTorch's own has no gradient here: compared with a scale of ones."""
    sample = Sample({"groups": 2, "scale": False}, (floats(4, 6),), ((4, 6),))
    model = model_of(case("layer", "group_norm", sample))
    oracle = nn.GroupNorm(2, 4)
    oracle.load_state_dict({"weight": torch.ones(4), "bias": model.get_parameter("layer.bias").detach()})
    own, theirs = (torch.randn(3, 4, 6, generator=torch.manual_seed(0)).requires_grad_() for _ in range(2))
    for each, x in ((model, own), (oracle, theirs)):
        (each(x) * torch.arange(72).reshape(3, 4, 6)).sum().backward()
    assert torch.allclose(own.grad, theirs.grad, rtol=1e-5, atol=1e-5)  # type: ignore[arg-type]
    assert torch.allclose(model.get_parameter("layer.bias").grad, oracle.bias.grad)  # type: ignore[arg-type]


def test_padding_row_of_an_embedding() -> None:
    """Zero, and without a gradient."""
    sample = Sample({"n": 5, "size": 3, "padding_index": 2}, (ints(4),), ((4, 3),))
    code = code_of(case("layer", "embedding", sample))
    model = code["build"]()
    model(torch.tensor([[0, 2, 2, 1]])).sum().backward()
    table = model.get_parameter(code["WEIGHTS"]["layer.weight"])
    assert table[2].tolist() == [0, 0, 0]
    assert table.grad.tolist() == [[1, 1, 1], [1, 1, 1], [0, 0, 0], [0, 0, 0], [0, 0, 0]]


def test_stop_gradient() -> None:
    model = model_of(case("layer", "stop_gradient", Sample({}, (floats(2),), ((2,),))))
    assert not model(torch.ones(1, 2, requires_grad=True)).requires_grad


@pytest.mark.parametrize("name", ["binary_step", "floor", "sign"])
def test_gradients_that_are_zero(name: str) -> None:
    x = torch.tensor([[-1.5, 0.5, 2.5]], requires_grad=True)
    model_of(case("layer", name, Sample({}, (floats(3),), ((3,),))))(x).sum().backward()
    assert x.grad is not None
    assert x.grad.tolist() == [[0, 0, 0]]


@pytest.mark.parametrize("case", [each for each in CASES if each.layer.differs_in_training], ids=str)
def test_gradients_in_training(case: Case) -> None:
    """A backward pass gives every weight a finite gradient."""
    sizes = sizes_of(case)[0]
    model = model_of(case).double().train()
    assert backward([model(*leaves_of(case, sizes))])
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert torch.isfinite(parameter.grad).all(), name


# ---------------------------------------------------------------- layers that draw


@pytest.mark.parametrize("case", [each for each in DRAWN_CASES if each.name != "gumbel_softmax"], ids=str)
def test_draws_can_be_given(case: Case) -> None:
    model = model_of(case)
    for sizes in sizes_of(case):
        inputs = [torch.from_numpy(each) for each in named_inputs(case, random_inputs(case, sizes), sizes).values()]
        draw = torch.rand(shape_of(case.types[0], sizes))
        assert torch.equal(model(*inputs, draws={"layer": draw}), draw)
        torch.manual_seed(0)
        first = model(*inputs, draws={"other": draw})
        torch.manual_seed(0)
        assert torch.equal(first, model(*inputs))
        assert not torch.equal(first, model(*inputs))


MANY = 4096


@pytest.mark.proves("shape", "count", "distribution", on="torch")
@pytest.mark.parametrize("case", DRAWN_CASES, ids=str)
def test_draws_are_distributed_so(case: Case) -> None:
    """Over many examples mean and deviation lie within six standard errors."""
    torch.manual_seed(1)
    model, sizes = model_of(case), sizes_of(case)[0]
    one = named_inputs(case, random_inputs(case, sizes), sizes)
    inputs = [torch.from_numpy(value[:1]).repeat_interleave(MANY, 0) for value in one.values()]
    found = model(*inputs).numpy()
    assert sum(each.numel() for each in model.parameters()) == weight_count(case)
    assert found.shape == (MANY, *shape_of(case.types[0], sizes)[1:])
    layer: Any = case.layer
    if case.name == "gumbel_softmax":
        largest = np.eye(found.shape[-1])[found.argmax(-1)].mean(0)
        assert np.abs(largest - torch.softmax(inputs[0][0], -1).numpy()).max() < 6 * 0.5 / np.sqrt(MANY)
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


@pytest.mark.proves("training", on="torch", of=("layer batch_norm",))
@pytest.mark.parametrize("places", PLACES, ids=str)
@pytest.mark.parametrize("batch", [1, BATCH])
def test_batch_norm_in_training(places: tuple[int, ...], batch: int) -> None:
    """Biased to normalise, unbiased kept; with one value per channel the factor is 1 (SEMANTICS.md)."""
    shape = (4, *places)
    sample = Sample({"momentum": 0.3}, (floats(*shape),), (shape,))
    one = case("layer", "batch_norm", sample)
    model, weights = model_of(one).train(), random_weights(one)
    x = np.random.default_rng(0).normal(2, 3, (batch, *shape)).astype(np.float32)
    found = model(torch.from_numpy(x)).detach().numpy()

    axes = (0, *range(2, x.ndim))
    count = x.size // 4
    mean, variance = x.mean(axes), x.var(axes)
    spread = (slice(None), *[None] * len(places))
    scale = weights["weight"] / np.sqrt(variance + 1e-5)
    assert_close(found, (x - mean[spread]) * scale[spread] + weights["bias"][spread])
    state = model.state_dict()
    unbiased = variance * count / max(count - 1, 1)
    assert_close(state["layer.running_mean"].numpy(), 0.7 * weights["running_mean"] + 0.3 * mean)
    assert_close(state["layer.running_var"].numpy(), 0.7 * weights["running_var"] + 0.3 * unbiased)
