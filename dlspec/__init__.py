"""dlspec: small declarative specs of neural networks, compiled to PyTorch, Keras and ONNX, trained and exported.

import dlspec

spec = dlspec.load("digits.dl")
spec.check()
run = spec.train()
run.export("digits.onnx")
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dlspec.version import __version__

if TYPE_CHECKING:
    from dlspec.api import Spec, load
    from dlspec.training.run import Run

__all__ = ["Run", "Spec", "__version__", "load"]


def __getattr__(name: str) -> Any:
    """The API, imported when it is first used: `import dlspec` alone costs nothing."""
    if name in ("Spec", "load"):
        from dlspec import api

        return getattr(api, name)
    if name == "Run":
        from dlspec.training.run import Run

        return Run
    raise AttributeError(f"module 'dlspec' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
