"""The inputs of a block or model: which there are, their declared types, and what they are given."""

from __future__ import annotations

from typing import Any, cast

from dlspec.diagnostics.codes import names as codes
from dlspec.diagnostics.codes import shapes
from dlspec.diagnostics.report import DlspecError, did_you_mean, fail
from dlspec.diagnostics.span import Span
from dlspec.ir.builder import Tensor
from dlspec.ir.context import Expressions
from dlspec.ir.scope import Scope
from dlspec.ir.values import BlockRecipe, Value, describe, size_value
from dlspec.syntax import ast
from dlspec.tensor import Dim, Element, Sym, TensorType, shape_text

ELEMENTS = ("float", "int", "bool")


def declared_inputs(declaration: ast.Block | ast.Model) -> list[ast.InputItem]:
    """The inputs in order; a block without `input` has the one, called `in`."""
    items = [item for statement in declaration.body if isinstance(statement, ast.Input) for item in statement.items]
    if items or isinstance(declaration, ast.Model):
        return items
    return [ast.InputItem(declaration.name.span, ast.Name(declaration.name.span, "in"), None, None)]


def is_symbol(name: str) -> bool:
    """Whether a name may stand for a symbolic size."""
    return name[0].isupper()


class Signature:
    """The inputs of one use of a block or model. `symbols` holds the sizes that the declared types bind."""

    def __init__(self, evaluator: Expressions, recipe: BlockRecipe, arguments: dict[str, Value]) -> None:
        self.evaluator = evaluator
        self.recipe = recipe
        self.what = recipe.declaration.name.id
        self.items = {item.name.id: item for item in declared_inputs(recipe.declaration)}
        self.scope = Scope(recipe.file, names=dict(arguments))
        self.symbols: dict[str, Dim] = {}

    def typed(self, name: str) -> bool:
        """Whether the input has a declared type."""
        return self.items[name].type is not None

    def element(self, name: str) -> Element | None:
        """The declared element type of an input."""
        declared = self.items[name].type
        if declared is None:
            return None
        if declared.kind not in ELEMENTS:
            raise fail(
                codes.BAD_TYPE, f"there is no type '{declared.kind}'", _kind_span(declared),
                help=did_you_mean(declared.kind, ELEMENTS) or "the types are float, int and bool",
            )  # fmt: skip
        return cast(Element, declared.kind)

    # ------------------------------------------------------------ as a layer

    def assign(self, tensors: list[Tensor], keywords: dict[str, Any], span: Span) -> dict[str, Value]:
        """Each input's value, in declared order: tensors by the arrow first, then keywords, then defaults."""
        free = [name for name in self.items if name not in keywords]
        if len(tensors) > len(free):
            names = ", ".join(self.items)
            raise fail(
                shapes.WRONG_NUMBER_OF_INPUTS,
                f"'{self.what}' takes {len(self.items)} input{'s' * (len(self.items) != 1)} ({names}), got "
                f"{len(tensors) + len(keywords)}",
                span,
                help="give it as many tensors as it has inputs",
            )
        given: dict[str, Value] = dict(zip(free, tensors, strict=False)) | keywords
        values: dict[str, Value] = {}
        for name, item in self.items.items():
            if name in given:
                values[name] = given[name]
            elif item.default is not None:
                values[name] = self.evaluator.value(item.default, self.scope)
            else:
                raise fail(
                    shapes.WRONG_NUMBER_OF_INPUTS, f"'{self.what}' was not given its input '{name}'", span,
                    help=f"give a tuple: `({', '.join(self.items)}) -> {self.what}`",
                )  # fmt: skip
        return values

    def unify(self, types: dict[str, TensorType], span: Span) -> None:
        """Bind the symbolic sizes of declared types, and check the shapes against the rest."""
        for name, type in types.items():
            declared = self.items[name].type
            if declared is None:
                continue
            if len(declared.dims) != type.rank:
                raise self._mismatch(name, type, declared, span)
            for written, actual in zip(declared.dims, type.shape, strict=True):
                if isinstance(written, ast.Name) and self._is_free(written.id):
                    self.symbols.setdefault(written.id, actual)
                    if self.symbols[written.id] != actual:
                        raise self._mismatch(name, type, declared, span)
                elif self._dim(written) != actual:
                    raise self._mismatch(name, type, declared, span)

    def _is_free(self, name: str) -> bool:
        return is_symbol(name) and name not in self.scope.names and not self.recipe.file.has(name)

    def _mismatch(self, name: str, type: TensorType, declared: ast.TypeExpr, span: Span) -> DlspecError:
        wanted = shape_text(self._known(written) for written in declared.dims)
        return fail(
            shapes.SHAPE_MISMATCH,
            f"input '{name}' of '{self.what}' is {declared.kind}{wanted} and was given {type}",
            span,
            help="make the data fit, or declare the input with a symbolic size such as `T`",
        )

    def _known(self, written: ast.Expr) -> Dim:
        if isinstance(written, ast.Name) and self._is_free(written.id):
            return self.symbols.get(written.id, Sym.named(written.id))
        return self._dim(written)

    # ------------------------------------------------------------- by itself

    def declared_types(self) -> dict[str, TensorType | None]:
        """The declared type of each input; an input with a default and no type is left at its default."""
        found: dict[str, Any] = {}
        for name, item in self.items.items():
            if item.type is None:
                if item.default is None:
                    raise fail(
                        codes.MISSING_INPUT, f"the input '{name}' of the model '{self.what}' needs a type",
                        item.name.span, help=f"write `input {name}: float[…]`",
                    )  # fmt: skip
                found[name] = self.evaluator.value(item.default, self.scope)
                continue
            element = self.element(name)
            assert element is not None
            found[name] = TensorType(element, tuple(self._symbolic(written) for written in item.type.dims))
        return found

    def _symbolic(self, written: ast.Expr) -> Dim:
        if isinstance(written, ast.Name) and self._is_free(written.id):
            return self.symbols.setdefault(written.id, Sym.named(written.id))
        return self._dim(written)

    def _dim(self, written: ast.Expr) -> Dim:
        scope = self.scope.with_names({**self.symbols, **self._free_symbols(written)})
        if isinstance(written, ast.Name) and not self.evaluator.is_known(written, scope):
            near = did_you_mean(written.id, self.scope.names)
            raise fail(
                codes.BAD_TYPE, f"'{written.id}' is no size: nothing binds it", written.span,
                help=near or f"a symbolic size begins with a capital: `{written.id[0].upper()}{written.id[1:]}`",
            )  # fmt: skip
        value = self.evaluator.value(written, scope)
        size = size_value(value)
        if size is None or (isinstance(size, int) and size < 1):
            help = "write a number, or a symbolic size, which begins with a capital: `T`"
            raise fail(
                codes.BAD_TYPE, f"a dimension is a whole number of at least 1, got {describe(value)}", written.span,
                help=help,
            )  # fmt: skip
        return size

    def _free_symbols(self, written: ast.Expr) -> dict[str, Dim]:
        """Symbols inside arithmetic, such as `2*T + 1`, that nothing has bound yet."""
        found: dict[str, Dim] = {}
        stack: list[ast.Expr] = [written]
        while stack:
            expr = stack.pop()
            if isinstance(expr, ast.Name) and self._is_free(expr.id) and expr.id not in self.symbols:
                found[expr.id] = self.symbols.setdefault(expr.id, Sym.named(expr.id))
            elif isinstance(expr, ast.Operators):
                stack += [expr.first, *(operand.value for operand in expr.rest)]
            elif isinstance(expr, ast.Group):
                stack.append(expr.value)
        return found


def _kind_span(declared: ast.TypeExpr) -> Span:
    """The place of a type's name, without its shape."""
    start = declared.span.start
    return Span(declared.span.source, start, start + len(declared.kind))
