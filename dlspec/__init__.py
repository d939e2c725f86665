"""dlspec: small declarative specs of neural networks, compiled to PyTorch, Keras and ONNX, trained and exported."""

from __future__ import annotations

__version__ = "0.1.0"
