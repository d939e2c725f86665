"""Operators: arithmetic and logic on numbers, tensor operators on tensors, repetition on layers."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from dlspec.catalog.index import make_layer
from dlspec.diagnostics.codes import names as codes
from dlspec.diagnostics.report import DlspecError, fail
from dlspec.diagnostics.span import Span
from dlspec.ir.apply import constant, sequence, size_number
from dlspec.ir.builder import Tensor
from dlspec.ir.scope import Scope
from dlspec.ir.values import (
    BoundLayer,
    Choice,
    Recipe,
    SequenceRecipe,
    Value,
    describe,
    is_number,
    numeric_tuple,
    size_value,
)
from dlspec.tensor import Sym

MAX_NUMBER = 2**63
MAX_REPEATS = 1_000_000

NUMERIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "//": operator.floordiv,
    "%": operator.mod, "**": operator.pow,
}  # fmt: skip
ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
TENSOR: dict[str, tuple[str, str]] = {
    "+": ("operator", "add"), "-": ("operator", "subtract"), "*": ("operator", "multiply"),
    "/": ("operator", "divide"), "//": ("operator", "floor_divide"), "%": ("operator", "remainder"),
    "**": ("operator", "power"), "@": ("operator", "matmul"),
}  # fmt: skip
TENSOR_LOGIC: dict[str, tuple[str, str]] = {
    "==": ("layer", "equal"), "!=": ("operator", "not_equal"), "<": ("layer", "less"),
    "<=": ("operator", "less_equal"), ">": ("layer", "greater"), ">=": ("operator", "greater_equal"),
    "and": ("operator", "and"), "or": ("operator", "or"),
}  # fmt: skip


def binary(sign: str, left: Value, right: Value, scope: Scope, span: Span) -> Value:
    """`left sign right`."""
    if isinstance(left, Tensor) or isinstance(right, Tensor):
        return _on_tensors(sign, left, right, scope, span)
    if isinstance(left, Recipe) or isinstance(right, Recipe):
        return _on_layers(sign, left, right, span)
    if sign in ("==", "!="):
        same = _same(left, right, span)
        return same if sign == "==" else not same
    if isinstance(left, tuple) and isinstance(right, tuple) and sign == "+":
        return left + right
    if (is_number(left) or isinstance(left, Sym)) and (is_number(right) or isinstance(right, Sym)):
        if sign in ORDER:
            return _ordered(sign, left, right, span)
        if sign in NUMERIC:
            return _arithmetic(sign, left, right, span)
    if isinstance(left, str) and isinstance(right, str) and sign in ORDER:
        return ORDER[sign](left, right)
    help = "`@` is the matrix product of tensors" if sign == "@" else "arithmetic works on numbers and tensors"
    raise fail(
        codes.BAD_OPERATION, f"`{sign}` does not work on {describe(left)} and {describe(right)}", span, help=help
    )


def _arithmetic(sign: str, left: Any, right: Any, span: Span) -> Value:
    try:
        if sign == "**":
            return _power(left, right, span)
        value = NUMERIC[sign](left, right)
    except ZeroDivisionError as error:
        raise fail(codes.BAD_OPERATION, f"`{sign}` by zero", span, help="the divisor must not be 0") from error
    except (TypeError, OverflowError) as error:
        message = f"`{sign}` does not work on {describe(left)} and {describe(right)}"
        raise fail(codes.BAD_OPERATION, message, span, help="symbolic sizes know + - * // %") from error
    return _limited(value, span)


def _power(left: Any, right: Any, span: Span) -> Value:
    if isinstance(left, Sym) or isinstance(right, Sym):
        if isinstance(left, Sym) and isinstance(right, int) and 1 <= right <= 4:
            product: Any = left
            for _ in range(right - 1):
                product = product * left
            return product
        raise fail(codes.BAD_OPERATION, "a symbolic size has whole powers from 1 to 4 only", span)
    if abs(right) > 1024:
        raise fail(codes.BAD_OPERATION, f"the exponent {right} is too large", span, help="at most 1024")
    value = left**right
    if isinstance(value, complex):
        raise fail(codes.BAD_OPERATION, f"{left} ** {right} is no real number", span)
    return _limited(value, span)


def _limited(value: Any, span: Span) -> Any:
    if isinstance(value, int | float) and not abs(value) < MAX_NUMBER * (1 if isinstance(value, int) else 1e300):
        raise fail(codes.BAD_OPERATION, "the number is too large", span, help="whole numbers go up to 2**63")
    return value


def _ordered(sign: str, left: Any, right: Any, span: Span) -> bool:
    if isinstance(left, Sym) or isinstance(right, Sym):
        difference = left - right
        if isinstance(difference, Sym):
            raise _unknown_size(f"how {left} and {right} compare", span)
        return ORDER[sign](difference, 0)
    return ORDER[sign](left, right)


def _same(left: Value, right: Value, span: Span) -> bool:
    if isinstance(left, Sym) or isinstance(right, Sym):
        a, b = size_value(left), size_value(right)
        if a is None or b is None:
            return False
        difference = a - b
        if isinstance(difference, Sym):
            raise _unknown_size(f"whether {left} and {right} are equal", span)
        return difference == 0
    if isinstance(left, tuple) and isinstance(right, tuple):
        return len(left) == len(right) and all(_same(a, b, span) for a, b in zip(left, right, strict=True))
    if isinstance(left, Choice) or isinstance(right, Choice):
        return isinstance(left, Choice) and isinstance(right, Choice) and left.name == right.name
    if isinstance(left, bool) != isinstance(right, bool):
        return False
    return bool(left == right)


def _unknown_size(what: str, span: Span) -> DlspecError:
    return fail(
        codes.NOT_KNOWN_YET,
        f"{what} is known only when the model runs",
        span,
        help="compare sizes that are numbers, or make it a parameter of the block",
    )


def _on_layers(sign: str, left: Value, right: Value, span: Span) -> Value:
    if sign == "*" and isinstance(left, Recipe):
        return _repeated(left, right, span)
    if sign in ("==", "!="):
        return (left is right) == (sign == "==")
    layer = left if isinstance(left, Recipe) else right
    raise fail(
        codes.BAD_OPERATION,
        f"`{sign}` works on tensors and numbers, and one side is {describe(layer)}",
        span,
        help="give it data first, in parentheses: `(x -> relu) + y`; `layer * n` is n layers in sequence",
    )


def _repeated(layer: Recipe, count: Value, span: Span) -> Recipe:
    if isinstance(count, Sym):
        raise fail(
            codes.NOT_KNOWN_YET, f"a layer cannot be repeated {count} times: {count} is known only when the model runs",
            span, help="write a number, or make it a parameter",
        )  # fmt: skip
    if not isinstance(count, int) or isinstance(count, bool) or count < 0:
        raise fail(
            codes.BAD_OPERATION, f"a layer is repeated a whole number of times, got {describe(count)}", span,
            help="`layer * 3`; `* 0` leaves it out",
        )  # fmt: skip
    if count > MAX_REPEATS:
        raise fail(codes.BAD_OPERATION, f"{count} layers are too many", span, help=f"at most {MAX_REPEATS}")
    if isinstance(layer, BoundLayer):
        raise fail(
            codes.BOUND_REPEATED,
            f"'{layer.name}' is one layer with one set of weights, and `* {count}` asks for {count} fresh ones",
            span,
            help="write the layer itself: `dense(8) * 3`; or use the name three times to share its weights",
        )
    if count == 0:
        return SequenceRecipe(())
    return sequence([layer] * count)


def _on_tensors(sign: str, left: Value, right: Value, scope: Scope, span: Span) -> Value:
    tensor = left if isinstance(left, Tensor) else right
    other = right if isinstance(left, Tensor) else left
    if sign in TENSOR_LOGIC and not scope.in_data:
        if sign in ("==", "!=") and (other is None or isinstance(other, bool | str | Choice)):
            return sign == "!="
        raise fail(
            codes.BAD_OPERATION,
            f"`{sign}` is decided at compile time, and a tensor's values are not known then",
            span,
            help="compare tensors with a layer, `(a, b) -> greater`, and choose with another, `(c, a, b) -> where`",
        )
    if isinstance(other, Recipe):
        raise fail(
            codes.BAD_OPERATION, f"`{sign}` works on data, and one side is {describe(other)}", span,
            help="give the layer data first, in parentheses: `x + (x -> relu)`",
        )  # fmt: skip
    if isinstance(other, str) and scope.in_data:
        raise fail(codes.BAD_OPERATION, "text is compared after `-> category` only", span)
    if not (isinstance(other, Tensor | Sym) or is_number(other) or isinstance(other, bool) or numeric_tuple(other)):
        help = "take one of the results first" if isinstance(other, tuple) else ""
        raise fail(codes.BAD_OPERATION, f"`{sign}` does not work on a tensor and {describe(other)}", span, help=help)
    kind, name = (TENSOR_LOGIC if sign in TENSOR_LOGIC else TENSOR)[sign]
    pair = [
        each
        if isinstance(each, Tensor)
        else size_number(scope, each, span)
        if isinstance(each, Sym)
        else constant(scope, each, span, like=tensor)
        for each in (left, right)
    ]
    return scope.call(make_layer(kind, name), pair, span)


def unary(sign: str, value: Value, scope: Scope, span: Span) -> Value:
    """`-value`, `+value` or `not value`."""
    if isinstance(value, Tensor):
        if sign == "+":
            return value
        if sign == "not" and not scope.in_data:
            raise fail(
                codes.BAD_OPERATION, "`not` is decided at compile time, and a tensor's values are not known then", span
            )
        return scope.call(make_layer("operator", "negative" if sign == "-" else "not"), [value], span)
    if sign == "not" and isinstance(value, bool):
        return not value
    if sign != "not" and (is_number(value) or isinstance(value, Sym)):
        return -value if sign == "-" else value
    raise fail(codes.BAD_OPERATION, f"`{sign}` does not work on {describe(value)}", span)
