"""A symbolic result with numbers put in is the result of the numbers; what hangs on a symbol is refused or kept."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dlspec.catalog.base import Layer, Misfit, Sample
from dlspec.catalog.conv import Conv, ConvTranspose
from dlspec.catalog.index import FAMILIES, find
from dlspec.catalog.pool import MaxPool
from dlspec.tensor import Dim, Sym, TensorType

T = Sym.named("T")
NUMBERS: tuple[dict[str, Dim], ...] = (
    {"T": 4, "H": 6, "W": 8, "corpus.tokens.size": 11},
    {"T": 7, "H": 9, "W": 5, "corpus.tokens.size": 40},
    {"T": 12, "H": 5, "W": 13, "corpus.tokens.size": 3},
)


def _put(value: Any, numbers: dict[str, Dim]) -> Any:
    if isinstance(value, Sym):
        return value.substitute(numbers)
    if isinstance(value, TensorType):
        kinds = _put(value.kinds, numbers)
        return TensorType(value.element, _put(value.shape, numbers), value.batched, kinds)
    return tuple(_put(each, numbers) for each in value) if isinstance(value, tuple) else value


def _symbolic() -> list[Any]:
    found = []
    for family, names in FAMILIES["layer"].items():
        samples = import_module(f"dlspec.catalog.samples.{family}").SAMPLES
        for name in names:
            for number, sample in enumerate(samples[name]):
                if any(each.symbols for each in sample.inputs) or any(
                    isinstance(each, Sym) for shape in sample.outputs for each in shape
                ):
                    found.append(pytest.param(name, sample, id=f"{name}-{number}"))
    return found


def _shapes(layer: Layer, inputs: tuple[TensorType, ...]) -> tuple[tuple[Dim, ...], ...]:
    outputs = layer.infer(*inputs)
    return tuple(each.shape for each in (outputs if isinstance(outputs, tuple) else (outputs,)))


@pytest.mark.parametrize("numbers", NUMBERS, ids=lambda numbers: "-".join(str(n) for n in numbers.values()))
@pytest.mark.parametrize(("name", "sample"), _symbolic())
def test_numbers_put_into_the_result_are_the_result_of_the_numbers(
    name: str, sample: Sample, numbers: dict[str, Dim]
) -> None:
    entry = find("layer", name)
    assert entry is not None
    symbolic = _shapes(entry(**sample.arguments), sample.inputs)  # type: ignore[arg-type]
    arguments = {key: _put(value, numbers) for key, value in sample.arguments.items()}
    concrete = _shapes(entry(**arguments), _put(sample.inputs, numbers))  # type: ignore[arg-type]
    assert _put(symbolic, numbers) == concrete


SMALL = st.integers(1, 5)
PADDING = st.one_of(st.sampled_from(["same", "valid", "causal"]), st.integers(0, 4))


def _both(layer: Layer, length: int) -> tuple[Dim, Dim]:
    """The length of the result, from a symbol with the number put in, and from the number."""
    try:
        (concrete,) = _shapes(layer, (TensorType("float", (2, length)),))
    except Misfit:
        assume(False)
    (symbolic,) = _shapes(layer, (TensorType("float", (2, T)),))
    return _put(symbolic[1], {"T": length}), concrete[1]


@given(n=st.integers(1, 40), k=SMALL, s=SMALL, d=SMALL, padding=PADDING)
def test_convolved_length(n: int, k: int, s: int, d: int, padding: Any) -> None:
    layer = Conv(channels=1, kernel=k, stride=s, dilation=d, padding=padding)
    symbolic, concrete = _both(layer, n)
    assert symbolic == concrete


@given(n=st.integers(1, 40), k=SMALL, s=SMALL, padding=PADDING, ceil=st.booleans())
def test_pooled_length(n: int, k: int, s: int, padding: Any, ceil: bool) -> None:
    symbolic, concrete = _both(MaxPool(kernel=k, stride=s, padding=padding, ceil=ceil), n)
    assert symbolic == concrete


@given(n=st.integers(1, 20), k=SMALL, s=SMALL, d=SMALL, padding=st.one_of(st.just("same"), st.integers(0, 4)))
def test_transposed_length(n: int, k: int, s: int, d: int, padding: Any) -> None:
    symbolic, concrete = _both(ConvTranspose(channels=1, kernel=k, stride=s, dilation=d, padding=padding), n)
    assert symbolic == concrete


@given(n=st.integers(1, 40), k=SMALL, s=SMALL, d=SMALL, padding=st.sampled_from(["same", "causal"]))
def test_pads_give_the_length_that_was_inferred(n: int, k: int, s: int, d: int, padding: Any) -> None:
    layer = Conv(channels=1, kernel=k, stride=s, dilation=d, padding=padding)
    input = TensorType("float", (2, n))
    pads = layer.window(input).pads((n,))
    assert pads is not None
    ((before, after),) = pads
    assert _shapes(layer, (input,))[0][1] == (n + before + after - d * (k - 1) - 1) // s + 1
    assert 0 <= after - before <= 1 if padding == "same" else after == 0


def test_pads_of_same_are_known_without_the_length_at_stride_1_alone() -> None:
    input = TensorType("float", (2, T))
    assert Conv(channels=1, kernel=4, padding="same").window(input).pads((T,)) == ((1, 2),)
    assert Conv(channels=1, kernel=4, stride=2, padding="same").window(input).pads((T,)) is None
