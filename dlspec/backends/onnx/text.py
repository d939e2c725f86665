"""An ONNX model as text, for people to read."""

from __future__ import annotations

import onnx
from onnx import printer


def model_text(model: onnx.ModelProto) -> str:
    """The graph in ONNX's own textual form."""
    return str(printer.to_text(model))
