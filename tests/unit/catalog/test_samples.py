"""Every sample has the shapes that were worked out by hand, every bad one is refused in the words it gives."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
from pydantic import ValidationError

from dlspec.catalog.base import BadSample, Initializer, Layer, Misfit, Sample
from dlspec.catalog.conv import Conv
from dlspec.catalog.dense import Constant, Dense
from dlspec.catalog.dump import dump_entry
from dlspec.catalog.index import FAMILIES, find, load_entry
from dlspec.catalog.initializers import Given, require_fit
from dlspec.catalog.pool import MaxPool
from dlspec.catalog.random import Dropout
from dlspec.catalog.reduction import TopK
from dlspec.catalog.shape import OneHot, Reshape
from dlspec.tensor import Dim, Sym, TensorType

T = Sym.named("T")


def _all(table: str, kind: str) -> list[Any]:
    found = []
    for family, names in FAMILIES[kind].items():
        samples = getattr(import_module(f"dlspec.catalog.samples.{family}"), table)
        for name in names:
            cases = enumerate(samples.get(name, ()))
            found += [pytest.param(name, sample, id=f"{name}-{number}") for number, sample in cases]
    return found


def _layer(name: str, arguments: dict[str, Any]) -> Layer:
    entry = find("layer", name)
    assert entry is not None
    layer = entry(**arguments)
    assert isinstance(layer, Layer)
    return layer


def _results(layer: Layer, inputs: tuple[TensorType, ...]) -> tuple[TensorType, ...]:
    layer.check()
    outputs = layer.infer(*inputs)
    return outputs if isinstance(outputs, tuple) else (outputs,)


@pytest.mark.parametrize(("name", "sample"), _all("SAMPLES", "layer"))
def test_shapes_are_those_worked_out_by_hand(name: str, sample: Sample) -> None:
    outputs = _results(_layer(name, sample.arguments), sample.inputs)
    assert tuple(output.shape for output in outputs) == sample.outputs


@pytest.mark.parametrize(("name", "sample"), _all("SAMPLES", "layer"))
def test_results_have_a_batch_where_an_input_has_one(name: str, sample: Sample) -> None:
    batched = any(each.batched for each in sample.inputs)
    assert {output.batched for output in _results(_layer(name, sample.arguments), sample.inputs)} == {batched}


@pytest.mark.parametrize(("name", "sample"), _all("SAMPLES", "layer"))
def test_entry_survives_json(name: str, sample: Sample) -> None:
    layer = _layer(name, sample.arguments)
    assert load_entry(dump_entry(layer)) == layer


@pytest.mark.parametrize(("name", "bad"), _all("BAD_SAMPLES", "layer"))
def test_misfit_is_refused_in_these_words(name: str, bad: BadSample) -> None:
    layer = _layer(name, bad.arguments)
    with pytest.raises(Misfit) as caught:
        _results(layer, bad.inputs)
    assert bad.message in caught.value.message
    assert caught.value.message[0] in "'[abcdefghijklmnopqrstuvwxyz"
    assert not caught.value.message.endswith(".")


def _initializer(name: str, arguments: dict[str, Any]) -> Initializer:
    entry = find("initializer", name) or find("internal initializer", name)
    assert entry is not None
    init = entry(**arguments)
    assert isinstance(init, Initializer)
    return init


def _fill(init: Initializer, weight: TensorType) -> None:
    init.check()
    require_fit(init, "weight", weight.shape)


@pytest.mark.parametrize(("name", "sample"), _all("SAMPLES", "initializer") + _all("SAMPLES", "internal initializer"))
def test_initializer_fits_the_weights_of_its_samples(name: str, sample: Sample) -> None:
    init = _initializer(name, sample.arguments)
    _fill(init, sample.inputs[0])
    assert load_entry(dump_entry(init)) == init


@pytest.mark.parametrize(
    ("name", "bad"), _all("BAD_SAMPLES", "initializer") + _all("BAD_SAMPLES", "internal initializer")
)
def test_initializer_that_does_not_fit_is_refused(name: str, bad: BadSample) -> None:
    init = _initializer(name, bad.arguments)
    with pytest.raises(Misfit) as caught:
        _fill(init, bad.inputs[0])
    assert bad.message in caught.value.message


@pytest.mark.parametrize(("name", "sample"), _all("SAMPLES", "penalty"))
def test_penalty_survives_json(name: str, sample: Sample) -> None:
    entry = find("penalty", name)
    assert entry is not None
    assert load_entry(dump_entry(entry(**sample.arguments))) == entry(**sample.arguments)


@pytest.mark.parametrize(
    ("entry", "arguments"),
    [
        (Dense, {"size": 0}),
        (Dense, {"size": 2.5}),
        (Dense, {"size": True}),
        (Dense, {"size": 3, "bias": 1}),
        (Dense, {}),
        (Dense, {"size": 3, "width": 4}),
        (Conv, {"channels": 3, "kernel": (3, 0)}),
        (Conv, {"channels": 3, "kernel": 3, "padding": "full"}),
        (Conv, {"channels": 3, "kernel": 3, "padding": -1}),
        (MaxPool, {"kernel": 2, "ceil": 1}),
        (Dropout, {"rate": 1.0}),
        (Dropout, {"rate": -0.1}),
        (Dropout, {"rate": float("nan")}),
        (Reshape, {"shape": (1.5,)}),
        (TopK, {"k": 0}),
    ],
    ids=str,
)
def test_argument_of_the_wrong_kind_is_refused(entry: type[Layer], arguments: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        entry(**arguments)


@pytest.mark.parametrize(
    ("values", "element"),
    [((1, 2), "int"), ((1, 2.0), "float"), ((True, False), "bool"), ((True, 1), "float"), (3, "int"), (0.5, "float")],
)
def test_constant_has_the_element_type_of_its_numbers(values: Any, element: str) -> None:
    layer = Constant(values=values)
    assert _results(layer, ())[0].element == element
    assert load_entry(dump_entry(layer)) == layer


def test_kinds_of_a_category_go_through_layers_that_move_elements() -> None:
    label = TensorType("int", (1, 2), kinds=7)
    for name, arguments in (("flatten", {}), ("transpose", {}), ("squeeze", {"axis": 0}), ("stop_gradient", {})):
        label = _results(_layer(name, arguments), (label,))[0]
        if name == "transpose":
            label = _results(_layer("reshape", {"shape": (1, 2)}), (label,))[0]
    assert _results(OneHot(), (label,))[0].shape == (2, 7)


def test_argmax_counts_its_kinds() -> None:
    dims: list[Dim] = [5, T]
    for size in dims:
        numbers = _results(_layer("argmax", {}), (TensorType("float", (3, size)),))[0]
        assert _results(OneHot(), (numbers,))[0].shape == (3, size)


def test_comparisons_give_bools_and_positions_give_whole_numbers() -> None:
    pair = (TensorType("float", (4,)), TensorType("float", (4,)))
    assert {_results(_layer(name, {}), pair)[0].element for name in ("equal", "less", "greater")} == {"bool"}
    assert _results(TopK(k=2), pair[:1])[1].element == "int"
    assert _results(_layer("sum", {}), (TensorType("bool", (4,)),))[0].element == "int"


def test_given_values_must_be_as_many_as_the_weight_has() -> None:
    with pytest.raises(Misfit) as caught:
        Dense(size=2, init=Given(values=(1, 2, 3))).infer(TensorType("float", (2,)))
    assert caught.value.help == "give [2, 2] as nested lists, or its 4 numbers in one list"
