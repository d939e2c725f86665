"""How the resolver asks for the columns of a source: what reads files lies above it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from dlspec.catalog.base import Source
from dlspec.tensor import TensorType

Schema = Callable[[Source, Path], dict[str, TensorType]]
"""The columns of a source and their types, from headers at most."""
