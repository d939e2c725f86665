"""The samples of the losses as trainings of a model that hands its inputs on, with numbers for them."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.special import log_softmax

from dlspec.backends.python.plan import EXAMPLE_WEIGHT
from dlspec.catalog.base import Loss, Sample
from dlspec.catalog.dense import Constant
from dlspec.catalog.index import FAMILIES, find
from dlspec.catalog.optimizers import Sgd
from dlspec.ir.program import LossTerm, ModelUse, Port, Program, Ref, Step, Train, WeightsUse
from dlspec.tensor import Sym, TensorType
from tests.unit.torch_training.programs import Building, direct, tensor

Array = np.ndarray[Any, np.dtype[Any]]

N = 5
SIZES = {"T": 6, "H": 4, "W": 5}
SIGNS = ("hinge", "squared_hinge", "perceptron", "wasserstein")
YES_OR_NO = ("focal", "dice", "tversky", "contrastive")
ANSWERS = ("target", "same")
"""Inputs that nobody predicts."""


@dataclass(frozen=True, slots=True)
class Case:
    """A use of a loss: its arguments, the types of its inputs with numbers for the symbolic sizes; its numbers."""

    loss: Loss
    types: tuple[TensorType, ...]
    given: tuple[Array, ...] = ()

    def arrays(self) -> list[Array]:
        """Numbers for each input; one without a batch has them once."""
        if self.given:
            return list(self.given)
        rng = np.random.default_rng([3, *self.loss.entry.encode(), *(type.rank for type in self.types)])
        return [self._numbers(name, type, rng) for name, type in zip(self.loss.inputs, self.types, strict=True)]

    def _numbers(self, name: str, type: TensorType, rng: np.random.Generator) -> Array:
        loss, shape = self.loss, (*([N] if type.batched else []), *(int(size) for size in type.shape))
        if loss.entry == "ctc" and name == "target":
            return self._labels(rng, shape)
        if name in ANSWERS and (type.element != "float" or loss.entry in YES_OR_NO):
            numbers = rng.integers(0, self._kinds(type), shape)
            return np.asarray(numbers.astype({"float": float, "int": int, "bool": bool}[type.element]))
        values = rng.standard_normal(shape)
        if loss.entry in ("nll", "kl_divergence") and name == "prediction":
            return np.asarray(log_softmax(values, axis=-1))
        if name != "target":
            return values
        if loss.entry in SIGNS:
            return np.where(values > 0, 1.0, -1.0)
        if loss.entry == "poisson":
            return rng.integers(0, 5, shape).astype(float)
        if loss.entry == "binary_cross_entropy":
            return rng.random(shape)
        if loss.entry in ("cross_entropy", "kl_divergence"):
            return self._distribution(rng, shape)
        return values

    def _kinds(self, type: TensorType) -> int:
        """How many classes the target's numbers are of; 2 for yes and no."""
        prediction = self.types[0]
        if self.loss.entry == "contrastive":
            return 2
        if self.loss.entry in ("cross_entropy", "nll"):
            return int(prediction.shape[getattr(self.loss, "axis", -1)])
        smaller = prediction.rank > type.rank or (prediction.rank == type.rank == 1 and type.shape == (1,))
        return min(int(size) for size in prediction.shape) if smaller and prediction.shape != (1,) else 2

    def _distribution(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        axis = 1 if getattr(self.loss, "axis", -1) == 0 else -1
        values = rng.random(shape) * (rng.random(shape) < 0.8) + 1e-3 * (axis == 1)
        values[..., 0] += 0.1
        return np.asarray(values / values.sum(axis=axis, keepdims=True))

    def _labels(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        """Sequences of every length from none on, filled up with the blank."""
        blank, classes = int(getattr(self.loss, "blank", 0)), int(self.types[0].shape[1])
        others = [number for number in range(classes) if number != blank]
        labels = rng.choice(others, shape)
        lengths = np.arange(N) % (shape[1] + 1)
        return np.asarray(np.where(np.arange(shape[1]) < lengths[:, None], labels, blank))

    def program(self, *, weighted: bool) -> tuple[Program, Train]:
        """A training by this loss alone; the model hands on the first input, and what has no batch is a constant."""
        names = [f"in_{place}" for place in range(len(self.types))]
        batched = {name: type for name, type in zip(names, self.types, strict=True) if type.batched}
        first, *others = batched.items()
        model = direct(first[1], "net")
        building = Building("step train", {"x": first[1], **dict(others)})
        refs: dict[str, Ref] = {first[0]: building.call("net", model, building.input("x"))}
        refs |= {name: building.input(name) for name, _ in others}
        for name, array in zip(names, self.arrays(), strict=True):
            if name not in refs:
                refs[name] = building.layer(name, Constant(values=_tuples(array.tolist())))
        term = LossTerm(name="term", loss=self.loss, inputs=tuple(refs[name] for name in names))
        module = building.done("step")
        step = Step(
            name="train", model="net", module=module, losses=(term,), metrics=(),
            optimizers=(WeightsUse(entry=Sgd(), weights=()),),
        )  # fmt: skip
        extra = (Port(name=EXAMPLE_WEIGHT, type=tensor()),) if weighted else ()
        train = Train(
            label="net", data=None, models=(ModelUse(name="net", module=model.name),),
            fields=(*module.inputs, *extra), steps=(step,), settings={},
        )  # fmt: skip
        return Program(source="hand", modules=(model,), models={"net": "net"}), train

    def fields(self) -> dict[str, Array]:
        """The batch that the generated `losses` takes."""
        arrays = {f"in_{place}": array for place, array in enumerate(self.arrays()) if self.types[place].batched}
        first = next(iter(arrays))
        return {"x": arrays.pop(first), **arrays}

    def full(self) -> list[Array]:
        """The inputs, those without a batch repeated for each example."""
        pairs = list(zip(self.types, self.arrays(), strict=True))
        count = max(len(array) for type, array in pairs if type.batched)
        return [array if type.batched else np.repeat(array[None], count, axis=0) for type, array in pairs]


def _tuples(values: Any) -> Any:
    return tuple(map(_tuples, values)) if isinstance(values, list) else values


def _concrete(type: TensorType) -> TensorType:
    shape = tuple(SIZES[str(size)] if isinstance(size, Sym) else size for size in type.shape)
    return TensorType(type.element, shape, type.batched)


def _case(name: str, sample: Sample) -> Case:
    entry = find("loss", name)
    assert entry is not None
    loss = entry.model_validate(sample.arguments)
    assert isinstance(loss, Loss)
    return Case(loss, tuple(map(_concrete, sample.inputs)))


def cases() -> list[Any]:
    """Every sample of every loss."""
    found = []
    for family, names in FAMILIES["loss"].items():
        samples = import_module(f"dlspec.catalog.samples.{family}").SAMPLES
        for name in names:
            assert samples[name], f"no sample of {name}"
            found += [pytest.param(_case(name, each), id=f"{name}-{at}") for at, each in enumerate(samples[name])]
    return found


CASES = cases()
WEIGHTS = np.array([1.0, 2.0, 0.0, 3.0, 0.5])
"""What each example counts, where the data says so."""


def batch_of(case: Case, *, weighted: bool) -> dict[str, Array]:
    """The fields, with the weights of the examples on demand."""
    return case.fields() | ({EXAMPLE_WEIGHT: WEIGHTS} if weighted else {})


def predicted(case: Case) -> list[str]:
    """The fields whose gradient a model could need."""
    fields = list(case.fields())
    batched = [name for name, type in zip(case.loss.inputs, case.types, strict=True) if type.batched]
    return [field for field, name in zip(fields, batched, strict=True) if name not in ANSWERS]


def on_torch(folder: Path, case: Case, *, weighted: bool) -> tuple[float, float, dict[str, Array]]:
    """Value, its weight among other batches, and gradients, of PyTorch's generated `losses`."""
    import torch

    from tests.unit.torch_training.programs import loaded

    code = loaded(folder, *case.program(weighted=weighted))
    batch = {name: torch.tensor(value) for name, value in batch_of(case, weighted=weighted).items()}
    wanted = predicted(case)
    for name in wanted:
        batch[name].requires_grad_(True)
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)  # for constants beside class numbers
    try:
        value, weight = code.losses(code.build(), batch)[0]["term"]
    finally:
        torch.set_default_dtype(before)
    if wanted:
        value.backward()
    return value.item(), float(weight), {name: batch[name].grad.numpy() for name in wanted}


def on_keras(folder: Path, case: Case, *, weighted: bool) -> tuple[float, float, dict[str, Array]]:
    """The same of Keras', in a compiled function that does not know the number of examples."""
    import tensorflow as tf

    from tests.unit.keras_training.programs import loaded

    code = loaded(folder, *case.program(weighted=weighted))
    batch = {name: tf.constant(value) for name, value in batch_of(case, weighted=weighted).items()}
    wanted, model = predicted(case), code.build()

    @tf.function(input_signature=[{name: tf.TensorSpec((None, *x.shape[1:]), x.dtype) for name, x in batch.items()}])
    def compute(batch: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch([batch[name] for name in wanted])
            value, weight = code.losses(model, batch)[0]["term"]
        return value, weight, tape.gradient(value, [batch[name] for name in wanted])

    value, weight, gradients = compute(batch)
    return float(value), float(weight), {name: each.numpy() for name, each in zip(wanted, gradients, strict=True)}
