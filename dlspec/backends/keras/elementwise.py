"""Functions of elements and of pairs of elements."""

from __future__ import annotations

from dlspec.backends.keras.policies import Policy
from dlspec.backends.python.expression import Expr, In, X, call
from dlspec.backends.python.fragment import Fragment, Lowering, Table
from dlspec.backends.python.operators import sign_between
from dlspec.catalog import elementwise as catalog
from dlspec.catalog.base import Layer, Types


def function(name: str) -> Lowering:
    """The lowering to one function of all inputs."""

    def lowering(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
        return Fragment(call(name, *(In(place) for place in range(len(inputs)))))

    return lowering


def clamp(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
    """`ops.clip`, or one half of it."""
    assert isinstance(layer, catalog.Clamp)
    if layer.min is not None and layer.max is not None:
        return Fragment(call("ops.clip", X, layer.min, layer.max))
    result: Expr = X if layer.min is None else call("ops.maximum", X, layer.min)
    return Fragment(result if layer.max is None else call("ops.minimum", X, layer.max))


def rounding(name: str) -> Lowering:
    """The lowering to a function of floats; whole numbers are what they are."""

    def lowering(layer: Layer, inputs: Types, outputs: Types) -> Fragment:
        return Fragment(call(name, X) if inputs[0].element == "float" else X)

    return lowering


exp = function("ops.exp")
log = function("ops.log")
log1p = function("ops.log1p")
sqrt = function("ops.sqrt")
rsqrt = function("ops.rsqrt")
square = function("ops.square")
abs = function("ops.abs")
sign = function("ops.sign")
sin = function("ops.sin")
cos = function("ops.cos")
tan = function("ops.tan")
atan = function("ops.arctan")
erf = function("ops.erf")
floor = rounding("ops.floor")
ceil = rounding("ops.ceil")
round = rounding("ops.round")
maximum = function("ops.maximum")
minimum = function("ops.minimum")
where = function("ops.where")
equal = sign_between("==")
less = sign_between("<")
greater = sign_between(">")


LOWERINGS: Table = {
    "exp": exp,
    "log": log,
    "log1p": log1p,
    "sqrt": sqrt,
    "rsqrt": rsqrt,
    "square": square,
    "abs": abs,
    "sign": sign,
    "sin": sin,
    "cos": cos,
    "tan": tan,
    "atan": atan,
    "erf": erf,
    "floor": floor,
    "ceil": ceil,
    "round": round,
    "clamp": clamp,
    "maximum": maximum,
    "minimum": minimum,
    "equal": equal,
    "less": less,
    "greater": greater,
    "where": where,
}
POLICIES = {
    "exp": Policy.KEEPS,
    "log": Policy.KEEPS,
    "log1p": Policy.KEEPS,
    "sqrt": Policy.KEEPS,
    "rsqrt": Policy.KEEPS,
    "square": Policy.KEEPS,
    "abs": Policy.KEEPS,
    "sign": Policy.KEEPS,
    "sin": Policy.KEEPS,
    "cos": Policy.KEEPS,
    "tan": Policy.KEEPS,
    "atan": Policy.KEEPS,
    "erf": Policy.KEEPS,
    "floor": Policy.KEEPS,
    "ceil": Policy.KEEPS,
    "round": Policy.KEEPS,
    "clamp": Policy.KEEPS,
    "maximum": Policy.JOINS,
    "minimum": Policy.JOINS,
    "equal": Policy.JOINS,
    "less": Policy.JOINS,
    "greater": Policy.JOINS,
    "where": Policy.JOINS,
}
