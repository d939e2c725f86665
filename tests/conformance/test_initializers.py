"""Every sample of every initializer: the numbers that dlspec draws, and those that generated code draws by itself.

dlspec's own draws begin every training, on each backend; the framework's initializers stand in the code for use without
dlspec. What is random passes a test of Kolmogorov and Smirnov against its closed form, at the level 1e-6.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
from scipy import stats

from dlspec.backends.initial import initial_weights
from dlspec.backends.keras.emit import emit_model_file as emit_keras
from dlspec.backends.torch.emit import emit_model_file as emit_torch
from dlspec.catalog import all_entries
from dlspec.catalog.base import Initializer, Sample, Weight
from dlspec.catalog.initializers import UniformByFan
from dlspec.catalog.samples.tensors import floats
from tests.conformance import one_layer
from tests.conformance.one_layer import LEARNED, Array, fixed
from tests.conformance.required import samples_of

keras = pytest.importorskip("keras")

MANY = 2000


@dataclass(frozen=True)
class Case:
    """An initializer and the shape of the weight that it fills."""

    init: Initializer
    shape: tuple[int, ...]

    def __str__(self) -> str:
        arguments = ", ".join(f"{name}={value}" for name, value in self.init.model_dump(exclude_defaults=True).items())
        return f"{self.init.entry}({arguments}) of {list(self.shape)}"


def cases() -> Iterator[Case]:
    for kind in ("initializer", "internal initializer"):
        for entry in all_entries()[kind]:
            for sample in samples_of(entry):
                arguments = {name: fixed(value, LEARNED) for name, value in sample.arguments.items()}
                init = entry.model_validate(arguments)
                assert isinstance(init, Initializer)
                yield Case(init, tuple(map(int, sample.inputs[0].shape)))  # type: ignore[arg-type]


def fan_in(shape: tuple[int, ...]) -> int:
    """How many inputs an output has: canonical weights have the outputs first."""
    return math.prod(shape[1:])


def fans(shape: tuple[int, ...]) -> int:
    return fan_in(shape) + shape[0] * math.prod(shape[2:])


def _uniform(bound: float) -> Any:
    return stats.uniform(-bound, 2 * bound)


LAWS: dict[str, Callable[[Any, tuple[int, ...]], Any]] = {
    "normal": lambda init, shape: stats.norm(init.mean, init.std),
    "truncated_normal": lambda init, shape: stats.truncnorm(-2, 2, init.mean, init.std),
    "uniform": lambda init, shape: stats.uniform(init.low, init.high - init.low),
    "xavier_uniform": lambda init, shape: _uniform(math.sqrt(6 / fans(shape))),
    "xavier_normal": lambda init, shape: stats.norm(0, math.sqrt(2 / fans(shape))),
    "kaiming_uniform": lambda init, shape: _uniform(math.sqrt(6 / (1 + init.slope**2) / fan_in(shape))),
    "kaiming_normal": lambda init, shape: stats.norm(0, math.sqrt(2 / (1 + init.slope**2) / fan_in(shape))),
    "lecun_normal": lambda init, shape: stats.norm(0, math.sqrt(1 / fan_in(shape))),
    "uniform_by_fan": lambda init, shape: _uniform(1 / math.sqrt(init.fan)),
}
FIXED: dict[str, Callable[[Any, tuple[int, ...]], Array]] = {
    "zeros": lambda init, shape: np.zeros(shape),
    "ones": lambda init, shape: np.ones(shape),
    "constant": lambda init, shape: np.full(shape, init.value),
    "eye": lambda init, shape: np.eye(*shape),
    "given": lambda init, shape: np.reshape(init.values, shape),
}


def assert_filled(case: Case, draw: Callable[[int], Array]) -> None:
    """`draw` gives the weight for a seed."""
    init, shape = case.init, case.shape
    found = draw(0)
    assert found.shape == shape
    if init.entry in FIXED:
        np.testing.assert_allclose(found, FIXED[init.entry](init, shape), rtol=1e-6)
        return
    if init.entry == "orthogonal":
        matrix = found.reshape(shape[0], -1) / init.gain  # type: ignore[attr-defined]
        product = matrix @ matrix.T if matrix.shape[0] <= matrix.shape[1] else matrix.T @ matrix
        np.testing.assert_allclose(product, np.eye(len(product)), atol=1e-5)
        assert (draw(1) != found).any()
        return
    assert init.entry in LAWS, f"{__name__} does not say how '{init.entry}' is distributed"
    drawn = [found, *(draw(seed) for seed in range(1, math.ceil(MANY / found.size)))]
    numbers = np.concatenate([each.ravel() for each in drawn]).astype(np.float64)
    assert stats.kstest(numbers, LAWS[init.entry](init, shape).cdf).pvalue > 1e-6


CASES = list(cases())


@pytest.mark.proves("values", on=("torch", "keras", "onnx"))
@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_every_training_begins_with(case: Case) -> None:
    weight = Weight("weight", case.shape, case.init)
    assert_filled(case, lambda seed: initial_weights({"net.weight": weight}, seed)["net.weight"])


def generated(emit: Callable[..., str], case: Case) -> dict[str, Any]:
    """The code of a model whose last weight is filled so."""
    sample = Sample({"shape": case.shape, "init": case.init}, (), (case.shape,))
    one = one_layer.case("layer", "parameter", sample)
    if isinstance(case.init, UniformByFan):  # what no spec can write: how the biases of a dense layer begin
        inputs = (floats(case.init.fan),)
        one = one_layer.case("layer", "dense", Sample({"size": case.shape[0]}, inputs, (case.shape,)))
    code: dict[str, Any] = {"__name__": "generated"}
    exec(compile(emit(one_layer.one_layer(one), "net"), str(case), "exec"), code)
    return code


@pytest.mark.proves("own", on="torch")
@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_pytorch_code_begins_with(case: Case) -> None:
    code = generated(emit_torch, case)

    def draw(seed: int) -> Array:
        torch.manual_seed(seed)
        return np.asarray(list(code["build"]().state_dict().values())[-1])

    assert_filled(case, draw)


@pytest.mark.proves("own", on="keras")
@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_keras_code_begins_with(case: Case) -> None:
    code = generated(emit_keras, case)

    def draw(seed: int) -> Array:
        keras.utils.set_random_seed(seed)
        return np.asarray(list(code["read_weights"](code["build"]()).values())[-1])

    assert_filled(case, draw)
