"""DL3xx: shapes and element types."""

from __future__ import annotations

from dlspec.diagnostics.codes.base import Code

SHAPE_MISMATCH = Code(
    "DL301",
    "shape-mismatch",
    "A layer cannot take data of this shape, or several inputs do not fit together.",
    "input image: float[3, 8, 8]\noutput y = image -> conv(4, 9x9)",
    "input image: float[3, 8, 8]\noutput y = image -> conv(4, 3x3)",
)
ELEMENT_MISMATCH = Code(
    "DL302",
    "element-mismatch",
    "A layer needs another element type: whole numbers become floats where floats are wanted, never the reverse.",
    "input x: float[4]\noutput y = x -> embedding(10, 4)",
    "input x: int[4]\noutput y = x -> embedding(10, 4)",
)
WRONG_NUMBER_OF_INPUTS = Code(
    "DL303",
    "wrong-number-of-inputs",
    "A layer takes another number of tensors than it was given.",
    "(a, b) -> dense(10)",
    "(a, b) -> concat(axis=0) -> dense(10)",
)
SHARED_SHAPES = Code(
    "DL304",
    "shared-layer-shapes",
    "A bound layer is used on two inputs that would need weights of different shapes.",
    "h = dense(8)\na = x -> h            # x: float[4]\nb = y -> h            # y: float[5]",
    "a = x -> dense(8)\nb = y -> dense(8)",
)
NO_BATCH = Code(
    "DL305",
    "no-batch-dimension",
    "A layer works on examples, and nothing in reach says how many there are: all inputs are parameters or constants.",
    "output y = parameter([3])",
    "output y = x + parameter([3])",
)
TOO_LARGE = Code(
    "DL306",
    "too-many-parameters",
    "The model has more parameters than the limit, which protects against a slip in a size.",
    "x -> dense(10_000_000_000)",
    "x -> dense(10_000)",
)

CODES: tuple[Code, ...] = (
    SHAPE_MISMATCH, ELEMENT_MISMATCH, WRONG_NUMBER_OF_INPUTS, SHARED_SHAPES, NO_BATCH, TOO_LARGE,
)  # fmt: skip
