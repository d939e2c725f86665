"""Short names for the types of tensors that samples are made of."""

from __future__ import annotations

from dlspec.tensor import Dim, Sym, TensorType

T = Sym.named("T")
"""A length known only at run time."""

H, W = Sym.named("H"), Sym.named("W")
KINDS = Sym.named("corpus.tokens.size")
"""A size learned from data."""


def floats(*shape: Dim) -> TensorType:
    """Floats of a shape, for each example."""
    return TensorType("float", shape)


def ints(*shape: Dim, kinds: Dim | None = None) -> TensorType:
    """Whole numbers of a shape, for each example."""
    return TensorType("int", shape, kinds=kinds)


def bools(*shape: Dim) -> TensorType:
    """Bools of a shape, for each example."""
    return TensorType("bool", shape)


def fixed(*shape: Dim) -> TensorType:
    """Floats of a shape, the same for all examples: without a batch dimension."""
    return TensorType("float", shape, batched=False)
