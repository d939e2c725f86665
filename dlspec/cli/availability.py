"""Which backends have an entry of the catalogue, from their own tables."""

from __future__ import annotations

from importlib.util import find_spec

from dlspec.backends.python.fragment import Unsupported
from dlspec.backends.torch.table import LAYERS
from dlspec.catalog.base import Entry, Layer, Loss, Optimizer, Penalty, Schedule, Transform

YES = "yes"
TRAINED_BY = (Loss, Optimizer, Penalty, Schedule)
"""Kinds that a training alone uses; every one that is declared has its PyTorch code, and a test says so."""


def backends(entry: type[Entry]) -> dict[str, str]:
    """For each backend `yes`, or what is in the way; empty for what no backend sees (sources, settings …)."""
    if issubclass(entry, TRAINED_BY):
        return {"torch": YES}
    if issubclass(entry, Transform):
        return {"onnx": _onnx(entry)}
    return {"torch": _torch(entry), "onnx": _onnx(entry)} if issubclass(entry, Layer) else {}


def _torch(entry: type[Entry]) -> str:
    lowering = LAYERS.get(entry.entry)
    if isinstance(lowering, Unsupported):
        return lowering.reason
    return "no" if lowering is None else YES


def _onnx(entry: type[Entry]) -> str:
    if find_spec("onnx") is None:
        return "pip install 'dlspec[onnx]' to see"
    from dlspec.backends.onnx.table import LOWERINGS

    return YES if entry in LOWERINGS else "no"
