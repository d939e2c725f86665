"""The precision of a training in the generated file: which functions compute in it."""

from __future__ import annotations

from collections.abc import Sequence

from dlspec.backends.python.plan import Plan
from dlspec.backends.python.text import Part

DTYPES = {"bf16": "torch.bfloat16", "fp16": "torch.float16"}

SINGLE = "{}.float()"
"""A tensor of fractions in 32 bits again."""


DOUBLE = '''
@contextmanager
def double_precision() -> Iterator[None]:
    """New tensors of fractions have 64 bits."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        yield
    finally:
        torch.set_default_dtype(before)
'''


def precision_part(plan: Plan) -> Part:
    """`double_precision`, where all is computed in it."""
    return Part(DOUBLE.strip("\n").split("\n") if plan.precision == "float64" else [])


def in_precision(plan: Plan, part: Part) -> Part:
    """A function of a model and a batch."""
    if plan.mixed:
        return Part(["@mixed_precision", *part.lines], part.names)
    return Part(in_double(plan, part.lines), part.names)


def in_double(plan: Plan, lines: Sequence[str]) -> list[str]:
    """A function that makes tensors."""
    return ["@double_precision()", *lines] if plan.precision == "float64" and lines else list(lines)
