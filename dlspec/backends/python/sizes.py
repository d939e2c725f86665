"""Sizes that are known only when the code runs, worked out from the shapes of its inputs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from dlspec.backends.python.expression import Expr, Lit, Op, Unary, Value, index
from dlspec.tensor import Atom, Dim, Quotient, Sym, TensorType

Source = tuple[tuple[int, int], TensorType]
"""A reference and its type."""

Shape = Callable[[Expr], Expr]
"""From a tensor to its sizes."""


class UnknownSize(ValueError):
    """A size that does not follow from the shapes at hand."""


def size_expression(dim: Dim, near: Sequence[Source], inputs: Sequence[Source], shape: Shape) -> Expr:
    """The size from the shapes of the layer's own inputs where one has it, else of the module's inputs.

    Raises UnknownSize where it does not follow from them.
    """
    if isinstance(dim, int):
        return Lit(dim)
    direct = _direct(dim, near, shape) or _direct(dim, inputs, shape)
    return direct if direct is not None else _polynomial(dim, [*inputs, *near], shape)


def _direct(dim: Sym, sources: Iterable[Source], shape: Shape) -> Expr | None:
    return next((_size(source, place, shape) for source, place, size in _places(sources) if size == dim), None)


def _places(sources: Iterable[Source]) -> Iterable[tuple[Source, int, Dim]]:
    for source in sources:
        for place, size in enumerate(source[1].shape):
            yield source, place, size


def _size(source: Source, place: int, shape: Shape) -> Expr:
    ref, type_ = source
    return index(shape(Value(ref)), place + type_.batched)


def _polynomial(dim: Sym, sources: Sequence[Source], shape: Shape) -> Expr:
    total: Expr | None = None
    for monomial, factor in sorted(dim.terms, key=lambda term: (not term[0], term[1] < 0)):
        term: Expr | None = None if abs(factor) == 1 and monomial else Lit(abs(factor))
        for atom in monomial:
            value = _atom(atom, sources, shape)
            term = value if term is None else Op("*", term, value)
        assert term is not None
        if total is None:
            total = Unary("-", term) if factor < 0 else term
        else:
            total = Op("-" if factor < 0 else "+", total, term)
    assert total is not None
    return total


def _atom(atom: Atom, sources: Sequence[Source], shape: Shape) -> Expr:
    """A symbol, or a quotient, from a size `a * atom + b` of some input."""
    for source, place, size in _places(sources):
        if not isinstance(size, Sym):
            continue
        parts = dict(size.terms)
        factor, offset = parts.pop((atom,), 0), parts.pop((), 0)
        if parts or not factor:
            continue
        value = _size(source, place, shape)
        if offset:
            value = Op("-" if offset > 0 else "+", value, Lit(abs(offset)))
        return value if factor == 1 else Op("//", value, Lit(factor))
    if isinstance(atom, Quotient):
        return Op(atom.operator, _side(atom.left, sources, shape), _side(atom.right, sources, shape))
    raise UnknownSize(f"the size {atom} does not follow from the shapes of the inputs")


def _side(dim: Sym, sources: Sequence[Source], shape: Shape) -> Expr:
    if not dim.symbols:
        return Lit(dim.terms[0][1] if dim.terms else 0)
    return _polynomial(dim, sources, shape)
