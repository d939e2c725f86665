"""Dimensions (symbolic too), element types and tensor types."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import total_ordering
from typing import Annotated, Any, Literal

from pydantic_core import core_schema

Element = Literal["float", "int", "bool", "string", "any"]
"""What a tensor holds; `any` is a column of data whose file has not been read yet."""


@total_ordering
@dataclass(frozen=True, slots=True)
class Quotient:
    """`a // b` or `a % b` that could not be worked out: an atom of a polynomial."""

    operator: Literal["//", "%"]
    left: Sym
    right: Sym

    def __str__(self) -> str:
        return f"({_side(self.left)} {self.operator} {_side(self.right)})"

    def __lt__(self, other: object) -> bool:
        return str(self) < str(other)


Atom = str | Quotient
Monomial = tuple[Atom, ...]


def _side(value: Sym) -> str:
    text = str(value)
    return text if text.replace(".", "").isalnum() else f"({text})"


@dataclass(frozen=True, slots=True)
class Sym:
    """A size known only at run time, as a polynomial with whole coefficients: `2*T + 1`.

    `terms` is sorted and holds no zero, so equal sizes are equal objects. Arithmetic gives an `int` as soon as
    no symbol is left.
    """

    terms: tuple[tuple[Monomial, int], ...]

    @classmethod
    def named(cls, name: str) -> Sym:
        """The symbol of that name (`T`, or `corpus.tokens.size` for a size learned from data)."""
        return cls((((name,), 1),))

    @property
    def symbols(self) -> frozenset[str]:
        """The names that occur in it."""
        found: set[str] = set()
        for monomial, _ in self.terms:
            for atom in monomial:
                if isinstance(atom, str):
                    found.add(atom)
                else:
                    found |= atom.left.symbols | atom.right.symbols
        return frozenset(found)

    def substitute(self, values: dict[str, Dim]) -> Dim:
        """The size with symbols replaced."""
        total: Dim = 0
        for monomial, factor in self.terms:
            product: Dim = factor
            for atom in monomial:
                if isinstance(atom, str):
                    product = product * values.get(atom, Sym.named(atom))
                else:
                    left, right = atom.left.substitute(values), atom.right.substitute(values)
                    product = product * (left // right if atom.operator == "//" else left % right)
            total = total + product
        return total

    def __add__(self, other: Dim) -> Dim:
        if not isinstance(other, int | Sym):
            return NotImplemented
        return _collect([*self.terms, *_sym(other).terms])

    __radd__ = __add__

    def __neg__(self) -> Dim:
        return Sym(tuple((monomial, -factor) for monomial, factor in self.terms))

    def __sub__(self, other: Dim) -> Dim:
        return self + -other

    def __rsub__(self, other: Dim) -> Dim:
        return -self + other

    def __mul__(self, other: Dim) -> Dim:
        if not isinstance(other, int | Sym):
            return NotImplemented
        return _collect(
            (tuple(sorted(left + right, key=str)), a * b) for left, a in self.terms for right, b in _sym(other).terms
        )

    __rmul__ = __mul__

    def __floordiv__(self, other: Dim) -> Dim:
        return _divide(self, other)[0]

    def __rfloordiv__(self, other: Dim) -> Dim:
        return _divide(_sym(other), self)[0]

    def __mod__(self, other: Dim) -> Dim:
        return _divide(self, other)[1]

    def __rmod__(self, other: Dim) -> Dim:
        return _divide(_sym(other), self)[1]

    def __str__(self) -> str:
        if not self.terms:
            return "0"
        parts: list[str] = []
        for monomial, factor in sorted(self.terms, key=lambda term: (not term[0], -len(term[0]), str(term[0]))):
            names = "*".join(str(atom) for atom in monomial)
            size = abs(factor)
            text = names if names and size == 1 else f"{size}*{names}" if names else str(size)
            sign = "-" if factor < 0 else "+"
            parts.append(f" {sign} {text}" if parts else f"-{text}" if factor < 0 else text)
        return "".join(parts)

    __repr__ = __str__

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: Any) -> core_schema.CoreSchema:
        """Accepted as it is, or as its text, which is also its JSON."""

        def from_text(text: str) -> Sym:
            value = parse_dim(text)
            if isinstance(value, int):
                raise ValueError("a plain number is no symbolic size")
            return value

        return core_schema.union_schema(
            [
                core_schema.is_instance_schema(cls),
                core_schema.no_info_after_validator_function(from_text, core_schema.str_schema(strict=True)),
            ],
            serialization=core_schema.plain_serializer_function_ser_schema(str),
        )


Dim = int | Sym
Shape = tuple[Dim, ...]


def _sym(value: Dim) -> Sym:
    if isinstance(value, Sym):
        return value
    return Sym((((), value),)) if value else Sym(())


def _collect(terms: Iterable[tuple[Monomial, int]]) -> Dim:
    total: dict[Monomial, int] = {}
    for monomial, factor in terms:
        total[monomial] = total.get(monomial, 0) + factor
    kept = {monomial: factor for monomial, factor in total.items() if factor}
    if not kept:
        return 0
    if set(kept) == {()}:
        return kept[()]
    return Sym(tuple(sorted(kept.items(), key=lambda term: str(term[0]))))


def _divide(left: Sym, right: Dim) -> tuple[Dim, Dim]:
    """Floor quotient and remainder; what divides evenly leaves the atom."""
    if isinstance(right, int):
        if right == 0:
            raise ZeroDivisionError
        whole = _collect((monomial, factor // right) for monomial, factor in left.terms if factor % right == 0)
        rest = _collect((monomial, factor) for monomial, factor in left.terms if factor % right)
        if isinstance(rest, int):
            return whole + rest // right, rest % right
        divisor = _sym(right)
    elif left == right:
        return 1, 0
    else:
        quotient = _exact_quotient(left, right)
        if quotient is not None:
            return quotient, 0
        whole, rest, divisor = 0, left, right
    return (
        whole + Sym((((Quotient("//", rest, divisor),), 1),)),
        Sym((((Quotient("%", rest, divisor),), 1),)),
    )


def _exact_quotient(left: Sym, right: Sym) -> Dim | None:
    """`left / right` where right is a single product that every term of left contains."""
    if len(right.terms) != 1:
        return None
    (monomial, divisor) = right.terms[0]
    quotient: list[tuple[Monomial, int]] = []
    for atoms, factor in left.terms:
        remaining = list(atoms)
        for atom in monomial:
            if atom not in remaining:
                return None
            remaining.remove(atom)
        if factor % divisor:
            return None
        quotient.append((tuple(remaining), factor // divisor))
    return _collect(quotient)


def parse_dim(text: str) -> Dim:
    """A dimension from its text (`12`, `2*T + 1`, `(T // 2)`); ValueError where it is none."""
    try:
        tree = ast.parse(text, mode="eval").body
    except SyntaxError as error:
        raise ValueError(f"not a size: {text!r}") from error
    return _from_tree(tree, text)


def _from_tree(tree: ast.expr, text: str) -> Dim:
    if isinstance(tree, ast.Constant) and type(tree.value) is int:
        return tree.value
    if isinstance(tree, ast.Name | ast.Attribute):
        return Sym.named(ast.unparse(tree))
    if isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.USub):
        return -_from_tree(tree.operand, text)
    if isinstance(tree, ast.BinOp):
        left, right = _from_tree(tree.left, text), _from_tree(tree.right, text)
        match tree.op:
            case ast.Add():
                return left + right
            case ast.Sub():
                return left - right
            case ast.Mult():
                return left * right
            case ast.FloorDiv():
                return left // right
            case ast.Mod():
                return left % right
    raise ValueError(f"not a size: {text!r}")


def product(shape: Iterable[Dim]) -> Dim:
    """The number of elements of a shape."""
    return math.prod(shape)


def ceil_div(a: Dim, b: int) -> Dim:
    """`ceil(a / b)`."""
    return (a + (b - 1)) // b


def shape_text(shape: Iterable[Dim]) -> str:
    """`[3, T, 2*T + 1]`."""
    return "[" + ", ".join(str(dim) for dim in shape) + "]"


@dataclass(frozen=True, slots=True)
class TensorType:
    """What a tensor is: the element type and the written dimensions.

    `batched` tensors have one more dimension in front that is never written; a `parameter`, a `constant` and a
    layer's weight have none. `kinds` is how many kinds the whole numbers of a category count, where known.
    """

    element: Element
    shape: Shape
    batched: bool = True
    kinds: Dim | None = None

    @property
    def rank(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> Dim:
        """Elements of one example."""
        return product(self.shape)

    @property
    def symbols(self) -> frozenset[str]:
        return frozenset[str]().union(*(dim.symbols for dim in self.shape if isinstance(dim, Sym)))

    def with_shape(self, shape: Iterable[Dim]) -> TensorType:
        """The same elements in another shape (what its numbers counted is forgotten)."""
        return TensorType(self.element, tuple(shape), self.batched)

    def with_element(self, element: Element) -> TensorType:
        return TensorType(element, self.shape, self.batched)

    def with_batch(self) -> TensorType:
        return replace(self, batched=True)

    def __str__(self) -> str:
        return f"{self.element}{shape_text(self.shape)}"


def promoted(types: Iterable[TensorType]) -> Element:
    """The element type that holds all of them: bool < int < float; strings only with strings."""
    order: list[Element] = ["bool", "int", "float"]
    elements = [each.element for each in types]
    if "string" in elements:
        return "string"
    if "any" in elements:
        return "any"
    return max(elements, key=order.index)


def broadcast_shapes(left: Shape, right: Shape) -> Shape | None:
    """NumPy's rule on the written dimensions; None where they do not fit."""
    longer, shorter = (left, right) if len(left) >= len(right) else (right, left)
    padded = (1,) * (len(longer) - len(shorter)) + shorter
    out: list[Dim] = []
    for a, b in zip(longer, padded, strict=True):
        if a == b or b == 1:
            out.append(a)
        elif a == 1:
            out.append(b)
        else:
            return None
    return tuple(out)


def resolve_axis(axis: int, rank: int) -> int | None:
    """An axis counted from 0, or None where there is no such dimension."""
    return axis % rank if -rank <= axis < rank else None


Size = Annotated[int | Sym, "a whole number or a symbolic size"]
"""The annotation of a catalogue parameter that a symbolic size may stand for."""
