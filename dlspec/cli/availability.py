"""Which backends have an entry of the catalogue, from their own tables."""

from __future__ import annotations

from importlib.util import find_spec

from dlspec.backends.keras.table import LAYERS as KERAS_LAYERS
from dlspec.backends.keras.table import OPERATORS as KERAS_OPERATORS
from dlspec.backends.python.fragment import Unsupported
from dlspec.backends.torch.table import LAYERS as TORCH_LAYERS
from dlspec.backends.torch.table import OPERATORS as TORCH_OPERATORS
from dlspec.catalog.base import Augmentation, Constraint, Entry, Layer, Loss, Optimizer, Penalty, Schedule, Transform

YES = "yes"
TRAINED_BY = (Loss, Optimizer, Penalty, Constraint, Schedule)
"""Kinds that a training alone uses; every one that is declared has its code on both backends that train, and tests say
so."""


def backends(entry: type[Entry]) -> dict[str, str]:
    """For each backend `yes`, or what is in the way; empty for what no backend sees (sources, settings …)."""
    if issubclass(entry, TRAINED_BY):
        return {"torch": YES, "keras": YES}
    if issubclass(entry, Augmentation):
        return {}
    if issubclass(entry, Transform):
        return {"onnx": _onnx(entry)}
    if not issubclass(entry, Layer):
        return {}
    operator = entry.kind == "operator"
    return {
        "torch": _answer((TORCH_OPERATORS if operator else TORCH_LAYERS).get(entry.entry)),
        "keras": _answer((KERAS_OPERATORS if operator else KERAS_LAYERS).get(entry.entry)),
        "onnx": _onnx(entry),
    }


def _answer(lowering: object) -> str:
    if isinstance(lowering, Unsupported):
        return lowering.reason
    return "no" if lowering is None else YES


def _onnx(entry: type[Entry]) -> str:
    if find_spec("onnx") is None:
        return "pip install 'dlspec[onnx]' to see"
    from dlspec.backends.onnx.table import LOWERINGS

    return _answer(LOWERINGS.get(entry))
