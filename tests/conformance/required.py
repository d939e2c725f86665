"""What has to be shown of each entry on each backend, by its kind; or why there is nothing to show."""

from __future__ import annotations

from importlib import import_module

from dlspec.backends.keras.table import LAYERS as KERAS
from dlspec.backends.keras.table import OPERATORS as KERAS_OPERATORS
from dlspec.backends.onnx.table import LOWERINGS as ONNX
from dlspec.backends.python.fragment import Unsupported
from dlspec.backends.torch.table import LAYERS as TORCH
from dlspec.backends.torch.table import OPERATORS as TORCH_OPERATORS
from dlspec.catalog.base import Entry, Layer, Sample, Transform
from dlspec.catalog.index import family_of
from dlspec.tensor import TensorType

BACKENDS = ("torch", "keras", "onnx")
TRAINING = ("torch", "keras")
"""The backends that train."""

NO_TRAINING = "not yet: an ONNX file holds the inference graph alone"
COMPILE_TIME = "not applicable: worked out at compile time"
LOOP = "not applicable: a matter of the loop, which is one for all backends"
DATA = "not applicable: a matter of data, which is one for all backends"
PIPELINE = "not applicable: data is transformed before a backend sees it"
OUTSIDE = "not applicable: stays outside an exported file, and `export` lists it"
SEARCH = "not applicable: no backend sees a search"

OF_LOOP = ("epochs", "batch", "shuffle", "seed", "stop", "checkpoint", "load", "metrics")
"""Settings of `train` that no backend's code knows of."""

ELSEWHERE = {
    "function": COMPILE_TIME, "run": LOOP, "source": DATA, "root": DATA, "data setting": DATA, "order": DATA,
    "sampler": DATA, "augmentation": DATA, "tune setting": SEARCH, "space": SEARCH, "searcher": SEARCH,
}  # fmt: skip
"""Kinds that no backend sees, and why."""

TRAINED = {
    "loss": ("value", "gradient"),
    "optimizer": ("formula", "trajectory"),
    "schedule": ("formula", "trajectory"),
    "penalty": ("value", "trajectory"),
    "constraint": ("value", "trajectory"),
    "train setting": ("trajectory",),
}
"""Checks of what only a training uses."""

Answer = tuple[str, ...] | str
"""The checks that are required, or why there are none."""


def required(entry: type[Entry], backend: str) -> Answer:
    """The checks that an entry needs on a backend, or the reason why it needs none."""
    kind = entry.kind
    if kind in ELSEWHERE:
        return ELSEWHERE[kind]
    if kind == "train setting" and entry.entry in OF_LOOP:
        return LOOP
    if kind in TRAINED:
        return TRAINED[kind] if backend in TRAINING else NO_TRAINING
    if issubclass(entry, Transform):
        if backend != "onnx":
            return PIPELINE
        return ("exported",) if entry in ONNX else OUTSIDE
    if kind == "metric":
        return ("value",)
    if kind in ("initializer", "internal initializer"):
        return ("values", "own") if backend in TRAINING else ("values",)
    assert issubclass(entry, Layer), f"say in {__name__} what shows that a {kind} is right"
    lowering = lowering_of(entry, backend)
    if isinstance(lowering, Unsupported):
        return f"unsupported: {lowering.reason}"
    return layer_checks(entry, backend)


def lowering_of(entry: type[Layer], backend: str) -> object:
    """What a backend's table has for a layer or operator; None where it has nothing."""
    if backend == "onnx":
        return ONNX.get(entry)
    layers, operators = (TORCH, TORCH_OPERATORS) if backend == "torch" else (KERAS, KERAS_OPERATORS)
    return (operators if entry.kind == "operator" else layers).get(entry.entry)


def layer_checks(entry: type[Layer], backend: str) -> tuple[str, ...]:
    """The checks of a layer that is lowered."""
    checks = ["lowered", "shape", "count"]
    always_draws = entry.random and not entry.differs_in_training
    checks.append("distribution" if always_draws else "forward")
    if backend in TRAINING:
        if entry.differs_in_training:
            checks.append("training")
        if not always_draws and differentiable(entry):
            checks.append("gradient")
    return tuple(checks)


def differentiable(entry: type[Layer]) -> bool:
    """Whether a sample has floats that come out, and floats or weights that they depend on."""
    return any(_differentiable(entry, sample) for sample in samples_of(entry))


def _differentiable(entry: type[Layer], sample: Sample) -> bool:
    layer = entry(**sample.arguments)
    found = layer.infer(*sample.inputs)
    outputs = (found,) if isinstance(found, TensorType) else found
    sources = [each for each in sample.inputs if each.element == "float"]
    weights = [each for each in layer.weights(*sample.inputs) if each.trainable]
    return bool(sources or weights) and any(each.element == "float" for each in outputs)


def samples_of(entry: type[Entry]) -> tuple[Sample, ...]:
    """The uses of an entry that its family shows."""
    family = family_of(entry.kind, entry.entry)
    samples: dict[str, tuple[Sample, ...]] = import_module(f"dlspec.catalog.samples.{family}").SAMPLES
    return samples.get(entry.entry, ())
