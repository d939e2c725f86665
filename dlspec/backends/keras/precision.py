"""The precision of a training in the generated file: which functions compute in it."""

from __future__ import annotations

from collections.abc import Sequence

from dlspec.backends.python.plan import Plan
from dlspec.backends.python.text import Part

POLICIES = {"bf16": "mixed_bfloat16", "fp16": "mixed_float16"}

SINGLE = 'ops.cast({}, "float32")'
"""A tensor of fractions in 32 bits again."""


def in_double(plan: Plan, lines: Sequence[str]) -> list[str]:
    """A function that makes tensors or variables."""
    return ["@double_precision()", *lines] if plan.precision == "float64" and lines else list(lines)


def made_in_precision(plan: Plan, lines: Sequence[str]) -> list[str]:
    """A function that makes layers."""
    return ["@mixed_precision()", *lines] if plan.mixed else in_double(plan, lines)


def precision_part(plan: Plan) -> Part:
    """What the decorators mean, where the precision is not the usual one."""
    text = (
        DOUBLE
        if plan.precision == "float64"
        else MIXED.replace("POLICY", POLICIES[plan.precision])
        if plan.mixed
        else ""
    )
    return Part(text.strip("\n").split("\n") if text else [])


DOUBLE = '''
@contextmanager
def double_precision() -> Iterator[None]:
    """New tensors and variables of fractions have 64 bits."""
    before, policy = keras.config.floatx(), keras.config.dtype_policy()
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")
    try:
        yield
    finally:
        keras.config.set_floatx(before)
        keras.config.set_dtype_policy(policy)
'''

MIXED = '''
@contextmanager
def mixed_precision() -> Iterator[None]:
    """New layers compute in 16 bits; their weights have 32."""
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("POLICY")
    try:
        yield
    finally:
        keras.config.set_dtype_policy(policy)
'''
