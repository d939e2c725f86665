"""Functions of elements and of pairs of elements."""

from __future__ import annotations

from dlspec.backends.python.expression import In, X, call, unless
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
    """`torch.clamp`."""
    assert isinstance(layer, catalog.Clamp)
    return Fragment(call("torch.clamp", X, min=unless(layer.min, None), max=unless(layer.max, None)))


exp = function("torch.exp")
log = function("torch.log")
log1p = function("torch.log1p")
sqrt = function("torch.sqrt")
rsqrt = function("torch.rsqrt")
square = function("torch.square")
abs = function("torch.abs")
sign = function("torch.sign")
sin = function("torch.sin")
cos = function("torch.cos")
tan = function("torch.tan")
atan = function("torch.atan")
erf = function("torch.erf")
floor = function("torch.floor")
ceil = function("torch.ceil")
round = function("torch.round")
maximum = function("torch.maximum")
minimum = function("torch.minimum")
where = function("torch.where")
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
